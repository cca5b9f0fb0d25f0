"""What leaves for the exchange, once: single orders, lists and replacements, and the truth where no answer came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.errors import (
    CancelRefused,
    ExchangeError,
    ExchangeUnavailable,
    OrderRejected,
    ReplacementRejected,
)
from fks_engine.model import OrdersSent, OrderStatus
from fks_engine.orders.canceler import resting_status
from fks_engine.orders.wording import KEPT_BACK, NEVER_ARRIVED, NOT_SENT, kept_old, lost_old, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Sequence

    from anyio.abc import TaskGroup

    from fks_engine.clock import Clock
    from fks_engine.model import Order, OrderReport
    from fks_engine.orders.ledger import OrderLedger
    from fks_engine.orders.planning import Parcel
    from fks_engine.orders.resolver import Deadline, OutcomeResolver
    from fks_engine.orders.settings import OrderSettings
    from fks_engine.ports import Exchange, Gate, OrderJournal

ASKING = "no answer came to the send; the exchange is being asked what became of it"
WITHDRAWN = "taken back before it was sent"


class Sender:
    """Carries parcels of orders to the exchange, each once, and finds out what became of those without an answer."""

    def __init__(
        self,
        exchange: Exchange,
        gate: Gate,
        ledger: OrderLedger,
        resolver: OutcomeResolver,
        clock: Clock,
        settings: OrderSettings,
        sleep: Callable[[float], Awaitable[None]],
        journal: OrderJournal,
    ) -> None:
        self._journal = journal
        self._exchange = exchange
        self._gate = gate
        self._ledger = ledger
        self._resolver = resolver
        self._clock = clock
        self._settings = settings
        self._sleep = sleep
        self._waiting: dict[str, Parcel] = {}
        self._under_way: set[str] = set()
        self._unresolved: dict[str, Deadline] = {}
        self._being_replaced: dict[str, str] = {}
        """The new order, by the old one whose end is not known yet."""
        self.tasks: TaskGroup | None = None
        """Where questions run; None while the stage does not run."""
        self.last_round_trip_ms: float | None = None
        """How long the last answered send took."""

    @property
    def unresolved(self) -> int:
        """Orders whose send was not answered and of which the truth is not known yet."""
        return len(self._unresolved)

    def pack(self, parcel: Parcel) -> None:
        """Keep a parcel until its turn comes."""
        self._waiting[parcel.lead] = parcel

    def lead_of(self, client_order_id: str) -> str | None:
        """The id under which the order waits to be sent; None when it does not wait."""
        return next((lead for lead, parcel in self._waiting.items() if client_order_id in parcel.order_ids), None)

    def take_back(self, lead: str, reason: str = WITHDRAWN) -> None:
        """End the orders of a parcel that was not sent."""
        parcel = self._waiting.pop(lead)
        for order_id in parcel.order_ids:
            self._ledger.move(order_id, OrderStatus.CANCELED, reason)
        self._let_work_on(parcel.replaces)

    def take_up_again(self) -> None:
        """Ask for what an earlier run left without an answer."""
        held = {order_id for parcel in self._waiting.values() for order_id in parcel.order_ids} | self._under_way
        for order in self._ledger.working():
            if order.exchange_order_id is None and order.client_order_id not in held:
                self._begin_resolving(order.client_order_id)
        for old_id, new_id in tuple(self._being_replaced.items()):
            self._begin_settling(old_id, new_id)

    def take_up_replacements(self, canceled: Container[str]) -> None:
        """Ask what became of orders that an earlier run was replacing; those `canceled` for themselves are not."""
        for order in self._ledger.working():
            order_id = order.client_order_id
            if order.status is OrderStatus.PENDING_CANCEL and order_id not in canceled:
                self._being_replaced[order_id] = self._ledger.replacement_of(order_id)

    def noted(self, order: Order) -> None:
        """Take notice of a change: an order that is not unknown needs no question."""
        if order.status is not OrderStatus.UNKNOWN:
            self._unresolved.pop(order.client_order_id, None)

    async def carry(self, lead: str) -> None:
        """Carry one parcel, if the gate still lets it pass: it may have waited for others."""
        parcel = self._waiting.pop(lead, None)
        if parcel is None or self._is_kept_back(parcel):
            return
        self._under_way.update(parcel.order_ids)
        self._journal.note(OrdersSent(ts=self._clock.now_ns(), client_order_ids=parcel.order_ids))
        orders = [self._ledger.sent(order_id) for order_id in parcel.order_ids]
        started_ns = self._clock.monotonic_ns()
        is_answered = False
        try:
            reports = await self._request(orders, parcel.replaces)
            self._note_round_trip(started_ns)
            for report in reports:
                self._ledger.take_report(report)
            is_answered = True
        except CancelRefused as error:
            self._refuse(parcel, kept_old(error), started_ns)
            is_answered = True
        except NOT_SENT as error:
            reason = lost_old(error) if isinstance(error, ReplacementRejected) else refusal(error)
            self._refuse(parcel, reason, started_ns, error)
            is_answered = True
        except ExchangeError:
            pass  # the outcome is open, as after anything else that stops the send half way
        finally:
            self._under_way.difference_update(parcel.order_ids)
            if not is_answered:
                self._leave_open(parcel)

    async def _request(self, orders: Sequence[Order], replaces: str | None) -> Sequence[OrderReport]:
        if replaces is not None:
            old = self._ledger.get(replaces)
            if old is None or old.status.is_terminal:
                raise CancelRefused("it is over")
            return await self._exchange.replace_order(old, orders[0])
        if len(orders) > 1:
            return await self._exchange.submit_list(orders)
        return (await self._exchange.submit_order(orders[0]),)

    def _refuse(self, parcel: Parcel, reason: str, started_ns: int, error: ExchangeError | None = None) -> None:
        """End orders that the exchange refused; what became of one they should replace is asked."""
        if error is None or isinstance(error, OrderRejected):
            self._note_round_trip(started_ns)
        for order_id in parcel.order_ids:
            self._reject(order_id, reason)
        if parcel.replaces is not None:
            if isinstance(error, ExchangeUnavailable):
                self._let_work_on(parcel.replaces)
            else:
                self._begin_settling(parcel.replaces, parcel.lead)

    def _leave_open(self, parcel: Parcel) -> None:
        for order_id in parcel.order_ids:
            self._begin_resolving(order_id)
        if parcel.replaces is not None:
            self._begin_settling(parcel.replaces, parcel.lead)

    def _is_kept_back(self, parcel: Parcel) -> bool:
        """Whether the gate refuses by now what it let pass when it was asked; such orders end here."""
        old = self._ledger.get(parcel.replaces) if parcel.replaces else None
        counted = {*parcel.order_ids, parcel.replaces}
        others = [other for other in self._ledger.working() if other.client_order_id not in counted]
        denied = self._gate.verdict(parcel.command, others, old)
        if denied is None:
            return False
        for order_id in parcel.order_ids:
            self._ledger.move(order_id, OrderStatus.CANCELED, f"{KEPT_BACK}{denied.message}")
        self._let_work_on(parcel.replaces)
        return True

    def _begin_resolving(self, client_order_id: str) -> None:
        """Mark an order whose outcome is open, and have the exchange asked."""
        order = self._ledger.get(client_order_id)
        if order is None or order.exchange_order_id is not None or order.status.is_terminal:
            return
        self._unresolved.setdefault(client_order_id, self._resolver.deadline())
        if order.status is not OrderStatus.UNKNOWN:
            self._ledger.move(client_order_id, OrderStatus.UNKNOWN, ASKING)
        if self.tasks is not None:
            self.tasks.start_soon(self._resolve, client_order_id)

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

    def _begin_settling(self, old_id: str, new_id: str) -> None:
        """Have the exchange asked what became of an order that another should have replaced."""
        self._being_replaced[old_id] = new_id
        if self.tasks is not None:
            self.tasks.start_soon(self._settle, old_id, new_id)

    async def _settle(self, old_id: str, new_id: str) -> None:
        """Ask for the old order until it is over, or until it certainly works on: the new one came to nothing."""
        for pause in self._settings.pauses():
            old, new = self._ledger.get(old_id), self._ledger.get(new_id)
            if old is None or old.status.is_terminal:
                break
            is_certain = new is None or new.status is not OrderStatus.UNKNOWN
            is_answered = await self._asked(old)
            old = self._ledger.get(old_id)
            if is_answered and is_certain and old is not None and not old.status.is_terminal:
                self._let_work_on(old_id)
                break
            if old is not None and not old.status.is_terminal:
                await self._sleep(pause)
        self._being_replaced.pop(old_id, None)

    async def _asked(self, order: Order) -> bool:
        """Whether the exchange told how the order stands."""
        try:
            self._ledger.take_report(await self._exchange.fetch_order(order.instrument_id, order.client_order_id))
        except ExchangeError:
            return False
        return True

    def _let_work_on(self, order_id: str | None) -> None:
        """Show an order that was not replaced as what it is, unless its cancel is wanted for itself."""
        order = self._ledger.get(order_id) if order_id else None
        if order is not None and order.status is OrderStatus.PENDING_CANCEL:
            self._ledger.move(order.client_order_id, resting_status(order), "")

    def _reject(self, client_order_id: str, reason: str) -> None:
        """End an order that is not at the exchange, unless the exchange has shown meanwhile that it is."""
        order = self._ledger.get(client_order_id)
        if order is not None and order.exchange_order_id is None and not order.status.is_terminal:
            self._ledger.move(client_order_id, OrderStatus.REJECTED, reason)

    def _note_round_trip(self, started_ns: int) -> None:
        self.last_round_trip_ms = (self._clock.monotonic_ns() - started_ns) / 1e6
