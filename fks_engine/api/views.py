"""What a desk sees of the engine: one frozen picture, at most ten times a second."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened and that a person should be told once: a fill, a rejection, a fault."""

    number: int
    """Counts up over the life of the engine."""
    level: NoticeLevel
    title: str
    message: str
    ts: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """Everything a desk shows without asking further. Frozen; a newer one replaces it whole."""

    number: int
    """Counts the pictures the engine has made for this desk."""
    ts: int
    """Engine time at which the picture was made, nanoseconds UTC."""
    engine: EngineView
    quotes: tuple[QuoteRow, ...]
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
