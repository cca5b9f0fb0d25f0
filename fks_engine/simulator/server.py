"""The simulator as a server: its exchange behind its doors, its control port, and its background work."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from fks_engine.simulator.conditions import Conditions
from fks_engine.simulator.control import controlling
from fks_engine.simulator.doors import Doors
from fks_engine.simulator.limits import BINANCE, Limiter, Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from fks_engine.simulator.exchange import Exchange

PRICES_SECONDS = 1.0


class Server:
    """Where a running exchange is reached, and the tasks that keep it running."""

    def __init__(self, host: str, port: int, control: str | None, tasks: list[asyncio.Task[None]]) -> None:
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._control = control
        self._tasks = tasks

    def addresses(self) -> dict[str, str]:
        """The addresses of the REST API, the streams, the WebSocket API and, if it is open, the control port."""
        base = self._address
        known = {"rest": f"http://{base}", "ws": f"ws://{base}", "ws_api": f"ws://{base}/ws-api/v3"}
        return known if self._control is None else known | {"control": self._control}

    async def failed(self) -> None:
        """Wait until a background task fails, and raise what it failed with."""
        pending: set[asyncio.Task[None]] = set(self._tasks)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        await asyncio.Event().wait()


@asynccontextmanager
async def serving(
    exchange: Exchange,
    secrets: Mapping[str, str],
    host: str,
    port: int,
    limits: Limits = BINANCE,
    control_port: int | None = None,
) -> AsyncIterator[Server]:
    """Serve the exchange until the block ends, with a control port if one is named (0: a free one).

    Raises OSError when an address cannot be taken.
    """
    conditions = Conditions(Limiter(limits))
    doors = Doors(exchange, secrets, conditions, has_control=control_port is not None)
    tasks: list[asyncio.Task[None]] = []
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_end, doors, tasks)
        taken = await doors.open(host, port)
        control = None
        if control_port is not None:
            control = await stack.enter_async_context(controlling(doors, conditions, control_port))
        tasks += [
            asyncio.create_task(exchange.drive.run(exchange)),
            asyncio.create_task(exchange.publisher.run()),
            asyncio.create_task(doors.listen_keys.run()),
            asyncio.create_task(_remember_prices(exchange)),
            asyncio.create_task(conditions.failed()),
        ]
        yield Server(host, taken, control, tasks)


async def _end(doors: Doors, tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await doors.close()


async def _remember_prices(exchange: Exchange) -> None:
    while True:
        await asyncio.sleep(PRICES_SECONDS)
        exchange.save_prices()
