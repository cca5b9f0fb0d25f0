"""One market channel, subscribed for good and published on the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from fks_engine.ports import ChannelKind
from fks_engine.streams.supervision import Supervision

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import StageStatus
    from fks_engine.clock import Clock
    from fks_engine.ports import Exchange, MarketChannel, MarketEvent
    from fks_engine.resilience import Backoff
    from fks_engine.topics import Bus


def ignore(channel: MarketChannel) -> None:
    """Nobody minds that a channel was lost."""


class MarketStream:
    """A supervised subscription to one channel.

    `on_lost` is called with the channel whenever what it told is no longer current: before the first connection, when
    a connection is lost, and at the end.
    """

    def __init__(
        self,
        exchange: Exchange,
        channel: MarketChannel,
        bus: Bus,
        clock: Clock,
        backoff: Backoff,
        *,
        stale_after_s: float = 30.0,
        on_lost: Callable[[MarketChannel], None] = ignore,
    ) -> None:
        self.channel = channel
        self._exchange = exchange
        self._on_lost = on_lost
        self._publish = _publisher(channel.kind, bus)
        self._health = Supervision(_name(channel), clock, backoff, stale_after_s)

    @property
    def received(self) -> int:
        """Events since the start."""
        return self._health.received

    @property
    def restarts(self) -> int:
        """How often the subscription was taken up again."""
        return self._health.restarts

    @property
    def age_s(self) -> float | None:
        """Seconds since the last event; None before the first."""
        return self._health.age_s

    def status(self) -> StageStatus:
        """How the stream does."""
        return self._health.status()

    async def run(self) -> NoReturn:
        """Subscribe and publish for ever. Raises whatever is not ExchangeUnavailable."""
        await self._health.keep(self._subscribe, self._lost)

    async def _subscribe(self) -> None:
        await self._exchange.stream_market(self.channel, self._take)

    def _take(self, event: MarketEvent) -> None:
        self._health.heard()
        self._publish(event)

    def _lost(self) -> None:
        self._on_lost(self.channel)


def _publisher(kind: ChannelKind, bus: Bus) -> Callable[[Any], None]:
    topics: dict[ChannelKind, Callable[[Any], None]] = {
        ChannelKind.QUOTES: bus.quotes.publish,
        ChannelKind.TRADES: bus.trades.publish,
        ChannelKind.BOOKS: bus.books.publish,
        ChannelKind.CANDLES: bus.candles.publish,
        ChannelKind.STATISTICS: bus.statistics.publish,
    }
    return topics[kind]


def _name(channel: MarketChannel) -> str:
    return f"candles {channel.timeframe}" if channel.kind is ChannelKind.CANDLES else channel.kind.value
