"""The accounts' own orders: placed, triggered, cancelled, settled, remembered and reported."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from fks_engine.simulator import errors, refusals
from fks_engine.simulator.admission import Admission
from fks_engine.simulator.journal import Journal
from fks_engine.simulator.nouns import CROWD, ZERO, Matched, Order, OrderStatus
from fks_engine.simulator.payloads import fixed
from fks_engine.simulator.triggers import Triggers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from fks_engine.simulator.account import Account, Fill
    from fks_engine.simulator.market import Clock, Market
    from fks_engine.simulator.nouns import Execution
    from fks_engine.simulator.order_lists import OrderList
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
        self.admission = Admission(markets, tapes)
        self._markets = markets
        self._accounts = accounts
        self._store = store
        self._clock = clock
        self._outside = outside
        self._order_ids = store.sequence("order", 1)
        self._list_ids = store.sequence("list", 0)
        self._execution_ids = store.sequence("execution", 1)
        self._triggers = Triggers()
        self._filled: deque[OrderList] = deque()
        """Order lists whose working order has filled and whose pending orders have not begun."""
        self._is_acting = False

    def restore(self) -> None:
        """Put the open orders of the state folder back into their books; those of unlisted symbols are cancelled."""
        for account in self._accounts.values():
            journal = self._journal(account)
            for order_list in list(account.lists.values()):
                working = order_list.working
                if order_list.symbol not in self._markets:
                    self._end(journal, order_list, OrderStatus.CANCELED)
                elif working is not None and working.status is OrderStatus.FILLED and order_list.pending:
                    self._filled.append(order_list)
            for order in account.open_orders():
                market = self._markets.get(order.symbol)
                if market is None:
                    self._close(journal, order, OrderStatus.CANCELED)
                elif order.is_waiting:
                    self._triggers.add(order)
                elif order.status is not OrderStatus.PENDING_NEW:
                    market.restore(order)
            journal.close(self._outside.report)

    def new_order_id(self) -> int:
        """The id of the next order."""
        return self._order_ids.next()

    def new_list_id(self) -> int:
        """The id of the next order list."""
        return self._list_ids.next()

    def check(self, account: Account, order: Order) -> None:
        """Raise ApiError if the order may not be placed."""
        self.admission.check(account, order)

    def place(self, account: Account, order: Order) -> list[Fill]:
        """Check, hold funds, match or wait, settle, remember and report; raises ApiError."""
        self.admission.check(account, order)
        account.hold([order], *self.admission.needed([order]))
        journal = self._journal(account)
        self._finish(journal, [self._begin(journal, order)], order.symbol)
        self.act()
        return journal.fills

    def place_list(self, account: Account, order_list: OrderList) -> list[Fill]:
        """Place the orders of a list that begin at once; raises ApiError.

        `act` must be called afterwards: it places what waits for a working order that has already filled.
        """
        self.admission.check_list(account, order_list)
        working = order_list.working
        first = order_list.legs if working is None else [working]
        account.hold(first, *self.admission.needed(first))
        account.lists[order_list.list_id] = order_list
        journal = self._journal(account)
        journal.order_list(order_list)
        if working is not None:
            for order in order_list.legs:
                order.status = OrderStatus.PENDING_NEW
                account.keep(order)
                journal.order(order, "NEW")
        self._finish(journal, [self._begin(journal, order) for order in first], order_list.symbol)
        return journal.fills

    def reject(self, account: Account, order: Order, refusal: errors.ApiError) -> None:
        """Tell that a replacement's new order was refused after the old one was cancelled."""
        journal = self._journal(account)
        order.close(OrderStatus.REJECTED, self._clock.now_ms())
        journal.order(order, "REJECTED", reason=refusals.reason(refusal))
        journal.forget(order)
        journal.close(self._outside.report)

    def cancel(self, account: Account, order: Order, cancel_id: str) -> OrderList | None:
        """Take an open order out of its book, with its whole list if it has one, which is then the answer."""
        order_list = account.lists.get(order.list_id)
        if order_list is not None:
            self.cancel_list(account, order_list, cancel_id)
            return order_list

        journal = self._journal(account)
        self._close(journal, order, OrderStatus.CANCELED, cancel_id)
        self._finish(journal, [], order.symbol)
        return None

    def cancel_list(self, account: Account, order_list: OrderList, cancel_id: str) -> None:
        """Take every open order of a list out of its book."""
        journal = self._journal(account)
        self._end(journal, order_list, OrderStatus.CANCELED, cancel_id)
        self._finish(journal, [], order_list.symbol)

    def note_price(self, symbol: str, price: Decimal) -> None:
        """A trade happened; the orders it triggers begin at the next `act`."""
        self._triggers.note(symbol, price)

    def act(self) -> None:
        """Begin what waits for a price that has traded or for a working order that has filled."""
        if self._is_acting:
            return

        self._is_acting = True
        try:
            while True:
                if self._filled:
                    self._activate(self._filled.popleft())
                elif (order := self._triggers.pop()) is not None:
                    self._trigger(order)
                else:
                    break
        finally:
            self._is_acting = False

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
                journal = self._journal(account)
                self._apply(journal, order, of_order)
                self._settled(journal, order)
                self._finish(journal, [], order.symbol)

    def _journal(self, account: Account) -> Journal:
        return Journal(account, self._store, self._clock, self._execution_ids)

    def _begin(self, journal: Journal, order: Order) -> Matched:
        """Send an order that holds its funds into its market, or let it wait for its stop price."""
        if order.type.is_conditional and order.working_ms < 0:
            journal.order(order, "NEW")
            self._triggers.add(order)
            return Matched()

        now_ms = self._clock.now_ms()
        order.working_ms = now_ms
        event = journal.order(order, "NEW")
        matched = self._markets[order.symbol].submit(order, now_ms)
        event["q"] = fixed(order.quantity)
        for prevented in matched.expired:
            journal.account.release(prevented)
            journal.order(prevented, "TRADE_PREVENTION")
            self._settled(journal, prevented)
        self._apply(journal, order, matched.executions)
        self._settled(journal, order)
        return matched

    def _settled(self, journal: Journal, order: Order, reason: str = "NONE") -> None:
        """What follows from what an order has traded: it frees what it no longer needs, and its list goes on."""
        if not order.status.is_open:
            journal.account.release(order)
        if order.status is OrderStatus.EXPIRED:
            journal.order(order, "EXPIRED", reason=reason)
        order_list = journal.account.lists.get(order.list_id)
        if order_list is None:
            return

        if order is order_list.working:
            if order.status is OrderStatus.FILLED:
                self._filled.append(order_list)
            elif not order.status.is_open:
                self._end(journal, order_list, OrderStatus.EXPIRED)
            return

        if order.filled or not order.status.is_open:
            self._exclude(journal, order_list, order)
        if not order_list.open_orders:
            self._end(journal, order_list, OrderStatus.EXPIRED)

    def _exclude(self, journal: Journal, order_list: OrderList, order: Order) -> None:
        """End the other leg of a pair; the one that goes on holds what it alone needs."""
        siblings = order_list.siblings(order)
        for sibling in siblings:
            self._close(journal, sibling, OrderStatus.EXPIRED)
        if siblings and order.status.is_open:
            if not order.type.is_market:
                is_buy = order.side.value == "BUY"
                journal.account.rehold(order, order.leaves * order.price if is_buy else order.leaves)
            journal.order_list(order_list)

    def _end(self, journal: Journal, order_list: OrderList, status: OrderStatus, cancel_id: str = "") -> None:
        """Close what is open of a list; nothing of it is left to do."""
        for order in order_list.open_orders:
            self._close(journal, order, status, cancel_id)
        order_list.is_done = True
        journal.account.lists.pop(order_list.list_id, None)
        journal.order_list(order_list)

    def _close(self, journal: Journal, order: Order, status: OrderStatus, cancel_id: str = "") -> None:
        """Take an order out of wherever it stands."""
        now_ms = self._clock.now_ms()
        self._triggers.discard(order)
        market = self._markets.get(order.symbol)
        if market is not None and order.working_ms >= 0 and not market.cancel(order, now_ms):
            raise errors.unknown_order()

        order.close(status, now_ms)
        journal.account.release(order)
        kind = "CANCELED" if status is OrderStatus.CANCELED else "EXPIRED"
        journal.order(order, kind, cancel_id=cancel_id)

    def _finish(self, journal: Journal, matches: Iterable[Matched], symbol: str) -> None:
        """Write and tell one operation, then what it did to other accounts and to the public."""
        market = self._markets[symbol]
        journal.positions(market.rules)
        journal.close(self._outside.report)
        for matched in matches:
            self.settle(matched.executions)
            self._outside.own_matched(market, matched)

    def _trigger(self, order: Order) -> None:
        """Begin a conditional order whose stop price has traded."""
        account = self._accounts[order.owner]
        journal = self._journal(account)
        order_list = account.lists.get(order.list_id)
        if order_list is not None:
            self._exclude(journal, order_list, order)
        if order.type.is_market and not account.rehold(order, self.admission.cost(order)[1]):
            order.close(OrderStatus.EXPIRED, self._clock.now_ms())
            self._settled(journal, order, refusals.reason(errors.insufficient_balance()))
            self._finish(journal, [], order.symbol)
            return

        order.working_ms = self._clock.now_ms()
        self._finish(journal, [self._begin(journal, order)], order.symbol)

    def _activate(self, order_list: OrderList) -> None:
        """Place the orders that waited for a working order; they are rejected where they would be refused now."""
        account = self._accounts[order_list.owner]
        pending = order_list.pending
        if order_list.is_done or not pending:
            return

        journal = self._journal(account)
        try:
            self.admission.check_legs(account, pending)
        except errors.ApiError as refusal:
            for order in pending:
                order.close(OrderStatus.REJECTED, self._clock.now_ms())
                account.release(order)
                journal.order(order, "REJECTED", reason=refusals.reason(refusal))
            self._end(journal, order_list, OrderStatus.EXPIRED)
            self._finish(journal, [], order_list.symbol)
            return

        for order in pending:
            order.status = OrderStatus.NEW
            account.open.pop(order.order_id)
        account.hold(pending, *self.admission.needed(pending))
        journal.order_list(order_list)
        self._finish(journal, [self._begin(journal, order) for order in pending], order_list.symbol)

    def _apply(self, journal: Journal, order: Order, executions: list[Execution]) -> None:
        """Settle executions the order has already counted, reporting each as it stood after it."""
        symbol_rules = self._markets[order.symbol].rules
        total, total_quote, final = order.filled, order.quote_filled, order.status
        order.filled -= sum((execution.quantity for execution in executions), ZERO)
        order.quote_filled -= sum((execution.price * execution.quantity for execution in executions), ZERO)
        for execution in executions:
            fill = journal.account.settle(order, execution, symbol_rules)
            order.filled += execution.quantity
            order.quote_filled += fill.quote_quantity
            order.status = OrderStatus.FILLED if order.filled >= order.quantity else OrderStatus.PARTIALLY_FILLED
            journal.order(order, "TRADE", fill)
        order.filled, order.quote_filled, order.status = total, total_quote, final
