"""ccxt's Binance, pointed at the chosen servers and mended where it loses what we need."""

from __future__ import annotations

from copy import deepcopy
from itertools import count
from typing import TYPE_CHECKING, Any

import anyio
import ccxt
import ccxt.pro
from ccxt.async_support.base.throttler import Throttler

from fks_engine.exchange import levels
from fks_engine.exchange.connection import StreamConnection
from fks_engine.exchange.coverage import Coverage
from fks_engine.exchange.error_map import Answer, headers_retry_after
from fks_engine.exchange.options import Environment
from fks_engine.exchange.parsing import frame, identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.exchange.options import ExchangeEndpoints, ExchangeOptions

NOWHERE = "http://127.0.0.1:9"
"""The discard port, where nothing listens: what must not be asked is refused on this machine."""
CLOSE_TIMEOUT_S = 0.5


class BinanceClient(ccxt.pro.binance):  # type: ignore[misc]
    """ccxt's Binance: its connections, signing, throttling, books and error texts, and nothing of its caches.

    What differs from ccxt: refusals keep the exchange's own code; a book keeps each price's and size's text and takes
    no number that cannot be true; a snapshot is asked for once; a lost connection is not redialled behind our back.
    """

    def __init__(self, options: ExchangeOptions) -> None:
        super().__init__(
            {
                "apiKey": options.api_key if options.has_key else "",
                "secret": options.api_secret if options.has_key else "",
                "timeout": int(options.rest_timeout_s * 1000),
                # Binance counts weight per minute: a window lets an order pass at once where a bucket would hold it.
                "rateLimiterAlgorithm": "rollingWindow",
                # Market data and the account are two clients on one address: each may use half of its allowance.
                "rateLimit": 100,
                "number": str,
                "timeout_on_exit": 0,
                "options": {
                    "defaultType": "spot",
                    "fetchMarkets": {"types": ["spot"]},
                    "fetchMargins": False,
                    "fetchCurrencies": False,
                    "recvWindow": options.recv_window_ms,
                    "ws": {"cost": 1, "keepAlive": int(options.keep_alive_s * 1000)},
                },
            }
        )
        self.has["fetchCurrencies"] = False
        self._numbers = count()
        self.coverage: dict[str, Coverage] = {}
        if options.environment is Environment.TESTNET:
            self.set_sandbox_mode(True)
        elif options.endpoints is not None and options.environment is Environment.SIMULATOR:
            self.urls["api"] = _only(options.endpoints, self.urls["api"])

    def market_connection(self) -> StreamConnection:
        """A new connection for market streams; ccxt tells spot by the `/stream` in its address."""
        connection = self.client(f"{self.urls['api']['ws']['spot']}/{next(self._numbers)}")
        assert isinstance(connection, StreamConnection)
        return connection

    def account_connection(self) -> StreamConnection:
        """The connection for the account's events; the one before it must have been dropped."""
        connection = self.client(self.urls["api"]["ws"]["ws-api"]["spot"])
        assert isinstance(connection, StreamConnection)
        return connection

    async def drop(self, connection: StreamConnection) -> None:
        """Close a connection and forget it, within half a second."""
        if self.clients.get(connection.url) is connection:
            del self.clients[connection.url]
        with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_TIMEOUT_S):
            await connection.close()

    def client(self, url: str) -> Any:
        """ccxt's registry of connections, filled with ours."""
        self.open()
        if url not in self.clients:
            throttle = Throttler(self.tokenBucket, self.asyncio_loop)
            config = self.extend(
                self.streaming,
                {"throttle": throttle, "asyncio_loop": self.asyncio_loop, "verbose": self.verbose},
                self.options["ws"],
            )
            self.clients[url] = StreamConnection(
                url, self.handle_message, self.on_error, self.on_close, self.on_connected, config
            )
        return self.clients[url]

    def get_exceptions_by_url(self, url: Any, exactOrBroad: str) -> Any:  # noqa: N803
        """The table of spot errors, whatever the address."""
        return (self.exceptions.get("spot") or {}).get(exactOrBroad) or {}

    def handle_errors(self, code: int, reason: str | None, *details: Any) -> Any:
        """ccxt's reading of a refusal, with the exchange's own code and text kept beside it."""
        headers, body, response = details[2], details[3], details[4]
        try:
            return super().handle_errors(code, reason or "", *details)
        except ccxt.BaseError as error:
            error.answer = _answer(code, headers, body, response)
            raise

    def handle_http_status_code(self, code: int, reason: str | None, url: str, method: str, body: str) -> None:
        """ccxt's reading of a status that comes without an answer of Binance's."""
        try:
            super().handle_http_status_code(code, reason or "", url, method, body)
        except ccxt.BaseError as error:
            error.answer = Answer(code, None, reason or "")
            raise

    async def fetch_rest_order_book_safe(self, symbol: Any, limit: Any = None, params: Any = None) -> dict[str, Any]:
        """A snapshot of the book, asked for once; whoever needs it tries again."""
        response = frame(await self.publicGetDepth({"symbol": self.market_id(symbol), "limit": limit or 100}))
        bids, asks = levels.entries(response["bids"]), levels.entries(response["asks"])
        self.coverage[symbol] = Coverage.of(bids, asks, limit or 100)
        return {"symbol": symbol, "nonce": identifier(response["lastUpdateId"]), "bids": bids, "asks": asks}

    def handle_deltas(self, bookside: Any, deltas: Any) -> None:
        """Put checked levels into one side of a book."""
        levels.apply(bookside, deltas)


def _answer(status: int, headers: Any, body: Any, response: Any) -> Answer:
    code = response.get("code") if isinstance(response, dict) else None
    text = response.get("msg") if isinstance(response, dict) else body
    return Answer(status, code if isinstance(code, int) else None, str(text or ""), headers_retry_after(headers or {}))


def _only(endpoints: ExchangeEndpoints, urls: dict[str, Any]) -> dict[str, Any]:
    """`urls` with every address refused but the simulator's."""
    api = _refused(deepcopy(urls))
    rest = endpoints.rest.rstrip("/")
    api.update(public=f"{rest}/api/v3", private=f"{rest}/api/v3", v1=f"{rest}/api/v1")
    api["ws"].update(spot=f"{endpoints.ws.rstrip('/')}/stream/ws")
    api["ws"]["ws-api"].update(spot=endpoints.ws_api)
    return api


def _refused(urls: dict[str, Any]) -> dict[str, Any]:
    def refusals(names: Iterable[str]) -> dict[str, Any]:
        return {name: _refused(urls[name]) if isinstance(urls[name], dict) else NOWHERE for name in names}

    return refusals(urls)
