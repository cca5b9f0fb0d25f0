"""ccxt's Binance, pointed at the chosen servers and mended where it loses what we need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio
import ccxt
import ccxt.pro

from fks_engine.clock import SystemClock
from fks_engine.errors import ExchangeUnavailable
from fks_engine.exchange.connection import StreamConnection
from fks_engine.exchange.error_map import Answer, banned_until_ms, headers_retry_after
from fks_engine.exchange.options import Environment
from fks_engine.exchange.weights import need_of
from fks_engine.resilience.budget import Need, Priority, RateBudget
from fks_engine.resilience.rate_queue import RateQueue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.exchange.options import ExchangeEndpoints, ExchangeOptions

NOWHERE = "http://127.0.0.1:9"
"""The discard port, where nothing listens: what must not be asked is refused on this machine."""
CLOSE_TIMEOUT_S = 0.5
WRONG_TIME = -1021
TOO_MANY_ORDERS = -1015

_sending: ContextVar[Need | None] = ContextVar("sending", default=None)
_kept_back: ContextVar[list[Need]] = ContextVar("kept_back")
"""Where it is noted that the request was kept back though it was on its way to the wire."""
_patience_s: ContextVar[float | None] = ContextVar("patience_s", default=None)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Let the requests in the block wait at most so long for the budget, instead of what their kind may."""
    token = _patience_s.set(seconds)
    try:
        yield
    finally:
        _patience_s.reset(token)


async def _unmeasured() -> bool:
    """Nobody measures the exchange's clock."""
    return False


class BinanceClient(ccxt.pro.binance):  # type: ignore[misc]
    """ccxt's Binance: its connections, signing and error texts, and nothing of its books, caches and throttling.

    What differs from ccxt: requests pass a budget that several clients share; refusals keep the exchange's own code;
    a request refused for its time is signed and sent once more; a lost connection is not redialled behind our back.
    `measure_clock` has the exchange's clock measured and corrected, and says whether that went well.
    """

    def __init__(
        self,
        options: ExchangeOptions,
        queue: RateQueue | None = None,
        measure_clock: Callable[[], Awaitable[bool]] = _unmeasured,
    ) -> None:
        super().__init__(
            {
                "apiKey": options.api_key if options.has_key else "",
                "secret": options.api_secret if options.has_key else "",
                "timeout": int(options.rest_timeout_s * 1000),
                "enableRateLimit": False,
                "number": str,
                "timeout_on_exit": 0,
                "options": {
                    "defaultType": "spot",
                    "fetchMarkets": {"types": ["spot"]},
                    "fetchMargins": False,
                    "fetchCurrencies": False,
                    "recvWindow": options.recv_window_ms,
                    "ws": {"keepAlive": int(options.keep_alive_s * 1000)},
                },
            }
        )
        self.has["fetchCurrencies"] = False
        self._numbers = count()
        self.measure_clock = measure_clock
        self.held = ""
        """Why no new order may leave; empty while they may. It is looked at right before the first byte."""
        self.queue = queue or RateQueue(RateBudget(SystemClock(), options.rate_reserve_percent))
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
            config = self.extend(
                self.streaming,
                {"asyncio_loop": self.asyncio_loop, "verbose": self.verbose},
                self.options["ws"],
            )
            connection = StreamConnection(
                url, self.handle_message, self.on_error, self.on_close, self.on_connected, config
            )
            connection.on_refusal = self._slow_down
            self.clients[url] = connection
        return self.clients[url]

    async def spend(self, need: Need) -> None:
        """Count what a connection uses of the budget. Raises RateLimited while the exchange asks us to wait."""
        await self.queue.acquire(need, 0.0)
        self.queue.budget.settle(need)

    def correct_clock(self, offset_ns: int) -> None:
        """Sign by the exchange's clock, which is ours plus `offset_ns`."""
        self.options["timeDifference"] = -round(offset_ns / 1_000_000)

    async def fetch2(
        self, path: Any, api: Any = "public", method: Any = "GET", params: Any = None, config: Any = None
    ) -> Any:
        """Send one request within the budget; once more where it was refused for its time, for then it was not taken.

        Raises RateLimited, nothing being sent then, where it would have to wait for too long.
        """
        params, config = params or {}, config or {}
        is_private = "private" in (api, *api)
        need = need_of(
            method, path, params, self.calculate_rate_limiter_cost(api, method, path, params, config),
            is_private=is_private,
        )  # fmt: skip
        try:
            return await self._within_budget(need, path, api, method, dict(params), config)
        except ccxt.BaseError as error:
            answer = getattr(error, "answer", None)
            refused_for_time = is_private and isinstance(answer, Answer) and answer.code == WRONG_TIME
            if not refused_for_time or not await self.measure_clock():
                raise
        return await self._within_budget(need, path, api, method, dict(params), config)

    async def _within_budget(self, need: Need, *request: Any) -> Any:
        await self.queue.acquire(need, _patience_s.get())
        token = _sending.set(need)
        kept_back: list[Need] = []
        _kept_back.set(kept_back)
        try:
            self._let_leave(need)
            answer = await super().fetch2(*request)
            if request[0] == "exchangeInfo" and isinstance(answer, dict):
                self.queue.budget.learn(answer.get("rateLimits") or ())
            return answer
        except ccxt.BaseError as error:
            if kept_back:  # aiohttp makes a lost connection of a refusal in the middle of its work
                raise ExchangeUnavailable(self.held or "trading was halted; the order was not sent") from error
            raise
        finally:
            _sending.reset(token)
            self.queue.budget.settle(need)

    def open(self, *lazy: Any) -> None:
        """ccxt's session, which asks once more right before the first byte of a request: a connection takes time."""
        is_new = self.session is None
        super().open(*lazy)
        if is_new and self.session is not None:
            last_word = aiohttp.TraceConfig()
            last_word.on_request_headers_sent.append(self._before_first_byte)
            last_word.on_request_chunk_sent.append(self._before_first_byte)  # which takes the headers with it
            last_word.freeze()
            self.session.trace_configs.append(last_word)

    async def _before_first_byte(self, *_: object) -> None:
        self._let_leave(_sending.get())

    def _let_leave(self, need: Need | None) -> None:
        """Raise ExchangeUnavailable for a new order while none may leave."""
        if self.held and need is not None and need.priority is Priority.ORDER:
            _kept_back.get().append(need)
            raise ExchangeUnavailable(self.held)

    def on_rest_response(self, code: Any, reason: Any, url: Any, method: Any, headers: Any, *details: Any) -> Any:
        """ccxt's reading of an answer, with what its headers say of the budget learnt."""
        need = _sending.get()
        if need is not None:
            self.queue.budget.observe(headers, need)
        return super().on_rest_response(code, reason, url, method, headers, *details)

    def _slow_down(self, answer: Answer) -> None:
        """The exchange refused something; heed it where that was for asking too much."""
        if answer.code == TOO_MANY_ORDERS and answer.status != 418:
            self.queue.budget.orders_refused()
        elif answer.status in (418, 429):
            self.queue.budget.refused(answer.retry_after_s, banned_until_ms(answer.text))

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
            self._slow_down(error.answer)
            raise

    def handle_http_status_code(self, code: int, reason: str | None, url: str, method: str, body: str) -> None:
        """ccxt's reading of a status that comes without an answer of Binance's."""
        try:
            super().handle_http_status_code(code, reason or "", url, method, body)
        except ccxt.BaseError as error:
            error.answer = Answer(code, None, reason or "")
            self._slow_down(error.answer)
            raise


def _answer(status: int, headers: Any, body: Any, response: Any) -> Answer:
    code = response.get("code") if isinstance(response, dict) else None
    text = response.get("msg") if isinstance(response, dict) else body
    data = response.get("data") if isinstance(response, dict) else None
    wait_s = headers_retry_after(headers or {})
    return Answer(status, code if isinstance(code, int) else None, str(text or ""), wait_s, data)


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
