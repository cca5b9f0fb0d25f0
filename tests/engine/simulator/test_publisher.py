"""The publisher: every stream's shape and pace, and nothing for streams that nobody listens to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from fks_engine.simulator.nouns import DepthChange
from fks_engine.simulator.stream_names import ALL_SYMBOLS, StreamNames
from tests.engine.simulator.builders import START_MS, World, order, world


class Ear:
    """A listener that keeps what it hears."""

    combined = False

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def offer(self, data: bytes) -> None:
        self.heard.append(orjson.loads(data))

    def take(self) -> list[Any]:
        heard, self.heard = self.heard, []
        return heard


def listening(*streams: str) -> tuple[World, Ear]:
    here, ear = world(), Ear()
    for stream in streams:
        assert here.exchange.publisher.exists(stream)
        here.exchange.hub.subscribe(ear, stream)
    here.exchange.publisher.tick(with_candles=False)
    ear.take()
    return here, ear


def trade(of: World, quantity: str = "0.1") -> None:
    of.exchange.on_matched(of.book.submit(order("BUY", quantity, "60010", duration="IOC"), of.clock.now_ms()))


def tick(of: World, with_candles: bool = False) -> None:
    of.exchange.publisher.tick(with_candles)


def test_the_average_price_is_pushed_when_something_traded() -> None:
    here, ear = listening("btcusdt@avgPrice")
    tick(here)
    assert ear.take() == []
    trade(here)
    tick(here)
    expected = {"e": "avgPrice", "E": START_MS, "s": "BTCUSDT", "i": "5m", "w": "60010.00000000", "T": START_MS}
    assert ear.take() == [expected]
    tick(here)
    assert ear.take() == []


@pytest.mark.parametrize("window", ["1h", "4h", "1d"])
def test_a_rolling_window_says_its_size_and_begins_on_a_minute(window: str) -> None:
    here, ear = listening(f"btcusdt@ticker_{window}", f"!ticker_{window}@arr")
    trade(here)
    tick(here)
    single, everyone = ear.take()
    assert everyone == [single]
    assert (single["e"], single["c"], single["v"]) == (f"{window}Ticker", "60010.00000000", "0.10000000")
    assert single["O"] % 60_000 == 0
    assert single["C"] == START_MS


def test_all_tickers_hold_only_the_symbols_that_traded() -> None:
    here, ear = listening("!ticker@arr", "!miniTicker@arr")
    tick(here)
    assert ear.take() == []
    trade(here)
    tick(here)
    assert sorted(message[0]["e"] for message in ear.take()) == ["24hrMiniTicker", "24hrTicker"]


def test_a_partial_book_follows_each_change_or_each_second() -> None:
    here, ear = listening("btcusdt@depth5@100ms", "btcusdt@depth10", "btcusdt@depth20@1000ms")
    level = (Decimal(60_000), Decimal(1))
    for number in (1, 2):
        here.exchange.on_depth(DepthChange("BTCUSDT", number, number, [level], [], START_MS))
    fast = ear.take()
    assert [set(book) for book in fast] == [{"lastUpdateId", "bids", "asks"}] * 2
    assert fast[0]["bids"] == [["60000.00000000", "1.00000000"]]
    tick(here)
    assert len(ear.take()) == 2
    tick(here)
    assert ear.take() == []


def test_both_spellings_of_the_slow_depth_stream_say_the_same() -> None:
    here, ear = listening("btcusdt@depth", "btcusdt@depth@1000ms")
    for number in (1, 2):
        change = DepthChange("BTCUSDT", number, number, [(Decimal(59_000), Decimal(number))], [], START_MS)
        here.exchange.on_depth(change)
    tick(here)
    first, second = ear.take()
    assert first == second
    assert (first["U"], first["u"], first["b"]) == (1, 2, [["59000.00000000", "2.00000000"]])


def test_one_second_candles_close_each_second_and_come_at_no_other_time() -> None:
    here, ear = listening("btcusdt@kline_1s")
    trade(here)
    tick(here, with_candles=True)
    assert ear.take() == []
    here.clock.ms += 2_000
    tick(here)
    candles = [message["k"] for message in ear.take()]
    assert [(c["t"] - START_MS, c["T"] - c["t"], c["n"], c["x"]) for c in candles] == [
        (0, 999, 1, True),
        (1_000, 999, 0, True),
    ]


def test_longer_candles_come_when_it_is_their_turn() -> None:
    here, ear = listening("btcusdt@kline_1m", "btcusdt@kline_1M")
    trade(here)
    tick(here, with_candles=False)
    assert ear.take() == []
    tick(here, with_candles=True)
    assert sorted(message["k"]["i"] for message in ear.take()) == ["1M", "1m"]


def test_every_name_is_a_stream_and_no_other() -> None:
    here = world()
    names = StreamNames("BTCUSDT").all()
    assert len(set(names)) == len(names)
    assert all(here.exchange.publisher.exists(name) for name in (*names, *ALL_SYMBOLS))
    for name in ("BTCUSDT@trade", "btcusdt@kline_7m", "btcusdt@depth7", "btcusdt", "", "!bookTicker"):
        assert not here.exchange.publisher.exists(name)


def test_the_hub_knows_the_symbols_somebody_listens_to() -> None:
    here, ear = listening("btcusdt@trade", "!ticker@arr")
    hub = here.exchange.hub
    assert hub.symbols() == {"BTCUSDT"}
    hub.unsubscribe(ear, "btcusdt@trade")
    assert hub.symbols() == set()
    hub.subscribe(ear, "btcusdt@depth")
    assert here.exchange.followed() == {"BTCUSDT"}
