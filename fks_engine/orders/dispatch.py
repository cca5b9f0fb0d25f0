"""The two lanes to the exchange: orders in the order they came, and cancels that never wait behind orders."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Carrier = Callable[[str], Awaitable[None]]


class Dispatcher:
    """Carries orders and cancels by client order id, a bounded number at once.

    No order waits for the answer to the one before it: an answer that does not come would hold up all that follow.
    What waits stays here while `run` does not run, and is carried once it does.
    """

    def __init__(self, send: Carrier, cancel: Carrier, *, sends: int, cancels: int) -> None:
        self._send = send
        self._cancel = cancel
        self._sends = sends
        self._cancels = cancels
        self._waiting: deque[str] = deque()
        self._sending: set[str] = set()
        self._waiting_cancels: dict[str, None] = {}
        self._canceling: set[str] = set()
        self._wake = anyio.Event()

    def send(self, client_order_id: str) -> None:
        """Queue an order."""
        self._waiting.append(client_order_id)
        self._signal()

    def withdraw(self, client_order_id: str) -> bool:
        """Take an order back that was not sent yet; False when it is not waiting any more."""
        if client_order_id not in self._waiting:
            return False
        self._waiting.remove(client_order_id)
        return True

    def cancel(self, client_order_id: str) -> None:
        """Queue a cancel, unless one is waiting or under way."""
        if client_order_id not in self._canceling:
            self._waiting_cancels.setdefault(client_order_id)
            self._signal()

    def holds(self, client_order_id: str) -> bool:
        """Whether the order waits to be sent or is being sent."""
        return client_order_id in self._sending or client_order_id in self._waiting

    def cancels(self, client_order_id: str) -> bool:
        """Whether a cancel of the order waits or is under way."""
        return client_order_id in self._canceling or client_order_id in self._waiting_cancels

    async def run(self) -> None:
        """Carry what is queued until cancelled."""
        async with anyio.create_task_group() as tasks:
            for _ in range(self._cancels):
                tasks.start_soon(self._carry_cancels)
            for _ in range(self._sends):
                tasks.start_soon(self._carry_orders)

    async def _carry_orders(self) -> None:
        while True:
            if not self._waiting:
                await self._wake.wait()
                continue
            order_id = self._waiting.popleft()
            self._sending.add(order_id)
            try:
                await self._send(order_id)
            finally:
                self._sending.discard(order_id)

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

    def _signal(self) -> None:
        """Wake every idle worker; there is a new event to wait for from now on."""
        self._wake.set()
        self._wake = anyio.Event()
