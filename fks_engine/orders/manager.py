"""The order stage: takes commands past the gate, sends, cancels, and keeps every order true to the exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import anyio

from fks_engine.api import Accepted, DenialReason, Denied, NoticeLevel, SubmitOrder
from fks_engine.clock import NANOS
from fks_engine.errors import ExchangeError, OrderRejected
from fks_engine.model import Order, OrderStatus
from fks_engine.orders.canceler import Canceler, resting_status
from fks_engine.orders.dispatch import Dispatcher
from fks_engine.orders.ids import ClientOrderIds
from fks_engine.orders.ledger import OrderLedger
from fks_engine.orders.reconciler import Reconciler
from fks_engine.orders.resolver import Deadline, OutcomeResolver
from fks_engine.orders.settings import OrderSettings
from fks_engine.orders.wording import KEPT_BACK, NEVER_ARRIVED, NOT_SENT, described, refusal, told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio.abc import TaskGroup

    from fks_engine.clock import Clock
    from fks_engine.model import InstrumentId
    from fks_engine.ports import Exchange, Gate
    from fks_engine.topics import Bus

    Notify = Callable[[NoticeLevel, str, str], None]

_ASKING = "no answer came to the send; the exchange is being asked what became of it"
_WITHDRAWN = "taken back before it was sent"


class OrderStatistics(NamedTuple):
    """Counts since the start, and what is under way."""

    working: int
    unresolved: int
    """Orders whose send was not answered and of which the truth is not known yet."""
    late_events: int
    duplicate_fills: int
    illegal_moves: int
    adopted: int
    last_round_trip_ms: float | None


class OrderManager:
    """Orders from the command to their end. State follows the bus at once; sending needs `run`."""

    def __init__(
        self,
        exchange: Exchange,
        gate: Gate,
        bus: Bus,
        clock: Clock,
        *,
        notify: Notify,
        server_offset_ns: Callable[[], int] = lambda: 0,
        settings: OrderSettings | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        settings = settings or OrderSettings()
        self._exchange = exchange
        self._gate = gate
        self._bus = bus
        self._clock = clock
        self._notify = notify
        self._settings = settings
        self._sleep = sleep
        self._ids = ClientOrderIds(clock)
        self._ledger = OrderLedger(clock, settings.kept_orders, self._changed, self._contradicted)
        self._dispatcher = Dispatcher(
            self._send, self._cancel, sends=settings.max_concurrent_sends, cancels=settings.max_concurrent_cancels
        )
        self._resolver = OutcomeResolver(exchange, clock, settings, server_offset_ns, sleep)
        self._canceler = Canceler(exchange, self._ledger, settings, sleep)
        self._reconciler = Reconciler(exchange, self._ledger, clock, settings, publish_fill=bus.fills.publish)
        self._unresolved: dict[str, Deadline] = {}
        self._cancel_wanted: set[str] = set()
        self._tasks: TaskGroup | None = None
        self._synchronising = anyio.Lock()
        self._found = 0
        """Orders of the account that no FKS sent."""
        self._nothing_works = anyio.Event()
        self.is_synchronised = False
        """Whether the orders were held against the exchange's since the start."""
        self.last_round_trip_ms: float | None = None
        """How long the last answered send took."""
        bus.order_reports.tap(self._ledger.take_report)
        bus.fills.tap(self._ledger.take_fill)

    def order(self, client_order_id: str) -> Order | None:
        """One order as it stands; None when it is not known."""
        return self._ledger.get(client_order_id)

    def working(self) -> tuple[Order, ...]:
        """Orders of which the exchange may hold something, oldest first, those from elsewhere included."""
        return self._ledger.working()

    def recent(self, limit: int) -> tuple[Order, ...]:
        """Orders that are over, the last to end first."""
        return self._ledger.recent(limit)

    def page(self, limit: int, offset: int) -> tuple[tuple[Order, ...], int]:
        """All orders of the session, newest first, and how many there are."""
        return self._ledger.page(limit, offset)

    def statistics(self) -> OrderStatistics:
        """Counts since the start."""
        counts = self._ledger.counts
        return OrderStatistics(
            len(self._ledger.working()),
            len(self._unresolved),
            counts.late,
            counts.duplicates,
            counts.illegal,
            counts.adopted,
            self.last_round_trip_ms,
        )

    async def submit(self, command: SubmitOrder) -> Accepted | Denied:
        """Ask the gate, then queue the order. Returns at once; what becomes of it is told by the bus."""
        now = self._clock.now_ns()
        denied = self._gate.verdict(command, self._ledger.working())
        order = Order(
            client_order_id=self._ids.next(),
            instrument_id=command.instrument_id,
            side=command.side,
            order_type=command.order_type,
            quantity=command.quantity,
            limit_price=command.limit_price,
            time_in_force=command.time_in_force,
            post_only=command.post_only,
            reduce_only=command.reduce_only,
            ts_created=now,
            ts_updated=now,
        )
        self._ledger.add(order)
        if denied is not None:
            self._ledger.move(order.client_order_id, OrderStatus.DENIED, denied.message)
            return denied
        self._ledger.move(order.client_order_id, OrderStatus.SUBMITTED)
        self._dispatcher.send(order.client_order_id, order.instrument_id)
        return Accepted((order.client_order_id,))

    async def cancel(self, client_order_id: str) -> Accepted | Denied:
        """Begin to cancel one working order. Returns at once."""
        order = self._ledger.get(client_order_id)
        if order is None:
            return Denied(DenialReason.UNKNOWN_ORDER, f"there is no order {client_order_id}")
        if order.status.is_terminal:
            message = f"the order is already over: {order.status.value.replace('_', ' ')}"
            return Denied(DenialReason.ORDER_NOT_WORKING, message)
        self._begin_cancel(order)
        return Accepted((client_order_id,))

    async def cancel_all(self, instrument_id: InstrumentId | None = None) -> Accepted:
        """Begin to cancel every working order, or those of one instrument, those from elsewhere included."""
        chosen = [order for order in self._ledger.working() if instrument_id in {None, order.instrument_id}]
        for order in chosen:
            self._begin_cancel(order)
        return Accepted(tuple(order.client_order_id for order in chosen))

    async def synchronise(self) -> None:
        """Hold our orders against the exchange's. Asks with growing pauses until the exchange has answered it all."""
        if self._exchange.read_only:
            self.is_synchronised = True
            return
        async with self._synchronising:
            found_before = self._found
            for pause in self._settings.pauses():
                try:
                    await self._reconciler.compare_orders()
                    await self._reconciler.fetch_lost_fills()
                except ExchangeError as error:
                    if pause == self._settings.first_pause_s:
                        self._notify(NoticeLevel.WARNING, "Orders not compared yet", refusal(error))
                    await self._sleep(pause)
                else:
                    break
            if self._found > found_before:
                message = f"{self._found - found_before} orders of this account were not sent from here"
                self._notify(NoticeLevel.INFO, "Orders from elsewhere", message)
        self.is_synchronised = True

    async def idle(self, timeout_s: float) -> bool:
        """Wait until no order works any more; False when some still do after `timeout_s`."""
        with anyio.move_on_after(timeout_s):
            while self._ledger.working():
                await self._nothing_works.wait()
        return not self._ledger.working()

    async def run(self) -> None:
        """Send, cancel, resolve and audit until cancelled; may be run again after a failure."""
        try:
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                self._take_up_again()
                tasks.start_soon(self._dispatcher.run)
                tasks.start_soon(self._audit)
        finally:
            self._tasks = None

    def _take_up_again(self) -> None:
        """Go on with what an earlier run left."""
        for order in self._ledger.working():
            order_id = order.client_order_id
            if order.exchange_order_id is None and not self._dispatcher.holds(order_id):
                self._begin_resolving(order_id)
            self._cancel_once_possible(order_id)

    async def _send(self, client_order_id: str) -> None:
        """Carry one order to the exchange, once, if the gate still lets it pass: it may have waited for others."""
        if self._is_kept_back(client_order_id):
            return
        order = self._ledger.sent(client_order_id)
        started_ns = self._clock.monotonic_ns()
        is_answered = False
        try:
            report = await self._exchange.submit_order(order)
            self._note_round_trip(started_ns)
            self._ledger.take_report(report)
            is_answered = True
        except NOT_SENT as error:
            if isinstance(error, OrderRejected):
                self._note_round_trip(started_ns)
            self._reject(client_order_id, refusal(error))
            is_answered = True
        except ExchangeError:
            pass  # the outcome is open, as after anything else that stops the send half way
        finally:
            if not is_answered:
                self._begin_resolving(client_order_id)

    def _is_kept_back(self, client_order_id: str) -> bool:
        """Whether the gate refuses by now what it let pass when it was asked; such an order ends here."""
        order = self._ledger.get(client_order_id)
        if order is None:
            return True
        others = [other for other in self._ledger.working() if other.client_order_id != client_order_id]
        denied = self._gate.verdict(_command(order), others)
        if denied is not None:
            self._ledger.move(client_order_id, OrderStatus.CANCELED, f"{KEPT_BACK}{denied.message}")
        return denied is not None

    async def _resolve(self, client_order_id: str) -> None:
        """Find out what became of an order whose send was not answered."""
        order, deadline = self._ledger.get(client_order_id), self._unresolved.get(client_order_id)
        if order is None or deadline is None:
            return  # the stream told of it before this began
        report = await self._resolver.find(order, deadline, lambda: client_order_id not in self._unresolved)
        if report is not None:
            self._ledger.take_report(report)
        elif client_order_id in self._unresolved:
            self._reject(client_order_id, NEVER_ARRIVED)

    async def _cancel(self, client_order_id: str) -> None:
        """Carry one cancel to the exchange; where it fails, the order works on and the person is told."""
        why = await self._canceler.cancel(client_order_id)
        self._cancel_wanted.discard(client_order_id)
        order = self._ledger.get(client_order_id)
        if why is None or order is None or order.status.is_terminal:
            return
        if order.status is OrderStatus.PENDING_CANCEL:
            order = self._ledger.move(client_order_id, resting_status(order), f"the cancel failed: {why}")
        self._notify(NoticeLevel.ERROR, "Cancel failed", f"{described(order)} still works: {why}")

    async def _audit(self) -> None:
        """Compare with the exchange now and then even while all seems well, and fetch fills that were lost."""
        next_comparison_ns = self._clock.monotonic_ns() + int(self._settings.audit_interval_s * NANOS)
        while True:
            await self._sleep(self._settings.fills_due_s)
            if self._exchange.read_only or not self.is_synchronised or self._synchronising.locked():
                continue
            try:
                await self._reconciler.fetch_lost_fills()
                if self._ledger.working() and self._clock.monotonic_ns() >= next_comparison_ns:
                    await self._reconciler.compare_orders()
                    next_comparison_ns = self._clock.monotonic_ns() + int(self._settings.audit_interval_s * NANOS)
            except ExchangeError:
                continue  # the streams report a lost connection; the next round asks again

    def _begin_cancel(self, order: Order) -> None:
        order_id = order.client_order_id
        if self._dispatcher.withdraw(order_id):
            self._ledger.move(order_id, OrderStatus.CANCELED, _WITHDRAWN)
            return
        self._cancel_wanted.add(order_id)
        if order.status not in {OrderStatus.PENDING_CANCEL, OrderStatus.UNKNOWN}:
            self._ledger.move(order_id, OrderStatus.PENDING_CANCEL)
        self._cancel_once_possible(order_id)

    def _cancel_once_possible(self, client_order_id: str) -> None:
        """Queue the cancel that is wanted, once the exchange is known to have the order."""
        order = self._ledger.get(client_order_id)
        if client_order_id not in self._cancel_wanted or order is None or order.exchange_order_id is None:
            return
        if order.status in {OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED}:
            self._ledger.move(client_order_id, OrderStatus.PENDING_CANCEL)
        self._dispatcher.cancel(client_order_id)

    def _begin_resolving(self, client_order_id: str) -> None:
        """Mark an order whose outcome is open, and have the exchange asked."""
        order = self._ledger.get(client_order_id)
        if order is None or order.exchange_order_id is not None or order.status.is_terminal:
            return
        self._unresolved.setdefault(client_order_id, self._resolver.deadline())
        if order.status is not OrderStatus.UNKNOWN:
            self._ledger.move(client_order_id, OrderStatus.UNKNOWN, _ASKING)
        if self._tasks is not None:
            self._tasks.start_soon(self._resolve, client_order_id)

    def _reject(self, client_order_id: str, reason: str) -> None:
        """End an order that is not at the exchange, unless the exchange has shown meanwhile that it is."""
        order = self._ledger.get(client_order_id)
        if order is not None and order.exchange_order_id is None and not order.status.is_terminal:
            self._ledger.move(client_order_id, OrderStatus.REJECTED, reason)

    def _note_round_trip(self, started_ns: int) -> None:
        self.last_round_trip_ms = (self._clock.monotonic_ns() - started_ns) / 1e6

    def _changed(self, before: Order | None, order: Order) -> None:
        """Tell the bus and the person, and go on with what waited for this."""
        self._bus.orders.publish(order)
        if order.status is not OrderStatus.UNKNOWN:
            self._unresolved.pop(order.client_order_id, None)
        is_found = before is None and order.external
        self._found += is_found
        saying = told(before, order)
        if saying is not None and not (is_found and self._synchronising.locked()):
            self._notify(*saying)
        if order.status.is_terminal:
            self._cancel_wanted.discard(order.client_order_id)
            if not self._ledger.working():
                self._nothing_works.set()
                self._nothing_works = anyio.Event()
        elif order.status is not OrderStatus.PENDING_CANCEL or (before and before.exchange_order_id is None):
            self._cancel_once_possible(order.client_order_id)

    def _contradicted(self, order: Order, event: str) -> None:
        """An event that cannot be true of this order; it was ignored."""
        message = f"{event} came for {described(order)}, which is {order.status.value}; it was ignored"
        self._notify(NoticeLevel.WARNING, "Order event ignored", message)


def _command(order: Order) -> SubmitOrder:
    """The command that the order came from."""
    return SubmitOrder(
        instrument_id=order.instrument_id,
        side=order.side,
        order_type=order.order_type,
        quantity=order.quantity,
        limit_price=order.limit_price,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
    )
