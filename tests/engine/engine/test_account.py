"""Reading the account anew after a gap."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.clock import NANOS, ManualClock
from fks_engine.engine.account import Sources, build_reader
from fks_engine.engine.fill_reading import READ_AGAIN_NS
from fks_engine.engine.reconciliation import Reconciliation
from fks_engine.model import BalancesChanged, Fill, InstrumentId
from fks_engine.portfolio import Portfolio
from fks_engine.ports import Unkept
from fks_engine.resilience import Backoff
from tests.engine.builders import BTC, ETH, NOW, a_fill, the_balances
from tests.engine.orders.desk import OrderDesk
from tests.engine.scripted_exchange import ScriptedExchange
from tests.engine.still_market import StillMarket
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
HOUR_NS = 3_600 * NANOS


class SlowExchange(ScriptedExchange):
    """Answers for balances once it is let, and notes whose fills were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = anyio.Event()
        self.fills_of: list[InstrumentId] = []
        self.fills_from: list[tuple[int | None, str | None]] = []

    async def fetch_balances(self) -> BalancesChanged:
        await self.answer.wait()
        return the_balances()

    async def fetch_fills(
        self, instrument_id: InstrumentId, since_ts: int | None = None, from_trade_id: str | None = None
    ) -> tuple[Fill, ...]:
        self.fills_of.append(instrument_id)
        self.fills_from.append((since_ts, from_trade_id))
        return ()


class Reading:
    """An account reader over a slow exchange."""

    def __init__(self) -> None:
        desk = OrderDesk()
        self.bus = desk.bus
        self.exchange = SlowExchange()
        self.opened = 0
        self.clock = ManualClock()
        self.portfolio = Portfolio(StillMarket(), desk.bus, self.clock, "USDT", exchange_name="binance")
        self.reader = build_reader(
            Sources(self.exchange, desk.manager, self.portfolio, desk.bus, self.clock, Unkept()),
            Reconciliation(self.clock, Unkept(), lambda *told: None),
            on_ready=self._note_opened,
            listed=tuple,
            backoff=Backoff(0.01, 0.02),
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


@pytest.mark.parametrize(
    ("hours_ago", "asked"),
    [
        (None, (None, None)),
        (2, (NOW - 2 * HOUR_NS - READ_AGAIN_NS, None)),
        (30, (None, "7")),
    ],
    ids=["nothing known", "today", "before yesterday"],
)
async def test_fills_are_read_from_the_last_known_one(
    hours_ago: int | None, asked: tuple[int | None, str | None]
) -> None:
    reading = Reading()
    if hours_ago is not None:
        reading.portfolio.take_fill(a_fill(trade_id="7", ts_event=NOW - hours_ago * HOUR_NS))
    reading.exchange.answer.set()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(reading.reader.run, [BTC])
        reading.reader.request()
        await settled()
        tasks.cancel_scope.cancel()
    assert reading.exchange.fills_from == [asked]
