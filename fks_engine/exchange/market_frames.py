"""Binance's market frames as quotes, trades, candles and day statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fks_engine.errors import MalformedData
from fks_engine.exchange.parsing import (
    Frame,
    flag,
    frame,
    identifier,
    items,
    nanoseconds,
    number,
    shown,
    stepped,
    unsigned,
)
from fks_engine.model import Candle, DayStatistics, Quote, Side, Timeframe, Trade

if TYPE_CHECKING:
    from fks_engine.model import Instrument, InstrumentId

Markets = Mapping[str, "Instrument"]
"""Instruments by the exchange's own name for them: `BTCUSDT`."""


def market(name: object, markets: Markets) -> Instrument:
    """The instrument that a frame is about. Raises MalformedData for one that was not asked for."""
    instrument = markets.get(name) if isinstance(name, str) else None
    if instrument is None:
        raise MalformedData(f"a market that was not asked for: {shown(name)}")
    return instrument


def quote(message: Frame, markets: Markets, ts_received: int) -> Quote:
    """A `bookTicker` frame: it carries the number of the book's state, but no time.

    A side without orders has price and size zero. Raises MalformedData, as every function here does.
    """
    instrument = market(message["s"], markets)
    bid, ask = stepped(message["b"], instrument.tick_size), stepped(message["a"], instrument.tick_size)
    if bid >= ask > 0:
        raise MalformedData(f"crossed quote: bid {bid} and ask {ask}")
    return Quote(
        instrument.id,
        bid,
        ask,
        stepped(message["B"], instrument.step_size),
        stepped(message["A"], instrument.step_size),
        identifier(message["u"]),
        ts_received,
        ts_received,
    )


def quoted(message: Frame, markets: Markets, ts_received: int) -> Quote:
    """The answer to a request for the best prices; it has no number."""
    fields = {"s": "symbol", "b": "bidPrice", "B": "bidQty", "a": "askPrice", "A": "askQty"}
    return quote({"u": 0} | {short: message[long] for short, long in fields.items()}, markets, ts_received)


def trade(message: Frame, markets: Markets, ts_received: int) -> Trade:
    """A `trade` frame."""
    instrument = market(message["s"], markets)
    return Trade(
        instrument.id,
        str(identifier(message["t"])),
        stepped(message["p"], instrument.tick_size),
        stepped(message["q"], instrument.step_size),
        Side.SELL if flag(message["m"]) else Side.BUY,
        nanoseconds(message["T"]),
        ts_received,
    )


def candle(message: Frame, markets: Markets, ts_received: int) -> Candle:
    """A `kline` frame: the candle so far, or its last word."""
    kline = frame(message["k"])
    instrument = market(message["s"], markets)
    return _checked(
        Candle(
            instrument.id,
            _timeframe(kline["i"]),
            nanoseconds(kline["t"]),
            number(kline["o"]),
            number(kline["h"]),
            number(kline["l"]),
            number(kline["c"]),
            number(kline["v"]),
            flag(kline["x"]),
            ts_received,
        )
    )


def candle_row(row: object, instrument_id: InstrumentId, timeframe: Timeframe, ts_received: int) -> Candle:
    """One row of the answer to a request for candles: closed once its end is two seconds past."""
    values = items(row)
    ts_open = nanoseconds(values[0])
    end = ts_open + timeframe.seconds * 1_000_000_000
    first, high, low, last, volume = (number(value) for value in values[1:6])
    closed = ts_received >= end + 2_000_000_000
    return _checked(Candle(instrument_id, timeframe, ts_open, first, high, low, last, volume, closed))


def day(message: Frame, markets: Markets, ts_received: int) -> DayStatistics:
    """A `24hrMiniTicker` frame."""
    instrument = market(message["s"], markets)
    tick = instrument.tick_size
    return DayStatistics(
        instrument.id,
        stepped(message["o"], tick),
        stepped(message["h"], tick),
        stepped(message["l"], tick),
        stepped(message["c"], tick),
        unsigned(message["q"]),
        ts_received,
    )


def day_answered(message: Frame, markets: Markets, ts_received: int) -> DayStatistics:
    """The answer to a request for the last 24 hours."""
    fields = {
        "s": "symbol", "o": "openPrice", "h": "highPrice", "l": "lowPrice", "c": "lastPrice", "q": "quoteVolume",
    }  # fmt: skip
    return day({short: message[long] for short, long in fields.items()}, markets, ts_received)


def delta(message: Frame) -> None:
    """Check the numbers of a `depthUpdate` frame; its levels are checked as they enter the book."""
    first, final = identifier(message["U"]), identifier(message["u"])
    if first > final:
        raise MalformedData(f"depth that ends at {final} before it begins at {first}")
    nanoseconds(message["E"])
    items(message["b"])
    items(message["a"])


def _timeframe(text: object) -> Timeframe:
    try:
        return Timeframe(str(text))
    except ValueError:
        raise MalformedData(f"a candle of unknown length {shown(text)}") from None


def _checked(candle: Candle) -> Candle:
    if candle.low > min(candle.open, candle.close):
        raise MalformedData("a candle that opens or closes under its low")
    if candle.high < max(candle.open, candle.close):
        raise MalformedData("a candle that opens or closes over its high")
    return candle
