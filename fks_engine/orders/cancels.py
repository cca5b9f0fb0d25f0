"""The cancels that are wanted: shown at once, tried until the exchange has answered or the order is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import NoticeKind, NoticeLevel
from fks_engine.model import OrderStatus
from fks_engine.orders.canceler import resting_status
from fks_engine.orders.wording import described

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from anyio.abc import TaskGroup

    from fks_engine.model import Order
    from fks_engine.orders.canceler import Canceler, Failure
    from fks_engine.orders.dispatch import Dispatcher
    from fks_engine.orders.ledger import OrderLedger
    from fks_engine.orders.sender import Sender
    from fks_engine.orders.settings import OrderSettings
    from fks_engine.orders.wording import Notify


class Cancels:
    """Keeps the wish to cancel an order for as long as the order may work, however long the exchange is away."""

    def __init__(
        self,
        canceler: Canceler,
        ledger: OrderLedger,
        sender: Sender,
        settings: OrderSettings,
        notify: Notify,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._canceler = canceler
        self._ledger = ledger
        self._sender = sender
        self._settings = settings
        self._notify = notify
        self._sleep = sleep
        self._wanted: dict[str, Iterator[float]] = {}
        """The pauses between tries, by the order that is to be canceled."""
        self.dispatcher: Dispatcher
        """Carries the tries; given once it exists, for it needs `carry`."""
        self.tasks: TaskGroup | None = None
        """Where later tries wait; None while the stage does not run."""

    def is_wanted(self, client_order_id: str) -> bool:
        """Whether the order is to be canceled, and may work still."""
        return client_order_id in self._wanted

    def try_again(self) -> None:
        """Try every wanted cancel now: the exchange is back, or the stage runs again."""
        for order_id in tuple(self._wanted):
            self._once_possible(order_id)

    def noted(self, before: Order | None, order: Order) -> None:
        """Take notice of a change: an order that is over needs no cancel, one that is known now may get its own."""
        if order.status.is_terminal:
            self._wanted.pop(order.client_order_id, None)
        elif order.status is not OrderStatus.PENDING_CANCEL or (before and before.exchange_order_id is None):
            self._once_possible(order.client_order_id)

    def wanted(self) -> tuple[str, ...]:
        """The orders that are to be canceled."""
        return tuple(self._wanted)

    def restore(self, client_order_ids: Iterable[str]) -> frozenset[str]:
        """Want what an earlier run wanted, as far as it still works; those orders."""
        working = {order.client_order_id for order in self._ledger.working()}
        for order_id in working.intersection(client_order_ids):
            self._wanted.setdefault(order_id, self._settings.pauses())
        return frozenset(self._wanted)

    async def carry(self, client_order_id: str) -> None:
        """Carry one cancel to the exchange, and those of the list that it did not end. The wish stays until then."""
        failure = await self._canceler.cancel(client_order_id)
        order = self._ledger.get(client_order_id)
        if failure is None or order is None or order.status.is_terminal:
            self._wanted.pop(client_order_id, None)
            if order is not None:
                self._next_of_list(order)
        elif failure.is_final:
            self._give_up(order, failure.why)
        else:
            await self._later(order, failure)

    async def _later(self, order: Order, failure: Failure) -> None:
        """Try again after a pause, on nobody's time but its own."""
        pauses = self._wanted.get(order.client_order_id)
        if pauses is None or self.tasks is None:
            return
        if order.status is OrderStatus.PENDING_CANCEL:
            self._ledger.note(order.client_order_id, f"not canceled yet, and tried again: {failure.why}")
        self.tasks.start_soon(self._after, order.client_order_id, max(next(pauses), failure.wait_s))

    async def _after(self, client_order_id: str, pause_s: float) -> None:
        await self._sleep(pause_s)
        self._once_possible(client_order_id)

    def _give_up(self, order: Order, why: str) -> None:
        """Let the order work on and tell the person: the exchange refused, and would again."""
        self._wanted.pop(order.client_order_id, None)
        if order.status is OrderStatus.PENDING_CANCEL:
            order = self._ledger.move(order.client_order_id, resting_status(order), f"the cancel failed: {why}")
        self._notify(NoticeLevel.ERROR, "Cancel failed", f"{described(order)} still works: {why}", NoticeKind.ORDER)

    def _next_of_list(self, order: Order) -> None:
        """Cancel what the exchange left of a list, one order at a time: the first usually takes the others with it."""
        wanted = next((each.client_order_id for each in self._ledger.siblings(order) if self._is_wanted(each)), None)
        if wanted is not None and self.tasks is not None:
            self.tasks.start_soon(self._after, wanted, self._settings.first_pause_s)

    def _is_wanted(self, order: Order) -> bool:
        return order.client_order_id in self._wanted and order.exchange_order_id is not None

    def begin(self, orders: tuple[Order, ...]) -> None:
        """Begin to cancel working orders; one that waits to be sent is simply taken back."""
        for order in orders:
            current = self._ledger.get(order.client_order_id)
            if current is not None and not current.status.is_terminal:
                self._begin(current)

    def _begin(self, order: Order) -> None:
        order_id = order.client_order_id
        lead = self._sender.lead_of(order_id)
        if lead is not None:
            self.dispatcher.withdraw(lead)
            self._sender.take_back(lead)
            return
        self._wanted.setdefault(order_id, self._settings.pauses())
        if order.status not in {OrderStatus.PENDING_CANCEL, OrderStatus.UNKNOWN}:
            self._ledger.move(order_id, OrderStatus.PENDING_CANCEL)
        self._once_possible(order_id)

    def _once_possible(self, client_order_id: str) -> None:
        """Queue the cancel that is wanted, once the exchange is known to have the order."""
        order = self._ledger.get(client_order_id)
        if client_order_id not in self._wanted or order is None or order.exchange_order_id is None:
            return
        if order.status in {OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED}:
            self._ledger.move(client_order_id, OrderStatus.PENDING_CANCEL)
        if not any(self.dispatcher.cancels(other.client_order_id) for other in self._ledger.siblings(order)):
            self.dispatcher.cancel(client_order_id)
