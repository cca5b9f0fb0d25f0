"""Each file is of a size to be read, says what it is, uses our words, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.architecture import shape
from tests.architecture.source import ROOT, Module, project_modules, report

Rule = Callable[[Iterable[Module]], Iterator[str]]
RULES: tuple[Rule, ...] = (
    shape.oversized,
    shape.undescribed,
    shape.empty_names,
    shape.foreign_words,
    shape.swallowers,
    shape.leftovers,
    shape.printers,
)
LONG_FUNCTION = "def long():\n" + "    x = 1\n" * 60
MANY_METHODS = "class Large:\n" + "".join(f"    def m{number}(self): return 1\n" for number in range(26))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    found = list(rule(project_modules()))
    assert not found, report(found)


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (shape.oversized, "fks_engine.bus", "x = 1\n" * 401),
        (shape.oversized, "tests.engine.test_bus", "x = 1\n" * 401),
        (shape.oversized, "fks_tui.app", "x = 1\n" * 151),
        (shape.oversized, "fks_engine.bus", LONG_FUNCTION),
        (shape.oversized, "fks_engine.bus", "async " + LONG_FUNCTION),
        (shape.oversized, "fks_engine.bus", MANY_METHODS),
        (shape.undescribed, "fks_engine.bus", "x = 1"),
        (shape.undescribed, "fks_engine.bus", '"""This module holds the bus."""'),
        (shape.undescribed, "fks_engine.bus", '"""Topics that\nrun on."""'),
        (shape.empty_names, "fks_engine.utils", ""),
        (shape.empty_names, "fks_engine.helpers.text", ""),
        (shape.empty_names, "fks_engine.state.types", ""),
        (shape.empty_names, "tests.engine.test_common", ""),
        (shape.empty_names, "fks_engine.risk.risk_manager", ""),
        (shape.foreign_words, "fks_engine.bus", "pair = 1"),
        (shape.foreign_words, "fks_engine.bus", "def f(amount): return 1"),
        (shape.foreign_words, "fks_engine.bus", "class Ticker: x = 1"),
        (shape.foreign_words, "fks_engine.bus", "self.venue = 1"),
        (shape.foreign_words, "fks_engine.bus", "for bar in x: y = 1"),
        (shape.foreign_words, "fks_engine.bus", "class Noun:\n    bars: int"),
        (shape.foreign_words, "fks_engine.bus", "import os as bar"),
        (shape.swallowers, "fks_engine.bus", "try: x()\nexcept Exception: y()"),
        (shape.swallowers, "fks_engine.bus", "try: x()\nexcept BaseException as error: raise Y from error"),
        (shape.swallowers, "fks_engine.bus", "try: x()\nexcept: y()"),
        (shape.swallowers, "fks_engine.bus", "try: x()\nexcept (OSError, Exception): y()"),
        (shape.swallowers, "fks_engine.bus", "with contextlib.suppress(Exception): x()"),
        (shape.leftovers, "fks_engine.bus", "x = 1  # TODO later"),
        (shape.leftovers, "fks_engine.bus", "raise NotImplementedError"),
        (shape.leftovers, "fks_engine.bus", 'def f():\n    """Do."""\n    ...'),
        (shape.leftovers, "fks_engine.bus", "class Noun:\n    def f(self): ..."),
        (shape.leftovers, "fks_engine.bus", "async def f(): pass"),
        (shape.printers, "fks_engine.bus", "print(1)"),
    ],
)
def test_a_planted_offence_is_found(rule: Rule, name: str, text: str) -> None:
    found = list(rule([Module.planted(name, text)]))
    assert len(found) == 1
    assert found[0].startswith(f"{name.replace('.', '/')}.py:")


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (shape.oversized, "fks_engine.bus", "x = 1\n" * 400),
        (shape.undescribed, "tests.engine.test_bus", "x = 1"),
        (shape.empty_names, "fks_engine.orders.manager", ""),
        (shape.foreign_words, "fks_engine.exchange.parsing", "amount = 1"),
        (shape.foreign_words, "fks_tui.app", "status_bar = 1\nx = y.bar\nf(amount=1)"),
        (shape.swallowers, "fks_engine.resilience.supervisor", "try: x()\nexcept Exception: y()"),
        (shape.swallowers, "fks_engine.bus", "try: x()\nexcept BaseException:\n    y()\n    raise"),
        (shape.leftovers, "fks_engine.bus", 'def f():\n    """Do nothing by default."""'),
        (shape.leftovers, "fks_engine.bus", "class Noun(Protocol[T]):\n    def f(self): ..."),
        (shape.printers, "fks_engine.cli.sim", "print(1)"),
    ],
)
def test_what_is_allowed_passes(rule: Rule, name: str, text: str) -> None:
    assert list(rule([Module.planted(name, text)])) == []


def test_there_is_no_emoji() -> None:
    texts = [(module.path, module.text) for module in project_modules()]
    texts += [(path.name, path.read_text(encoding="utf-8")) for path in ROOT.glob("*.*") if path.suffix in TEXTS]
    found = [problem for path, text in texts for problem in shape.emoji(path, text)]
    assert not found, report(found)


TEXTS = frozenset({".md", ".toml", ".tcss"})


def test_a_planted_emoji_is_found_and_a_drawing_character_is_not() -> None:
    assert list(shape.emoji("a.py", "x\ny \N{ROCKET}")) == ["a.py:2: an emoji; say it in words"]
    assert list(shape.emoji("a.py", "▲ ▼ ● ─ │ █ → ✓")) == []


def test_every_file_that_may_swallow_exists() -> None:
    missing = [path for path in shape.MAY_CATCH_EVERYTHING if not (ROOT / path).exists()]
    assert not missing, f"no longer there, take them out of MAY_CATCH_EVERYTHING: {missing}"
