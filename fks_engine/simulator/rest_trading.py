"""REST endpoints of an account: orders, their replacement, fills and balances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fks_engine.simulator import errors, order_payloads, refusals
from fks_engine.simulator.intervals import DAY_MS
from fks_engine.simulator.new_order import default_answer, new_client_id, read_answer, read_order
from fks_engine.simulator.params import CLIENT_ID
from fks_engine.simulator.rest_lists import ListRest, cancel_list
from fks_engine.simulator.weights import fills_weight, fixed_weight, open_orders_weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.simulator.account import Account
    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.handlers import Body, SignedHandler
    from fks_engine.simulator.nouns import Order
    from fks_engine.simulator.params import Params
    from fks_engine.simulator.rest_public import PublicRest
    from fks_engine.simulator.weights import Weight

REPLACE_MODES = ("STOP_ON_FAILURE", "ALLOW_FAILURE")


class TradingRest:
    """The signed endpoints of one exchange."""

    def __init__(self, exchange: Exchange, public: PublicRest) -> None:
        self._exchange = exchange
        self._symbol = public.symbol
        self._lists = ListRest(exchange, public)

    def routes(self) -> list[tuple[str, str, Weight, SignedHandler]]:
        """Method, path below /api/v3, weight and handler."""
        return [
            ("POST", "order", fixed_weight(1), self.place),
            ("POST", "order/test", _test_weight, self.test),
            ("POST", "order/cancelReplace", fixed_weight(1), self.replace),
            ("GET", "order", fixed_weight(4), self.order),
            ("DELETE", "order", fixed_weight(1), self.cancel),
            ("PUT", "order/amend/keepPriority", fixed_weight(4), self.amend),
            ("GET", "openOrders", open_orders_weight, self.open_orders),
            ("DELETE", "openOrders", fixed_weight(1), self.cancel_all),
            ("GET", "allOrders", fixed_weight(20), self.all_orders),
            ("GET", "myTrades", fills_weight, self.fills),
            ("GET", "account", fixed_weight(20), self.account),
            *self._lists.routes(),
        ]

    def place(self, params: Params, account: Account) -> Body:
        """A new order."""
        order, answer = self._read_order(params, account)
        params.done()
        order.order_id = self._exchange.broker.new_order_id()
        fills = self._exchange.broker.place(account, order)
        return order_payloads.placed_order(answer, order, fills)

    def _read_order(self, params: Params, account: Account) -> tuple[Order, str]:
        order = read_order(params, self._symbol(params), account.owner, self._exchange.clock.now_ms())
        return order, read_answer(params, default_answer(order.type))

    def test(self, params: Params, account: Account) -> Body:
        """Everything that checks an order, without placing it."""
        with_rates = params.text("computeCommissionRates") == "true"
        order, _ = self._read_order(params, account)
        params.done()
        self._exchange.broker.check(account, order)
        return order_payloads.commission_body() if with_rates else {}

    def replace(self, params: Params, account: Account) -> Body:
        """Cancel an order and place another; raises ReplaceFailure when a half of it fails."""
        mode = params.require("cancelReplaceMode")
        if mode not in REPLACE_MODES:
            raise errors.invalid_data("cancelReplaceMode")
        if params.text("orderRateLimitExceededMode") not in (None, "DO_NOTHING", "CANCEL_ONLY"):
            raise errors.invalid_data("orderRateLimitExceededMode")

        order, answer = self._read_order(params, account)
        order_id = params.integer("cancelOrderId")
        client_id = params.matching("cancelOrigClientOrderId", CLIENT_ID)
        if order_id is None and client_id is None:
            raise errors.one_of("cancelOrigClientOrderId", "cancelOrderId")
        cancel_id = params.matching("cancelNewClientOrderId", CLIENT_ID) or new_client_id()
        restrictions = _read_restrictions(params)
        params.done()
        broker = self._exchange.broker
        broker.admission.check_filters(account, [order])
        cancel = _attempt(
            lambda: self._cancel(
                account, _find_open(account, order.symbol, order_id, client_id), cancel_id, restrictions
            )
        )
        failed = isinstance(cancel, errors.ApiError)
        if failed and mode == "STOP_ON_FAILURE":
            raise refusals.ReplaceFailure(cancel, None)

        order.order_id = broker.new_order_id()
        placement = _attempt(lambda: order_payloads.placed_order(answer, order, broker.place(account, order)))
        if isinstance(placement, errors.ApiError) and not failed:
            broker.reject(account, order, placement)
        if failed or isinstance(placement, errors.ApiError):
            raise refusals.ReplaceFailure(cancel, placement)
        return {
            "cancelResult": "SUCCESS",
            "newOrderResult": "SUCCESS",
            "cancelResponse": cancel,
            "newOrderResponse": placement,
        }

    def order(self, params: Params, account: Account) -> Body:
        """One order, open or closed."""
        symbol, order_id, client_id = self._read_reference(params)
        params.done()
        order = _find_open(account, symbol, order_id, client_id)
        if order is None:
            order = self._exchange.store.order(account.owner, symbol, order_id, client_id)
        if order is None or (client_id is not None and order.client_order_id != client_id):
            raise errors.no_such_order()
        return order_payloads.order_body(order)

    def amend(self, params: Params, account: Account) -> Body:
        """Refused for every symbol, as exchangeInfo says."""
        self._read_reference(params)
        params.matching("newClientOrderId", CLIENT_ID)
        params.required_number("newQty")
        params.done()
        raise refusals.no_amends()

    def cancel(self, params: Params, account: Account) -> Body:
        """Cancel an open order; with it goes the whole order list it belongs to."""
        symbol, order_id, client_id = self._read_reference(params)
        cancel_id = params.matching("newClientOrderId", CLIENT_ID) or new_client_id()
        restrictions = _read_restrictions(params)
        params.done()
        return self._cancel(account, _find_open(account, symbol, order_id, client_id), cancel_id, restrictions)

    def _cancel(self, account: Account, order: Order | None, cancel_id: str, restrictions: str | None) -> Body:
        if order is None:
            raise errors.unknown_order()
        if restrictions is not None and restrictions != f"ONLY_{order.status.value}":
            raise refusals.restricted()

        order_list = account.lists.get(order.list_id)
        if order_list is not None:
            return cancel_list(self._exchange, account, order_list, cancel_id)

        self._exchange.broker.cancel(account, order, cancel_id)
        return order_payloads.canceled_order(order, cancel_id, order.updated_ms)

    def _read_reference(self, params: Params) -> tuple[str, int | None, str | None]:
        symbol = self._symbol(params)
        order_id = params.integer("orderId")
        client_id = params.matching("origClientOrderId", CLIENT_ID)
        if order_id is None and client_id is None:
            raise errors.one_of("origClientOrderId", "orderId")
        return symbol, order_id, client_id

    def open_orders(self, params: Params, account: Account) -> Body:
        """The open orders, of one symbol or all."""
        symbol = self._symbol(params) if params.has("symbol") else None
        params.done()
        return [order_payloads.order_body(order) for order in account.open_orders(symbol)]

    def cancel_all(self, params: Params, account: Account) -> Body:
        """Cancel every open order of a symbol."""
        symbol = self._symbol(params)
        params.done()
        orders = account.open_orders(symbol)
        if not orders:
            raise errors.unknown_order()

        cancel_id = new_client_id()
        return [self._cancel(account, order, cancel_id, None) for order in orders if order.status.is_open]

    def all_orders(self, params: Params, account: Account) -> Body:
        """Orders of a symbol, open and closed."""
        symbol = self._symbol(params)
        limit = params.limit(500, 1_000)
        order_id = params.integer("orderId")
        start_ms, end_ms = self._read_range(params)
        params.done()
        orders = self._exchange.store.orders(account.owner, symbol, order_id, start_ms, end_ms, limit)
        return [order_payloads.order_body(order) for order in orders]

    def fills(self, params: Params, account: Account) -> Body:
        """Fills of a symbol."""
        symbol = self._symbol(params)
        limit = params.limit(500, 1_000)
        order_id, from_id = params.integer("orderId"), params.integer("fromId")
        start_ms, end_ms = self._read_range(params)
        params.done()
        if from_id is not None and (start_ms is not None or end_ms is not None):
            raise errors.bad_combination()

        found = self._exchange.store.fills(
            account.owner, symbol, order_id=order_id, from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=limit
        )
        return [order_payloads.fill_body(fill) for fill in found]

    def _read_range(self, params: Params) -> tuple[int | None, int | None]:
        start_ms, end_ms = params.integer("startTime"), params.integer("endTime")
        if start_ms is not None and end_ms is not None and end_ms - start_ms > DAY_MS:
            raise errors.too_many_hours(24)
        return start_ms, end_ms

    def account(self, params: Params, account: Account) -> Body:
        """Balances."""
        omit: Any = params.text("omitZeroBalances")
        params.done()
        return order_payloads.account_body(account, omit == "true")


def _test_weight(params: Params) -> int:
    """Dearer when commission rates are to be worked out."""
    return 20 if params.peek("computeCommissionRates") == "true" else 1


def _find_open(account: Account, symbol: str, order_id: int | None, client_id: str | None) -> Order | None:
    if order_id is None:
        return account.open_by_client_id(symbol, client_id or "")
    order = account.open.get(order_id)
    matches = order is not None and order.symbol == symbol and client_id in (None, order.client_order_id)
    return order if matches else None


def _read_restrictions(params: Params) -> str | None:
    restrictions = params.text("cancelRestrictions")
    if restrictions not in (None, "ONLY_NEW", "ONLY_PARTIALLY_FILLED"):
        raise refusals.bad_restrictions()
    return restrictions


def _attempt(half: Callable[[], Body]) -> Body | errors.ApiError:
    """The answer of one half of a replacement, or why it was refused."""
    try:
        return half()
    except errors.ApiError as refusal:
        return refusal
