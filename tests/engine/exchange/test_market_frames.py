from __future__ import annotations

import json
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from fks_engine.errors import MalformedData
from fks_engine.exchange import market_frames
from fks_engine.exchange.error_map import FRAME_FAULTS
from fks_engine.model import Candle, Quote, Side, Timeframe
from tests.engine.builders import BTC, NOW
from tests.engine.exchange.frames import DAY, DEPTH, KLINE, MARKET_FRAMES, MARKETS, QUOTE, TRADE, is_sound, spoiled

PARSERS = (market_frames.quote, market_frames.trade, market_frames.candle, market_frames.day)


def test_a_quote_keeps_every_digit_and_the_number_of_its_state() -> None:
    quote = market_frames.quote(json.loads(QUOTE), MARKETS, NOW)
    assert quote == Quote(
        BTC, Decimal("61837.63"), Decimal("61837.64"), Decimal("3.78826"), Decimal("1.54698"), 50093239212, NOW, NOW
    )
    assert str(quote.bid) == "61837.63"


def test_an_empty_side_has_price_zero() -> None:
    quote = market_frames.quote(json.loads(QUOTE) | {"a": "0.00000000", "A": "0.00000000"}, MARKETS, NOW)
    assert quote.ask == quote.ask_size == 0


def test_a_crossed_quote_cannot_be_true() -> None:
    with pytest.raises(MalformedData, match="crossed"):
        market_frames.quote(json.loads(QUOTE) | {"a": "61837.63000000"}, MARKETS, NOW)


def test_a_trade_names_the_side_that_took() -> None:
    trade = market_frames.trade(json.loads(TRADE), MARKETS, NOW)
    assert trade.aggressor is Side.SELL
    assert (trade.trade_id, trade.price, trade.quantity) == ("3735683259", Decimal("61837.63"), Decimal("0.02"))
    assert trade.ts_event == 1_723_161_255_342_000_000


def test_a_candle_is_keyed_by_the_time_it_opens() -> None:
    candle = market_frames.candle(json.loads(KLINE), MARKETS, NOW)
    assert candle == Candle(
        BTC, Timeframe.M1, 1_723_161_240_000_000_000, 61830.0, 61840.1, 61820.0, 61828.09, 12.5, False, NOW
    )


def test_a_candle_that_leaves_its_own_range_cannot_be_true() -> None:
    message = json.loads(KLINE)
    message["k"]["c"] = "70000.00000000"
    with pytest.raises(MalformedData, match="over its high"):
        market_frames.candle(message, MARKETS, NOW)


def test_a_fetched_candle_is_closed_two_seconds_after_its_end() -> None:
    row = [1_723_161_240_000, "1.0", "2.0", "0.5", "1.5", "10.0", 1_723_161_299_999, "15.0"]
    end = 1_723_161_300_000_000_000
    assert not market_frames.candle_row(row, BTC, Timeframe.M1, end + 1_999_999_999).closed
    assert market_frames.candle_row(row, BTC, Timeframe.M1, end + 2_000_000_000).closed


def test_the_day_changes_against_its_opening() -> None:
    day = market_frames.day(json.loads(DAY), MARKETS, NOW)
    assert (day.open, day.last, day.quote_volume) == (Decimal(55000), Decimal("61828.09"), Decimal(2400000000))


def test_a_market_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(MalformedData, match="not asked for"):
        market_frames.quote(json.loads(QUOTE) | {"s": "DOGEUSDT"}, MARKETS, NOW)


def test_depth_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(MalformedData, match="before it begins"):
        market_frames.delta(json.loads(DEPTH) | {"U": 50093247957})


@given(spoiled(MARKET_FRAMES))
def test_no_spoiled_frame_gets_through_with_a_number_that_cannot_be_true(message: Any) -> None:
    for parse in PARSERS:
        try:
            event = parse(message, MARKETS, NOW)
        except FRAME_FAULTS:
            continue
        assert all(is_sound(getattr(event, field.name)) for field in fields(event))
