"""The REST door: routes, parameters, signatures, weights and errors for every request."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from fks_engine.simulator import errors
from fks_engine.simulator.params import Params
from fks_engine.simulator.rest_public import PublicRest
from fks_engine.simulator.rest_trading import TradingRest
from fks_engine.simulator.signing import parse, without_signature
from fks_engine.simulator.weights import Usage

if TYPE_CHECKING:
    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.rest_public import Body
    from fks_engine.simulator.signing import Keyring

PREFIX = "/api/v3/"
KEY_HEADER = "X-MBX-APIKEY"
LARGEST_BODY = 64 * 1024
JSON = "application/json"


class Rest:
    """Answers every request with JSON; never with a server error."""

    def __init__(self, exchange: Exchange, keyring: Keyring) -> None:
        self._exchange = exchange
        self._keyring = keyring
        self._usage: dict[str, Usage] = {}
        public = PublicRest(exchange)
        trading = TradingRest(exchange, public)
        self._public = {(method, path): (weight, handler) for method, path, weight, handler in public.routes()}
        self._signed = {(method, path): (weight, handler) for method, path, weight, handler in trading.routes()}

    async def handle(self, request: web.Request) -> web.Response:
        """Any request below /."""
        headers: dict[str, str] = {}
        try:
            body = await self._answer(request, headers)
        except errors.ApiError as refusal:
            return _response(refusal.payload(), refusal.status, headers)
        return _response(body, 200, headers)

    async def _answer(self, request: web.Request, headers: dict[str, str]) -> Body:
        path = request.rel_url.raw_path
        endpoint = (request.method, path.removeprefix(PREFIX))
        if not path.startswith(PREFIX) or (endpoint not in self._public and endpoint not in self._signed):
            raise errors.unsupported()

        query = request.rel_url.raw_query_string
        form = await self._form(request)
        params = Params(parse(form) | parse(query))
        if endpoint in self._public:
            weight, handler = self._public[endpoint]
            self._count(request, weight(params), headers)
            answer = handler(params)
            return await answer if inspect.isawaitable(answer) else answer

        signed_weight, signed_handler = self._signed[endpoint]
        self._count(request, signed_weight(params), headers)
        signed_text = without_signature(query) + without_signature(form)
        now_ms = self._exchange.clock.now_ms()
        key = self._keyring.verify(request.headers.get(KEY_HEADER), params, signed_text, now_ms)
        return signed_handler(params, self._exchange.accounts[key])

    async def _form(self, request: web.Request) -> str:
        try:
            return (await request.read()).decode()
        except (UnicodeDecodeError, web.HTTPRequestEntityTooLarge):
            raise errors.ApiError(-1100, "Illegal characters found in a parameter.") from None

    def _count(self, request: web.Request, weight: int, headers: dict[str, str]) -> None:
        address = request.remote or ""
        usage = self._usage.setdefault(address, Usage())
        used = usage.add(weight, self._exchange.clock.now_ms())
        headers["X-MBX-USED-WEIGHT"] = headers["X-MBX-USED-WEIGHT-1M"] = str(used)


def _response(body: Body | dict[str, Any], status: int, headers: dict[str, str]) -> web.Response:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return web.Response(body=data, status=status, headers=headers, content_type=JSON)
