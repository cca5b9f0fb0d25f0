"""What the journal keeps: everything that was decided of our orders, and everything the exchange told, as it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from fks_engine.model.account import BalancesChanged
from fks_engine.model.fill import Fill
from fks_engine.model.instrument import InstrumentId
from fks_engine.model.limits import LimitName
from fks_engine.model.modes import Mode, TradingState
from fks_engine.model.order import Order, OrderReport, OrderStatus
from fks_engine.model.position import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalOpened:
    """An engine began to write. Times are nanoseconds UTC, here and in all that follows."""

    ts: int
    mode: Mode
    exchange: str
    account: str
    """Tells accounts of one exchange apart without naming their key."""
    version: str
    """The version of FKS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMade:
    """One question of the gate, and the numbers that it compared."""

    name: str
    passed: bool
    numbers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPlanned:
    """Orders that leave together, or that were denied. Once this is durable they may have been sent."""

    ts: int
    orders: tuple[Order, ...]
    origin: str = ""
    """Who asked for them: `ticket`, `ladder`, `order line`, `closing`, `protection`, the name of a strategy."""
    checks: tuple[CheckMade, ...] = ()
    """What the gate asked of them, in order; the last one was not passed where they were denied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersSent:
    """The first byte leaves now."""

    ts: int
    client_order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved:
    """A step of an order's life that we decided."""

    ts: int
    client_order_id: str
    status: OrderStatus
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked:
    """An order is to be canceled, until it is over."""

    ts: int
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTaken:
    """The exchange's word on an order."""

    ts: int
    report: OrderReport


@dataclass(frozen=True, slots=True, kw_only=True)
class FillTaken:
    """An execution."""

    ts: int
    fill: Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancesTaken:
    """The exchange's word on the balances."""

    ts: int
    balances: BalancesChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateSet:
    """The gate was opened, narrowed or closed, and by whom."""

    ts: int
    state: TradingState
    reason: str
    origin: str = ""
    flatten: bool = False
    """Whether a halt is to sell what is held, once nothing works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSet:
    """A limit was set at run time, and by whom. None and no markets: the setting alone holds again."""

    ts: int
    name: LimitName
    value: Decimal | None = None
    instrument_ids: tuple[InstrumentId, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ToleratedLoss:
    """How far a loss beyond its limit may go on, for a person resumed trading while it stood."""

    name: LimitName
    used: Decimal
    """The loss beyond which it halts again; money, or percent of the peak."""
    limit: Decimal
    """The limit that was set then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityMarked:
    """What losses are counted from, in the reporting currency."""

    ts: int
    currency: str
    day_start: Decimal
    """Equity when the UTC day of `ts` began, or when the first engine of that day first knew it."""
    peak: Decimal
    """The highest equity since drawdown was first counted."""
    unpriced: tuple[str, ...] = ()
    """Assets that have no part in either, for nothing priced them."""
    tolerated: tuple[ToleratedLoss, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceNoted:
    """Our records and the exchange's differed; or a person took the exchange's word where nobody could explain it."""

    ts: int
    kind: str
    subject: str
    ours: str
    theirs: str
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """All that is needed to go on without what was written before."""

    ts: int
    orders: tuple[Order, ...] = ()
    """Those that are not over."""
    cancels: tuple[str, ...] = ()
    """Orders that are to be canceled."""
    positions: tuple[Position, ...] = ()
    fills: tuple[Fill, ...] = ()
    """The last ones, so that none is booked twice."""
    last_fills: tuple[Fill, ...] = ()
    """The last one of each market."""
    forgotten_until: dict[InstrumentId, int] = field(default_factory=dict)
    """Fills of a market up to this time are in its position, and no longer told one by one."""
    state: TradingStateSet | None = None
    limits: tuple[LimitSet, ...] = ()
    """The last one of each limit."""
    equity: EquityMarked | None = None
    balances: tuple[BalancesTaken, ...] = ()
    """What tells every asset's last known balance."""


JournalEntry = (
    JournalOpened
    | OrdersPlanned
    | OrdersSent
    | OrderMoved
    | CancelAsked
    | ReportTaken
    | FillTaken
    | BalancesTaken
    | TradingStateSet
    | LimitSet
    | EquityMarked
    | DifferenceNoted
    | Checkpoint
)
