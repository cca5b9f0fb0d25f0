"""One account: free and locked balances, what each open order holds, and settlement with fees."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from fks_engine.simulator import errors
from fks_engine.simulator.nouns import ZERO, Execution, Order, Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.simulator.nouns import SymbolRules
    from fks_engine.simulator.order_lists import OrderList

FEE_RATE = Decimal("0.001")
"""Maker and taker alike, in the asset received."""
SMALLEST = Decimal("0.00000001")


@dataclass(slots=True)
class Balance:
    """What an account has of one asset."""

    free: Decimal = ZERO
    locked: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Fill:
    """One account's side of an execution."""

    owner: str
    symbol: str
    trade_id: int
    order_id: int
    side: Side
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    commission: Decimal
    commission_asset: str
    is_maker: bool
    time_ms: int
    list_id: int = -1


@dataclass(slots=True)
class Hold:
    """What an open order keeps locked; the legs of an OCO keep one hold together."""

    asset: str
    amount: Decimal


class Account:
    """The balances and open orders behind one API key."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.balances: dict[str, Balance] = {}
        self.holds: dict[int, Hold] = {}
        self.open: dict[int, Order] = {}
        self.lists: dict[int, OrderList] = {}
        """The order lists that are not done."""
        self.updated_ms = 0
        self.is_disabled = False
        """Whether every order is refused."""
        self.forbidden: set[str] = set()
        """The symbols it may not trade."""

    def balance(self, asset: str) -> Balance:
        """The balance of an asset, zero when it never had one."""
        return self.balances.setdefault(asset, Balance())

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """The open orders, oldest first."""
        return [order for order in self.open.values() if symbol is None or order.symbol == symbol]

    def open_by_client_id(self, symbol: str, client_order_id: str) -> Order | None:
        """The open order of that client order id."""
        for order in self.open.values():
            if order.client_order_id == client_order_id and order.symbol == symbol:
                return order
        return None

    def open_list_by_client_id(self, list_client_id: str) -> OrderList | None:
        """The order list of that client id that is not done."""
        return next((one for one in self.lists.values() if one.client_id == list_client_id), None)

    def hold(self, orders: Iterable[Order], asset: str, amount: Decimal) -> None:
        """Lock funds once for new orders of which only one can fill.

        Raises ApiError -2010 when the free balance is too small.
        """
        balance = self.balance(asset)
        if amount > balance.free:
            raise errors.insufficient_balance()

        balance.free -= amount
        balance.locked += amount
        hold = Hold(asset, amount)
        for order in orders:
            self.holds[order.order_id] = hold
            self.open[order.order_id] = order

    def rehold(self, order: Order, amount: Decimal) -> bool:
        """Change what an open order keeps locked to `amount`; False when the free balance does not allow it."""
        hold = self.holds[order.order_id]
        balance = self.balance(hold.asset)
        more = amount - hold.amount
        if more > balance.free:
            return False

        balance.free -= more
        balance.locked += more
        hold.amount = amount
        return True

    def keep(self, order: Order, hold: Hold | None = None) -> None:
        """Count an order as open: one that locks nothing yet, or one whose hold the balances already count."""
        self.open[order.order_id] = order
        if hold is not None:
            self.holds[order.order_id] = hold

    def settle(self, order: Order, execution: Execution, rules: SymbolRules) -> Fill:
        """Pay for one execution out of the hold and receive the other asset less the fee."""
        quote_quantity = execution.price * execution.quantity
        if order.side is Side.BUY:
            reserved = quote_quantity if order.type.is_market else order.price * execution.quantity
            self._pay(order, reserved, quote_quantity)
            received, asset = execution.quantity, rules.base
        else:
            self._pay(order, execution.quantity, execution.quantity)
            received, asset = quote_quantity, rules.quote
        commission = (received * FEE_RATE).quantize(SMALLEST, ROUND_HALF_UP)
        self.balance(asset).free += received - commission
        return Fill(
            owner=self.owner,
            symbol=order.symbol,
            trade_id=execution.trade_id,
            order_id=order.order_id,
            side=order.side,
            price=execution.price,
            quantity=execution.quantity,
            quote_quantity=quote_quantity,
            commission=commission,
            commission_asset=asset,
            is_maker=execution.maker_order_id == order.order_id,
            time_ms=execution.time_ms,
            list_id=order.list_id,
        )

    def _pay(self, order: Order, reserved: Decimal, paid: Decimal) -> None:
        """Take `paid` from the part `reserved` of the order's hold; the difference is free again."""
        hold = self.holds[order.order_id]
        balance = self.balance(hold.asset)
        used = min(reserved, hold.amount)
        hold.amount -= used
        balance.locked -= used
        balance.free += used - paid

    def release(self, order: Order) -> None:
        """Free what a closed order still holds, unless another leg of its list holds it too."""
        self.open.pop(order.order_id, None)
        hold = self.holds.pop(order.order_id, None)
        if hold is not None and not (order.list_id >= 0 and any(other is hold for other in self.holds.values())):
            balance = self.balance(hold.asset)
            balance.locked -= hold.amount
            balance.free += hold.amount

    def positions(self, assets: Iterable[str]) -> list[tuple[str, Balance]]:
        """The balances of those assets, each once."""
        return [(asset, self.balance(asset)) for asset in dict.fromkeys(assets)]
