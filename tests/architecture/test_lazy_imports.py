"""Heavy libraries load on first use; only a fresh process can prove it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT, our_modules

HEAVY_FOR_A_DESK = frozenset(
    {"ccxt", "numba", "optuna", "torch", "llama_cpp", "duckdb", "psycopg", "polars", "aiohttp", "pydantic"}
)
HEAVY_FOR_A_WORD = HEAVY_FOR_A_DESK | {"textual", "rich", "numpy", "anyio", "asyncio", "msgspec"}
SHELL = """
import contextlib, io, json, sys
sys.argv = ["fks", {argument!r}]
from fks_tui.__main__ import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by(program: str) -> frozenset[str]:
    """The top-level modules that a fresh Python holds after running the program."""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return frozenset(json.loads(ended.stdout.splitlines()[-1]))


def modules_under(*parts: str) -> list[str]:
    """Every module of ours that is, or lies in, one of the parts."""
    return [module.name for module in our_modules() if module.name.startswith(parts)]


def test_the_desk_loads_no_heavy_library() -> None:
    names = modules_under("fks_tui.app", "fks_tui.screens", "fks_tui.widgets", "fks_engine.api")
    assert names
    program = f"import json, sys, {', '.join(names)}\nprint(json.dumps(sorted(sys.modules)))"
    assert not loaded_by(program) & HEAVY_FOR_A_DESK


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_one_word_about_the_command_loads_almost_nothing(argument: str) -> None:
    if not (ROOT / "fks_tui" / "__main__.py").exists():
        pytest.skip("fks_tui/__main__.py is not there yet")
    assert not loaded_by(SHELL.format(argument=argument)) & HEAVY_FOR_A_WORD


def test_a_heavy_library_would_be_noticed() -> None:
    assert "polars" in loaded_by("import json, polars, sys\nprint(json.dumps(sorted(sys.modules)))")
