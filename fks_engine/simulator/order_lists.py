"""Order lists: one-cancels-the-other pairs, and orders that wait for another one to fill."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fks_engine.simulator import refusals
from fks_engine.simulator.nouns import Order, OrderStatus, OrderType, Side

if TYPE_CHECKING:
    from decimal import Decimal


class Contingency(StrEnum):
    """How the orders of a list depend on each other."""

    OCO = "OCO"
    """Two legs; the one that begins to work in earnest ends the other."""
    OTO = "OTO"
    """A working order, then one pending order or an OCO pair that is placed once the first has filled."""


@dataclass(slots=True, eq=False)
class OrderList:
    """One order list and its orders, in the order of their ids."""

    list_id: int
    owner: str
    symbol: str
    client_id: str
    contingency: Contingency
    orders: list[Order]
    updated_ms: int
    is_done: bool = False

    @property
    def working(self) -> Order | None:
        """The order that the others wait for; None for an OCO."""
        return self.orders[0] if self.contingency is Contingency.OTO else None

    @property
    def legs(self) -> list[Order]:
        """The one or two orders that exclude each other: the pair of an OCO, or what waits for the working order."""
        return self.orders[1:] if self.contingency is Contingency.OTO else self.orders

    @property
    def pending(self) -> list[Order]:
        """The orders that wait for the working order to fill."""
        return [order for order in self.orders if order.status is OrderStatus.PENDING_NEW]

    @property
    def open_orders(self) -> list[Order]:
        """The orders that can still fill."""
        return [order for order in self.orders if order.status.is_open]

    def siblings(self, order: Order) -> list[Order]:
        """The open legs that end when that leg begins to work."""
        legs = self.legs
        return [leg for leg in legs if leg is not order and leg.status.is_open] if order in legs else []


_LEG_TYPES = frozenset(OrderType) - {OrderType.LIMIT, OrderType.MARKET}


def check_pair(above: Order, below: Order) -> None:
    """Raise ApiError -1158, -1165 to -1168 or -1196 to -1199 when the two types cannot be the legs of an OCO."""
    for leg in (above, below):
        if leg.type not in _LEG_TYPES:
            raise refusals.not_in_oco()
    if above.type is OrderType.LIMIT_MAKER and below.type is OrderType.LIMIT_MAKER:
        raise refusals.both_limits()

    for leg in sorted((above, below), key=lambda leg: leg.type.is_stop_loss):
        if leg.type.is_stop_loss is not ((leg is above) is (leg.side is Side.BUY)):
            raise _misplaced(leg, "below" if leg is above else "above")


def _misplaced(leg: Order, place: str) -> Exception:
    kind, buy_code, sell_code = "take profit", -1198, -1199
    if leg.type is OrderType.LIMIT_MAKER:
        kind, buy_code, sell_code = "limit", -1165, -1166
    elif leg.type.is_stop_loss:
        kind, buy_code, sell_code = "stop loss", -1196, -1197
    is_buy = leg.side is Side.BUY
    return refusals.misplaced_leg(buy_code if is_buy else sell_code, kind, "buy" if is_buy else "sell", place)


def check_pair_prices(above: Order, below: Order, last_price: Decimal) -> None:
    """Raise ApiError -2010 unless the legs lie on either side of the last price."""
    if not _level(above) > last_price > _level(below):
        raise refusals.bad_prices()


def _level(leg: Order) -> Decimal:
    return leg.price if leg.type is OrderType.LIMIT_MAKER else leg.stop_price
