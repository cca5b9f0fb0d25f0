"""Where stream sockets subscribe: market streams and listen keys, through the faults when they can be switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from fks_engine.simulator.outlet import Outlet
from fks_engine.simulator.spoiler import Spoiler

if TYPE_CHECKING:
    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.connection import Connection
    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.listen_keys import ListenKeys


class StreamSources:
    """The streams there are, and who listens."""

    def __init__(self, exchange: Exchange, listen_keys: ListenKeys) -> None:
        self._exchange = exchange
        self._listen_keys = listen_keys

    def exists(self, stream: str) -> bool:
        """Whether there is such a stream."""
        return self._exchange.publisher.exists(stream) or self._listen_keys.exists(stream)

    def subscribe(self, connection: Connection, stream: str) -> None:
        """Send that stream to the connection from now on."""
        self._exchange.hub.subscribe(connection, stream)

    def unsubscribe(self, connection: Connection, stream: str) -> None:
        """Stop sending it."""
        self._exchange.hub.unsubscribe(connection, stream)

    def listens_to_user(self, streams: list[str]) -> bool:
        """Whether a listen key is among them."""
        return any(self._listen_keys.exists(stream) for stream in streams)


class _MarketTap:
    """One subscription to a market stream."""

    __slots__ = ("_spoiler", "_stream", "combined")

    def __init__(self, spoiler: Spoiler, stream: str, combined: bool) -> None:
        self.combined = combined
        self._spoiler = spoiler
        self._stream = stream

    def offer(self, data: bytes) -> None:
        self._spoiler.send(data, self._stream)

    def leave(self) -> None:
        self._spoiler.leave()


class _UserTap:
    """One subscription to a listen key."""

    __slots__ = ("_conditions", "_spoiler", "combined")

    def __init__(self, spoiler: Spoiler, conditions: Conditions, combined: bool) -> None:
        self.combined = combined
        self._spoiler = spoiler
        self._conditions = conditions

    def offer(self, data: bytes) -> None:
        if not self._conditions.faults.any("user"):
            self._spoiler.send(data, "")
            return
        message = orjson.loads(data)
        event = message["data"] if self.combined else message
        self._spoiler.send(data, event["e"], event)

    def leave(self) -> None:
        self._spoiler.leave()


class SpoiltSources(StreamSources):
    """The same, with every message through the faults in force."""

    def __init__(self, exchange: Exchange, listen_keys: ListenKeys, conditions: Conditions) -> None:
        super().__init__(exchange, listen_keys)
        self._conditions = conditions
        self._outlets: dict[Connection, Outlet] = {}
        self._taps: dict[Connection, dict[str, _MarketTap | _UserTap]] = {}

    def subscribe(self, connection: Connection, stream: str) -> None:
        """Send that stream to the connection from now on."""
        taps = self._taps.setdefault(connection, {})
        if stream in taps:
            return
        outlet = self._outlets.setdefault(connection, Outlet(connection))
        taps[stream] = tap = self._tap(outlet, stream, connection.combined)
        self._exchange.hub.subscribe(tap, stream)

    def _tap(self, outlet: Outlet, stream: str, combined: bool) -> _MarketTap | _UserTap:
        if self._listen_keys.exists(stream):

            def terminate() -> None:
                self._listen_keys.terminate()

            return _UserTap(Spoiler(self._conditions, "user", outlet, None, terminate), self._conditions, combined)
        market = self._exchange.markets.get(stream.partition("@")[0].upper())
        return _MarketTap(Spoiler(self._conditions, "market", outlet, market), stream, combined)

    def unsubscribe(self, connection: Connection, stream: str) -> None:
        """Stop sending it."""
        taps = self._taps.get(connection, {})
        tap = taps.pop(stream, None)
        if tap is None:
            return
        tap.leave()
        self._exchange.hub.unsubscribe(tap, stream)
        if not taps:
            del self._taps[connection]
            self._outlets.pop(connection).close()
