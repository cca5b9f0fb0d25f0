"""Whether a sale that came to nothing has cost a position its stop, in words that stay."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.api import NoticeLevel
from fks_engine.model import EXACT, OrderStatus, OrderType, Side, market_of, plain
from fks_engine.orders.wording import Saying

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fks_engine.model import InstrumentId, Order

_RESTING = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def unprotected(
    instrument_id: InstrumentId, held: Decimal, before: Sequence[Order], now: Callable[[str], Order | None]
) -> Saying | None:
    """The warning where stops among the orders of `before` are gone and what is left of them covers less than `held`.

    `now` gives an order as it stands. None where no stop was lost, or nothing stands unprotected for it.
    """
    stops = [now(order.client_order_id) for order in before if _is_stop(order)]
    lost = [stop for stop in stops if stop is None or stop.status not in _RESTING | {OrderStatus.FILLED}]
    if not lost:
        return None
    covered = Decimal(0)
    for stop in stops:
        if stop is not None and stop.status in _RESTING:
            covered = EXACT.add(covered, stop.leaves_quantity)
    bare = EXACT.subtract(held, covered)
    if bare <= 0:
        return None
    what = "its stop is" if len(lost) == 1 else "its stops are"
    message = (
        f"{plain(bare)} of {market_of(instrument_id)} is held and nothing protects it: {what} canceled and the sale "
        "came to nothing; close it once more, or set a stop"
    )
    return Saying(NoticeLevel.ERROR, "Unprotected", message)


def _is_stop(order: Order) -> bool:
    """Whether the order cut the loss of what is held."""
    return order.order_type in _STOPS and order.side is Side.SELL and order.waits_for is None
