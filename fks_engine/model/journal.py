"""What the journal keeps: everything that was decided of our orders, and everything the exchange told, as it came."""

from __future__ import annotations

from dataclasses import dataclass, field

from fks_engine.model.account import BalancesChanged
from fks_engine.model.fill import Fill
from fks_engine.model.instrument import InstrumentId
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
class OrdersPlanned:
    """Orders that leave together, or that were denied. Once this is durable they may have been sent."""

    ts: int
    orders: tuple[Order, ...]


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
    | Checkpoint
)
