"""What a desk may look up of everything that ever happened to orders, as the journal keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fks_engine.model import InstrumentId, Order, OrderStatus, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRequest:
    """Orders of all runs, newest first, that pass every filter."""

    text: str = ""
    """Words that all stand in the order's market, ids, type, status, reason or origin, case aside."""
    instrument_id: InstrumentId | None = None
    side: Side | None = None
    statuses: tuple[OrderStatus, ...] = ()
    """None of them lets every status through."""
    since_ts: int | None = None
    until_ts: int | None = None
    limit: int = 200
    offset: int = 0


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Orders, newest first, and how many pass in all."""

    items: tuple[Order, ...]
    total: int
    warning: str = ""
    """What of the journal could not be read, and what to do; empty where nothing is missing."""


@dataclass(frozen=True, slots=True)
class OrderLifeRequest:
    """One order's whole life."""

    client_order_id: str


class LifeStepKind(StrEnum):
    """What happened."""

    ASKED = "asked"
    """By a person's key or by a strategy."""
    CHECKED = "checked"
    """A check of the gate, with the numbers that it compared."""
    DENIED = "denied"
    WRITTEN = "written"
    """On the disk, before anything is sent."""
    SENT = "sent"
    REPLIED = "replied"
    """The exchange's word, by an answer, the stream or a question."""
    FILLED = "filled"
    CANCEL_ASKED = "cancel_asked"
    MOVED = "moved"
    """A step that we decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeStep:
    """One moment of an order's life."""

    ts: int
    kind: LifeStepKind
    text: str
    numbers: dict[str, str] = field(default_factory=dict)
    is_fault: bool = False
    """Whether it is what kept the order from its end: a check not passed, a refusal."""


@dataclass(frozen=True, slots=True)
class OrderLifePage:
    """An order as it stands or ended, and its steps in the order in which they were written."""

    order: Order
    steps: tuple[LifeStep, ...]


class ExportWhat(StrEnum):
    """What is written."""

    ORDERS = "orders"
    FILLS = "fills"
    STEPS = "steps"
    """Every step of every order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportHistory:
    """Write what a request finds (its limit and offset aside) to a new file of the engine's machine."""

    path: str
    """Ends in .csv or .parquet; `~` is the engine's home. A file that exists is never written over."""
    what: ExportWhat = ExportWhat.ORDERS
    chosen: HistoryRequest = field(default_factory=HistoryRequest)


@dataclass(frozen=True, slots=True)
class Exported:
    """The end of an export."""

    path: str
    rows: int
