"""The exchange's own word on the account: open orders, orders, trades and balances by signed REST requests."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

LIMIT = 1_000


@dataclass(frozen=True)
class ExchangeAccount:
    """One account at one simulator, read without FKS or ccxt."""

    session: aiohttp.ClientSession
    base: str
    key: str
    secret: str

    @classmethod
    @asynccontextmanager
    async def connect(cls, base: str, key: str, secret: str) -> AsyncIterator[Self]:
        """A client with a session of its own; `base` is `http://host:port`."""
        async with aiohttp.ClientSession() as session:
            yield cls(session, base, key, secret)

    async def _get(self, path: str, **fields: object) -> Any:
        async with self.session.get(f"{self.base}/api/v3/time") as response:
            now = (await response.json())["serverTime"]
        text = "&".join(
            f"{name}={value}" for name, value in ({"timestamp": now, "recvWindow": 20_000} | fields).items()
        )
        sign = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        url = f"{self.base}/api/v3/{path}?{text}&signature={sign}"
        async with self.session.get(url, headers={"X-MBX-APIKEY": self.key}) as response:
            body = await response.json()
            if response.status != 200:
                raise RuntimeError(f"GET {path}: {response.status} {body}")
            return body

    async def open_orders(self) -> dict[str, Any]:
        """What rests, by client order id."""
        return {order["clientOrderId"]: order for order in await self._get("openOrders")}

    async def orders(self, symbols: Sequence[str]) -> list[Any]:
        """Every order there ever was."""
        return [row for symbol in symbols for row in await self._all("allOrders", symbol, "orderId", "orderId")]

    async def trades(self, symbols: Sequence[str]) -> dict[tuple[str, str], Any]:
        """Every trade of the account, by symbol and trade id."""
        found = [row for symbol in symbols for row in await self._all("myTrades", symbol, "fromId", "id")]
        return {(trade["symbol"], str(trade["id"])): trade for trade in found}

    async def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Free and locked by asset; assets of which there is nothing are left out."""
        rows = (await self._get("account"))["balances"]
        found = {row["asset"]: (Decimal(row["free"]), Decimal(row["locked"])) for row in rows}
        return {asset: both for asset, both in found.items() if any(both)}

    async def _all(self, path: str, symbol: str, parameter: str, field: str) -> list[Any]:
        rows: list[Any] = []
        first = 0
        while True:
            page = await self._get(path, symbol=symbol, limit=LIMIT, **{parameter: first})
            rows += page
            if len(page) < LIMIT:
                return rows
            first = int(page[-1][field]) + 1
