"""The WebSocket API endpoint: user data streams subscribed by signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from fks_engine.simulator import errors
from fks_engine.simulator.connection import Connection
from fks_engine.simulator.params import Params
from fks_engine.simulator.signing import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from fks_engine.simulator.exchange import Exchange, Reporter
    from fks_engine.simulator.signing import Keyring

RATE_LIMIT = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000, "count": 2}
MOST_SUBSCRIPTIONS = 8


class UserStreams:
    """Serves the WebSocket API."""

    def __init__(self, exchange: Exchange, keyring: Keyring) -> None:
        self._exchange = exchange
        self._keyring = keyring
        self._open: set[ApiClient] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection to /ws-api/v3."""
        client = ApiClient(self._exchange, self._keyring)
        self._open.add(client)
        try:
            return await client.connection.serve(request, client.receive)
        finally:
            self._open.discard(client)
            client.leave()

    def end(self) -> None:
        """Close every connection."""
        for client in self._open:
            client.connection.end()


class ApiClient:
    """What one WebSocket API connection may do."""

    def __init__(self, exchange: Exchange, keyring: Keyring) -> None:
        self._exchange = exchange
        self._keyring = keyring
        self._next_subscription = 0
        self._subscriptions: dict[int, tuple[str, Reporter]] = {}
        self.connection = Connection()
        self._methods: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
            "ping": lambda params: {},
            "time": lambda params: {"serverTime": self._exchange.clock.now_ms()},
            "userDataStream.subscribe.signature": self._subscribe,
            "userDataStream.unsubscribe": self._unsubscribe,
        }

    def receive(self, data: str | bytes) -> None:
        """Answer one client frame."""
        request_id: Any = None
        try:
            request = _parse(data)
            request_id = _request_id(request)
            result = self._perform(request)
        except errors.ApiError as refusal:
            answer: dict[str, Any] = {"id": request_id, "status": refusal.status, "error": refusal.payload()}
        else:
            answer = {"id": request_id, "status": 200, "result": result}
        self.connection.offer(orjson.dumps(answer | {"rateLimits": [RATE_LIMIT]}))

    def _perform(self, request: dict[str, Any]) -> dict[str, Any]:
        method = request.get("method")
        if not isinstance(method, str) or method not in self._methods:
            raise errors.ApiError(-1020, "This operation is not supported.")

        params = request.get("params", {})
        if not isinstance(params, dict):
            raise errors.ApiError(-1135, "Invalid JSON Request")
        return self._methods[method]({name: _text(value) for name, value in params.items()})

    def _subscribe(self, values: dict[str, str]) -> dict[str, Any]:
        params = Params(values)
        now_ms = self._exchange.clock.now_ms()
        owner = self._keyring.verify(params.text("apiKey"), params, canonical(values), now_ms)
        params.done()
        if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
            raise errors.ApiError(-1034, f"Too many concurrent connections; current limit is '{MOST_SUBSCRIPTIONS}'.")

        number = self._next_subscription
        self._next_subscription += 1

        def reporter(event: dict[str, Any]) -> None:
            self.connection.offer(orjson.dumps({"subscriptionId": number, "event": event}))

        self._subscriptions[number] = (owner, reporter)
        self._exchange.listen(owner, reporter)
        return {"subscriptionId": number}

    def _unsubscribe(self, values: dict[str, str]) -> dict[str, Any]:
        params = Params(values)
        number = params.integer("subscriptionId")
        params.done()
        chosen = list(self._subscriptions) if number is None else [number]
        for subscription in chosen:
            if subscription not in self._subscriptions:
                raise errors.invalid_data("subscriptionId")
            owner, reporter = self._subscriptions.pop(subscription)
            self._exchange.unlisten(owner, reporter)
        return {}

    def leave(self) -> None:
        """Stop listening."""
        for owner, reporter in self._subscriptions.values():
            self._exchange.unlisten(owner, reporter)
        self._subscriptions.clear()


def _parse(data: str | bytes) -> dict[str, Any]:
    try:
        request = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError):
        request = None
    if not isinstance(request, dict):
        raise errors.ApiError(-1135, "Invalid JSON Request")
    return request


def _request_id(request: dict[str, Any]) -> int | str | None:
    value = request.get("id")
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    is_text = isinstance(value, str) and len(value) <= 64
    if not (value is None or is_number or is_text):
        raise errors.ApiError(-1135, "JSON sent for parameter 'id' is not valid")
    return value


def _text(value: Any) -> str:
    """A JSON value as it is signed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
