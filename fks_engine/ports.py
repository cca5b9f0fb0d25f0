"""The protocols through which one stage of the engine may see another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol

from fks_engine.api import Denied, DifferenceKind, OrderCommand, Preview, SubmitOrder
from fks_engine.model import (
    Balance,
    BalancesChanged,
    Candle,
    CheckMade,
    DayStatistics,
    Fill,
    Instrument,
    InstrumentId,
    JournalEntry,
    Order,
    OrderBook,
    OrderReport,
    Position,
    Quote,
    Timeframe,
    Trade,
    TradingState,
)

MarketEvent = Quote | Trade | OrderBook | Candle | DayStatistics
AccountEvent = OrderReport | Fill | BalancesChanged
MarketSink = Callable[[MarketEvent], None]
AccountSink = Callable[[AccountEvent], None]
DoubtSink = Callable[[tuple[InstrumentId, ...], str], None]
"""Told of instruments whose stream has to be taken anew, and why: what it told last may not be true."""


def undoubted(instrument_ids: tuple[InstrumentId, ...], reason: str) -> None:
    """Nobody minds that a part of a stream is taken anew."""


class ChannelKind(StrEnum):
    """What a market stream carries."""

    QUOTES = "quotes"
    TRADES = "trades"
    BOOKS = "books"
    CANDLES = "candles"
    STATISTICS = "statistics"


@dataclass(frozen=True, slots=True)
class MarketChannel:
    """Which market events of which instruments a stream carries."""

    kind: ChannelKind
    instrument_ids: tuple[InstrumentId, ...]
    timeframe: Timeframe = Timeframe.M1
    """The candle length; only candles look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateUsage:
    """What of the exchange's budget is used at this moment."""

    used: int
    """Request weight of this minute."""
    limit: int
    reserved: int
    """The part of the limit that only orders and cancels may use."""
    orders_used: int
    """Orders of the last ten seconds."""
    orders_limit: int
    waiting: int
    """Requests that wait for the budget."""
    banned_for_s: float | None
    """Seconds until the exchange listens again; None while it does."""


class Exchange(Protocol):
    """One exchange account and its market data. Requests raise the ExchangeError family and nothing else.

    Every time is nanoseconds UTC.
    """

    @property
    def name(self) -> str:
        """The exchange's short name, the first half of its instrument ids."""
        ...

    @property
    def read_only(self) -> bool:
        """True where orders cannot be sent: no key, or public data only."""
        ...

    async def open(self) -> Mapping[InstrumentId, Instrument]:
        """Connect and load every instrument."""
        ...

    async def close(self) -> None:
        """Drop every connection; never raises."""
        ...

    async def fetch_server_time(self) -> int:
        """The exchange's clock."""
        ...

    def correct_clock(self, offset_ns: int) -> None:
        """Sign requests by the exchange's clock, which is ours plus `offset_ns`."""
        ...

    @property
    def rate_usage(self) -> RateUsage | None:
        """How much of the exchange's budget is used; None where it sets none."""
        ...

    async def fetch_balances(self) -> BalancesChanged:
        """All balances of the account."""
        ...

    async def fetch_order(self, instrument_id: InstrumentId, client_order_id: str) -> OrderReport:
        """What the exchange knows of one order. Raises OrderNotFound."""
        ...

    async def fetch_open_orders(self, instrument_id: InstrumentId | None = None) -> tuple[OrderReport, ...]:
        """Orders that rest at the exchange."""
        ...

    async def fetch_fills(
        self, instrument_id: InstrumentId, since_ts: int | None = None, from_trade_id: str | None = None
    ) -> tuple[Fill, ...]:
        """Our executions, oldest first, all pages: those since a time, which lies less than a day back, or from a
        trade on, or all."""
        ...

    async def fetch_candles(
        self, instrument_id: InstrumentId, timeframe: Timeframe, limit: int, before_ts: int | None = None
    ) -> tuple[Candle, ...]:
        """The last `limit` candles (opening before `before_ts`), oldest first; the last may still be forming."""
        ...

    async def submit_order(self, order: Order) -> OrderReport:
        """Send an order once. Raises OrderRejected, or OutcomeUnknown when no answer came."""
        ...

    async def submit_list(self, orders: Sequence[Order]) -> tuple[OrderReport, ...]:
        """Send orders of one list once, all or none: a limit order and a stop of which one cancels the other, or an
        entry (first) and its one or two exits. All carry the same `order_list_id`. Raises as submit_order does."""
        ...

    async def replace_order(self, old: Order, new: Order) -> tuple[OrderReport, OrderReport]:
        """Cancel `old` and send `new`, once; `new` is not sent where `old` could not be canceled. What became of both.

        Raises CancelRefused (neither happened), ReplacementRejected (the old one is canceled), or OutcomeUnknown.
        """
        ...

    async def cancel_order(self, order: Order) -> OrderReport:
        """Cancel an order. Raises OrderNotFound when it is not working, or OutcomeUnknown."""
        ...

    async def stream_market(self, channel: MarketChannel, sink: MarketSink, doubt: DoubtSink = undoubted) -> None:
        """Subscribe once and hand every event to `sink` from the message handler, until the connection breaks.

        `doubt` is told of instruments whose part of the stream was silent or whose book broke, and is taken anew on
        the same connection. Never returns normally: raises ExchangeUnavailable when the stream is lost.
        """
        ...

    def look_at(self, instrument_ids: Collection[InstrumentId]) -> None:
        """These are what people look at now: their books are audited before others."""
        ...

    def hold_orders(self, why: str) -> None:
        """From now on no new order leaves of which not one byte has left; empty lets them leave again. Cancels pass.

        Such an order raises ExchangeUnavailable with `why` as its words.
        """
        ...

    async def stream_account(self, sink: AccountSink, ready: Callable[[], None]) -> None:
        """Hand every event of our orders, fills and balances to `sink`; calls `ready` once it is subscribed.

        Never returns normally: raises ExchangeUnavailable when the stream is lost.
        """
        ...


class OrderJournal(Protocol):
    """The durable record of what is decided and told, as the stages that decide and hear see it."""

    @property
    def fault(self) -> str:
        """Why nothing can be written now, in words; empty while all is well."""
        ...

    async def record(self, *entries: JournalEntry) -> None:
        """Make entries durable, together, after all that was given before. Raises JournalUnavailable: none is then."""
        ...

    def note(self, *entries: JournalEntry) -> None:
        """Write entries as soon as can be, and keep trying until they are."""
        ...


class Unkept:
    """The journal where nothing may be sent: of an exchange that is only read."""

    fault = ""

    async def record(self, *entries: JournalEntry) -> None:
        """Keep nothing."""

    def note(self, *entries: JournalEntry) -> None:
        """Keep nothing."""


class Findings(Protocol):
    """Where a stage tells what it found when it held our records against the exchange's."""

    def found(
        self,
        kind: DifferenceKind,
        subject: str,
        ours: str,
        theirs: str,
        explanation: str,
        facts: Collection[Hashable] = (),
    ) -> None:
        """Note a difference in which the exchange's word was taken; nothing where all its facts were told before."""
        ...

    def orders_compared(self, asked: int, ended: int) -> None:
        """Count orders that were asked for by name, and those that were over."""
        ...

    def orders_audited(self) -> None:
        """Working orders and their fills are what the exchange says."""
        ...


class Unnoted:
    """Where nobody minds what is found."""

    def found(
        self,
        kind: DifferenceKind,
        subject: str,
        ours: str,
        theirs: str,
        explanation: str,
        facts: Collection[Hashable] = (),
    ) -> None:
        """Note nothing."""

    def orders_compared(self, asked: int, ended: int) -> None:
        """Count nothing."""

    def orders_audited(self) -> None:
        """Note nothing."""


class MarketState(Protocol):
    """The latest known market, as risk, orders and portfolio may see it."""

    def instrument(self, instrument_id: InstrumentId) -> Instrument | None:
        """The instrument's rules; None when it is not listed."""
        ...

    def quote(self, instrument_id: InstrumentId) -> Quote | None:
        """The latest quote, however old."""
        ...

    def book(self, instrument_id: InstrumentId) -> OrderBook | None:
        """The latest depth, None when not subscribed or not yet whole."""
        ...

    def mark(self, instrument_id: InstrumentId) -> Decimal | None:
        """The price that positions are valued at: the mid of the latest quote."""
        ...

    def quote_age_s(self, instrument_id: InstrumentId) -> float | None:
        """Seconds since the latest quote was received or its stream was last proved alive; None before the first."""
        ...

    def is_stale(self, instrument_id: InstrumentId) -> bool:
        """Whether the quote is too old to trade on."""
        ...


class Account(Protocol):
    """Balances and positions, as risk may see them."""

    def balance(self, asset: str) -> Balance:
        """The balance of one asset; zeros when the account has none."""
        ...

    def position(self, instrument_id: InstrumentId) -> Position:
        """The position; a flat one when there is none."""
        ...

    def exposure(self) -> Decimal | None:
        """Worth in the reporting currency of all that is held beside it, as far as it can be priced; None before the
        balances are known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltSale(SubmitOrder):
    """A sale of what is held by which a halt flattens. No desk can ask for one: it is not part of the door."""


class Admission(NamedTuple):
    """Whether orders may leave, and what the gate asked of them."""

    denied: Denied | None
    checks: tuple[CheckMade, ...] = ()
    """In the order they were asked; where the orders were denied the last one was not passed."""


class Switch(Protocol):
    """The gate as it is set, and not asked."""

    lets_halt_sell: bool
    """Whether the sales of a halt pass, though the gate is shut for everything else."""

    def set_state(self, state: TradingState, reason: str = "") -> None:
        """Open, narrow or close the gate from the next verdict on."""
        ...


class Gate(Protocol):
    """What the order stage asks before anything is sent."""

    @property
    def trading_state(self) -> TradingState:
        """Whether orders may pass at all."""
        ...

    def verdict(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Denied | None:
        """Why this order must not be sent now, given our working orders; None when it may.

        What the order that it `replaces` holds counts as free, and that order does not count as working.
        """
        ...

    def admit(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Admission:
        """The verdict on orders that leave now if nothing denies them: they count towards those of this second."""
        ...

    def preview(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Preview:
        """What the order would be and do if it were sent now, with the verdict on it.

        One that `replaces` another is taken as it is, else it is rounded to the instrument's steps first.
        """
        ...

    def cap_price(self, command: SubmitOrder) -> Decimal | None:
        """The worst price at which a market order may trade: the command's own, else our limit on slippage; None where
        neither is known."""
        ...
