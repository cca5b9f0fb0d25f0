"""REST endpoints of order lists: OCO, OTO and OTOCO placed, queried and cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.simulator import errors, order_payloads, refusals
from fks_engine.simulator.intervals import DAY_MS
from fks_engine.simulator.new_order import Names, new_client_id, read_answer, read_order, under
from fks_engine.simulator.nouns import OrderType, Side
from fks_engine.simulator.order_lists import Contingency, OrderList
from fks_engine.simulator.params import CLIENT_ID
from fks_engine.simulator.weights import fixed_weight

if TYPE_CHECKING:
    from fks_engine.simulator.account import Account
    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.handlers import Body, SignedHandler
    from fks_engine.simulator.nouns import Order
    from fks_engine.simulator.params import Params
    from fks_engine.simulator.rest_public import PublicRest
    from fks_engine.simulator.weights import Weight

ABOVE = under("above", side="side", quantity="quantity")
BELOW = under("below", side="side", quantity="quantity")
WORKING = under("working")
PENDING = under("pending")
PENDING_ABOVE = under("pendingAbove", side="pendingSide", quantity="pendingQuantity")
PENDING_BELOW = under("pendingBelow", side="pendingSide", quantity="pendingQuantity")
NEVER_WORKING = frozenset(OrderType) - {OrderType.LIMIT, OrderType.LIMIT_MAKER}
"""The types that a working order cannot have."""
OLD_LIMIT = Names(
    quote_quantity="",
    stop_price="",
    trailing="",
    iceberg="limitIcebergQty",
    client_id="limitClientOrderId",
    strategy_id="limitStrategyId",
    strategy_type="limitStrategyType",
    duration="",
)
OLD_STOP = Names(
    duration="stopLimitTimeInForce",
    quote_quantity="",
    price="stopLimitPrice",
    iceberg="stopIcebergQty",
    client_id="stopClientOrderId",
    strategy_id="stopStrategyId",
    strategy_type="stopStrategyType",
)


class ListRest:
    """The signed endpoints of order lists."""

    def __init__(self, exchange: Exchange, public: PublicRest) -> None:
        self._exchange = exchange
        self._symbol = public.symbol

    def routes(self) -> list[tuple[str, str, Weight, SignedHandler]]:
        """Method, path below /api/v3, weight and handler."""
        return [
            ("POST", "orderList/oco", fixed_weight(1), self.place_oco),
            ("POST", "order/oco", fixed_weight(1), self.place_old_oco),
            ("POST", "orderList/oto", fixed_weight(1), self.place_oto),
            ("POST", "orderList/otoco", fixed_weight(1), self.place_otoco),
            ("DELETE", "orderList", fixed_weight(1), self.cancel),
            ("GET", "orderList", fixed_weight(4), self.one),
            ("GET", "allOrderList", fixed_weight(20), self.all),
            ("GET", "openOrderList", fixed_weight(6), self.open),
        ]

    def place_oco(self, params: Params, account: Account) -> Body:
        """A pair of which one order ends the other."""
        return self._place(params, account, Contingency.OCO, ABOVE, BELOW)

    def place_oto(self, params: Params, account: Account) -> Body:
        """An order, and one that is placed once it has filled."""
        return self._place(params, account, Contingency.OTO, WORKING, PENDING)

    def place_otoco(self, params: Params, account: Account) -> Body:
        """An order, and a pair that is placed once it has filled."""
        return self._place(params, account, Contingency.OTO, WORKING, PENDING_ABOVE, PENDING_BELOW)

    def place_old_oco(self, params: Params, account: Account) -> Body:
        """A pair in the older form: a limit order, and a stop loss with or without a limit."""
        symbol = self._symbol(params)
        now_ms = self._exchange.clock.now_ms()
        limit = read_order(params, symbol, account.owner, now_ms, OLD_LIMIT, OrderType.LIMIT_MAKER)
        kind = OrderType.STOP_LOSS_LIMIT if params.has("stopLimitPrice") else OrderType.STOP_LOSS
        stop = read_order(params, symbol, account.owner, now_ms, OLD_STOP, kind)
        legs = [stop, limit] if stop.side is Side.BUY else [limit, stop]
        return self._submit(params, account, Contingency.OCO, legs)

    def _place(self, params: Params, account: Account, contingency: Contingency, *parts: Names) -> Body:
        symbol = self._symbol(params)
        now_ms = self._exchange.clock.now_ms()
        if params.peek(WORKING.type) in NEVER_WORKING:
            raise errors.invalid_data(WORKING.type)

        orders = [read_order(params, symbol, account.owner, now_ms, names) for names in parts]
        return self._submit(params, account, contingency, orders)

    def _submit(self, params: Params, account: Account, contingency: Contingency, orders: list[Order]) -> Body:
        answer = read_answer(params, "RESULT")
        client_id = params.matching("listClientOrderId", CLIENT_ID) or new_client_id()
        params.done()
        broker = self._exchange.broker
        order_list = OrderList(
            -1, account.owner, orders[0].symbol, client_id, contingency, orders, self._exchange.clock.now_ms()
        )
        order_list.list_id = broker.new_list_id()
        for order in orders:
            order.order_id, order.list_id = broker.new_order_id(), order_list.list_id
        fills = broker.place_list(account, order_list)
        body = order_payloads.placed_list(order_list, answer, fills)
        broker.act()
        return body

    def cancel(self, params: Params, account: Account) -> Body:
        """Cancel every open order of a list."""
        symbol = self._symbol(params)
        list_id, client_id = self._read_reference(params, "listClientOrderId")
        cancel_id = params.matching("newClientOrderId", CLIENT_ID) or new_client_id()
        params.done()
        found = account.lists.get(list_id) if list_id is not None else account.open_list_by_client_id(client_id or "")
        if found is None or found.symbol != symbol or client_id not in (None, found.client_id):
            raise errors.unknown_order()

        return cancel_list(self._exchange, account, found, cancel_id)

    def _read_reference(self, params: Params, client_name: str) -> tuple[int | None, str | None]:
        list_id = params.integer("orderListId")
        client_id = params.matching(client_name, CLIENT_ID)
        if list_id is None and client_id is None:
            raise errors.one_of(client_name, "orderListId")
        return list_id, client_id

    def one(self, params: Params, account: Account) -> Body:
        """One order list, done or not."""
        list_id, client_id = self._read_reference(params, "origClientOrderId")
        params.done()
        found = self._exchange.store.order_list(account.owner, list_id, client_id)
        if found is None:
            raise refusals.no_such_list()
        return order_payloads.list_body(found)

    def all(self, params: Params, account: Account) -> Body:
        """Order lists, done and not."""
        from_id = params.integer("fromId")
        start_ms, end_ms = params.integer("startTime"), params.integer("endTime")
        limit = params.limit(500, 1_000)
        params.done()
        if from_id is not None and (start_ms is not None or end_ms is not None):
            raise errors.bad_combination()
        if start_ms is not None and end_ms is not None and end_ms - start_ms > DAY_MS:
            raise errors.too_many_hours(24)

        found = self._exchange.store.order_lists(account.owner, from_id, start_ms, end_ms, limit)
        return [order_payloads.list_body(order_list) for order_list in found]

    def open(self, params: Params, account: Account) -> Body:
        """The order lists that are not done."""
        params.done()
        return [order_payloads.list_body(order_list) for order_list in account.lists.values()]


def cancel_list(exchange: Exchange, account: Account, order_list: OrderList, cancel_id: str) -> Body:
    """Cancel a list; the answer names the orders this ended."""
    ended = order_list.open_orders
    exchange.broker.cancel_list(account, order_list, cancel_id)
    return order_payloads.canceled_list(order_list, ended, cancel_id)
