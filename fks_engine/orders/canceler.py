"""One try to cancel an order: asked about where no answer came, and told whether another try is right."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.errors import (
    AuthenticationFailed,
    ClockSkewed,
    ExchangeError,
    InvalidRequest,
    JournalUnavailable,
    OrderRejected,
    RateLimited,
)
from fks_engine.model import CancelAsked, OrderStatus
from fks_engine.orders.wording import refusal

if TYPE_CHECKING:
    from fks_engine.clock import Clock
    from fks_engine.model import Order
    from fks_engine.orders.ledger import OrderLedger
    from fks_engine.ports import Exchange, OrderJournal

_log = logging.getLogger(__name__)
JOURNAL_WITHIN_S: Final = 1.0
"""A cancel waits so long for the disk, and then goes all the same."""
_HOPELESS = (AuthenticationFailed, ClockSkewed, InvalidRequest, OrderRejected)
"""After these errors the same cancel would fail again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an order still works after a try to cancel it."""

    why: str
    is_final: bool
    """Whether the exchange refused in a way that a second try would not change."""
    wait_s: float = 0.0
    """How long the exchange asks us to wait at least."""


class Canceler:
    """Cancels orders at the exchange. Cancelling twice harms nothing, so a cancel may be sent again."""

    def __init__(self, exchange: Exchange, ledger: OrderLedger, journal: OrderJournal, clock: Clock) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._journal = journal
        self._clock = clock

    async def cancel(self, client_order_id: str) -> Failure | None:
        """Try once to cancel the order; None once it is over."""
        order = self._ledger.get(client_order_id)
        if order is None or order.status.is_terminal:
            return None
        await self._recorded(client_order_id)
        try:
            self._ledger.take_report(await self._exchange.cancel_order(order))
        except _HOPELESS as error:
            return Failure(refusal(error), is_final=True)
        except RateLimited as error:
            return Failure(refusal(error), is_final=False, wait_s=error.retry_after_s or 0.0)
        except ExchangeError as error:
            why = refusal(error)
        else:
            why = "the exchange did not confirm it"
        if self._is_over(client_order_id) or await self._asked(order):
            return None
        return Failure(why, is_final=False)

    async def _recorded(self, client_order_id: str) -> None:
        """Have the cancel on the disk before it leaves; a disk that takes nothing does not keep an order working."""
        asked = CancelAsked(ts=self._clock.now_ns(), client_order_id=client_order_id)
        with anyio.move_on_after(JOURNAL_WITHIN_S) as waiting:
            try:
                await self._journal.record(asked)
            except JournalUnavailable:
                self._journal.note(asked)
        if waiting.cancelled_caught:
            _log.warning("the cancel of %s left before it was on the disk", client_order_id)

    def _is_over(self, client_order_id: str) -> bool:
        order = self._ledger.get(client_order_id)
        return order is None or order.status.is_terminal

    async def _asked(self, order: Order) -> bool:
        """Whether the exchange, asked for this one order, says that it is over."""
        try:
            self._ledger.take_report(await self._exchange.fetch_order(order.instrument_id, order.client_order_id))
        except ExchangeError:
            return False
        return self._is_over(order.client_order_id)


def resting_status(order: Order) -> OrderStatus:
    """The status of an order that works on: partially filled or merely accepted."""
    return OrderStatus.PARTIALLY_FILLED if order.filled_quantity else OrderStatus.ACCEPTED
