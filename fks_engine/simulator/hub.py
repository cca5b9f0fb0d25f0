"""Who listens to which stream; every message is serialised once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable


class Listener(Protocol):
    """A connection that takes stream messages."""

    @property
    def combined(self) -> bool:
        """Whether it wants messages wrapped with the stream's name."""
        ...

    def offer(self, data: bytes) -> None:
        """Queue a message; a listener that is too slow closes itself."""
        ...


class Hub:
    """Stream names and their listeners."""

    def __init__(self) -> None:
        self._topics: dict[str, dict[Listener, None]] = {}
        self._symbols: frozenset[str] | None = None

    def wanted(self, stream: str) -> bool:
        """Whether anyone listens to that stream."""
        return stream in self._topics

    def streams(self) -> Iterable[str]:
        """The streams somebody listens to."""
        return tuple(self._topics)

    def symbols(self) -> frozenset[str]:
        """The symbols of which somebody listens to a stream."""
        if self._symbols is None:
            self._symbols = frozenset(stream.partition("@")[0].upper() for stream in self._topics if stream[0] != "!")
        return self._symbols

    def subscribe(self, listener: Listener, stream: str) -> None:
        """Send that stream to the listener from now on."""
        listeners = self._topics.get(stream)
        if listeners is None:
            listeners = self._topics[stream] = {}
            self._symbols = None
        listeners[listener] = None

    def unsubscribe(self, listener: Listener, stream: str) -> None:
        """Stop sending that stream to the listener."""
        listeners = self._topics.get(stream)
        if listeners is not None:
            listeners.pop(listener, None)
            if not listeners:
                del self._topics[stream]
                self._symbols = None

    def publish(self, stream: str, data: bytes) -> None:
        """Hand a serialised message to everyone who listens."""
        listeners = self._topics.get(stream)
        if not listeners:
            return

        wrapped: bytes | None = None
        for listener in tuple(listeners):
            if listener.combined:
                if wrapped is None:
                    wrapped = b'{"stream":"' + stream.encode() + b'","data":' + data + b"}"
                listener.offer(wrapped)
            else:
                listener.offer(data)

    def publish_json(self, stream: str, payload: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Serialise and publish."""
        self.publish(stream, orjson.dumps(payload))
