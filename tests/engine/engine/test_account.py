"""Reading the account anew after a gap."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.clock import ManualClock
from fks_engine.engine.account import AccountReader
from fks_engine.model import BalancesChanged, Fill, InstrumentId
from fks_engine.portfolio import Portfolio
from fks_engine.resilience import Backoff
from tests.engine.builders import BTC, ETH, a_fill, the_balances
from tests.engine.orders.desk import OrderDesk
from tests.engine.scripted_exchange import ScriptedExchange
from tests.engine.still_market import StillMarket
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio


class SlowExchange(ScriptedExchange):
    """Answers for balances once it is let, and notes whose fills were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = anyio.Event()
        self.fills_of: list[InstrumentId] = []

    async def fetch_balances(self) -> BalancesChanged:
        await self.answer.wait()
        return the_balances()

    async def fetch_fills(self, instrument_id: InstrumentId, since_ts: int | None = None) -> tuple[Fill, ...]:
        self.fills_of.append(instrument_id)
        return ()


class Reading:
    """An account reader over a slow exchange."""

    def __init__(self) -> None:
        desk = OrderDesk()
        self.bus = desk.bus
        self.exchange = SlowExchange()
        self.opened = 0
        portfolio = Portfolio(StillMarket(), desk.bus, ManualClock(), "USDT", exchange_name="binance")
        self.reader = AccountReader(
            self.exchange, desk.manager, portfolio, desk.bus, Backoff(0.01, 0.02), self._note_opened
        )

    def _note_opened(self) -> None:
        self.opened += 1


async def test_what_was_read_across_a_loss_of_the_stream_does_not_open_the_gate() -> None:
    reading = Reading()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(reading.reader.run, [BTC])
        reading.reader.request()
        await settled()
        reading.reader.lost()
        reading.exchange.answer.set()
        await settled()
        assert (reading.reader.ready, reading.opened) == (False, 0)
        reading.reader.request()
        await settled()
        assert (reading.reader.ready, reading.opened) == (True, 1)
        tasks.cancel_scope.cancel()


async def test_fills_are_read_of_markets_beyond_the_watchlist_in_which_something_is_held() -> None:
    reading = Reading()
    reading.exchange.answer.set()
    reading.bus.fills.publish(a_fill(instrument_id=ETH))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(reading.reader.run, [BTC])
        reading.reader.request()
        await settled()
        assert sorted(reading.exchange.fills_of) == [BTC, ETH]
        tasks.cancel_scope.cancel()
