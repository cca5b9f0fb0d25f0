"""Holes in candles, found and filled; the clock is turned by the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from fks_engine.clock import NANOS, ManualClock
from fks_engine.errors import ExchangeUnavailable
from fks_engine.model import Candle, Timeframe
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.streams.candles import HISTORY, CandleHealer
from fks_engine.topics import Bus
from tests.engine.builders import BTC
from tests.engine.streams.scripted import ScriptedStreams

if TYPE_CHECKING:
    from fks_engine.ports import Exchange

pytestmark = pytest.mark.anyio

MINUTE = 60 * NANOS
START = 28_333_334 * MINUTE
CHANNEL = MarketChannel(ChannelKind.CANDLES, (BTC,), Timeframe.M1)


class Case:
    """A healer over a scripted exchange, and what it handed on."""

    def __init__(self, lag_s: float = 0.0) -> None:
        self.lag_ns = int(lag_s * NANOS)
        self.clock = ManualClock(START + self.lag_ns)
        self.exchange = ScriptedStreams()
        self.healed: list[Candle] = []
        self.healer = CandleHealer(cast("Exchange", self.exchange), self.clock, self.healed.extend)
        self.bus = Bus()
        self.healer.attach(self.bus)

    def candle(self, number: int, *, closed: bool = False) -> Candle:
        at = START + number * MINUTE
        return Candle(BTC, Timeframe.M1, at, 1.0, 1.0, 1.0, 1.0, 0.0, closed, self.clock.now_ns())

    def tell(self, number: int, second: float, *, closed: bool = False) -> None:
        """The stream tells of a candle, so many seconds into it."""
        self.at(number, second)
        self.bus.candles.publish(self.candle(number, closed=closed))

    def at(self, number: int, second: float) -> None:
        now = START + number * MINUTE + int(second * NANOS) + self.lag_ns
        self.clock.advance((now - self.clock.now_ns()) / NANOS)

    def answer(self, *numbers: int) -> None:
        self.exchange.candles = [self.candle(number, closed=number < numbers[-1]) for number in numbers]

    async def mend(self) -> list[int]:
        """How many candles each request asked for."""
        self.exchange.candle_requests.clear()
        await self.healer.mend()
        return list(self.exchange.candle_requests)


@pytest.mark.parametrize("lag_s", [0.0, 40_000.0])
async def test_candles_that_follow_each_other_need_nothing(lag_s: float) -> None:
    case = Case(lag_s)
    for number in range(5):
        for second in (0.1, 20, 40):
            case.tell(number, second)
            assert await case.mend() == []
        case.tell(number, 60.02, closed=True)
        assert await case.mend() == []


async def test_a_missing_candle_is_fetched_and_handed_on() -> None:
    case = Case()
    case.tell(0, 0.1)
    case.tell(0, 60.0, closed=True)
    case.tell(3, 0.1)
    case.answer(0, 1, 2, 3)
    assert await case.mend() == [5]
    assert [(candle.ts_open - START) // MINUTE for candle in case.healed] == [0, 1, 2, 3]
    assert await case.mend() == []
    assert case.healer.healed == 1


async def test_a_candle_whose_close_was_lost_is_fetched() -> None:
    case = Case()
    case.tell(0, 0.1)
    case.tell(1, 0.1)
    case.answer(0, 1)
    assert await case.mend() == [3]
    assert case.healed[0].closed


@pytest.mark.parametrize("lag_s", [0.0, 40_000.0])
async def test_a_close_that_is_not_told_two_seconds_after_the_end_is_asked_for(lag_s: float) -> None:
    case = Case(lag_s)
    case.tell(0, 0.1)
    case.at(1, 2.0)
    assert await case.mend() == []
    case.at(1, 2.2)
    case.answer(0, 1)
    assert await case.mend() == [3]
    assert case.healed[0].closed


async def test_a_market_in_which_nobody_trades_gets_the_exchanges_flat_candles() -> None:
    case = Case()
    case.tell(0, 0.1)
    case.tell(0, 60.0, closed=True)
    case.at(2, 2.2)
    case.answer(0, 1, 2)
    assert await case.mend() == [3]
    assert case.healed[1].volume == 0
    assert case.healed[1].closed


async def test_after_the_stream_was_lost_all_is_fetched_again() -> None:
    case = Case()
    case.tell(0, 0.1)
    case.healer.lost(CHANNEL)
    assert await case.mend() == []
    case.tell(7, 30)
    case.answer(*range(8))
    assert await case.mend() == [HISTORY + 1]
    assert len(case.healed) == 8


async def test_an_exchange_that_does_not_answer_is_asked_again_a_little_later() -> None:
    case = Case()
    case.exchange.failed_candles.append(ExchangeUnavailable("busy"))
    case.tell(0, 0.1)
    case.tell(2, 0.1)
    assert await case.mend() == [4]
    assert await case.mend() == []
    case.at(2, 6)
    case.answer(0, 1, 2)
    assert await case.mend() == [4]
    assert len(case.healed) == 3


async def test_what_nobody_follows_any_more_is_forgotten() -> None:
    case = Case()
    case.tell(0, 0.1)
    case.healer.forget(CHANNEL)
    case.at(5, 0)
    assert await case.mend() == []
