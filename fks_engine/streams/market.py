"""One market channel, subscribed for good and published on the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.streams.supervision import Supervision

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import StageStatus
    from fks_engine.clock import Clock
    from fks_engine.model import InstrumentId
    from fks_engine.ports import Exchange, MarketEvent
    from fks_engine.resilience import Backoff
    from fks_engine.topics import Bus


def ignore(channel: MarketChannel) -> None:
    """Nobody minds that a channel was lost."""


class MarketStream:
    """A supervised subscription to one channel.

    `on_lost` is called with the channel whenever what it told is no longer current: before the first connection, when
    a connection is lost, and at the end. `on_doubt` is called with a part of the channel that is taken anew on the
    same connection, its last words being in doubt.
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
        on_doubt: Callable[[MarketChannel], None] = ignore,
    ) -> None:
        self.channel = channel
        self._exchange = exchange
        self._on_lost = on_lost
        self._on_doubt = on_doubt
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
        await self._exchange.stream_market(self.channel, self._take, self._doubted)

    def _take(self, event: MarketEvent) -> None:
        self._health.heard()
        self._publish(event)

    def _doubted(self, instrument_ids: tuple[InstrumentId, ...], reason: str) -> None:
        self._health.renewed(reason)
        self._on_doubt(MarketChannel(self.channel.kind, instrument_ids, self.channel.timeframe))

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
