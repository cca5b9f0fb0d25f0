"""The market stream endpoints: /ws, /stream and what clients say on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from fks_engine.simulator.connection import Connection

if TYPE_CHECKING:
    from aiohttp import web

    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.stream_sources import StreamSources

LARGEST_ID = 2**64 - 1


class RequestError(Exception):
    """A client frame that is refused."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class MarketStreams:
    """Serves the market streams, and the user streams that are a listen key."""

    def __init__(self, sources: StreamSources, conditions: Conditions) -> None:
        self._sources = sources
        self._conditions = conditions
        self._open: set[StreamClient] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection to /ws, /ws/<stream>, /stream, /stream?streams=a/b or /stream/ws/<n>."""
        path = request.path
        combined = path.rstrip("/") == "/stream"
        limits, statistics = self._conditions.limits, self._conditions.statistics
        client = StreamClient(self._sources, Connection(combined, limits, limits.messages), limits.streams)

        def pause_s() -> float:
            return self._conditions.faults.read_pause_s("market", client.connection)

        self._open.add(client)
        statistics.enter("market")
        try:
            client.subscribe_known(_named(path, request.query.get("streams", "")))
            return await client.connection.serve(request, client.receive, pause_s)
        finally:
            statistics.leave("market")
            self._open.discard(client)
            client.leave()

    def cut(self, only_user: bool = False) -> int:
        """Drop the connections without a goodbye, or only those with a listen key; how many."""
        chosen = [client for client in self._open if not only_user or client.listens_to_user()]
        for client in chosen:
            client.connection.cut()
        return len(chosen)

    def end(self, last: bytes) -> int:
        """Close every connection after a last message; how many."""
        for client in self._open:
            client.connection.finish(last)
        return len(self._open)


def _named(path: str, query: str) -> list[str]:
    """The streams an address names."""
    for prefix in ("/ws/", "/stream/ws/"):
        if path.startswith(prefix):
            query = path.removeprefix(prefix) or query
    return [name for name in query.split("/") if name]


class StreamClient:
    """What one connection listens to."""

    def __init__(self, sources: StreamSources, connection: Connection, most_streams: int) -> None:
        self._sources = sources
        self._most_streams = most_streams
        self._streams: dict[str, None] = {}
        self.connection = connection

    def subscribe_known(self, streams: list[str]) -> None:
        """Listen to the streams of the address; unknown ones stay silent, as Binance's do."""
        self._subscribe([stream for stream in streams if self._sources.exists(stream)][: self._most_streams])

    def _subscribe(self, streams: list[str]) -> None:
        for stream in streams:
            self._streams[stream] = None
            self._sources.subscribe(self.connection, stream)

    def listens_to_user(self) -> bool:
        """Whether it listens to a listen key."""
        return self._sources.listens_to_user(list(self._streams))

    def leave(self) -> None:
        """Stop listening."""
        for stream in self._streams:
            self._sources.unsubscribe(self.connection, stream)
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

    def _perform(self, request: dict[str, Any]) -> list[str] | bool | None:
        method = request.get("method")
        if method in ("SET_PROPERTY", "GET_PROPERTY"):
            return self._property(method, request.get("params"))
        if method == "LIST_SUBSCRIPTIONS":
            return list(self._streams)
        if method == "SUBSCRIBE":
            streams = self._named(request)
            if len(self._streams.keys() | set(streams)) > self._most_streams:
                raise RequestError(2, "Invalid request: too many streams")
            self._subscribe(streams)
        elif method == "UNSUBSCRIBE":
            for stream in self._named(request):
                self._streams.pop(stream, None)
                self._sources.unsubscribe(self.connection, stream)
        elif not isinstance(method, str):
            raise RequestError(2, "Invalid request: missing field `method`")
        else:
            raise RequestError(
                2,
                "Invalid request: unknown variant, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`,"
                " `SET_PROPERTY`, `GET_PROPERTY`",
            )
        return None

    def _property(self, method: str, params: Any) -> bool | None:
        """Read or set the one property, whether messages are wrapped with their stream's name."""
        given = params if isinstance(params, list) else []
        if not given or not isinstance(given[0], str):
            raise RequestError(2, "Invalid request: property name must be a string")
        if given[0] != "combined":
            raise RequestError(0, "Unknown property")
        if len(given) > (2 if method == "SET_PROPERTY" else 1):
            raise RequestError(2, "Invalid request: too many parameters")
        if method == "GET_PROPERTY":
            return self.connection.combined
        if len(given) < 2 or not isinstance(given[1], bool):
            raise RequestError(1, "Invalid value type: expected Boolean")

        streams = list(self._streams)
        self.leave()
        self.connection.combined = given[1]
        self._subscribe(streams)
        return None

    def _named(self, request: dict[str, Any]) -> list[str]:
        streams = request.get("params")
        if not isinstance(streams, list) or not all(isinstance(stream, str) for stream in streams):
            raise RequestError(2, "Invalid request: params must be an array of strings")
        if any(not self._sources.exists(stream) for stream in streams):
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


def _request_id(request: dict[str, Any]) -> int | str | None:
    value = request.get("id")
    if value is None and "id" in request:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RequestError(2, "Invalid request: request ID must be an unsigned integer")
    if isinstance(value, str) and len(value) > 64:
        raise RequestError(2, "Invalid request: request ID is too long")
    if isinstance(value, int) and not 0 <= value <= LARGEST_ID:
        raise RequestError(2, "Invalid request: request ID must be an unsigned integer")
    return value
