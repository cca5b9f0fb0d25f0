"""A line over the content that says what is wrong, and is not there while nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fks_engine.api import Connection, TradingState
from fks_tui import formatting
from fks_tui.widgets.line_pane import Line, LinePane

if TYPE_CHECKING:
    from fks_engine.api import DeskView, EngineView

_HEADLINES: dict[Connection, tuple[str, str]] = {
    Connection.STARTING: ("STARTING", "notice"),
    Connection.RATE_LIMITED: ("RATE LIMITED", "alert"),
    Connection.STALE: ("STALE DATA", "alert"),
    Connection.RECONNECTING: ("RECONNECTING", "alert"),
    Connection.DISCONNECTED: ("DISCONNECTED", "alarm"),
    Connection.STOPPING: ("STOPPING", "alert"),
}


class _Said(NamedTuple):
    headline: str
    causes: list[str]
    """The cause, and how old what is shown is, where that matters."""
    style: str


class ConnectionBanner(LinePane):
    """Tells a person not to trust the numbers below, and why."""

    STYLE_PREFIX = "banner"
    COMPONENT_CLASSES = {"banner--notice", "banner--alert", "banner--alarm"}

    def __init__(self) -> None:
        super().__init__()
        self._said: _Said | None = None
        self.display = False

    def show(self, view: DeskView) -> None:
        """Say what is wrong in this picture, or go away."""
        self._said = _banner(view.engine)
        self.display = self._said is not None
        self.relay()

    def relay(self) -> None:
        """Paint what was last said; where it has no room, its end goes, and the age of the data comes first."""
        if self._said is None or not self.size.width:
            return
        headline, causes, style = self._said
        room = self.size.width - len(headline) - 4
        detail = " · ".join(causes)
        if len(detail) > room:
            detail = " · ".join(reversed(causes))
            detail = detail[: max(0, room - 1)] + "…"
        self.paint([Line(((f" {headline}", ""), (f"  {detail}" if detail else "", "")), style)])


def _banner(engine: EngineView) -> _Said | None:
    """What there is to say; the connection comes before the gate."""
    age = ""
    if engine.connection is not Connection.LIVE:
        headline, style = _HEADLINES[engine.connection]
        detail = engine.detail
        if engine.connection is Connection.DISCONNECTED and engine.oldest_data_age_s is not None:
            age = f"data is {formatting.age(engine.oldest_data_age_s)} old"
    elif engine.trading_state is TradingState.HALTED:
        headline, style, detail = "TRADING HALTED", "alarm", engine.trading_state_reason or "only cancels pass"
    elif engine.trading_state is TradingState.REDUCING:
        headline, style, detail = "REDUCING ONLY", "alert", engine.trading_state_reason or "no position may grow"
    elif engine.journal_fault:
        return _Said("NOTHING IS SENT", [f"cancels pass · journal: {engine.journal_fault}"], "alarm")
    else:
        return None
    journal = f"journal: {engine.journal_fault}" if engine.journal_fault else ""
    return _Said(headline, [each for each in (detail, journal, age) if each], style)
