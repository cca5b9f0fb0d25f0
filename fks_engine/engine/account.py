"""Reads the whole account at start and after every gap of the account stream: balances, fills, open orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.api import Connection, StageStatus
from fks_engine.clock import NANOS
from fks_engine.errors import ExchangeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fks_engine.clock import Clock
    from fks_engine.model import Fill, InstrumentId
    from fks_engine.orders import OrderManager
    from fks_engine.portfolio import Portfolio
    from fks_engine.ports import Exchange
    from fks_engine.resilience.backoff import Backoff
    from fks_engine.topics import Bus

COMPARE_EVERY_S: Final = 60.0
"""How often the balances are read while all seems well: a change that the stream did not tell leaves no other trace."""


READ_AGAIN_NS: Final = 3_600 * NANOS
"""How long before the last known fill of a market they are read again: they may have been told out of turn."""
ONE_DAY_NS: Final = 86_400 * NANOS
"""What the exchange tells of a time at most."""
FLAT_MARKETS_READ = 40
"""So many markets in which nothing is held are asked for past fills; each question weighs as much as twenty orders."""


class AccountReader:
    """Brings balances, fills and orders up to what the exchange says, whenever it is asked to."""

    def __init__(
        self,
        exchange: Exchange,
        orders: OrderManager,
        portfolio: Portfolio,
        bus: Bus,
        clock: Clock,
        backoff: Backoff,
        on_ready: Callable[[], None],
    ) -> None:
        self._exchange = exchange
        self._orders = orders
        self._portfolio = portfolio
        self._bus = bus
        self._clock = clock
        self._backoff = backoff
        self._on_ready = on_ready
        self._wanted = anyio.Event()
        self._losses = 0
        self._failures = 0
        self._detail = "waiting for the account stream"
        self.ready = False
        """True while what we hold of the account is whole."""
        self.known = False
        """True once the account was read whole since the start, whatever was lost since."""

    def request(self) -> None:
        """Read everything again, soon."""
        self._wanted.set()

    def lost(self) -> None:
        """The account stream broke: what we hold may miss something from here on."""
        self.ready = False
        self._losses += 1
        self._detail = "the account stream was lost"

    async def run(self, watchlist: Sequence[InstrumentId]) -> None:
        """Serve requests for as long as the engine lives."""
        while True:
            with anyio.move_on_after(COMPARE_EVERY_S):
                await self._wanted.wait()
            if not self._wanted.is_set():
                await self._compare_balances()
                continue
            self._wanted = anyio.Event()
            if await self._read(watchlist):
                self._backoff.reset()
            else:
                self._wanted.set()
                await anyio.sleep(self._backoff.next_s())

    async def _read(self, watchlist: Sequence[InstrumentId]) -> bool:
        """One attempt; False when the exchange did not answer. The gate opens once all that is held has its fills.

        It stays closed where the stream was lost meanwhile: what was read may miss what happened since.
        """
        losses = self._losses
        try:
            self._detail = "reading balances"
            balances = await self._exchange.fetch_balances()
            self._bus.balances.publish(balances)
            held = {balance.asset for balance in balances.balances if balance.total}
            first = [each for each in watchlist if each.partition(":")[2].partition("/")[0] in held]
            touched = self._touched().difference(watchlist)
            others = [each for each in watchlist if each not in first][:FLAT_MARKETS_READ]
            for instrument in [*first, *sorted(touched), *others]:
                self._detail = f"reading fills of {instrument.partition(':')[2]}"
                self._portfolio.load_fills(await self._fills(instrument))
            self._detail = "reading open orders"
            await self._orders.synchronise()
        except ExchangeError as error:
            self._failures += 1
            self._detail = str(error)
            return False
        self.known = True
        if losses == self._losses:
            self.ready = True
            self._detail = ""
            self._on_ready()
        return True

    async def _fills(self, instrument: InstrumentId) -> tuple[Fill, ...]:
        """The fills of a market: from a while before the last known one, from its id where that is long ago, or all."""
        last = self._portfolio.last_fill(instrument)
        if last is None:
            return await self._exchange.fetch_fills(instrument)
        if self._clock.now_ns() - last.ts_event > ONE_DAY_NS - 2 * READ_AGAIN_NS:
            return await self._exchange.fetch_fills(instrument, from_trade_id=last.trade_id)
        return await self._exchange.fetch_fills(instrument, last.ts_event - READ_AGAIN_NS)

    async def _compare_balances(self) -> None:
        """Take the exchange's word on the balances; where it says nothing, the streams tell of the lost connection."""
        if not self.ready:
            return
        try:
            self._bus.balances.publish(await self._exchange.fetch_balances())
        except ExchangeError:
            return

    def _touched(self) -> set[InstrumentId]:
        """Markets in which something is held through fills or works, on the watchlist or not."""
        held = {position.instrument_id for position in self._portfolio.positions()}
        return held | {order.instrument_id for order in self._orders.working()}

    def status(self) -> StageStatus:
        """What the status line says of the account's completeness."""
        connection = Connection.LIVE if self.ready else Connection.STARTING
        if not self.ready and (self._failures or self._losses):
            connection = Connection.RECONNECTING
        return StageStatus("account sync", connection, self._detail, None, self._failures)
