"""Real ccxt pointed at a simulator, with nothing left that could leave this computer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import ccxt.pro

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.engine.simulator.process import SimulatorProcess

REFUSING_HTTP = "http://127.0.0.1:9"
REFUSING_WS = "ws://127.0.0.1:9"


class LocalBinance(ccxt.pro.binance):  # type: ignore[misc]
    """Binance with the spot error table on any address."""

    def get_exceptions_by_url(self, url: str, kind: str) -> Any:
        return (self.exceptions.get("spot") or {}).get(kind) or {}


def local_urls(sim: SimulatorProcess) -> dict[str, Any]:
    api = {name: REFUSING_HTTP for name, url in ccxt.pro.binance().urls["api"].items() if isinstance(url, str)}
    api |= {"public": f"{sim.rest}/api/v3", "private": f"{sim.rest}/api/v3", "v1": f"{sim.rest}/api/v1"}
    sockets: dict[str, Any] = {"spot": f"{sim.ws}/stream/ws", "margin": f"{sim.ws}/stream/ws"}
    sockets["ws-api"] = {"spot": sim.ws_api, "future": REFUSING_WS, "delivery": REFUSING_WS}
    return api | {"ws": sockets}


async def until(watch: Callable[[], Awaitable[Any]], found: Callable[[Any], bool]) -> Any:
    """What `watch` gives once `found` holds."""
    async with asyncio.timeout(15):
        while not found(result := await watch()):
            pass
        return result


@asynccontextmanager
async def ccxt_client(sim: SimulatorProcess, **config: Any) -> AsyncIterator[Any]:
    """A loaded ccxt.pro client of that simulator."""
    options = {
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchMargins": False,
        "fetchCurrencies": False,
        "ws": {"cost": 0.2},
    }
    given = {"apiKey": sim.key, "secret": sim.secret, "enableRateLimit": False, "urls": {"api": local_urls(sim)}}
    client = LocalBinance(given | {"options": options} | config)
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()
