"""All market channels: those of the watchlist, and what desks follow beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from fks_engine.clock import NANOS
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.streams.candles import CandleHealer
from fks_engine.streams.market import MarketStream, ignore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from anyio.abc import TaskGroup

    from fks_engine.api import StageStatus
    from fks_engine.clock import Clock
    from fks_engine.model import Candle, InstrumentId, Timeframe
    from fks_engine.ports import Exchange
    from fks_engine.resilience import Backoff
    from fks_engine.topics import Bus

STALE_AFTER_S = 30.0
WATCHED_KINDS = (ChannelKind.QUOTES, ChannelKind.TRADES, ChannelKind.BOOKS, ChannelKind.STATISTICS)


class MarketStreams:
    """The market streams as one stage: a fixed set, what is watched besides, and what desks need for a while.

    What is watched and the fixed set does not carry shares one more stream of each kind, which is made anew when the
    choice changes. What a desk follows and neither carries gets streams of its own, which end when nobody follows it
    any more. At most `max_followed` choices are served; the oldest gives way. Holes in the candles are filled with
    what the exchange answers and handed to `heal`, where one is given.
    """

    def __init__(
        self,
        exchange: Exchange,
        channels: Sequence[MarketChannel],
        bus: Bus,
        clock: Clock,
        backoff: Callable[[], Backoff],
        *,
        stale_after_s: Mapping[ChannelKind, float] | None = None,
        on_lost: Callable[[MarketChannel], None] = ignore,
        on_doubt: Callable[[MarketChannel], None] = ignore,
        heal: Callable[[Iterable[Candle]], None] | None = None,
        max_followed: int = 16,
    ) -> None:
        self._exchange = exchange
        self._bus = bus
        self._clock = clock
        self._backoff = backoff
        self._stale_after_s = stale_after_s or {}
        self._on_lost = on_lost
        self._on_doubt = on_doubt
        self._healer = CandleHealer(exchange, clock, heal) if heal is not None else None
        if self._healer is not None:
            self._healer.attach(bus)
        self._max_followed = max_followed
        self._fixed = [self._stream(channel) for channel in channels]
        self._watched: tuple[MarketChannel, ...] = ()
        self._followers: dict[tuple[InstrumentId, Timeframe], int] = {}
        self._followed: dict[MarketChannel, MarketStream] = {}
        self._scopes: dict[MarketChannel, anyio.CancelScope] = {}
        self._tasks: TaskGroup | None = None
        self._ended = 0
        self._sampled = (clock.monotonic_ns(), 0)
        self._rate = 0.0

    @property
    def received(self) -> int:
        """Events since the start, over all streams."""
        return self._ended + sum(stream.received for stream in self._streams())

    def messages_per_s(self) -> float:
        """Events a second, measured anew about once a second."""
        then_ns, then = self._sampled
        now_ns, received = self._clock.monotonic_ns(), self.received
        if now_ns - then_ns >= NANOS:
            self._rate = (received - then) * NANOS / (now_ns - then_ns)
            self._sampled = (now_ns, received)
        return self._rate

    def statuses(self) -> tuple[StageStatus, ...]:
        """How each stream does."""
        return tuple(stream.status() for stream in self._streams())

    async def run(self) -> None:
        """Run every stream for ever. Raises, as a group, whatever is not ExchangeUnavailable."""
        try:
            async with anyio.create_task_group() as tasks:
                for stream in self._fixed:
                    tasks.start_soon(stream.run)
                if self._healer is not None:
                    tasks.start_soon(self._healer.run)
                self._tasks = tasks
                for channel in self._followed:
                    self._start(channel)
        finally:
            self._tasks = None
            self._scopes.clear()

    def follow(self, instrument_id: InstrumentId, timeframe: Timeframe) -> None:
        """One more desk looks at this instrument with candles of this length."""
        choice = (instrument_id, timeframe)
        self._followers[choice] = self._followers.pop(choice, 0) + 1
        while len(self._followers) > self._max_followed:
            del self._followers[next(iter(self._followers))]
        self._settle()

    def watch(self, instrument_ids: Iterable[InstrumentId]) -> None:
        """Carry these markets too, for as long as no other choice is made."""
        carried = {each for stream in self._fixed for each in stream.channel.instrument_ids}
        more = tuple(sorted(set(instrument_ids) - carried))
        self._watched = tuple(MarketChannel(kind, more) for kind in WATCHED_KINDS) if more else ()
        self._settle()

    def unfollow(self, instrument_id: InstrumentId, timeframe: Timeframe) -> None:
        """One desk less looks at it; unknown choices are ignored."""
        choice = (instrument_id, timeframe)
        if choice in self._followers:
            self._followers[choice] -= 1
            if not self._followers[choice]:
                del self._followers[choice]
            self._settle()

    def _settle(self) -> None:
        """Start what is followed and not carried, stop what is no longer followed."""
        wanted = {channel for choice in self._followers for channel in self._missing(*choice)} | set(self._watched)
        for channel in [channel for channel in self._followed if channel not in wanted]:
            self._ended += self._followed.pop(channel).received
            if self._healer is not None and channel.kind is ChannelKind.CANDLES:
                self._healer.forget(channel)
            scope = self._scopes.pop(channel, None)
            if scope is not None:
                scope.cancel()
        for channel in wanted - self._followed.keys():
            self._followed[channel] = self._stream(channel)
            self._start(channel)
        self._exchange.look_at(frozenset(instrument_id for instrument_id, _ in self._followers))

    def _missing(self, instrument_id: InstrumentId, timeframe: Timeframe) -> list[MarketChannel]:
        needed = [MarketChannel(kind, (instrument_id,)) for kind in WATCHED_KINDS]
        needed.append(MarketChannel(ChannelKind.CANDLES, (instrument_id,), timeframe))
        return [channel for channel in needed if not self._carries(channel)]

    def _carries(self, wanted: MarketChannel) -> bool:
        (instrument_id,) = wanted.instrument_ids
        return any(
            instrument_id in channel.instrument_ids
            and channel.kind is wanted.kind
            and channel.timeframe is wanted.timeframe
            for channel in (*(stream.channel for stream in self._fixed), *self._watched)
        )

    def _start(self, channel: MarketChannel) -> None:
        if self._tasks is not None:
            scope = self._scopes[channel] = anyio.CancelScope()
            self._tasks.start_soon(self._run_followed, self._followed[channel], scope)

    async def _run_followed(self, stream: MarketStream, scope: anyio.CancelScope) -> None:
        with scope:
            await stream.run()

    def _stream(self, channel: MarketChannel) -> MarketStream:
        return MarketStream(
            self._exchange,
            channel,
            self._bus,
            self._clock,
            self._backoff(),
            stale_after_s=self._stale_after_s.get(channel.kind, STALE_AFTER_S),
            on_lost=self._lost,
            on_doubt=self._on_doubt,
        )

    def _lost(self, channel: MarketChannel) -> None:
        if self._healer is not None and channel.kind is ChannelKind.CANDLES:
            self._healer.lost(channel)
        self._on_lost(channel)

    def _streams(self) -> list[MarketStream]:
        return [*self._fixed, *self._followed.values()]
