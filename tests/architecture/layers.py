"""Which part of FKS may import which, and which library lives in which folder: the tables, and the rules over them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping

from tests.architecture.source import OUR_PACKAGES, Module

ERRORS = ("fks_engine.errors",)
NOUNS = ("fks_engine.model",)
KERNELS = ("fks_engine.kernels",)
GROUND = (
    "fks_engine.clock",
    "fks_engine.config",
    "fks_engine.resources",
    "fks_engine.version",
    "fks_engine.bus",
    "fks_engine.topics",
    "fks_engine.api",
    "fks_engine.ports",
    "fks_engine.wire",
)
BELOW_STAGES = ("fks_engine.resilience", "fks_engine.telemetry")
STAGES = (
    "fks_engine.exchange",
    "fks_engine.streams",
    "fks_engine.state",
    "fks_engine.signals",
    "fks_engine.strategy",
    "fks_engine.risk",
    "fks_engine.orders",
    "fks_engine.portfolio",
    "fks_engine.journal",
    "fks_engine.store",
    "fks_engine.forecast",
    "fks_engine.assistant",
    "fks_engine.tasks",
    "fks_engine.gateway",
)
UNDER_STAGES = (*BELOW_STAGES, *GROUND, *KERNELS, *NOUNS, *ERRORS)
RESEARCH = ("fks_engine.research",)
COMPOSED_BY_RESEARCH = (
    "fks_engine.signals",
    "fks_engine.strategy",
    "fks_engine.risk",
    "fks_engine.portfolio",
    *UNDER_STAGES,
)
HISTORY = ("fks_engine.history",)
ENGINE = ("fks_engine.engine",)
COMMAND_LINE = ("fks_engine.cli",)
SIMULATOR = ("fks_engine.simulator",)
DOOR = ("fks_engine.api",)
LEAVES = ("fks_tui.*",)
"""Every module of fks_tui that has no row of its own: actions, messages, themes, formatting and their like."""

MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "fks_tui": (),
    "fks_tui.__main__": (
        "fks_tui.terminal",
        "fks_tui.app",
        *LEAVES,
        *DOOR,
        "fks_engine.cli",
        "fks_engine.config",
        "fks_engine.version",
        "fks_engine.wire",
        *ERRORS,
    ),
    "fks_tui.terminal": ("fks_tui.app", "fks_tui.screens", *LEAVES, *DOOR),
    "fks_tui.app": ("fks_tui.palette", "fks_tui.screens", "fks_tui.widgets", *LEAVES, *DOOR),
    "fks_tui.palette": ("fks_tui.screens", "fks_tui.widgets", *LEAVES, *DOOR),
    "fks_tui.screens": ("fks_tui.widgets", *LEAVES, *DOOR),
    "fks_tui.widgets": (*LEAVES, *DOOR),
    **dict.fromkeys(LEAVES, (*LEAVES, *DOOR)),
    "fks_engine": (),
    **dict.fromkeys(COMMAND_LINE, (*ENGINE, *HISTORY, *RESEARCH, *STAGES, *UNDER_STAGES)),
    **dict.fromkeys(ENGINE, (*HISTORY, *RESEARCH, *STAGES, *UNDER_STAGES)),
    **dict.fromkeys(HISTORY, ("fks_engine.journal", "fks_engine.orders", *UNDER_STAGES)),
    **dict.fromkeys(RESEARCH, COMPOSED_BY_RESEARCH),
    **dict.fromkeys(STAGES, UNDER_STAGES),
    **dict.fromkeys(BELOW_STAGES, (*BELOW_STAGES, *GROUND, *NOUNS, *ERRORS)),
    **dict.fromkeys(GROUND, (*GROUND, *NOUNS, *ERRORS)),
    **dict.fromkeys(KERNELS, ()),
    **dict.fromkeys(NOUNS, ERRORS),
    **dict.fromkeys(ERRORS, ()),
    **dict.fromkeys(SIMULATOR, ()),
}
"""Each part of FKS and all it may import of FKS besides itself; inside a row of GROUND, BELOW_STAGES and LEAVES the
circle test keeps order. The rows stand in the order of the README's map."""

STANDARD_LIBRARY_ONLY = (*NOUNS, *ERRORS, "fks_engine.clock", "fks_engine.resources", "fks_engine.version")
EVERYWHERE = ("fks_engine", "fks_tui")
LIVES_IN: Mapping[str, tuple[str, ...]] = {
    "aiohttp": ("fks_engine.exchange", *SIMULATOR),
    "aiohttp.web": SIMULATOR,
    "anyio": EVERYWHERE,
    "ccxt": ("fks_engine.exchange",),
    "duckdb": ("fks_engine.store",),
    "fastapi": ("fks_engine.gateway",),
    "httpx": ("fks_engine.resilience",),
    "llama_cpp": ("fks_engine.assistant",),
    "msgspec": (
        "fks_engine.api",
        "fks_engine.wire",
        "fks_engine.exchange",
        "fks_engine.journal",
        "fks_engine.engine",
        *HISTORY,
        *SIMULATOR,
    ),
    "numba": KERNELS,
    "numpy": (
        *KERNELS,
        *SIMULATOR,
        *RESEARCH,
        "fks_engine.state",
        "fks_engine.signals",
        "fks_engine.strategy",
        "fks_engine.portfolio",
        "fks_engine.store",
        "fks_engine.forecast",
        "fks_engine.assistant",
    ),
    "optuna": RESEARCH,
    "orjson": ("fks_engine.exchange", *SIMULATOR),
    "pgvector": ("fks_engine.store",),
    "platformdirs": ("fks_engine.config",),
    "plotext": ("fks_tui",),
    "polars": (*SIMULATOR, *HISTORY, "fks_engine.store", *RESEARCH),
    "procrastinate": ("fks_engine.tasks",),
    "prometheus_client": ("fks_engine.telemetry",),
    "psutil": ("fks_engine.telemetry",),
    "psycopg": ("fks_engine.store",),
    "pydantic": ("fks_engine.config", "fks_engine.gateway"),
    "pydantic_core": ("fks_engine.config",),
    "pydantic_settings": ("fks_engine.config",),
    "rich": ("fks_tui",),
    "sentence_transformers": ("fks_engine.assistant",),
    "stamina": ("fks_engine.resilience",),
    "structlog": ("fks_engine.telemetry",),
    "textual": ("fks_tui",),
    "textual_plotext": ("fks_tui",),
    "uvicorn": ("fks_engine.gateway",),
    "uvloop": (*ENGINE, *COMMAND_LINE, *SIMULATOR),
}
"""Each library and the folders that may import it."""


def part_of(name: str, parts: Iterable[str]) -> str | None:
    """The longest of `parts` that `name` is or lies in."""
    holding = [part for part in parts if name == part or name.startswith(f"{part}.")]
    return max(holding, key=len, default=None)


def part_of_module(name: str) -> str | None:
    """The row of MAY_IMPORT that a dotted name belongs to; the bare packages hold only themselves."""
    part = part_of(name, MAY_IMPORT)
    if part in OUR_PACKAGES and name != part:
        return LEAVES[0] if part == "fks_tui" else None
    return part


def wrong_directions(modules: Iterable[Module]) -> Iterator[str]:
    """Imports of FKS by FKS that no row of the table allows."""
    for module in modules:
        if module.is_test:
            yield from _simulator_taken_by_strangers(module)
            continue
        here = part_of_module(module.name)
        if here is None:
            yield module.at(
                1, f"{module.name} has no row in tests/architecture/layers.py; say there what it may import"
            )
            continue
        for taken in module.imports:
            if taken.target.partition(".")[0] == "tests":
                yield module.at(taken.line, "imports the tests; move what it needs into the package")
            if taken.target.partition(".")[0] not in OUR_PACKAGES:
                continue
            there = part_of_module(taken.target)
            if there != here and there not in MAY_IMPORT[here]:
                allowed = ", ".join(MAY_IMPORT[here]) or "nothing of FKS"
                yield module.at(
                    taken.line,
                    f"{here} may not import {there or taken.target}; it may import {allowed}. "
                    "Take a protocol from fks_engine.ports, or let fks_engine.engine introduce the two",
                )


def _simulator_taken_by_strangers(module: Module) -> Iterator[str]:
    """The simulator is started as a process; only its own tests may import it."""
    if module.name.startswith("tests.engine.simulator"):
        return
    for taken in module.imports:
        if part_of(taken.target, SIMULATOR):
            yield module.at(taken.line, "imports the simulator; start it as a process: python -m fks_engine.simulator")


def strayed_libraries(modules: Iterable[Module]) -> Iterator[str]:
    """Libraries imported outside their folder, or not listed at all."""
    for module in modules:
        if module.is_test:
            continue
        for taken in module.imports:
            root = taken.target.partition(".")[0]
            if root in OUR_PACKAGES or root in sys.stdlib_module_names or root in {"tests", ""}:
                continue
            library = part_of(taken.target, LIVES_IN)
            if pure := part_of(module.name, STANDARD_LIBRARY_ONLY):
                yield module.at(taken.line, f"{pure} uses the standard library only; {root} has no place in it")
            elif library is None:
                yield module.at(
                    taken.line, f"{root} has no folder; list it in LIVES_IN of tests/architecture/layers.py"
                )
            elif part_of(module.name, LIVES_IN[library]) is None:
                homes = ", ".join(LIVES_IN[library])
                yield module.at(taken.line, f"{library} may be imported only in {homes}; move this code there")
