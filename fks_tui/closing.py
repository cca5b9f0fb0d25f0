"""What closing a position would do: cancel, sell, both or nothing; the command for it, and the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_engine.api import CancelAllOrders, FlattenPosition, PositionSide, market_of
from fks_tui.formatting import quantity, sentence

if TYPE_CHECKING:
    from fks_engine.api import DeskView, InstrumentId, PositionRow


@dataclass(frozen=True, slots=True)
class Closing:
    """What is to be done to close a market, or all; without a command, why there is nothing to do."""

    command: FlattenPosition | CancelAllOrders | None
    words: str


def is_open(row: PositionRow) -> bool:
    """Whether there is something of the position that can be sold."""
    return not why_not(row)


def why_not(row: PositionRow | None) -> str:
    """Why nothing of a position can be sold, in words; empty where it can."""
    if row is None or not row.quantity or row.side is PositionSide.FLAT:
        return "no position is open"
    if row.side is PositionSide.SHORT or row.quantity < 0:
        base = market_of(row.instrument_id).partition("/")[0]
        return f"more {base} was sold than bought here: it came from elsewhere, so there is nothing to buy back"
    return f"the position is dust, {row.dust}" if row.dust else ""


def closing(view: DeskView, instrument_id: InstrumentId) -> Closing:
    """What closing one market does now: its orders are canceled first, then its position is sold."""
    row = next((each for each in view.account.positions if each.instrument_id == instrument_id), None)
    count, market, why = _count(view, instrument_id), market_of(instrument_id), why_not(row)
    if row is not None and not why:
        return Closing(FlattenPosition(instrument_id), f"{market}: {steps(view, row)}")
    if not count:
        return Closing(None, f"{sentence(why)}, and no order of {market} is working")
    return Closing(CancelAllOrders(instrument_id), f"{market}: cancel {_orders(count)}; nothing is sold: {why}")


def steps(view: DeskView, row: PositionRow) -> str:
    """What is done to close an open position: `cancel 2 orders, then sell 0.1 BTC at market`."""
    count = _count(view, row.instrument_id)
    first = f"cancel {_orders(count)}, then " if count else ""
    base = market_of(row.instrument_id).partition("/")[0]
    return f"{first}sell {quantity(row.quantity)} {base} at market"


def _count(view: DeskView, instrument_id: InstrumentId) -> int:
    return sum(order.instrument_id == instrument_id for order in view.working_orders)


def _orders(count: int) -> str:
    return f"{count} order{'s' * (count != 1)}"
