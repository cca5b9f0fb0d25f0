"""Prices that are watched: each alert speaks once, at the first quote that meets its condition."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fks_engine.api import Alert, AlertCondition, DenialReason, Denied, market_of
from fks_engine.model import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from fks_engine.api import SetAlert
    from fks_engine.clock import Clock
    from fks_engine.model import InstrumentId, Quote
    from fks_engine.ports import MarketState
    from fks_engine.topics import Bus

MOST_ALERTS: Final = 200
FARTHEST: Final = 1000
"""An alert's price is at most so many times the market's, or that part of it; a move so many percent."""
MOST_DIGITS: Final = 18
_PERCENT: Final = 100


class PriceAlerts:
    """Every alert, waiting or spoken. `fired` is called once for each that speaks; `changed` after every change."""

    def __init__(
        self, market: MarketState, clock: Clock, *, fired: Callable[[Alert], None], changed: Callable[[], None]
    ) -> None:
        self._market = market
        self._clock = clock
        self._fired = fired
        self._changed = changed
        self._alerts: dict[int, Alert] = {}
        self._waiting: dict[InstrumentId, list[int]] = {}
        self._last_number = 0

    def attach(self, bus: Bus) -> None:
        """Look at every quote that is published."""
        bus.quotes.tap(self._take_quote)

    def all(self) -> tuple[Alert, ...]:
        """Every alert, the oldest first."""
        return tuple(self._alerts.values())

    def markets(self) -> frozenset[InstrumentId]:
        """The markets that some alert still waits for."""
        return frozenset(self._waiting)

    def restore(self, alerts: Iterable[Alert]) -> None:
        """Take back what an earlier engine held."""
        for alert in alerts:
            self._put(alert)

    def set(self, wanted: SetAlert) -> Denied | None:
        """Begin to watch; the reason why not, where it makes no sense."""
        mid = self._market.mark(wanted.instrument_id)
        alert = Alert(
            number=self._last_number + 1,
            instrument_id=wanted.instrument_id,
            condition=wanted.condition,
            level=wanted.level,
            set_price=mid,
            set_ts=self._clock.now_ns(),
        )
        denied = self._fault(alert, mid)
        if denied is None:
            self._put(alert)
            self._changed()
        return denied

    def remove(self, number: int) -> Denied | None:
        """Forget one alert; the reason where there is none of this number."""
        alert = self._alerts.pop(number, None)
        if alert is None:
            return Denied(DenialReason.INVALID_ALERT, f"there is no alert {number}")
        self._settle(alert)
        self._changed()
        return None

    def hear(self, numbers: Iterable[int]) -> None:
        """Take note that a person was told of these."""
        unheard = [number for number in numbers if number in self._alerts and self._alerts[number].is_unheard]
        for number in unheard:
            self._alerts[number] = replace(self._alerts[number], is_unheard=False)
        if unheard:
            self._changed()

    def _fault(self, alert: Alert, mid: Decimal | None) -> Denied | None:
        market, level = market_of(alert.instrument_id), alert.level
        if self._market.instrument(alert.instrument_id) is None:
            return Denied(DenialReason.UNKNOWN_INSTRUMENT, f"{alert.instrument_id} is not listed")
        if len(self._alerts) >= MOST_ALERTS:
            message = f"there are {MOST_ALERTS} alerts already; remove some first"
            return Denied(DenialReason.INVALID_ALERT, message, {"limit": str(MOST_ALERTS)})
        if not level.is_finite() or level <= 0:
            return Denied(DenialReason.INVALID_ALERT, "an alert needs a level over zero")
        if fault := _out_of_reach(alert, mid):
            return Denied(DenialReason.INVALID_ALERT, fault)
        if mid is not None and _holds(alert, mid):
            message = (
                f"{market} is at {plain(mid)}, so this alert would speak at once; choose a level on the other side"
            )
            return Denied(DenialReason.INVALID_ALERT, message, {"mid": plain(mid), "level": plain(level)})
        return None

    def _put(self, alert: Alert) -> None:
        self._alerts[alert.number] = alert
        self._last_number = max(self._last_number, alert.number)
        if alert.fired_price is None:
            self._waiting.setdefault(alert.instrument_id, []).append(alert.number)

    def _take_quote(self, quote: Quote) -> None:
        numbers = self._waiting.get(quote.instrument_id)
        if not numbers or not quote.bid or not quote.ask:
            return
        mid = quote.mid
        for number in tuple(numbers):
            alert = self._alerts[number]
            if alert.set_price is None:
                self._alerts[number] = replace(alert, set_price=mid)
            elif _holds(alert, mid):
                self._speak(replace(alert, fired_price=mid, fired_ts=self._clock.now_ns(), is_unheard=True))

    def _speak(self, alert: Alert) -> None:
        self._alerts[alert.number] = alert
        self._settle(alert)
        self._fired(alert)
        self._changed()

    def _settle(self, alert: Alert) -> None:
        """Wait for it no longer."""
        numbers = self._waiting.get(alert.instrument_id, [])
        if alert.number in numbers:
            numbers.remove(alert.number)
        if not numbers:
            self._waiting.pop(alert.instrument_id, None)


def _out_of_reach(alert: Alert, mid: Decimal | None) -> str:
    """Why no market comes to such a level, or nobody could read it; empty where neither is so."""
    level = alert.level.normalize()
    exponent = level.as_tuple().exponent
    if max(level.adjusted(), 0) + max(-int(exponent), 0) >= MOST_DIGITS:
        return f"an alert's level has at most {MOST_DIGITS} digits"
    if alert.condition is AlertCondition.MOVES:
        return f"a move is at most {FARTHEST} %" if level > FARTHEST else ""
    if mid is not None and not mid / FARTHEST <= level <= mid * FARTHEST:
        nearest, farthest = plain((mid / FARTHEST).normalize()), plain((mid * FARTHEST).normalize())
        return f"{market_of(alert.instrument_id)} is at {plain(mid)}; choose a level from {nearest} to {farthest}"
    return ""


def _holds(alert: Alert, mid: Decimal) -> bool:
    """Whether the condition is met at this price."""
    if alert.condition is AlertCondition.ABOVE:
        return mid >= alert.level
    if alert.condition is AlertCondition.BELOW:
        return mid <= alert.level
    return alert.set_price is not None and abs(mid - alert.set_price) * _PERCENT >= alert.level * alert.set_price


def alert_words(alert: Alert) -> str:
    """What an alert waits for, in words: `BTC/USDT above 65000`."""
    level = f"{plain(alert.level)} %" if alert.condition is AlertCondition.MOVES else plain(alert.level)
    return f"{market_of(alert.instrument_id)} {alert.condition.value} {level}"
