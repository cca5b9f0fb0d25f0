from __future__ import annotations

from dataclasses import replace

from fks_engine.model import Candle, Timeframe
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.state.candles import CandleRings
from tests.engine.builders import BTC

MINUTE = 60_000_000_000


def a_candle(number: int, close: float = 1.0, closed: bool = True) -> Candle:
    return Candle(BTC, Timeframe.M1, number * MINUTE, 1.0, 2.0, 0.5, close, 10.0, closed)


def test_the_last_candle_forms_until_the_next_one_opens() -> None:
    rings = CandleRings(10)
    rings.put(a_candle(1, 1.0, closed=False))
    rings.put(a_candle(1, 1.5, closed=False))
    rings.put(a_candle(2, 1.6, closed=False))
    assert [candle.close for candle in rings.all(BTC, Timeframe.M1)] == [1.5, 1.6]
    assert rings.forming(BTC, Timeframe.M1) == a_candle(2, 1.6, closed=False)


def test_a_closed_candle_does_not_open_again_and_an_older_one_is_ignored() -> None:
    rings = CandleRings(10)
    rings.put(a_candle(2, 1.5))
    rings.put(a_candle(2, 1.4, closed=False))
    rings.put(a_candle(1, 1.1))
    assert rings.all(BTC, Timeframe.M1) == (a_candle(2, 1.5),)


def test_a_run_keeps_the_last_candles_only() -> None:
    rings = CandleRings(3)
    for number in range(10):
        rings.put(a_candle(number))
    assert [candle.ts_open // MINUTE for candle in rings.all(BTC, Timeframe.M1)] == [7, 8, 9]


def test_fetched_candles_stand_before_those_that_were_streamed() -> None:
    rings = CandleRings(10)
    rings.put(a_candle(3, 1.7, closed=False))
    rings.seed([a_candle(1), a_candle(2), a_candle(3, 1.2, closed=False)])
    assert [candle.close for candle in rings.all(BTC, Timeframe.M1)] == [1.0, 1.0, 1.7]


def test_lengths_are_kept_apart_and_dropped_with_their_stream() -> None:
    rings = CandleRings(10)
    rings.put(a_candle(1))
    rings.put(replace(a_candle(1), timeframe=Timeframe.H1))
    rings.drop(MarketChannel(ChannelKind.CANDLES, (BTC,), Timeframe.M1))
    assert rings.all(BTC, Timeframe.M1) == ()
    assert rings.forming(BTC, Timeframe.M1) is None
    assert len(rings.all(BTC, Timeframe.H1)) == 1


def test_a_fetched_candle_closes_one_whose_close_the_stream_did_not_tell() -> None:
    rings = CandleRings(10)
    told = a_candle(1, closed=False)
    rings.put(told)
    rings.seed([replace(told, closed=True, close=told.open)])
    assert rings.all(told.instrument_id, told.timeframe)[0].closed
    rings.seed([replace(told, closed=False)])
    assert rings.all(told.instrument_id, told.timeframe)[0].closed
