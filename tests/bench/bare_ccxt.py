"""The peer: ccxt on the same simulator, with nothing of FKS around it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import ccxt.pro

from tests.bench.home import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def bare_ccxt(port: int) -> AsyncIterator[Any]:
    """A ccxt.pro binance that talks to the simulator on `port`."""
    rest, ws = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
    exchange = ccxt.pro.binance({"apiKey": KEY, "secret": SECRET, "enableRateLimit": False})
    api = exchange.urls["api"]
    api.update({"public": f"{rest}/api/v3", "private": f"{rest}/api/v3", "v1": f"{rest}/api/v1"})
    api["ws"]["spot"] = f"{ws}/stream/ws"
    api["ws"]["ws-api"]["spot"] = f"{ws}/ws-api/v3"
    exchange.options.update({"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False})
    exchange.has["fetchCurrencies"] = False
    exchange.options["ws"] = {"cost": 0.2}
    try:
        yield exchange
    finally:
        await exchange.close()
