"""One cancel carried through: sent again while that is safe, asked about where no answer came, given up in words."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from fks_engine.errors import (
    AuthenticationFailed,
    ClockSkewed,
    ExchangeError,
    InvalidRequest,
    OrderRejected,
    RateLimited,
)
from fks_engine.model import OrderStatus
from fks_engine.orders.wording import refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fks_engine.model import Order
    from fks_engine.orders.ledger import OrderLedger
    from fks_engine.orders.settings import OrderSettings
    from fks_engine.ports import Exchange

_HOPELESS = (AuthenticationFailed, ClockSkewed, InvalidRequest, OrderRejected)
"""After these errors the same cancel would fail again."""


class Canceler:
    """Cancels orders at the exchange. Cancelling twice harms nothing, so a cancel may be sent again."""

    def __init__(
        self,
        exchange: Exchange,
        ledger: OrderLedger,
        settings: OrderSettings,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._settings = settings
        self._sleep = sleep

    async def cancel(self, client_order_id: str) -> str | None:
        """Cancel the order; None once it is over, else why it still works."""
        why = "the exchange did not confirm it"
        for pause in islice(self._settings.pauses(), self._settings.cancel_attempts):
            order = self._ledger.get(client_order_id)
            if order is None or order.status.is_terminal:
                return None
            try:
                self._ledger.take_report(await self._exchange.cancel_order(order))
            except _HOPELESS as error:
                return refusal(error)
            except RateLimited as error:
                why = refusal(error)
                await self._sleep(max(pause, error.retry_after_s or 0))
                continue
            except ExchangeError as error:
                why = refusal(error)
            if self._is_over(client_order_id) or await self._asked(order):
                return None
            await self._sleep(pause)
        return why

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
