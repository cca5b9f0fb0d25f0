"""The WebSocket API door: REST's endpoints under method names, and user data streams subscribed by signature."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import orjson

from fks_engine.simulator import errors
from fks_engine.simulator.connection import Connection
from fks_engine.simulator.params import Params
from fks_engine.simulator.signing import canonical
from fks_engine.simulator.user_subscriptions import UserSubscriptions
from fks_engine.simulator.verdict import CUT, SWALLOWED, Verdict, refusal, verdict
from fks_engine.simulator.ws_api_frames import METHODS, Request, read_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine

    from aiohttp import web

    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.endpoints import Endpoint, Endpoints
    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.fault_plan import Fault
    from fks_engine.simulator.handlers import Body
    from fks_engine.simulator.signing import Keyring

CONNECTION_WEIGHT = 2
UNUSED = ("returnRateLimits", "isAlgoOrder")
"""Parameters without a meaning for spot orders; ccxt sends the second with every order."""
MOST_TASKS = 1_000
"""Requests of one connection that may wait at once; more end it."""


class WebSocketApi:
    """Serves /ws-api/v3."""

    def __init__(self, exchange: Exchange, keyring: Keyring, endpoints: Endpoints, conditions: Conditions) -> None:
        self._exchange = exchange
        self._keyring = keyring
        self._endpoints = endpoints
        self._conditions = conditions
        self._open: set[ApiClient] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection; raises ApiError before it is one."""
        address, conditions = request.remote or "", self._conditions
        conditions.limiter.request(address, CONNECTION_WEIGHT, self._exchange.clock.now_ms())
        client = ApiClient(self._exchange, self._keyring, self._endpoints, conditions, address)

        def pause_s() -> float:
            return conditions.faults.read_pause_s("ws-api", client.connection)

        self._open.add(client)
        conditions.statistics.enter("ws-api")
        try:
            return await client.connection.serve(request, client.receive, pause_s)
        finally:
            conditions.statistics.leave("ws-api")
            self._open.discard(client)
            await client.leave()

    def cut(self, only_user: bool = False) -> int:
        """Drop the connections without a goodbye, or only those that follow an account; how many."""
        chosen = [client for client in self._open if not only_user or client.subscriptions.any()]
        for client in chosen:
            client.connection.cut()
        return len(chosen)

    def terminate(self) -> int:
        """End every user data stream with eventStreamTerminated; how many there were."""
        return sum(client.subscriptions.terminate() for client in self._open)

    def end(self, last: bytes) -> int:
        """Close every connection after a last message; how many."""
        for client in self._open:
            client.connection.finish(last)
        return len(self._open)


class ApiClient:
    """What one WebSocket API connection may do."""

    def __init__(
        self, exchange: Exchange, keyring: Keyring, endpoints: Endpoints, conditions: Conditions, address: str
    ) -> None:
        self._exchange = exchange
        self._endpoints = endpoints
        self._conditions = conditions
        self._address = address
        self._tasks: set[asyncio.Task[None]] = set()
        self.connection = Connection(limits=conditions.limits)
        self.subscriptions = UserSubscriptions(exchange, keyring, conditions, self.connection)

    def receive(self, data: str | bytes) -> None:
        """Answer one client frame, at once unless the answer takes time."""
        request = Request(None, "", {})
        try:
            read_request(data, request)
        except errors.ApiError as unreadable:
            self._send(request, None, unreadable)
            return

        doom = self._doom(request)
        if doom.delay_s or doom.before is not None or doom.after is not None:
            self._start(self._spoilt(request, doom))
            return

        try:
            answer = self._perform(request)
        except errors.ApiError as failure:
            self._send(request, None, failure)
            return
        if inspect.isawaitable(answer):
            self._start(self._later(request, answer))
        else:
            self._send(request, answer)

    def _doom(self, request: Request) -> Verdict:
        if not self._is_known(request):
            return Verdict()
        struck = self._conditions.faults.striking("ws-api", request.method, self.connection, request.values)
        return verdict(struck, request.method)

    def _is_known(self, request: Request) -> bool:
        return request.method in METHODS or self.subscriptions.method(request.method) is not None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if len(self._tasks) > MOST_TASKS:
            self.connection.cut()

    async def _later(self, request: Request, answer: Awaitable[Body]) -> None:
        try:
            self._send(request, await answer)
        except errors.ApiError as failure:
            self._send(request, None, failure)

    async def _spoilt(self, request: Request, doom: Verdict) -> None:
        if doom.delay_s:
            await asyncio.sleep(doom.delay_s)
        if doom.before is not None:
            self._prevent(request, doom.before)
            return

        failure: errors.ApiError | None = None
        body: Body = {}
        try:
            answer = self._perform(request)
            body = await answer if inspect.isawaitable(answer) else answer
        except errors.ApiError as refused:
            failure = refused
        if doom.after is None:
            self._send(request, body, failure)
        else:
            self._spoil(request, body, failure, doom.after)

    def _prevent(self, request: Request, fault: Fault) -> None:
        """A request that is never executed."""
        endpoint = self._endpoint(request)
        if endpoint is not None and endpoint.places_orders:
            self._conditions.statistics.swallowed(request.values)
        if fault.kind in SWALLOWED:
            self._conditions.statistics.unanswered(request.method)
        elif fault.kind in CUT:
            self._conditions.statistics.unanswered(request.method)
            self.connection.cut(by_reset=fault.kind == "reset")
        else:
            self._send(request, None, refusal(fault, self._address, self._exchange.clock.now_ms()))

    def _spoil(self, request: Request, body: Body, failure: errors.ApiError | None, fault: Fault) -> None:
        """The answer to a request that was executed."""
        if fault.kind == "duplicate":
            self._send(request, body, failure)
            self._send(request, body, failure)
        elif fault.kind == "malformed":
            data = self._frame(request, body, failure)
            self.connection.offer(data[: len(data) // 2])
        elif fault.answer == "error":
            self._send(request, None, refusal(fault, self._address, self._exchange.clock.now_ms()))
        elif fault.answer == "cut":
            self.connection.cut()

    def _endpoint(self, request: Request) -> Endpoint | None:
        named = METHODS.get(request.method)
        return None if named is None else self._endpoints.find(*named)

    def _perform(self, request: Request) -> Body | Awaitable[Body]:
        params = Params(request.values)
        params.ignore(*UNUSED)
        own = self.subscriptions.method(request.method)
        if own is not None:
            now_ms = self._exchange.clock.now_ms()
            self._conditions.limiter.request(self._address, own.weight, now_ms)
            return own.handler(params, request.values)

        endpoint = self._endpoint(request)
        if endpoint is None:
            raise errors.unsupported(400)
        self._endpoints.count(endpoint, params, self._address)
        key = params.text("apiKey") if endpoint.private is not None else None
        account = self._endpoints.authorise(endpoint, params, key, canonical(request.values))
        return self._endpoints.perform(endpoint, params, request.values, account)

    def _send(self, request: Request, body: Body | None, failure: errors.ApiError | None = None) -> None:
        code = None if failure is None else failure.code
        status = 200 if failure is None else failure.status
        name = request.method if self._is_known(request) else "unknown"
        self._conditions.statistics.request(name, status, code)
        self._conditions.statistics.messages["ws-api"] += 1
        frame = self._frame(request, body, failure)
        if status == 418:
            self.connection.finish(frame)
        else:
            self.connection.offer(frame)

    def _frame(self, request: Request, body: Body | None, failure: errors.ApiError | None) -> bytes:
        now_ms = self._exchange.clock.now_ms()
        frame: dict[str, Any] = {"id": request.id}
        if failure is None:
            frame |= {"status": 200, "result": orjson.Fragment(body) if isinstance(body, bytes) else body}
        else:
            error = failure.payload()
            if failure.retry_after_s is not None:
                error["data"] = {"serverTime": now_ms, "retryAfter": now_ms + failure.retry_after_s * 1_000}
            frame |= {"status": failure.status, "error": error}
        if request.values.get("returnRateLimits") != "false":
            endpoint, owner = self._endpoint(request), request.values.get("apiKey")
            is_order = endpoint is not None and endpoint.places_orders and owner in self._exchange.accounts
            counts = self._conditions.limiter.counts(self._address, owner if is_order else None, now_ms)
            frame["rateLimits"] = counts
        return orjson.dumps(frame)

    async def leave(self) -> None:
        """Stop listening and give up what is under way."""
        self.subscriptions.leave()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
