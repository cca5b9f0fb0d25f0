"""The two lanes to the exchange: orders in turn within an instrument, cancels that never wait behind orders."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fks_engine.model import InstrumentId

    Carrier = Callable[[str], Awaitable[None]]


class Dispatcher:
    """Carries orders and cancels by client order id, a bounded number at once.

    What waits stays here while `run` does not run, and is carried once it does.
    """

    def __init__(self, send: Carrier, cancel: Carrier, *, sends: int, cancels: int) -> None:
        self._send = send
        self._cancel = cancel
        self._sends = sends
        self._cancels = cancels
        self._waiting: deque[tuple[str, InstrumentId]] = deque()
        self._sending: dict[str, InstrumentId] = {}
        self._waiting_cancels: dict[str, None] = {}
        self._canceling: set[str] = set()
        self._wake = anyio.Event()

    def send(self, client_order_id: str, instrument_id: InstrumentId) -> None:
        """Queue an order."""
        self._waiting.append((client_order_id, instrument_id))
        self._signal()

    def withdraw(self, client_order_id: str) -> bool:
        """Take an order back that was not sent yet; False when it is not waiting any more."""
        for item in self._waiting:
            if item[0] == client_order_id:
                self._waiting.remove(item)
                return True
        return False

    def cancel(self, client_order_id: str) -> None:
        """Queue a cancel, unless one is waiting or under way."""
        if client_order_id not in self._canceling:
            self._waiting_cancels.setdefault(client_order_id)
            self._signal()

    def holds(self, client_order_id: str) -> bool:
        """Whether the order waits to be sent or is being sent."""
        return client_order_id in self._sending or any(item[0] == client_order_id for item in self._waiting)

    def cancels(self, client_order_id: str) -> bool:
        """Whether a cancel of the order waits or is under way."""
        return client_order_id in self._canceling or client_order_id in self._waiting_cancels

    async def run(self) -> None:
        """Carry what is queued until cancelled."""
        async with anyio.create_task_group() as tasks:
            for _ in range(self._sends):
                tasks.start_soon(self._carry_orders)
            for _ in range(self._cancels):
                tasks.start_soon(self._carry_cancels)

    async def _carry_orders(self) -> None:
        while True:
            item = self._next_order()
            if item is None:
                await self._wake.wait()
                continue
            order_id, instrument_id = item
            self._sending[order_id] = instrument_id
            try:
                await self._send(order_id)
            finally:
                del self._sending[order_id]
                self._signal()

    async def _carry_cancels(self) -> None:
        while True:
            if not self._waiting_cancels:
                await self._wake.wait()
                continue
            order_id = next(iter(self._waiting_cancels))
            del self._waiting_cancels[order_id]
            self._canceling.add(order_id)
            try:
                await self._cancel(order_id)
            finally:
                self._canceling.discard(order_id)
                self._signal()

    def _next_order(self) -> tuple[str, InstrumentId] | None:
        """The first order that waits and whose instrument has none under way."""
        busy = set(self._sending.values())
        for item in self._waiting:
            if item[1] not in busy:
                self._waiting.remove(item)
                return item
        return None

    def _signal(self) -> None:
        """Wake every idle worker; there is a new event to wait for from now on."""
        self._wake.set()
        self._wake = anyio.Event()
