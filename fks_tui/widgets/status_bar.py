"""The first line of every screen: mode, connection, data age, trading state, equity, profit and open orders."""

from __future__ import annotations

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
    Connection.STALE: (" ▲ STALE ", "alert"),
    Connection.RECONNECTING: (" ◌ RECONNECTING ", "alert"),
    Connection.DISCONNECTED: (" ✖ DISCONNECTED ", "alarm"),
    Connection.STOPPING: (" ■ STOPPING ", "alert"),
}
_TRADING: dict[TradingState, tuple[str, str]] = {
    TradingState.ACTIVE: ("active", "muted"),
    TradingState.REDUCING: (" ▼ REDUCING ", "alert"),
    TradingState.HALTED: (" ■ HALTED ", "alarm"),
}


class _Field(NamedTuple):
    """One thing the bar says, in wordings from long to short; a rank of 0 is never shortened."""

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

    def show(self, view: DeskView) -> None:
        """Say how things stand in this picture."""
        self._view = view
        self.relay()

    def relay(self) -> None:
        """Fit the line into the width there is."""
        if self._view is not None and self.size.width:
            self.paint([_fitted(_fields(self._view), _time(self._view), self.size.width)])


def _fields(view: DeskView) -> list[_Field]:
    """Everything the bar can say, in reading order."""
    engine = view.engine
    return [
        _mode(engine),
        _Field(0, ((_CONNECTIONS[engine.connection],),)),
        _data_age(engine),
        _Field(0, ((_TRADING[engine.trading_state],),)),
        *_money(view.account),
        _orders(len(view.working_orders)),
    ]


def _mode(engine: EngineView) -> _Field:
    """Where orders go; LIVE cannot be taken for anything else."""
    chip: Span = (f" {engine.mode.name}{' · REAL MONEY' if engine.mode is Mode.LIVE else ''} ", engine.mode.value)
    short: Span = (f" {engine.mode.name} ", engine.mode.value)
    lock: tuple[Span, ...] = ((" READ ONLY ", "alert"),) if engine.read_only else ()
    exchange: Span = (f" {engine.exchange}", "muted")
    return _Field(2, ((chip, exchange, *lock), (short, *lock)))


def _data_age(engine: EngineView) -> _Field:
    """The age of the oldest quote."""
    age = formatting.age(engine.oldest_data_age_s)
    style = "warn" if engine.connection is not Connection.LIVE else "strong"
    return _Field(5, ((("oldest data ", "muted"), (age, style)), (("data ", "muted"), (age, style)), ((age, style),)))


def _money(account: AccountView) -> list[_Field]:
    """Equity and the profit of the day."""
    profit = account.day_profit
    direction = "strong" if not profit else "up" if profit > 0 else "down"
    equity: Span = (formatting.money(account.equity), "strong")
    currency: Span = (f" {account.reporting_currency}", "muted")
    unpriced: tuple[Span, ...] = ((" + unpriced", "warn"),) if account.unpriced_assets else ()
    day: Span = (formatting.signed_money(profit), direction)
    whole: Span = (formatting.money(account.equity, 0), "strong")
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


def _orders(count: int) -> _Field:
    """How many orders rest at the exchange."""
    number: Span = (str(count), "strong")
    return _Field(3, ((number, (" working order" + "s" * (count != 1), "muted")), (number, (" ord", "muted"))))


def _time(view: DeskView) -> tuple[Span, ...]:
    """The engine's clock: it stands still when the engine does."""
    return ((f"{formatting.clock_time(view.ts)} UTC", "muted"), (" ", ""))


def _fitted(fields: Sequence[_Field], clock: tuple[Span, ...], width: int) -> Line:
    """The fields in the longest wordings that fit, the clock at the right where there is room for it."""
    chosen = [0] * len(fields)
    while True:
        spans = [("  ", "") if index else ("", "") for index in range(len(fields))]
        parts = [(gap, *field.wordings[pick]) for gap, field, pick in zip(spans, fields, chosen, strict=True)]
        line = [span for part in parts for span in part]
        room = width - width_of(line)
        if room >= 0:
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
