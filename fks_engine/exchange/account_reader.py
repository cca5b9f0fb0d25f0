"""The account's event stream: one signed subscription, and the reports, fills and balances in its frames."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from fks_engine.errors import ClockSkewed, ExchangeUnavailable
from fks_engine.exchange import account_frames
from fks_engine.exchange.faults import FaultCounter
from fks_engine.exchange.parsing import Frame, frame
from fks_engine.resilience.budget import Need, Priority

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.clock import Clock
    from fks_engine.exchange.client import BinanceClient
    from fks_engine.exchange.connection import StreamConnection
    from fks_engine.exchange.market_frames import Markets
    from fks_engine.model import Fill, InstrumentId
    from fks_engine.ports import AccountEvent, AccountSink

REMEMBERED_FILLS: Final = 20_000
REREAD_AFTER_S: Final = 1.0
SUBSCRIBE: Final = "userDataStream.subscribe.signature"
CONNECTION_WEIGHT: Final = 4
"""Two for the connection and two for the subscription."""
_ENDINGS: Final = frozenset({"eventStreamTerminated", "serverShutdown"})


class SeenFills:
    """The fills already passed on, so that one that is told twice is booked once. Remembers the last 20,000."""

    def __init__(self, size: int = REMEMBERED_FILLS) -> None:
        self._size = size
        self._order: deque[tuple[InstrumentId, str]] = deque()
        self._keys: set[tuple[InstrumentId, str]] = set()

    def is_new(self, fill: Fill) -> bool:
        """Whether this fill was not told before; from now on it was."""
        key = (fill.instrument_id, fill.trade_id)
        if key in self._keys:
            return False
        self._keys.add(key)
        self._order.append(key)
        if len(self._order) > self._size:
            self._keys.discard(self._order.popleft())
        return True


class AccountReader:
    """Reads the account's events until the connection is lost."""

    def __init__(
        self,
        client: BinanceClient,
        markets: Markets,
        seen: SeenFills,
        sink: AccountSink,
        clock: Clock,
        on_fault: Callable[[str], None],
        life_s: float = 23.5 * 3_600,
    ) -> None:
        self._client = client
        self._life_s = life_s
        self._markets = markets
        self._seen = seen
        self._sink = sink
        self._clock = clock
        self._faults = FaultCounter("account stream", clock, on_fault)
        self._connection: StreamConnection | None = None
        self._ready: Callable[[], None] = _nothing
        self._reread: asyncio.TimerHandle | None = None

    async def run(self, ready: Callable[[], None]) -> None:
        """Subscribe, say so, and read. Raises ExchangeUnavailable once the connection is lost.

        `ready` is called again after a frame had to be dropped: what it told has to be read anew.
        """
        self._ready = ready
        await self._client.spend(Need(Priority.ORDER, CONNECTION_WEIGHT))
        connection = self._connection = self._client.account_connection()
        connection.consumer = self
        try:
            await connection.opened(self._client.session)
            connection.renew_after(self._life_s)
            await self._subscribe(connection)
            ready()
            await connection.lost()
        finally:
            connection.consumer = None
            if self._reread is not None:
                self._reread.cancel()
            await self._client.drop(connection)

    async def _subscribe(self, connection: StreamConnection) -> None:
        """Subscribe; once more where the request was refused for its time."""
        try:
            await connection.request(SUBSCRIBE, self._client.sign_params({}))
        except ClockSkewed:
            if not await self._client.measure_clock():
                raise
            await connection.request(SUBSCRIBE, self._client.sign_params({}))

    def read(self, message: Any) -> tuple[AccountEvent, ...]:
        """The events in one frame. Raises any of FRAME_FAULTS for one that cannot be true."""
        content = frame(message)
        if "event" in content:
            return self._events(frame(content["event"]))
        if self._connection is not None:
            self._connection.acknowledge(content)
        return ()

    def deliver(self, event: AccountEvent) -> None:
        """Hand an event to whoever subscribed."""
        self._sink(event)

    def faulty(self, error: object) -> None:
        """Count a dropped frame and have the account read anew a second later."""
        self._faults.dropped(error)
        if self._reread is None:
            self._reread = asyncio.get_running_loop().call_later(REREAD_AFTER_S, self._read_anew)

    def _read_anew(self) -> None:
        self._reread = None
        self._ready()

    def _events(self, event: Frame) -> tuple[AccountEvent, ...]:
        ts_received = self._clock.now_ns()
        kind = event["e"]
        if kind == "executionReport":
            report = account_frames.order_event(event, self._markets, ts_received)
            fill = account_frames.fill_event(event, self._markets, ts_received)
            return (report, fill) if fill is not None and self._seen.is_new(fill) else (report,)
        if kind == "outboundAccountPosition":
            return (account_frames.balances_event(event, ts_received),)
        if kind in _ENDINGS and self._connection is not None:
            self._connection.end(ExchangeUnavailable(f"the exchange ended the account stream ({kind})"))
        return ()


def _nothing() -> None:
    """Nobody waits yet."""
