"""How old the last proof is that what is known of a market is still true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.clock import NANOS
from fks_engine.ports import ChannelKind

if TYPE_CHECKING:
    from collections.abc import Hashable

    from fks_engine.clock import Clock
    from fks_engine.model import InstrumentId
    from fks_engine.ports import MarketChannel

_MOVED_BY_THE_MARKET = frozenset({ChannelKind.QUOTES, ChannelKind.BOOKS, ChannelKind.TRADES})
LEASES = 3
"""For how many stale spans the rest of a market's traffic can vouch for a stream that is silent itself."""


class Liveness:
    """When each stream of each market was last proved alive, by the monotonic clock.

    A quiet market's quote is not old because it does not change. Three things prove that it is current:

    - the event itself;
    - any later event on the same connection, for a connection delivers in order: had the quote changed, the change
      would have come first;
    - a quote, a change of depth or a trade of the same instrument, which comes on a connection of its own and
      therefore counts only for a while: until three stale spans after the last proof of the two kinds above. Candles
      and statistics prove nothing here: exchanges send them by the clock, with a market behind them or not.

    When a connection is lost, nothing of it is alive until it has told something about the instrument again.
    """

    def __init__(self, clock: Clock, stale_after_s: float) -> None:
        self._clock = clock
        self._lease_ns = int(LEASES * stale_after_s * NANOS)
        self._own: dict[tuple[ChannelKind, InstrumentId], int] = {}
        self._group: dict[tuple[ChannelKind, InstrumentId], Hashable] = {}
        self._stream: dict[Hashable, int] = {}
        self._market: dict[InstrumentId, int] = {}
        self._frozen: dict[tuple[ChannelKind, InstrumentId], int] = {}

    def heard(self, kind: ChannelKind, instrument_id: InstrumentId) -> None:
        """An event of this kind came for this instrument."""
        key = (kind, instrument_id)
        now_ns = self._clock.monotonic_ns()
        self._own[key] = now_ns
        if kind in _MOVED_BY_THE_MARKET:
            self._market[instrument_id] = now_ns
        self._stream[self._group.get(key, kind)] = now_ns

    def lost(self, channel: MarketChannel) -> None:
        """The channel's connection was lost, or is about to be made."""
        for instrument_id in channel.instrument_ids:
            key = (channel.kind, instrument_id)
            if key in self._own:
                self._frozen[key] = self._proved_ns(key)
                del self._own[key]
            self._group[key] = channel
        self._stream.pop(channel, None)

    def doubted(self, channel: MarketChannel) -> None:
        """A part of a connection, which lives on, is taken anew: what it told of these instruments may be old."""
        for instrument_id in channel.instrument_ids:
            key = (channel.kind, instrument_id)
            if key in self._own:
                self._frozen[key] = self._own.pop(key)

    def is_alive(self, kind: ChannelKind, instrument_id: InstrumentId) -> bool:
        """Whether the connection that is open now has told anything about the instrument."""
        return (kind, instrument_id) in self._own

    def age_s(self, kind: ChannelKind, instrument_id: InstrumentId) -> float | None:
        """Seconds since the last proof, on a lost connection too; None where nothing ever came."""
        key = (kind, instrument_id)
        proved_ns = self._proved_ns(key) if key in self._own else self._frozen.get(key)
        return None if proved_ns is None else (self._clock.monotonic_ns() - proved_ns) / NANOS

    def _proved_ns(self, key: tuple[ChannelKind, InstrumentId]) -> int:
        kind, instrument_id = key
        proved_ns = max(self._own[key], self._stream.get(self._group.get(key, kind), 0))
        return max(proved_ns, min(self._market.get(instrument_id, 0), proved_ns + self._lease_ns))
