"""The truth about an order whose send was not answered: the exchange is asked until the answer is final."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_engine.clock import NANOS
from fks_engine.errors import ExchangeError, OrderNotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fks_engine.clock import Clock
    from fks_engine.model import Order, OrderReport
    from fks_engine.orders.settings import OrderSettings
    from fks_engine.ports import Exchange

NOT_FOUND_ASKED = 2
"""How many answers "not found" past the deadline are believed."""
LONGEST_FINAL_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on two clocks, both of which have to pass it: a clock that is set cannot shorten the wait."""

    server_ns: int
    """Nanoseconds UTC by the exchange."""
    steady_ns: int
    """Nanoseconds of our own clock that never steps."""


class OutcomeResolver:
    """Asks what became of orders. It never sends one."""

    def __init__(
        self,
        exchange: Exchange,
        clock: Clock,
        settings: OrderSettings,
        server_offset_ns: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._settings = settings
        self._server_offset_ns = server_offset_ns
        self._sleep = sleep

    def deadline(self) -> Deadline:
        """When an order that may have been sent until now can no longer arrive."""
        window = self._settings.arrival_window_ns
        return Deadline(self._server_now_ns() + window, self._clock.monotonic_ns() + window)

    async def find(self, order: Order, deadline: Deadline, settled: Callable[[], bool]) -> OrderReport | None:
        """What the exchange says of the order; None once it is proved that it never arrived, or once `settled`.

        "Not found" counts only past the deadline, and has to be heard twice.
        """
        final_answers = 0
        for pause in self._settings.pauses():
            if settled():
                break
            is_past = self._is_past(deadline)
            try:
                return await self._exchange.fetch_order(order.instrument_id, order.client_order_id)
            except OrderNotFound:
                final_answers += is_past
            except ExchangeError:
                pass  # no answer proves nothing; the next question may bring one
            if final_answers == NOT_FOUND_ASKED:
                break
            await self._sleep(self._until_next(pause, deadline))
        return None

    def _until_next(self, pause: float, deadline: Deadline) -> float:
        """The pause, cut short where the deadline lies within it or is behind us."""
        left = (deadline.server_ns - self._server_now_ns()) / NANOS
        return min(pause, left + 0.1) if left > 0 else min(pause, LONGEST_FINAL_PAUSE_S)

    def _is_past(self, deadline: Deadline) -> bool:
        return self._server_now_ns() > deadline.server_ns and self._clock.monotonic_ns() > deadline.steady_ns

    def _server_now_ns(self) -> int:
        return self._clock.now_ns() + self._server_offset_ns()
