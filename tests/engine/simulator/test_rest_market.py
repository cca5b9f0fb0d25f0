"""Candles and statistics over REST: every interval, time zones, windows, and refusals with Binance's codes."""

from __future__ import annotations

from typing import Any

import pytest

from fks_engine.simulator.intervals import DAY_MS, INTERVALS, MINUTE_MS
from tests.engine.simulator.builders import START_MS, World, order, served, world

pytestmark = pytest.mark.anyio


def traded() -> World:
    """A world with three trades: two now, one two minutes later."""
    here = world()
    for quantity, later_ms in (("0.1", 0), ("0.2", 1_500), ("0.3", 2 * MINUTE_MS)):
        here.clock.ms = START_MS + later_ms
        here.exchange.on_matched(here.book.submit(order("BUY", quantity, "60010", duration="IOC"), here.clock.ms))
    return here


async def ask(of: World, path: str, query: str, status: int = 200) -> Any:
    async with served(of) as api:
        got, body = await api.call("GET", path, query)
        assert got == status, body
        return body


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("path", ["klines", "uiKlines"])
async def test_every_interval_has_a_current_candle(interval: str, path: str) -> None:
    row = (await ask(traded(), path, f"symbol=BTCUSDT&interval={interval}"))[-1]
    now_ms = START_MS + 2 * MINUTE_MS
    assert row[0] <= now_ms <= row[6]
    assert (row[4], row[11], len(row)) == ("60010.00000000", "0", 12)


async def test_one_second_candles_are_those_that_traded() -> None:
    rows = await ask(traded(), "klines", f"symbol=BTCUSDT&interval=1s&startTime={START_MS}&limit=3")
    assert [(row[0] - START_MS, row[5], row[8]) for row in rows] == [
        (0, "0.10000000", 1),
        (1_000, "0.20000000", 1),
        (2_000, "0.00000000", 0),
    ]


async def test_start_and_end_bound_the_candles() -> None:
    end_ms = START_MS + MINUTE_MS
    rows = await ask(traded(), "klines", f"symbol=BTCUSDT&interval=1m&startTime={START_MS}&endTime={end_ms}")
    assert [row[0] for row in rows] == [START_MS, end_ms]
    rows = await ask(traded(), "klines", f"symbol=BTCUSDT&interval=1m&endTime={end_ms}&limit=1")
    assert [row[0] for row in rows] == [end_ms]


@pytest.mark.parametrize(
    ("zone", "ahead"), [("0", 0), ("8", 480), ("-1:00", -60), ("05:45", 345), ("-12:00", -720), ("14:00", 840)]
)
async def test_a_time_zone_moves_where_days_begin(zone: str, ahead: int) -> None:
    (row,) = await ask(traded(), "klines", f"symbol=BTCUSDT&interval=1d&limit=1&timeZone={zone}")
    assert (row[0] + ahead * MINUTE_MS) % DAY_MS == 0
    assert row[6] - row[0] == DAY_MS - 1
    (month,) = await ask(traded(), "klines", f"symbol=BTCUSDT&interval=1M&limit=1&timeZone={zone}")
    assert (month[0] + ahead * MINUTE_MS) % DAY_MS == 0


async def test_the_average_price_names_its_minutes_and_its_last_trade() -> None:
    answer = await ask(traded(), "avgPrice", "symbol=BTCUSDT")
    assert answer == {"mins": 5, "price": "60010.00000000", "closeTime": START_MS + 2 * MINUTE_MS}


@pytest.mark.parametrize(
    ("window", "volume"), [("1m", "0.30000000"), ("2m", "0.30000000"), ("3m", "0.60000000"), ("7d", "0.60000000")]
)
async def test_a_window_counts_its_minutes(window: str, volume: str) -> None:
    answer = await ask(traded(), "ticker", f"symbol=BTCUSDT&windowSize={window}")
    assert answer["volume"] == volume
    assert answer["openTime"] % MINUTE_MS == 0
    assert answer["lastPrice"] == "60010.00000000"
    assert not {"bidPrice", "prevClosePrice", "lastQty"} & set(answer)


async def test_the_short_form_of_a_window_is_a_list_for_a_list() -> None:
    (answer,) = await ask(traded(), "ticker", "symbols=%5B%22BTCUSDT%22%5D&type=MINI")
    assert answer["count"] == 3
    assert "priceChange" not in answer


async def test_the_trading_day_begins_at_midnight_of_its_zone() -> None:
    answer = await ask(traded(), "ticker/tradingDay", "symbol=BTCUSDT&timeZone=9")
    assert (answer["openTime"] + 9 * 60 * MINUTE_MS) % DAY_MS == 0
    assert answer["count"] == 3


async def test_historical_trades_begin_at_an_id() -> None:
    found = await ask(traded(), "historicalTrades", "symbol=BTCUSDT&fromId=2&limit=1")
    assert [(trade["id"], trade["qty"]) for trade in found] == [(2, "0.20000000")]
    assert [trade["id"] for trade in await ask(traded(), "historicalTrades", "symbol=BTCUSDT&limit=2")] == [2, 3]


@pytest.mark.parametrize("limit", [5, 10, 20, 50, 100, 500, 1_000, 5_000])
async def test_a_book_of_any_limit_is_an_answer(limit: int) -> None:
    book = await ask(traded(), "depth", f"symbol=BTCUSDT&limit={limit}")
    assert book["bids"] == [["60000.00000000", "1.00000000"]]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("klines", "symbol=BTCUSDT&interval=1d&timeZone=15:00", -1100),
        ("klines", "symbol=BTCUSDT&interval=1d&timeZone=-13", -1100),
        ("klines", "symbol=BTCUSDT&interval=1d&timeZone=x", -1100),
        ("klines", "symbol=BTCUSDT&interval=1d&timeZone=", -1105),
        ("ticker", "symbol=BTCUSDT&windowSize=60m", -1100),
        ("ticker", "symbol=BTCUSDT&windowSize=1d%0A", -1100),
        ("ticker", "symbol=BTCUSDT&windowSize=8d", -1100),
        ("ticker", "windowSize=1d", -1102),
        ("ticker/tradingDay", "", -1102),
        ("ticker", "symbol=NOPE", -1121),
        ("ticker", "symbol=BTCUSDT&type=TINY", -1139),
        ("avgPrice", "", -1102),
        ("historicalTrades", "symbol=BTCUSDT&fromId=x", -1100),
        ("uiKlines", "symbol=BTCUSDT&interval=2d", -1120),
    ],
)
async def test_a_bad_question_gets_binances_code(path: str, query: str, code: int) -> None:
    assert (await ask(world(), path, query, status=400))["code"] == code
