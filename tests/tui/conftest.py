"""A fixed environment for everything that draws."""

from __future__ import annotations

import pytest

from fks_tui.screens.sending import SendingModal


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
