"""What an alert waits for, in words, and those that spoke while no desk was open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import AlertCondition, market_of
from fks_tui.formatting import date_time, quantity
from fks_tui.precision import Precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import Alert, DeskView

_MOST_NAMED: Final = 3


def condition_words(alert: Alert, precision: Precision) -> str:
    """What the alert waits for: `above 65000.00`, `moves 2% from 64000.00`."""
    if alert.condition is not AlertCondition.MOVES:
        return f"{alert.condition.value} {precision.price(alert.instrument_id, alert.level)}"
    start = "" if alert.set_price is None else f" from {precision.price(alert.instrument_id, alert.set_price)}"
    return f"moves {quantity(alert.level)}%{start}"


def missed_words(alerts: Sequence[Alert], view: DeskView) -> str:
    """The alerts that nobody was told of, the latest first: `BTC/USDT above 65000.00 at 2026-01-01 12:00:00`."""
    precision = Precision()
    precision.learn(view.quotes)
    latest = sorted(alerts, key=lambda each: -each.fired_ts)
    lines = [
        f"{market_of(each.instrument_id)} {condition_words(each, precision)} at {date_time(each.fired_ts)} UTC"
        for each in latest[:_MOST_NAMED]
    ]
    more = len(latest) - _MOST_NAMED
    return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])


class MissedAlerts:
    """Which alerts a desk must tell of when it comes to an engine, and which it has told of and the engine may forget.

    An alert that speaks while the desk is there comes as a notice.
    """

    def __init__(self) -> None:
        self._is_new = True
        self._heard: set[int] = set()

    def take(self, view: DeskView) -> tuple[tuple[Alert, ...], tuple[int, ...]]:
        """The alerts to tell of now, and the numbers that count as told from now on."""
        if view.engine.is_gone:
            self._is_new = True
            self._heard.clear()
        if view.engine.is_gone or not view.watchlists:  # without lists the engine has not said yet what it holds
            return (), ()
        unheard = tuple(each for each in view.alerts if each.is_unheard and each.number not in self._heard)
        told, self._is_new = unheard if self._is_new else (), False
        self._heard.update(each.number for each in unheard)
        return told, tuple(each.number for each in unheard)
