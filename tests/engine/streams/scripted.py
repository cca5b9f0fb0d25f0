"""An exchange whose streams a test holds in its hands."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import anyio

from fks_engine.ports import undoubted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from fks_engine.errors import ExchangeError
    from fks_engine.model import Candle, InstrumentId, Timeframe
    from fks_engine.ports import AccountSink, DoubtSink, MarketChannel, MarketSink


class ScriptedStreams:
    """The two streams of the Exchange port; each ends as the test says."""

    def __init__(self) -> None:
        self.sinks: dict[MarketChannel, MarketSink] = {}
        self.doubts: dict[MarketChannel, DoubtSink] = {}
        self.looked_at: Collection[InstrumentId] = ()
        self.candles: list[Candle] = []
        self.candle_requests: list[int] = []
        self.failed_candles: deque[ExchangeError | None] = deque()
        self.opened: list[MarketChannel] = []
        self.account: AccountSink | None = None
        self.account_opened = 0
        self._ends: dict[MarketChannel | None, tuple[anyio.Event, list[Exception]]] = {}

    def look_at(self, instrument_ids: Collection[InstrumentId]) -> None:
        self.looked_at = instrument_ids

    async def fetch_candles(
        self, instrument_id: InstrumentId, timeframe: Timeframe, limit: int, before_ts: int | None = None
    ) -> tuple[Candle, ...]:
        self.candle_requests.append(limit)
        error = self.failed_candles.popleft() if self.failed_candles else None
        if error is not None:
            raise error
        return tuple(self.candles[-limit:])

    async def stream_market(self, channel: MarketChannel, sink: MarketSink, doubt: DoubtSink = undoubted) -> None:
        self.opened.append(channel)
        self.sinks[channel] = sink
        self.doubts[channel] = doubt
        try:
            await self._until_ended(channel)
        finally:
            del self.sinks[channel]

    async def stream_account(self, sink: AccountSink, ready: Callable[[], None]) -> None:
        self.account_opened += 1
        self.account = sink
        ready()
        await self._until_ended(None)

    def end(self, channel: MarketChannel | None, error: Exception) -> None:
        """End one stream, None being the account's, with an error."""
        event, errors = self._ends[channel]
        errors.append(error)
        event.set()

    async def _until_ended(self, channel: MarketChannel | None) -> None:
        event, errors = self._ends[channel] = (anyio.Event(), [])
        await event.wait()
        raise errors[0]
