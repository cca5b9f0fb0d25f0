"""A fixed environment for everything that draws."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _one_terminal_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots must not depend on the terminal that runs the tests."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
