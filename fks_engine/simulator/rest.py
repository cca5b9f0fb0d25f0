"""The REST door: parameters, limits, signatures, errors and faults of every HTTP request."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from fks_engine.simulator import errors
from fks_engine.simulator.params import Params
from fks_engine.simulator.signing import parse, without_signature
from fks_engine.simulator.transports import cut
from fks_engine.simulator.verdict import CUT, SWALLOWED, Verdict, refusal, verdict

if TYPE_CHECKING:
    from fks_engine.simulator.account import Account
    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.endpoints import Endpoint, Endpoints
    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.fault_plan import Fault
    from fks_engine.simulator.handlers import Body

PREFIX = "/api/v3/"
KEY_HEADER = "X-MBX-APIKEY"
LARGEST_BODY = 64 * 1024
JSON = "application/json"
HOLD_STEP_S = 0.05
HTML = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
REASONS = {403: "403 Forbidden", 502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Time-out"}


class Rest:
    """Answers every request with JSON; never with a server error unless a fault says so."""

    def __init__(self, exchange: Exchange, endpoints: Endpoints, conditions: Conditions) -> None:
        self._exchange = exchange
        self._endpoints = endpoints
        self._conditions = conditions

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any request below /."""
        path = request.rel_url.raw_path
        endpoint = self._endpoints.find(request.method, path.removeprefix(PREFIX)) if path.startswith(PREFIX) else None
        if endpoint is None:
            return _refused(errors.unsupported(), {})

        headers: dict[str, str] = {}
        try:
            query, form = request.rel_url.raw_query_string, await self._form(request)
            values = parse(form) | parse(query)
        except errors.ApiError as unreadable:
            return self._noted(endpoint, _refused(unreadable, headers), unreadable.code)

        doom = self._doom(endpoint, values)
        if doom.delay_s:
            await asyncio.sleep(doom.delay_s)
        if doom.before is not None:
            return await self._prevent(request, endpoint, values, doom.before)

        code = None
        try:
            signed_text = without_signature(query) + without_signature(form)
            body = await self._answer(request, endpoint, values, signed_text, headers)
            response = _response(body, 200, headers)
        except errors.ApiError as failure:
            response, code = _refused(failure, headers), failure.code
        self._noted(endpoint, response, code)
        return response if doom.after is None else await self._spoil(request, response, doom.after)

    def _doom(self, endpoint: Endpoint, values: dict[str, str]) -> Verdict:
        method, _, path = endpoint.name.partition(" ")
        struck = self._conditions.faults.striking("rest", path, None, values, method)
        return verdict(struck, endpoint.name)

    def _noted(self, endpoint: Endpoint, response: web.Response, code: int | None) -> web.Response:
        self._conditions.statistics.request(endpoint.name, response.status, code)
        return response

    async def _answer(
        self,
        request: web.Request,
        endpoint: Endpoint,
        values: dict[str, str],
        signed_text: str,
        headers: dict[str, str],
    ) -> Body:
        params = Params(values)
        used = self._endpoints.count(endpoint, params, request.remote or "")
        headers["X-MBX-USED-WEIGHT"] = headers["X-MBX-USED-WEIGHT-1M"] = str(used)
        account = self._endpoints.authorise(endpoint, params, request.headers.get(KEY_HEADER), signed_text)
        try:
            answer = self._endpoints.perform(endpoint, params, values, account)
            return await answer if inspect.isawaitable(answer) else answer
        finally:
            if account is not None and endpoint.places_orders:
                self._tell_orders(account, headers)

    def _tell_orders(self, account: Account, headers: dict[str, str]) -> None:
        orders, now_ms = self._conditions.limiter.orders(account.owner), self._exchange.clock.now_ms()
        headers["X-MBX-ORDER-COUNT-10S"] = str(orders.ten_seconds.add(0, now_ms))
        headers["X-MBX-ORDER-COUNT-1D"] = str(orders.day.add(0, now_ms))

    async def _form(self, request: web.Request) -> str:
        try:
            return (await request.read()).decode()
        except (UnicodeDecodeError, web.HTTPRequestEntityTooLarge):
            raise errors.ApiError(-1100, "Illegal characters found in a parameter.") from None

    async def _prevent(
        self, request: web.Request, endpoint: Endpoint, values: dict[str, str], fault: Fault
    ) -> web.StreamResponse:
        """A request that is never executed."""
        statistics = self._conditions.statistics
        if endpoint.places_orders:
            statistics.swallowed(values)
        if fault.kind in SWALLOWED:
            statistics.unanswered(endpoint.name)
            return await _hold(request, fault.hold_s)
        if fault.kind in CUT:
            statistics.unanswered(endpoint.name)
            return _cut(request, by_reset=fault.kind == "reset")
        if fault.kind == "html":
            status = fault.status or 502
            text = fault.text or HTML.format(REASONS.get(status, str(status)))
            return self._noted(endpoint, web.Response(text=text, status=status, content_type="text/html"), None)
        made = refusal(fault, request.remote or "", self._exchange.clock.now_ms())
        return self._noted(endpoint, _refused(made, {}), made.code)

    async def _spoil(self, request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
        """The answer to a request that was executed."""
        if fault.kind == "malformed":
            body = response.body
            assert isinstance(body, bytes)
            return web.Response(body=body[: len(body) // 2], status=response.status, content_type=JSON)
        if fault.answer == "error":
            return _refused(refusal(fault, request.remote or "", self._exchange.clock.now_ms()), {})
        if fault.answer == "cut":
            return _cut(request, by_reset=False)
        return await _hold(request, fault.hold_s)


async def _hold(request: web.Request, seconds: float) -> web.StreamResponse:
    """Say nothing until the client leaves or the time is up, then close."""
    for _ in range(max(1, int(seconds / HOLD_STEP_S))):
        if request.transport is None or request.transport.is_closing():
            break
        await asyncio.sleep(HOLD_STEP_S)
    return _cut(request, by_reset=False)


def _cut(request: web.Request, by_reset: bool) -> web.StreamResponse:
    """Close the connection without a word; the response that is returned cannot be sent any more."""
    cut(request.transport, by_reset)
    return web.Response()


def _refused(made: errors.ApiError, headers: dict[str, str]) -> web.Response:
    if made.retry_after_s is not None:
        headers["Retry-After"] = str(made.retry_after_s)
    return _response(made.payload(), made.status, headers)


def _response(body: Body, status: int, headers: dict[str, str]) -> web.Response:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return web.Response(body=data, status=status, headers=headers, content_type=JSON)
