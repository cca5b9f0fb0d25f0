"""REST endpoints of an account: orders, fills and balances."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from fks_engine.simulator import errors, payloads
from fks_engine.simulator.intervals import DAY_MS
from fks_engine.simulator.nouns import ZERO, Order, OrderType, Side, TimeInForce
from fks_engine.simulator.params import CLIENT_ID
from fks_engine.simulator.weights import fills_weight, fixed_weight, open_orders_weight

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.simulator.account import Account
    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.params import Params
    from fks_engine.simulator.rest_public import Body, PublicRest, SignedHandler
    from fks_engine.simulator.weights import Weight

FOREIGN = ("stopPrice", "trailingDelta", "icebergQty")
ANSWERS = ("ACK", "RESULT", "FULL")


class TradingRest:
    """The signed endpoints of one exchange."""

    def __init__(self, exchange: Exchange, public: PublicRest) -> None:
        self._exchange = exchange
        self._symbol = public.symbol

    def routes(self) -> list[tuple[str, str, Weight, SignedHandler]]:
        """Method, path below /api/v3, weight and handler."""
        return [
            ("POST", "order", fixed_weight(1), self.place),
            ("POST", "order/test", fixed_weight(1), self.test),
            ("GET", "order", fixed_weight(4), self.order),
            ("DELETE", "order", fixed_weight(1), self.cancel),
            ("GET", "openOrders", open_orders_weight, self.open_orders),
            ("DELETE", "openOrders", fixed_weight(1), self.cancel_all),
            ("GET", "allOrders", fixed_weight(20), self.all_orders),
            ("GET", "myTrades", fills_weight, self.fills),
            ("GET", "account", fixed_weight(20), self.account),
        ]

    def place(self, params: Params, account: Account) -> Body:
        """A new order."""
        answer, order = self._read_order(params, account)
        params.done()
        order.order_id = self._exchange.broker.new_order_id()
        fills = self._exchange.broker.place(account, order)
        if answer == "ACK":
            return payloads.order_ack(order, order.created_ms)
        if answer == "RESULT":
            return payloads.order_result(order, order.created_ms)
        return payloads.order_full(order, fills, order.created_ms)

    def test(self, params: Params, account: Account) -> Body:
        """Everything that checks an order, without placing it."""
        params.ignore("computeCommissionRates")
        _, order = self._read_order(params, account)
        params.done()
        self._exchange.broker.check(account, order)
        return {}

    def _read_order(self, params: Params, account: Account) -> tuple[str, Order]:
        symbol = self._symbol(params)
        params.require("side")
        side = params.choice("side", Side, errors.invalid_side())
        params.require("type")
        kind = params.choice("type", OrderType, errors.invalid_order_type())
        assert side is not None
        assert kind is not None
        quantity, quote_quantity, price, duration = self._read_numbers(params, kind)
        client_id = params.matching("newClientOrderId", CLIENT_ID) or _client_id()
        answer = params.text("newOrderRespType") or ("ACK" if kind is OrderType.LIMIT_MAKER else "FULL")
        if answer not in ANSWERS:
            raise errors.invalid_data("newOrderRespType")

        prevention = params.text("selfTradePreventionMode")
        if prevention not in (None, "NONE", payloads.STP_MODE):
            raise errors.invalid_data("selfTradePreventionMode")

        params.ignore("strategyId", "strategyType")
        order = Order(
            order_id=0,
            symbol=symbol,
            side=side,
            type=kind,
            time_in_force=duration,
            price=price,
            quantity=quantity,
            created_ms=self._exchange.clock.now_ms(),
            owner=account.owner,
            client_order_id=client_id,
            quote_quantity=quote_quantity,
        )
        return answer, order

    def _read_numbers(self, params: Params, kind: OrderType) -> tuple[Decimal, Decimal, Decimal, TimeInForce]:
        """Quantity, quote quantity, price and time in force, as the type of order takes them."""
        for name in FOREIGN:
            if params.has(name):
                raise errors.not_required(name)

        if kind is OrderType.MARKET:
            for name in ("price", "timeInForce"):
                if params.has(name):
                    raise errors.not_required(name)
            quantity, quote_quantity = params.number("quantity"), params.number("quoteOrderQty")
            if quantity is None and quote_quantity is None:
                raise errors.one_of("quantity", "quoteOrderQty")
            if quantity is not None and quote_quantity is not None:
                raise errors.not_required("quoteOrderQty")
            return quantity or ZERO, quote_quantity or ZERO, ZERO, TimeInForce.GTC

        if params.has("quoteOrderQty"):
            raise errors.not_required("quoteOrderQty")
        if kind is OrderType.LIMIT_MAKER:
            if params.has("timeInForce"):
                raise errors.not_required("timeInForce")
            duration: TimeInForce | None = TimeInForce.GTC
        else:
            params.require("timeInForce")
            duration = params.choice("timeInForce", TimeInForce, errors.invalid_time_in_force())
        assert duration is not None
        return params.required_number("quantity"), ZERO, params.required_number("price"), duration

    def order(self, params: Params, account: Account) -> Body:
        """One order, open or closed."""
        symbol, order_id, client_id = self._read_reference(params)
        params.done()
        order = self._find_open(account, symbol, order_id, client_id)
        if order is None:
            order = self._exchange.store.order(account.owner, symbol, order_id, client_id)
        if order is None or (client_id is not None and order.client_order_id != client_id):
            raise errors.no_such_order()
        return payloads.order_body(order)

    def cancel(self, params: Params, account: Account) -> Body:
        """Cancel an open order."""
        symbol, order_id, client_id = self._read_reference(params)
        cancel_id = params.matching("newClientOrderId", CLIENT_ID) or _client_id()
        restrictions = params.text("cancelRestrictions")
        if restrictions not in (None, "ONLY_NEW", "ONLY_PARTIALLY_FILLED"):
            text = "'cancelRestrictions' has to be either 'ONLY_NEW' or 'ONLY_PARTIALLY_FILLED'."
            raise errors.ApiError(-1145, text)

        params.done()
        order = self._find_open(account, symbol, order_id, client_id)
        if order is None:
            raise errors.unknown_order()
        if restrictions is not None and restrictions != f"ONLY_{order.status.value}":
            raise errors.ApiError(-2011, "Order was not canceled due to cancel restrictions.")

        self._exchange.broker.cancel(account, order, cancel_id)
        return payloads.canceled_order(order, cancel_id, order.updated_ms)

    def _read_reference(self, params: Params) -> tuple[str, int | None, str | None]:
        symbol = self._symbol(params)
        order_id = params.integer("orderId")
        client_id = params.matching("origClientOrderId", CLIENT_ID)
        if order_id is None and client_id is None:
            raise errors.one_of("origClientOrderId", "orderId")
        return symbol, order_id, client_id

    def _find_open(self, account: Account, symbol: str, order_id: int | None, client_id: str | None) -> Order | None:
        if order_id is None:
            return account.open_by_client_id(symbol, client_id or "")
        order = account.open.get(order_id)
        matches = order is not None and order.symbol == symbol and client_id in (None, order.client_order_id)
        return order if matches else None

    def open_orders(self, params: Params, account: Account) -> Body:
        """The open orders, of one symbol or all."""
        symbol = self._symbol(params) if params.has("symbol") else None
        params.done()
        return [payloads.order_body(order) for order in account.open_orders(symbol)]

    def cancel_all(self, params: Params, account: Account) -> Body:
        """Cancel every open order of a symbol."""
        symbol = self._symbol(params)
        params.done()
        orders = account.open_orders(symbol)
        if not orders:
            raise errors.unknown_order()

        canceled = []
        for order in orders:
            cancel_id = _client_id()
            self._exchange.broker.cancel(account, order, cancel_id)
            canceled.append(payloads.canceled_order(order, cancel_id, order.updated_ms))
        return canceled

    def all_orders(self, params: Params, account: Account) -> Body:
        """Orders of a symbol, open and closed."""
        symbol = self._symbol(params)
        limit = params.limit(500, 1_000)
        order_id = params.integer("orderId")
        start_ms, end_ms = self._read_range(params)
        params.done()
        orders = self._exchange.store.orders(account.owner, symbol, order_id, start_ms, end_ms, limit)
        return [payloads.order_body(order) for order in orders]

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
        return [payloads.fill_body(fill) for fill in found]

    def _read_range(self, params: Params) -> tuple[int | None, int | None]:
        start_ms, end_ms = params.integer("startTime"), params.integer("endTime")
        if start_ms is not None and end_ms is not None and end_ms - start_ms > DAY_MS:
            raise errors.too_many_hours(24)
        return start_ms, end_ms

    def account(self, params: Params, account: Account) -> Body:
        """Balances."""
        omit: Any = params.text("omitZeroBalances")
        params.done()
        return payloads.account_body(account, omit == "true")


def _client_id() -> str:
    """A client order id as the exchange gives one."""
    return secrets.token_urlsafe(16)[:22].replace("-", "0")
