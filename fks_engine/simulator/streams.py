"""The market stream endpoints: /ws, /stream and what clients say on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from fks_engine.simulator.connection import Connection

if TYPE_CHECKING:
    from aiohttp import web

    from fks_engine.simulator.hub import Hub
    from fks_engine.simulator.publisher import Publisher

MOST_STREAMS = 1_024
LARGEST_ID = 2**64 - 1


class RequestError(Exception):
    """A client frame that is refused."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class MarketStreams:
    """Serves the market streams."""

    def __init__(self, hub: Hub, publisher: Publisher) -> None:
        self._hub = hub
        self._publisher = publisher
        self._open: set[StreamClient] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection to /ws, /ws/<stream>, /stream, /stream?streams=a/b or /stream/ws/<n>."""
        path = request.path
        combined = path.rstrip("/") == "/stream"
        client = StreamClient(self._hub, self._publisher, combined)
        self._open.add(client)
        try:
            client.subscribe_known(_named(path, request.query.get("streams", "")))
            return await client.connection.serve(request, client.receive)
        finally:
            self._open.discard(client)
            client.leave()

    def end(self) -> None:
        """Close every connection."""
        for client in self._open:
            client.connection.end()


def _named(path: str, query: str) -> list[str]:
    """The streams an address names."""
    if path.startswith("/ws/"):
        query = path.removeprefix("/ws/") or query
    return [name for name in query.split("/") if name]


class StreamClient:
    """What one connection listens to."""

    def __init__(self, hub: Hub, publisher: Publisher, combined: bool) -> None:
        self._hub = hub
        self._publisher = publisher
        self._streams: dict[str, None] = {}
        self.connection = Connection(combined)

    def subscribe_known(self, streams: list[str]) -> None:
        """Listen to the streams of the address; unknown ones stay silent, as Binance's do."""
        self._subscribe([stream for stream in streams if self._publisher.exists(stream)][:MOST_STREAMS])

    def _subscribe(self, streams: list[str]) -> None:
        for stream in streams:
            self._streams[stream] = None
            self._hub.subscribe(self.connection, stream)

    def leave(self) -> None:
        """Stop listening."""
        for stream in self._streams:
            self._hub.unsubscribe(self.connection, stream)
        self._streams.clear()

    def receive(self, data: str | bytes) -> None:
        """Answer one client frame."""
        request_id: int | str | None = None
        try:
            request = _parse(data)
            request_id = _request_id(request)
            result = self._perform(request)
        except RequestError as refusal:
            error: dict[str, Any] = {"error": {"code": refusal.code, "msg": refusal.message}}
            self.connection.offer(orjson.dumps(error | ({} if request_id is None else {"id": request_id})))
        else:
            self.connection.offer(orjson.dumps({"result": result, "id": request_id}))

    def _perform(self, request: dict[str, Any]) -> list[str] | None:
        method = request.get("method")
        if method == "LIST_SUBSCRIPTIONS":
            return list(self._streams)
        if method == "SUBSCRIBE":
            streams = self._named(request)
            if len(self._streams.keys() | set(streams)) > MOST_STREAMS:
                raise RequestError(2, "Invalid request: too many streams")
            self._subscribe(streams)
        elif method == "UNSUBSCRIBE":
            for stream in self._named(request):
                self._streams.pop(stream, None)
                self._hub.unsubscribe(self.connection, stream)
        elif not isinstance(method, str):
            raise RequestError(2, "Invalid request: missing field `method`")
        else:
            raise RequestError(
                2,
                "Invalid request: unknown variant, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`,"
                " `SET_PROPERTY`, `GET_PROPERTY`",
            )
        return None

    def _named(self, request: dict[str, Any]) -> list[str]:
        streams = request.get("params")
        if not isinstance(streams, list) or not all(isinstance(stream, str) for stream in streams):
            raise RequestError(2, "Invalid request: params must be an array of strings")
        if any(not self._publisher.exists(stream) for stream in streams):
            raise RequestError(2, "Invalid request: invalid stream")
        return streams


def _parse(data: str | bytes) -> dict[str, Any]:
    try:
        request = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError):
        raise RequestError(3, "Invalid JSON: the frame cannot be parsed") from None
    if not isinstance(request, dict):
        raise RequestError(2, "Invalid request: expected an object")
    return request


def _request_id(request: dict[str, Any]) -> int | str:
    value = request.get("id")
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RequestError(2, "Invalid request: request ID must be an unsigned integer")
    if isinstance(value, str) and len(value) > 64:
        raise RequestError(2, "Invalid request: request ID is too long")
    if isinstance(value, int) and not 0 <= value <= LARGEST_ID:
        raise RequestError(2, "Invalid request: request ID must be an unsigned integer")
    return value
