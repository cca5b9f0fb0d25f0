"""Binance's JSON shapes of the market: streams as ready bytes, candles and statistics as dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fks_engine.simulator.intervals import following

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from fks_engine.simulator.nouns import Candle, DepthChange, Level, PublicTrade, Quote
    from fks_engine.simulator.tape import DayStatistics


def trade_event(trade: PublicTrade) -> bytes:
    """A `trade` stream message."""
    return (
        f'{{"e":"trade","E":{trade.event_ms},"s":"{trade.symbol}","t":{trade.trade_id},"p":"{trade.price:.8f}"'
        f',"q":"{trade.quantity:.8f}","T":{trade.time_ms},"m":{_flag(trade.buyer_is_maker)},"M":true}}'
    ).encode()


def aggregate_trade_event(trade: PublicTrade) -> bytes:
    """An `aggTrade` stream message; every trade is an aggregate of its own."""
    return (
        f'{{"e":"aggTrade","E":{trade.event_ms},"s":"{trade.symbol}","a":{trade.trade_id},"p":"{trade.price:.8f}"'
        f',"q":"{trade.quantity:.8f}","f":{trade.trade_id},"l":{trade.trade_id},"T":{trade.time_ms}'
        f',"m":{_flag(trade.buyer_is_maker)},"M":true}}'
    ).encode()


def quote_event(quote: Quote) -> bytes:
    """A `bookTicker` stream message."""
    return (
        f'{{"u":{quote.update_id},"s":"{quote.symbol}","b":"{quote.bid:.8f}","B":"{quote.bid_size:.8f}"'
        f',"a":"{quote.ask:.8f}","A":"{quote.ask_size:.8f}"}}'
    ).encode()


def depth_event(change: DepthChange) -> bytes:
    """A `depth` stream message."""
    return (
        f'{{"e":"depthUpdate","E":{change.event_ms},"s":"{change.symbol}","U":{change.first_id}'
        f',"u":{change.final_id},"b":{_levels(change.bids)},"a":{_levels(change.asks)}}}'
    ).encode()


def _levels(levels: Iterable[Level]) -> str:
    return "[" + ",".join(f'["{price:.8f}","{size:.8f}"]' for price, size in levels) + "]"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def depth_body(last_update_id: int, bids: list[Level], asks: list[Level]) -> bytes:
    """The answer of GET depth."""
    return f'{{"lastUpdateId":{last_update_id},"bids":{_levels(bids)},"asks":{_levels(asks)}}}'.encode()


def candle_event(symbol: str, interval: str, candle: Candle, event_ms: int, closed: bool) -> dict[str, Any]:
    """A `kline` stream message."""
    return {
        "e": "kline",
        "E": event_ms,
        "s": symbol,
        "k": {
            "t": candle.open_ms,
            "T": following(interval, candle.open_ms) - 1,
            "s": symbol,
            "i": interval,
            "f": candle.first_trade_id,
            "L": candle.last_trade_id,
            "o": fixed(candle.open),
            "c": fixed(candle.close),
            "h": fixed(candle.high),
            "l": fixed(candle.low),
            "v": fixed(candle.volume),
            "n": candle.trades,
            "x": closed,
            "q": fixed(candle.quote_volume),
            "V": fixed(candle.taker_base),
            "Q": fixed(candle.taker_quote),
            "B": "0",
        },
    }


def candle_row(interval: str, candle: Candle, offset_ms: int = 0) -> list[int | str]:
    """One row of GET klines, on clocks that are `offset_ms` ahead of UTC."""
    return [
        candle.open_ms,
        fixed(candle.open),
        fixed(candle.high),
        fixed(candle.low),
        fixed(candle.close),
        fixed(candle.volume),
        following(interval, candle.open_ms, offset_ms) - 1,
        fixed(candle.quote_volume),
        candle.trades,
        fixed(candle.taker_base),
        fixed(candle.taker_quote),
        "0",
    ]


def mini_ticker_event(symbol: str, day: DayStatistics, event_ms: int) -> dict[str, Any]:
    """A `miniTicker` stream message."""
    return {
        "e": "24hrMiniTicker",
        "E": event_ms,
        "s": symbol,
        "c": fixed(day.last),
        "o": fixed(day.open),
        "h": fixed(day.high),
        "l": fixed(day.low),
        "v": fixed(day.volume),
        "q": fixed(day.quote_volume),
    }


def ticker_event(symbol: str, day: DayStatistics, quote: Quote, event_ms: int) -> dict[str, Any]:
    """A `ticker` stream message."""
    change = day.last - day.open
    return {
        "e": "24hrTicker",
        "E": event_ms,
        "s": symbol,
        "p": fixed(change),
        "P": _percent(change, day.open),
        "w": _average(day),
        "x": fixed(day.open),
        "c": fixed(day.last),
        "Q": fixed(day.last_quantity),
        "b": fixed(quote.bid),
        "B": fixed(quote.bid_size),
        "a": fixed(quote.ask),
        "A": fixed(quote.ask_size),
        "o": fixed(day.open),
        "h": fixed(day.high),
        "l": fixed(day.low),
        "v": fixed(day.volume),
        "q": fixed(day.quote_volume),
        "O": day.open_ms,
        "C": day.close_ms,
        "F": day.first_id,
        "L": day.last_id,
        "n": day.trades,
    }


def window_event(symbol: str, window: str, statistics: DayStatistics, event_ms: int) -> dict[str, Any]:
    """A `ticker_1h`, `ticker_4h` or `ticker_1d` stream message."""
    change = statistics.last - statistics.open
    return {
        "e": f"{window}Ticker",
        "E": event_ms,
        "s": symbol,
        "p": fixed(change),
        "P": _percent(change, statistics.open),
        "o": fixed(statistics.open),
        "h": fixed(statistics.high),
        "l": fixed(statistics.low),
        "c": fixed(statistics.last),
        "w": _average(statistics),
        "v": fixed(statistics.volume),
        "q": fixed(statistics.quote_volume),
        "O": statistics.open_ms,
        "C": statistics.close_ms,
        "F": statistics.first_id,
        "L": statistics.last_id,
        "n": statistics.trades,
    }


def average_price_event(symbol: str, price: Decimal, traded_ms: int, event_ms: int) -> dict[str, Any]:
    """An `avgPrice` stream message."""
    return {"e": "avgPrice", "E": event_ms, "s": symbol, "i": "5m", "w": fixed(price), "T": traded_ms}


def day_body(symbol: str, day: DayStatistics, quote: Quote) -> dict[str, Any]:
    """One symbol of GET ticker/24hr."""
    change = day.last - day.open
    return {
        "symbol": symbol,
        "priceChange": fixed(change),
        "priceChangePercent": _percent(change, day.open),
        "weightedAvgPrice": _average(day),
        "prevClosePrice": fixed(day.open),
        "lastPrice": fixed(day.last),
        "lastQty": fixed(day.last_quantity),
        "bidPrice": fixed(quote.bid),
        "bidQty": fixed(quote.bid_size),
        "askPrice": fixed(quote.ask),
        "askQty": fixed(quote.ask_size),
        "openPrice": fixed(day.open),
        "highPrice": fixed(day.high),
        "lowPrice": fixed(day.low),
        "volume": fixed(day.volume),
        "quoteVolume": fixed(day.quote_volume),
        "openTime": day.open_ms,
        "closeTime": day.close_ms,
        "firstId": day.first_id,
        "lastId": day.last_id,
        "count": day.trades,
    }


def _percent(change: Decimal, base: Decimal) -> str:
    return f"{change / base * 100:.3f}" if base else "0.000"


def _average(day: DayStatistics) -> str:
    return fixed(day.quote_volume / day.volume if day.volume else day.last)


def fixed(value: Decimal) -> str:
    """A number with eight decimals, as Binance writes them."""
    return f"{value:.8f}"
