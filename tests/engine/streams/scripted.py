"""An exchange whose streams a test holds in its hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.ports import AccountSink, MarketChannel, MarketSink


class ScriptedStreams:
    """The two streams of the Exchange port; each ends as the test says."""

    def __init__(self) -> None:
        self.sinks: dict[MarketChannel, MarketSink] = {}
        self.opened: list[MarketChannel] = []
        self.account: AccountSink | None = None
        self.account_opened = 0
        self._ends: dict[MarketChannel | None, tuple[anyio.Event, list[Exception]]] = {}

    async def stream_market(self, channel: MarketChannel, sink: MarketSink) -> None:
        self.opened.append(channel)
        self.sinks[channel] = sink
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
