"""The order stage: takes commands past the gate, sends, cancels, and keeps every order true to the exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import anyio

from fks_engine.api import (
    Accepted,
    CancelAllOrders,
    DenialReason,
    Denied,
    NoticeLevel,
    Preview,
    Previewable,
    ReplaceOrder,
    SubmitOrder,
    blank_preview,
)
from fks_engine.errors import ExchangeError, JournalUnavailable
from fks_engine.model import Order, OrdersPlanned, OrderStatus, OrderType, Side
from fks_engine.orders.audit import Auditor
from fks_engine.orders.canceler import Canceler
from fks_engine.orders.cancels import Cancels
from fks_engine.orders.clearing import Clearing
from fks_engine.orders.dispatch import Dispatcher
from fks_engine.orders.ids import ClientOrderIds
from fks_engine.orders.ledger import OrderLedger
from fks_engine.orders.planning import Parcel, Replacement, capped, planned, replacing
from fks_engine.orders.reconciler import Reconciler
from fks_engine.orders.replay import replayed
from fks_engine.orders.resolver import OutcomeResolver
from fks_engine.orders.sender import Sender
from fks_engine.orders.settings import OrderSettings
from fks_engine.orders.wording import KEPT_BACK, described, refusal, told
from fks_engine.ports import OrderJournal, Unkept

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from fks_engine.api import OrderCommand
    from fks_engine.clock import Clock
    from fks_engine.model import InstrumentId, JournalEntry
    from fks_engine.orders.wording import Notify
    from fks_engine.ports import Admission, Exchange, Findings, Gate, MarketState
    from fks_engine.topics import Bus

_REPLACING = "waits for the exchange to put another order in its place"


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
        market: MarketState,
        bus: Bus,
        clock: Clock,
        *,
        notify: Notify,
        on_untold: Callable[[str], None] = lambda words: None,
        server_offset_ns: Callable[[], int] = lambda: 0,
        settings: OrderSettings | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        journal: OrderJournal | None = None,
        findings: Findings | None = None,
    ) -> None:
        settings = settings or OrderSettings()
        journal = journal or Unkept()
        self._journal = journal
        self._exchange = exchange
        self._gate = gate
        self._market = market
        self._bus = bus
        self._clock = clock
        self._notify = notify
        self._settings = settings
        self._sleep = sleep
        self._ids = ClientOrderIds(clock)
        self._ledger = OrderLedger(clock, settings.kept_orders, self._changed, self._contradicted, journal.note)
        resolver = OutcomeResolver(exchange, clock, settings, server_offset_ns, sleep)
        self._sender = Sender(exchange, gate, self._ledger, resolver, clock, settings, sleep, journal)
        canceler = Canceler(exchange, self._ledger, journal, clock)
        self._cancels = Cancels(canceler, self._ledger, self._sender, settings, notify, sleep)
        self._dispatcher = Dispatcher(
            self._sender.carry,
            self._cancels.carry,
            sends=settings.max_concurrent_sends,
            cancels=settings.max_concurrent_cancels,
        )
        self._cancels.dispatcher = self._dispatcher
        self._reconciler = Reconciler(
            exchange, self._ledger, clock, settings, bus.fills, server_offset_ns=server_offset_ns, findings=findings
        )
        self.clearing = Clearing(exchange, self._ledger, self._cancels, self._reconciler)
        """How a halt gets every order of ours off the exchange."""
        self._auditor = Auditor(self._reconciler, self._ledger, clock, settings, on_untold)
        self._synchronising = anyio.Lock()
        self._found = 0
        """Orders of the account that no FKS sent."""
        self._nothing_works = anyio.Event()
        self.is_synchronised = False
        """Whether the orders were held against the exchange's since the start."""
        bus.order_reports.tap(self._ledger.take_report)
        bus.fills.tap(self._ledger.take_fill)

    @property
    def last_round_trip_ms(self) -> float | None:
        """How long the last answered send took."""
        return self._sender.last_round_trip_ms

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
            self._sender.unresolved,
            counts.late,
            counts.duplicates,
            counts.illegal,
            counts.adopted,
            self.last_round_trip_ms,
        )

    async def submit(self, command: OrderCommand) -> Accepted | Denied:
        """Ask the gate, write the order or the orders of the list down, and queue them; the bus tells the rest."""
        if isinstance(command, SubmitOrder) and command.order_type is OrderType.MARKET:
            command = capped(command, self._gate.cap_price(command))
        return await self._pack(command, self._gate.admit(command, self._ledger.working()))

    async def replace(self, change: ReplaceOrder) -> Accepted | Denied:
        """Begin to put an order like a working one in its place. Returns at once, with the new order's id."""
        plan = self._replacing(change)
        if isinstance(plan, Denied):
            return plan
        admission = self._gate.admit(plan.command, plan.others, plan.old)
        if admission.denied is None:
            self._ledger.move(plan.old.client_order_id, OrderStatus.PENDING_CANCEL, _REPLACING)
        return await self._pack(plan.command, admission, plan.old.client_order_id)

    def preview(self, command: Previewable) -> Preview:
        """What the order would be and do if it were sent now; a replacement is planned and judged as `replace` does."""
        if not isinstance(command, ReplaceOrder):
            return self._gate.preview(command, self._ledger.working())
        plan = self._replacing(command)
        if isinstance(plan, Denied):
            return blank_preview(command, plan)
        return self._gate.preview(plan.command, plan.others, plan.old)

    async def cancel(self, client_order_id: str) -> Accepted | Denied:
        """Begin to cancel one working order, and with it the list it is in. Returns at once."""
        order = self._ledger.get(client_order_id)
        if order is None:
            return Denied(DenialReason.UNKNOWN_ORDER, f"there is no order {client_order_id}")
        if order.status.is_terminal:
            message = f"the order is already over: {order.status.value.replace('_', ' ')}"
            return Denied(DenialReason.ORDER_NOT_WORKING, message)
        chosen = (order, *self._ledger.siblings(order))
        self._cancels.begin(chosen)
        return Accepted(tuple(each.client_order_id for each in chosen))

    async def cancel_all(self, instrument_id: InstrumentId | None = None, side: Side | None = None) -> Accepted:
        """Begin to cancel every working order, or those of one instrument or side, those from elsewhere included."""
        command = CancelAllOrders(instrument_id, side)
        chosen = tuple(order for order in self._ledger.working() if command.takes(order))
        self._cancels.begin(chosen)
        return Accepted(tuple(order.client_order_id for order in chosen))

    def is_canceling(self, client_order_id: str) -> bool:
        """Whether a cancel of the order is wanted still: it is tried until the exchange has answered."""
        return self._cancels.is_wanted(client_order_id)

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
        while not self.is_synchronised and self._sender.unresolved:
            await self._sleep(self._settings.first_pause_s)  # what an earlier run left open comes before any new order
        self.is_synchronised = True
        self._cancels.try_again()

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Take the orders up as the journal tells them. What it leaves open is asked once `run` does."""
        canceled = self._cancels.restore(replayed(self._ledger, entries))
        self._sender.take_up_replacements(canceled)

    def checkpoint(self) -> tuple[tuple[Order, ...], tuple[str, ...]]:
        """What works, and of that what is to be canceled."""
        return self._ledger.working(), self._cancels.wanted()

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
                self._cancels.tasks = self._sender.tasks = tasks
                self._sender.take_up_again()
                self._cancels.try_again()
                tasks.start_soon(self._dispatcher.run)
                tasks.start_soon(self._audit)
        finally:
            self._cancels.tasks = self._sender.tasks = None

    def _replacing(self, change: ReplaceOrder) -> Replacement | Denied:
        old = self._ledger.get(change.client_order_id)
        instrument = None if old is None else self._market.instrument(old.instrument_id)
        return replacing(change, old, self._ledger.working(), instrument)

    async def _pack(
        self, command: OrderCommand, admission: Admission, replaces: str | None = None
    ) -> Accepted | Denied:
        """Follow the orders of a command from here on, and queue them once they are durable, unless they are denied."""
        denied = admission.denied
        now, instrument = self._clock.now_ns(), self._market.instrument(command.instrument_id)
        status, reason = (OrderStatus.DENIED, denied.message) if denied else (OrderStatus.SUBMITTED, None)
        orders = tuple(
            self._ledger.begin(order, status, reason)
            for order in planned(command, instrument, self._ids, now, replaces)
        )
        intent = OrdersPlanned(ts=now, orders=orders, origin=command.origin, checks=admission.checks)
        if denied is not None:
            self._journal.note(intent)
            return denied
        parcel = Parcel(tuple(order.client_order_id for order in orders), command, replaces)
        self._sender.pack(parcel)
        try:
            await self._journal.record(intent)
        except JournalUnavailable as error:
            return self._unrecorded(parcel, error)
        except anyio.get_cancelled_exc_class():
            if self._sender.lead_of(parcel.lead) is not None:
                self._sender.take_back(parcel.lead)  # nobody else would ever queue it
            raise
        if self._sender.lead_of(parcel.lead) is not None:  # else it was canceled meanwhile
            self._dispatcher.send(parcel.lead)
        return Accepted(parcel.order_ids)

    def _unrecorded(self, parcel: Parcel, error: JournalUnavailable) -> Denied:
        """An order that cannot be written down is not sent: nobody would know of it after a crash."""
        denied = Denied(DenialReason.JOURNAL_UNAVAILABLE, f"the journal takes nothing: {error}")
        if self._sender.lead_of(parcel.lead) is not None:
            self._sender.take_back(parcel.lead, f"{KEPT_BACK}{denied.message}")
        return denied

    async def _audit(self) -> None:
        """Compare with the exchange now and then even while all seems well, and fetch fills that were lost."""
        while True:
            await self._sleep(self._settings.fills_due_s)
            if self._exchange.read_only or not self.is_synchronised or self._synchronising.locked():
                continue
            try:
                await self._auditor.round()
            except ExchangeError:
                continue  # the streams report a lost connection; the next round asks again

    def _changed(self, before: Order | None, order: Order) -> None:
        """Tell the bus and the person, and go on with what waited for this."""
        self._bus.orders.publish(order)
        self._sender.noted(order)
        self._auditor.noted(order)
        is_found = before is None and order.external
        self._found += is_found
        if is_found:
            self._reconciler.tell_adopted(order)
        saying = told(before, order)
        if saying is not None and not (is_found and self._synchronising.locked()):
            self._notify(*saying)
        self._cancels.noted(before, order)
        if order.status.is_terminal and not self._ledger.working():
            self._nothing_works.set()
            self._nothing_works = anyio.Event()

    def _contradicted(self, order: Order, event: str) -> None:
        """An event that cannot be true of this order; it was ignored."""
        message = f"{event} came for {described(order)}, which is {order.status.value}; it was ignored"
        self._notify(NoticeLevel.WARNING, "Order event ignored", message)
