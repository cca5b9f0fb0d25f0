"""A fixed environment for everything that draws."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

from fks_tui.screens.sending import SendingModal


@pytest.fixture(scope="session", autouse=True)
def _style_sheets_are_parsed_once() -> Iterator[None]:
    """Textual parses all its CSS four times for each app; here the rules of one text under one theme are kept."""
    parse, kept = Stylesheet._parse_rules, dict[tuple[object, ...], list[RuleSet]]()

    def parsed(
        sheet: Stylesheet,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        asked = (css, read_from, is_default_rules, tie_breaker, scope)
        key = (*asked, *sorted(sheet._variables.items()))
        if key not in kept:
            kept[key] = parse(sheet, *asked)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parsed)
        yield


@pytest.fixture(autouse=True)
def _one_terminal_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots must not depend on the terminal that runs the tests."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(autouse=True)
def _reviews_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot needs no time to read a review; the test of that pause sets it again."""
    monkeypatch.setattr(SendingModal, "READING_S", 0.001)
