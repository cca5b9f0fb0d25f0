"""What a desk sees of the engine: one frozen picture, at most ten times a second."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fks_engine.api.commands import AlertCondition
from fks_engine.api.reconciliation import ReconciliationView
from fks_engine.api.risk import RiskView
from fks_engine.model import (
    Balance,
    Candle,
    Fill,
    Instrument,
    InstrumentId,
    Level,
    Mode,
    Order,
    PositionSide,
    Timeframe,
    Trade,
    TradingState,
)


class Connection(StrEnum):
    """How the engine stands to the exchange, or the desk to the engine."""

    STARTING = "starting"
    LIVE = "live"
    RATE_LIMITED = "rate_limited"
    """The exchange asked us to wait; nothing but cancels is sent until it is over."""
    STALE = "stale"
    """Connected, but something that should move has not moved for too long."""
    RECONNECTING = "reconnecting"
    DISCONNECTED = "disconnected"
    """The exchange, or for a desk the engine, is not there; what is shown is old."""
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class StageStatus:
    """One part of the engine, and whether it runs."""

    name: str
    connection: Connection
    detail: str
    """What happens now, or the last fault, in words for a person."""
    age_s: float | None
    """Seconds since it last brought anything; None before the first time or where age means nothing."""
    restarts: int


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """One line of the watchlist."""

    instrument_id: InstrumentId
    bid: Decimal | None
    ask: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    last: Decimal | None
    change: Decimal | None
    """Over 24 hours, as a fraction."""
    quote_volume: Decimal | None
    age_s: float | None
    """Seconds since the quote was received, by the engine's clock when the view was made; None before the first."""
    stale: bool
    """True where the gate would refuse an order for the age of this quote."""

    @property
    def mid(self) -> Decimal | None:
        """Halfway between bid and ask; None where one of them is missing."""
        return (self.bid + self.ask) / 2 if self.bid and self.ask else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusView:
    """The instrument that this desk follows."""

    instrument: Instrument
    timeframe: Timeframe
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    book_update_id: int
    book_age_s: float | None
    book_stale: bool
    trades: tuple[Trade, ...]
    """The tape, newest first."""
    candle: Candle | None
    """The candle that is forming."""
    own_bids: dict[str, Decimal]
    """Leaves of our working orders by limit price, written as the price's text."""
    own_asks: dict[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow:
    """One position with its profit, in the instrument's quote asset."""

    instrument_id: InstrumentId
    side: PositionSide
    quantity: Decimal
    average_price: Decimal | None
    mark: Decimal | None
    mark_stale: bool
    notional: Decimal | None
    realised: Decimal
    unrealised: Decimal | None
    fees: Decimal
    external_quantity: Decimal
    """Base units the account holds beyond our fills; their cost is not known."""
    break_even: Decimal | None = None
    """The price at which selling all would give back what was paid, the taker's fee of the sale included."""
    unrealised_fraction: Decimal | None = None
    """Unrealised profit as a fraction of what was paid."""
    day_profit: Decimal | None = None
    """Profit of the UTC day (or since the engine started, if that is later), realised and unrealised."""
    total_profit: Decimal | None = None
    """Realised and unrealised."""
    exposure: Decimal | None = None
    """Notional as a fraction of equity."""
    protected_quantity: Decimal = Decimal(0)
    """Base units that working stops would sell."""
    dust: str = ""
    """Why what is held cannot be sold as it is, and what to do; empty where it can."""


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One asset, with its worth in the reporting currency where a price is known."""

    balance: Balance
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """The account as a whole, in the reporting currency."""

    reporting_currency: str
    equity: Decimal | None
    """Worth of all balances that can be priced; None before the first balances arrive."""
    unpriced_assets: tuple[str, ...]
    """Assets that equity leaves out, for no price is known."""
    day_profit: Decimal | None
    """Equity now less equity at the start of the UTC day, or since the engine started if that is later."""
    realised: Decimal
    unrealised: Decimal
    balances: tuple[BalanceRow, ...]
    positions: tuple[PositionRow, ...]
    equity_curve: tuple[tuple[int, float], ...]
    """(ts ns, equity) of the session, thinned to at most a few hundred points."""
    exposure: Decimal | None = None
    """Worth of all that is not the reporting currency, as a fraction of equity."""

    @property
    def is_old(self) -> bool:
        """Whether a price that equity and profit are made of is stale."""
        return self.equity is not None and any(row.mark_stale for row in self.positions)


def empty_account(reporting_currency: str) -> AccountView:
    """An account of which nothing is known yet."""
    return AccountView(
        reporting_currency=reporting_currency,
        equity=None,
        unpriced_assets=(),
        day_profit=None,
        realised=Decimal(0),
        unrealised=Decimal(0),
        balances=(),
        positions=(),
        equity_curve=(),
    )


class NoticeLevel(StrEnum):
    """How loudly a notice speaks."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class NoticeKind(StrEnum):
    """What a notice is about, for those who want to hear some of them."""

    OTHER = "other"
    ORDER = "order"
    """An order was accepted, canceled or refused."""
    FILL = "fill"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened and that a person should be told once: a fill, a rejection, a fault."""

    number: int
    """Counts up over the life of the engine."""
    level: NoticeLevel
    title: str
    message: str
    ts: int
    kind: NoticeKind = NoticeKind.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBudgetView:
    """How much of what the exchange allows is used."""

    used: int
    """Request weight of this minute."""
    limit: int
    reserved: int
    """The part of the limit that is kept for orders and cancels."""
    orders_used: int
    """Orders of the last ten seconds."""
    orders_limit: int
    waiting: int
    """Requests that wait for the budget."""
    banned_for_s: float | None
    """Seconds until the exchange listens again; None while it does."""


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A named choice of markets, in the order it was made."""

    name: str
    instrument_ids: tuple[InstrumentId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A price that is watched."""

    number: int
    instrument_id: InstrumentId
    condition: AlertCondition
    level: Decimal
    set_price: Decimal | None
    """The mid when the alert was set; None where there was none yet."""
    set_ts: int
    fired_price: Decimal | None = None
    """The mid at which it spoke; None while it waits."""
    fired_ts: int = 0
    is_unheard: bool = False
    """True for one that spoke and of which no desk has said yet that a person was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineView:
    """The engine itself."""

    pid: int
    version: str
    mode: Mode
    exchange: str
    """Its name, with the word REPLAY behind it where a recording is played."""
    read_only: bool
    started_ts: int
    trading_state: TradingState
    trading_state_reason: str
    connection: Connection
    """The worst of what trading needs."""
    detail: str
    """One line that says what the connection is doing or what is wrong."""
    oldest_data_age_s: float | None
    """Age of the oldest quote on the watchlist."""
    clock_offset_ms: float | None
    """The exchange's clock less ours."""
    messages_per_s: float
    stages: tuple[StageStatus, ...]
    attached_desks: int
    order_round_trip_ms: float | None = None
    """From the send of the last answered order to its answer; None before the first."""
    budget: RateBudgetView | None = None
    """None where the exchange sets no budget or it is not known yet."""
    loop_lag_ms: float | None = None
    """What a message, a key or a cancel waits for its turn at worst: the 99th percentile over the last minute."""
    is_gone: bool = False
    """True in pictures that the desk made itself because no engine answers; one that lost its exchange is there."""
    max_slippage_percent: Decimal | None = None
    """How far from the best price of the other side a market order may trade; None where nothing bounds it."""
    orders_known: bool = True
    """False until balances, fills and working orders were read once since the start; for ever where read_only."""
    journal_fault: str = ""
    """Why the journal takes nothing, so that no order is sent; empty while it does. Market and cancels go on."""

    @property
    def where(self) -> str:
        """Where orders go, in capitals, as every window says it; an engine that only looks has no mode."""
        return f"{'READ ONLY' if self.read_only else self.mode.name} on {self.exchange}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """Everything a desk shows without asking further. Frozen; a newer one replaces it whole."""

    number: int
    """Counts the pictures the engine has made for this desk."""
    ts: int
    """Engine time at which the picture was made, nanoseconds UTC."""
    engine: EngineView
    quotes: tuple[QuoteRow, ...]
    """Every market of every watchlist, each once."""
    focus: FocusView | None
    working_orders: tuple[Order, ...]
    recent_orders: tuple[Order, ...]
    """The last orders that are over, newest first; older ones by query."""
    recent_fills: tuple[Fill, ...]
    """Newest first; older ones by query."""
    account: AccountView
    notices: tuple[Notice, ...]
    """What happened since the picture before."""
    missed_views: int
    """Pictures since the one before this that the desk was too slow to take; each was replaced by a newer one."""
    missed_notices: int
    """Notices since the picture before that were dropped for the same reason; the tables hold their outcomes."""
    watchlists: tuple[Watchlist, ...] = ()
    alerts: tuple[Alert, ...] = ()
    risk: RiskView | None = None
    """None before the limits are known."""
    reconciliation: ReconciliationView | None = None
    """None where the account is not read."""

    def quote(self, instrument_id: InstrumentId) -> QuoteRow | None:
        """The market's latest quote; None where it is on no watchlist."""
        return next((row for row in self.quotes if row.instrument_id == instrument_id), None)
