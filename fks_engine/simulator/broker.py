"""The accounts' own orders: placed, cancelled, settled, remembered and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fks_engine.simulator import errors, payloads, rules
from fks_engine.simulator.nouns import CROWD, ZERO, Order, OrderStatus, OrderType, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from fks_engine.simulator.account import Account, Fill
    from fks_engine.simulator.market import Clock, Market
    from fks_engine.simulator.nouns import Execution, Matched
    from fks_engine.simulator.state import Store
    from fks_engine.simulator.tape import Tape


class Outside(Protocol):
    """Where the broker tells what its orders did."""

    def report(self, owner: str, event: dict[str, Any]) -> None:
        """Tell an account."""
        ...

    def own_matched(self, market: Market, matched: Matched) -> None:
        """Publish what an own order traded, and the quote it left."""
        ...


class Broker:
    """Every account's orders across the markets."""

    def __init__(
        self,
        markets: Mapping[str, Market],
        tapes: Mapping[str, Tape],
        accounts: Mapping[str, Account],
        store: Store,
        clock: Clock,
        outside: Outside,
    ) -> None:
        self._markets = markets
        self._tapes = tapes
        self._accounts = accounts
        self._store = store
        self._clock = clock
        self._outside = outside
        self._order_ids = store.sequence("order", 1)
        self._execution_ids = store.sequence("execution", 1)

    def restore(self) -> None:
        """Put the open orders of the state folder back into their books; those of unlisted symbols are cancelled."""
        for account in self._accounts.values():
            for order in account.open_orders():
                market = self._markets.get(order.symbol)
                if market is not None:
                    market.restore(order)
                else:
                    self._close(account, order, OrderStatus.CANCELED)

    def _close(self, account: Account, order: Order, status: OrderStatus) -> None:
        now_ms = self._clock.now_ms()
        order.close(status, now_ms)
        account.release(order)
        self._save(account, [order], [])

    def new_order_id(self) -> int:
        """The id of the next order."""
        return self._order_ids.next()

    def check(self, account: Account, order: Order) -> None:
        """Raise ApiError if the order may not be placed."""
        market = self._markets[order.symbol]
        reference = self._tapes[order.symbol].average_price()
        rules.check(order, market.rules, reference, len(account.open_orders(order.symbol)))
        if account.open_by_client_id(order.symbol, order.client_order_id) is not None:
            raise errors.duplicate_order()
        asset, needed = self._needed(order, market)
        if needed > account.balance(asset).free:
            raise errors.insufficient_balance()
        if order.type is OrderType.LIMIT_MAKER:
            self._refuse_taking(order, market)
        if order.quote_quantity and not market.offers(order):
            raise errors.empty_book()

    def _refuse_taking(self, order: Order, market: Market) -> None:
        best = market.best()
        takes_ask = order.side is Side.BUY and best.ask > 0 and order.price >= best.ask
        takes_bid = order.side is Side.SELL and order.price <= best.bid
        if takes_ask or takes_bid:
            raise errors.would_take()

    def _needed(self, order: Order, market: Market) -> tuple[str, Decimal]:
        """The asset and how much of it the order must hold."""
        is_market = order.type is OrderType.MARKET
        if order.side is Side.SELL:
            if not order.quote_quantity:
                return market.rules.base, order.quantity
            levels = market.offers(order)
            return market.rules.base, rules.base_needed(levels, order.quote_quantity, market.rules.step)
        if not is_market:
            return market.rules.quote, order.price * order.quantity
        if order.quote_quantity:
            return market.rules.quote, order.quote_quantity
        levels = market.offers(order)
        return market.rules.quote, rules.quote_needed(levels, order.quantity)

    def place(self, account: Account, order: Order) -> list[Fill]:
        """Check, hold funds, match, settle, remember and report; raises ApiError."""
        self.check(account, order)
        market = self._markets[order.symbol]
        account.hold(order, *self._needed(order, market))
        events = [self._event(order, "NEW")]
        matched = market.submit(order, order.created_ms)
        events[0]["q"] = payloads.fixed(order.quantity)
        if order.status.is_open and not matched.executions:
            events.append(self._position(account, market))
        fills = self._book(account, order, matched, events)
        self._emit(account, events)
        self.settle(matched.executions)
        self._outside.own_matched(market, matched)
        return fills

    def _book(self, account: Account, order: Order, matched: Matched, events: list[dict[str, Any]]) -> list[Fill]:
        """Settle a taker's executions, free what is left over, and write everything in one transaction."""
        market = self._markets[order.symbol]
        changed = [order]
        for prevented in matched.expired:
            account.release(prevented)
            events.append(self._event(prevented, "TRADE_PREVENTION"))
            changed.append(prevented)
        fills = self._apply(account, order, matched.executions, events)
        if not order.status.is_open:
            account.release(order)
        if order.status is OrderStatus.EXPIRED:
            events.append(self._event(order, "EXPIRED"))
        if fills or matched.expired or not order.status.is_open:
            events.append(self._position(account, market))
        self._save(account, changed, fills)
        return fills

    def _apply(
        self, account: Account, order: Order, executions: list[Execution], events: list[dict[str, Any]]
    ) -> list[Fill]:
        """Settle executions the order has already counted, reporting each as it stood after it."""
        symbol_rules = self._markets[order.symbol].rules
        total, total_quote, final = order.filled, order.quote_filled, order.status
        order.filled -= sum((execution.quantity for execution in executions), ZERO)
        order.quote_filled -= sum((execution.price * execution.quantity for execution in executions), ZERO)
        fills = []
        for execution in executions:
            fill = account.settle(order, execution, symbol_rules)
            order.filled += execution.quantity
            order.quote_filled += fill.quote_quantity
            order.status = OrderStatus.FILLED if order.filled >= order.quantity else OrderStatus.PARTIALLY_FILLED
            events.append(self._event(order, "TRADE", fill))
            fills.append(fill)
        order.filled, order.quote_filled, order.status = total, total_quote, final
        return fills

    def cancel(self, account: Account, order: Order, cancel_id: str) -> None:
        """Take an open order out of its book; raises ApiError -2011 when it is not there."""
        market = self._markets[order.symbol]
        now_ms = self._clock.now_ms()
        if not market.cancel(order, now_ms):
            raise errors.unknown_order()

        order.close(OrderStatus.CANCELED, now_ms)
        account.release(order)
        self._save(account, [order], [])
        self._emit(account, [self._event(order, "CANCELED", None, cancel_id), self._position(account, market)])

    def settle(self, executions: Iterable[Execution]) -> None:
        """Book the executions in which an account's resting order was the maker."""
        by_order: dict[tuple[str, int], list[Execution]] = {}
        for execution in executions:
            if execution.maker_owner != CROWD:
                by_order.setdefault((execution.maker_owner, execution.maker_order_id), []).append(execution)
        for (owner, order_id), of_order in by_order.items():
            account = self._accounts.get(owner)
            order = account.open.get(order_id) if account else None
            if account is not None and order is not None:
                self._settle_maker(account, order, of_order)

    def _settle_maker(self, account: Account, order: Order, executions: list[Execution]) -> None:
        events: list[dict[str, Any]] = []
        fills = self._apply(account, order, executions, events)
        if not order.status.is_open:
            account.release(order)
        self._save(account, [order], fills)
        self._emit(account, [*events, self._position(account, self._markets[order.symbol])])

    def _save(self, account: Account, orders: list[Order], fills: list[Fill]) -> None:
        account.updated_ms = self._clock.now_ms()
        with self._store.transaction():
            for order in orders:
                self._store.save_order(order, account.holds.get(order.order_id))
            for fill in fills:
                self._store.save_fill(fill)
            self._store.save_balances(account.owner, account.balances.items())

    def _event(self, order: Order, kind: str, fill: Fill | None = None, cancel_id: str = "") -> dict[str, Any]:
        now_ms = self._clock.now_ms()
        return payloads.order_event(order, kind, self._execution_ids.next(), now_ms, fill, cancel_id)

    def _position(self, account: Account, market: Market) -> dict[str, Any]:
        assets = (market.rules.base, market.rules.quote)
        return payloads.position_event(account.positions(assets), self._clock.now_ms())

    def _emit(self, account: Account, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            self._outside.report(account.owner, event)
