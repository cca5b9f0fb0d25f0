"""The first line of every screen: mode, connection, data age, trading state, equity, profit and open orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from fks_engine.api import Connection, Mode, TradingState
from fks_tui import formatting
from fks_tui.widgets.line_pane import Line, LinePane, Span, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import AccountView, DeskView, EngineView

_CONNECTIONS: dict[Connection, tuple[str, str]] = {
    Connection.LIVE: ("● LIVE", "good"),
    Connection.STARTING: ("◔ STARTING", "warn"),
    Connection.RATE_LIMITED: (" ◷ RATE LIMITED ", "alert"),
    Connection.STALE: (" ▲ STALE ", "alert"),
    Connection.RECONNECTING: (" ◌ RECONNECTING ", "alert"),
    Connection.DISCONNECTED: (" ✖ DISCONNECTED ", "alarm"),
    Connection.STOPPING: (" ■ STOPPING ", "alert"),
}
AGE_EVERY_NS = 1_000_000_000
FAR_CLOCK_MS = 500.0
"""A clock this far from the exchange's is worth a warning."""
_HUNDRED = Decimal(100)
_AFTER_THE_CLOCK = 13
"""Fields of this rank and over give way to the clock."""
_TRADING: dict[TradingState, tuple[str, str]] = {
    TradingState.ACTIVE: ("active", "muted"),
    TradingState.REDUCING: (" ▼ REDUCING ", "alert"),
    TradingState.HALTED: (" ■ HALTED ", "alarm"),
}


class _Field(NamedTuple):
    """One thing the bar says, in wordings from long to short, the last maybe empty; a rank of 0 is never shortened."""

    rank: int
    wordings: tuple[tuple[Span, ...], ...]


class StatusBar(LinePane):
    """One line that a person trusts at a glance; it shortens itself, least important first, where room is short."""

    STYLE_PREFIX = "status"
    COMPONENT_CLASSES = {
        "status--sim",
        "status--testnet",
        "status--paper",
        "status--live",
        "status--good",
        "status--warn",
        "status--alert",
        "status--alarm",
        "status--muted",
        "status--strong",
        "status--up",
        "status--down",
    }

    def __init__(self) -> None:
        super().__init__()
        self._view: DeskView | None = None
        self._age_s: float | None = None
        self._age_ts = 0

    def show(self, view: DeskView) -> None:
        """Say how things stand in this picture."""
        self._view = view
        age = view.engine.oldest_data_age_s
        if _is_worth_telling(self._age_s, age) or abs(view.ts - self._age_ts) >= AGE_EVERY_NS:
            self._age_s, self._age_ts = age, view.ts
        self.relay()

    def relay(self) -> None:
        """Fit the line into the width there is."""
        if self._view is not None and self.size.width:
            self.paint([_fitted(_fields(self._view, self._age_s), _time(self._view), self.size.width)])


def _is_worth_telling(told: float | None, age: float | None) -> bool:
    """Whether an age is another than the one that was told last: tenths of a second are not read, they flicker."""
    return (told is None) is not (age is None) or (told is not None and age is not None and abs(age - told) >= 1)


def _fields(view: DeskView, age_s: float | None) -> list[_Field]:
    """Everything the bar can say, in reading order."""
    engine = view.engine
    return [
        _mode(engine),
        _Field(0, ((_CONNECTIONS[engine.connection],),)),
        _data_age(engine, age_s),
        _Field(0, ((_TRADING[engine.trading_state],),)),
        *_money(view.account),
        *_orders(view),
        *_machinery(engine),
    ]


def _mode(engine: EngineView) -> _Field:
    """Where orders go; LIVE cannot be taken for anything else, nor what only looks for a mode."""
    exchange: Span = (f" {engine.exchange}", "muted")
    if engine.read_only:
        lock: Span = (" READ ONLY ", "alert")
        return _Field(2, ((lock, exchange), (lock,)))
    chip: Span = (f" {engine.mode.name}{' · REAL MONEY' if engine.mode is Mode.LIVE else ''} ", engine.mode.value)
    short: Span = (f" {engine.mode.name} ", engine.mode.value)
    return _Field(2, ((chip, exchange), (short,)))


def _data_age(engine: EngineView, age_s: float | None) -> _Field:
    """The age of the oldest quote."""
    age = formatting.age(age_s)
    style = "warn" if engine.connection is not Connection.LIVE else "strong"
    return _Field(5, ((("oldest data ", "muted"), (age, style)), (("data ", "muted"), (age, style)), ((age, style),)))


def _money(account: AccountView) -> list[_Field]:
    """Equity and the profit of the day."""
    profit = account.day_profit
    old = formatting.STALE_MARK if account.is_old else ""
    direction = "strong" if not profit else "up" if profit > 0 else "down"
    equity: Span = (old + formatting.money(account.equity), "strong")
    currency: Span = (f" {account.reporting_currency}", "muted")
    unpriced: tuple[Span, ...] = ((" + unpriced", "warn"),) if account.unpriced_assets else ()
    day: Span = (old + formatting.signed_money(profit), direction)
    whole: Span = (old + formatting.money(account.equity, 0), "strong")
    return [
        _Field(
            6,
            (
                (("equity ", "muted"), equity, currency, *unpriced),
                (("eq ", "muted"), equity),
                (("eq ", "muted"), whole),
            ),
        ),
        _Field(4, ((("day ", "muted"), day), (day,))),
    ]


def _orders(view: DeskView) -> list[_Field]:
    """How many orders rest at the exchange; nothing where none can."""
    if view.engine.read_only:
        return []
    if not view.engine.orders_known:
        return [_Field(3, ((("orders not read yet", "warn"),), (("orders ?", "warn"),)))]
    count = len(view.working_orders)
    number: Span = (str(count), "strong")
    return [_Field(3, ((number, (" working order" + "s" * (count != 1), "muted")), (number, (" ord", "muted"))))]


def _machinery(engine: EngineView) -> list[_Field]:
    """How well the engine and the exchange speak with each other: the first to give way where room is short."""
    fields = []
    if engine.order_round_trip_ms is not None:
        trip: Span = (f"{engine.order_round_trip_ms:.1f} ms", "strong")
        fields.append(_Field(13, ((("order trip ", "muted"), trip), (("rt ", "muted"), trip), ())))
    if engine.clock_offset_ms is not None:
        is_far = abs(engine.clock_offset_ms) >= FAR_CLOCK_MS
        offset: Span = (f"{engine.clock_offset_ms:+.0f} ms", "warn" if is_far else "strong")
        words = ((("clock ", "muted"), offset), (("clk ", "muted"), offset))
        fields.append(_Field(7, words) if is_far else _Field(14, (*words, ())))
    if engine.budget is not None:
        used = engine.budget.used * 100 // max(1, engine.budget.limit)
        free = engine.budget.limit - engine.budget.reserved
        share: Span = (f"{used}%", "warn" if engine.budget.used >= free else "strong")
        fields.append(_Field(15, ((("budget ", "muted"), share), (("wt ", "muted"), share), ())))
    rate: Span = (f"{formatting.compact(_two_digits(engine.messages_per_s))}/s", "strong")
    fields.append(_Field(16, ((rate, (" messages", "muted")), (rate,), ())))
    return fields


def _two_digits(value: float) -> Decimal:
    """A rate that does not flicker: 812 is 810."""
    exact = Decimal(int(value))
    return exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1)) if exact >= _HUNDRED else exact


def _time(view: DeskView) -> tuple[Span, ...]:
    """The engine's clock: it stands still when the engine does."""
    return ((f"{formatting.clock_time(view.ts)} UTC", "muted"), (" ", ""))


def _fitted(fields: Sequence[_Field], clock: tuple[Span, ...], width: int) -> Line:
    """The fields in the longest wordings that fit, the clock at the right where there is room for it."""
    chosen = [0] * len(fields)
    while True:
        picked = [(field, field.wordings[pick]) for field, pick in zip(fields, chosen, strict=True)]
        said = [words for _, words in picked if words]
        line = [span for index, words in enumerate(said) for span in ((("  ", ""), *words) if index else words)]
        room = width - width_of(line)
        says_more = any(words for field, words in picked if field.rank >= _AFTER_THE_CLOCK)
        if room >= (width_of(clock) + 2 if says_more else 0):
            break
        longest = [
            (field.rank - pick, index)
            for index, (field, pick) in enumerate(zip(fields, chosen, strict=True))
            if pick + 1 < len(field.wordings)
        ]
        if not longest:
            break
        chosen[max(longest)[1]] += 1
    if room > width_of(clock) + 1:
        line += [(" " * (room - width_of(clock)), ""), *clock]
    return Line(tuple(line))
