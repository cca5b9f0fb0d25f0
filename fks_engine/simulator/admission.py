"""What an order must pass before the exchange takes it: switches, filters, funds and the state of the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.simulator import errors, refusals, rules
from fks_engine.simulator.nouns import Order, OrderType, Side
from fks_engine.simulator.order_lists import OrderList, check_pair, check_pair_prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from fks_engine.simulator.account import Account
    from fks_engine.simulator.market import Market
    from fks_engine.simulator.tape import Tape


TRADING = "TRADING"


class Admission:
    """The gate in front of every market."""

    def __init__(self, markets: Mapping[str, Market], tapes: Mapping[str, Tape]) -> None:
        self._markets = markets
        self._tapes = tapes
        self.statuses: dict[str, str] = {}
        """The symbols that were opened or closed, and how they stand."""

    def check(self, account: Account, order: Order) -> None:
        """Raise ApiError if the order may not be placed."""
        self.check_filters(account, [order])
        self.check_rest(account, order)

    def check_filters(self, account: Account, orders: Sequence[Order]) -> None:
        """Raise ApiError -2010 for a symbol or account that may not trade, -1013 for the first filter broken."""
        symbol = orders[0].symbol
        if account.is_disabled:
            raise refusals.account_disabled()
        if symbol in account.forbidden:
            raise refusals.symbol_not_permitted()
        if self.statuses.get(symbol, TRADING) != TRADING:
            raise refusals.market_closed()

        symbol_rules = self._markets[symbol].rules
        reference = self._tapes[symbol].average_price()
        standing = account.open_orders(symbol)
        for order in orders:
            rules.check(order, symbol_rules, reference)
        rules.check_counts(orders, standing, symbol_rules)
        owned = account.balance(symbol_rules.base)
        rules.check_position(orders, standing, owned.free + owned.locked, symbol_rules)

    def check_rest(self, account: Account, order: Order) -> None:
        """What the matching engine itself refuses: ApiError -2010."""
        self._check_unique(account, [order])
        asset, needed = self.needed([order])
        if needed > account.balance(asset).free:
            raise errors.insufficient_balance()

        self._check_market(order)

    def check_list(self, account: Account, order_list: OrderList) -> None:
        """Raise ApiError if the order list may not be placed."""
        legs, working = order_list.legs, order_list.working
        if len(legs) == 2:
            check_pair(*legs)
        self.check_filters(account, order_list.orders)
        if len([one for one in account.lists.values() if one.symbol == order_list.symbol]) >= self._most_lists(
            order_list
        ):
            raise errors.filter_failure("MAX_NUM_ORDER_LISTS")
        if account.open_list_by_client_id(order_list.client_id) is not None:
            raise errors.duplicate_order()

        self._check_unique(account, order_list.orders)
        if working is not None:
            self.check_rest(account, working)
        else:
            self.check_legs(account, legs)

    def _most_lists(self, order_list: OrderList) -> int:
        return self._markets[order_list.symbol].rules.max_order_lists

    def check_legs(self, account: Account, legs: Sequence[Order]) -> None:
        """Raise ApiError -2010 if the legs may not begin now."""
        if len(legs) == 2:
            check_pair_prices(legs[0], legs[1], self._tapes[legs[0].symbol].last_price)
        for leg in legs:
            self._check_market(leg)
        asset, needed = self.needed(legs)
        if needed > account.balance(asset).free:
            raise errors.insufficient_balance()

    def _check_unique(self, account: Account, orders: Sequence[Order]) -> None:
        names = {order.client_order_id for order in orders}
        taken = (account.open_by_client_id(order.symbol, order.client_order_id) is not None for order in orders)
        if len(names) < len(orders) or any(taken):
            raise errors.duplicate_order()

    def _check_market(self, order: Order) -> None:
        """How the order stands to the book and the last price."""
        market = self._markets[order.symbol]
        if order.type is OrderType.LIMIT_MAKER and _takes(order, market):
            raise errors.would_take()
        if order.type.is_conditional:
            last = self._tapes[order.symbol].last_price
            if last >= order.stop_price if order.rises_to_stop else last <= order.stop_price:
                raise refusals.would_trigger()
        if order.quote_quantity and not market.offers(order):
            raise errors.empty_book()

    def needed(self, orders: Sequence[Order]) -> tuple[str, Decimal]:
        """The asset and how much of it orders of which only one can fill must hold before they work."""
        needs = [self._needed(order) for order in orders]
        return needs[0][0], max(amount for _, amount in needs)

    def _needed(self, order: Order) -> tuple[str, Decimal]:
        if order.type.is_conditional and order.type.is_market and order.side is Side.BUY:
            return self._markets[order.symbol].rules.quote, order.stop_price * order.quantity
        return self.cost(order)

    def cost(self, order: Order) -> tuple[str, Decimal]:
        """The asset and how much of it the order must hold when it begins to work now."""
        market = self._markets[order.symbol]
        if order.side is Side.SELL:
            if not order.quote_quantity:
                return market.rules.base, order.quantity
            levels = market.offers(order)
            return market.rules.base, rules.base_needed(levels, order.quote_quantity, market.rules.step)
        if not order.type.is_market:
            return market.rules.quote, order.price * order.quantity
        if order.quote_quantity:
            return market.rules.quote, order.quote_quantity
        levels = market.offers(order)
        return market.rules.quote, rules.quote_needed(levels, order.quantity)


def _takes(order: Order, market: Market) -> bool:
    best = market.best()
    if order.side is Side.BUY:
        return best.ask > 0 and order.price >= best.ask
    return order.price <= best.bid
