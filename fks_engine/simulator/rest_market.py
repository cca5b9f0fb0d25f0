"""REST endpoints of candles and statistics: klines, average price and tickers of any window."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from fks_engine.simulator import errors, payloads
from fks_engine.simulator.intervals import DAY_MS, INTERVALS, MINUTE_MS, begin
from fks_engine.simulator.tape import AVERAGE_MINUTES
from fks_engine.simulator.weights import Weight, by_symbols, fixed_weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.handlers import Body, PublicHandler
    from fks_engine.simulator.params import Params
    from fks_engine.simulator.tape import DayStatistics

    Symbols = Callable[[Params], tuple[list[str], bool]]
    """The symbols asked for, all when none is named, and whether exactly one was by `symbol`; ends the reading."""

FAR_HISTORY_MS = 40 * DAY_MS
"""A candle query that reaches further back is worked out in a thread."""
WINDOW = r"^([1-9]|[1-5][0-9])m$|^([1-9]|1[0-9]|2[0-3])h$|^[1-7]d$"
WINDOW_UNITS = {"m": 1, "h": 60, "d": 1_440}
TIME_ZONE = r"^[+-]?([0-9]|0[0-9]|1[0-4])(:[0-5][0-9])?$"
_WINDOW, _TIME_ZONE = (re.compile(pattern.replace("$", r"\Z")) for pattern in (WINDOW, TIME_ZONE))
EARLIEST_ZONE, LATEST_ZONE = -12 * 60, 14 * 60
LONGEST_ZONE_MS = LATEST_ZONE * MINUTE_MS
MOST_SYMBOLS = 100
DAY_ONLY = ("bidPrice", "bidQty", "askPrice", "askQty", "prevClosePrice", "lastQty")
FULL_ONLY = (*DAY_ONLY, "priceChange", "priceChangePercent", "weightedAvgPrice")


def per_symbol(one: int, most: int) -> Weight:
    """So much for every symbol named, up to `most`."""
    return lambda params: min(most, one * (params.peek("symbols").count(",") + 1))


class MarketRest:
    """The endpoints of what the tapes know."""

    def __init__(self, exchange: Exchange, symbols: Symbols) -> None:
        self._exchange = exchange
        self._symbols = symbols

    def routes(self) -> list[tuple[str, str, Weight, PublicHandler]]:
        """Method, path below /api/v3, weight and handler."""
        return [
            ("GET", "klines", fixed_weight(2), self.klines),
            ("GET", "uiKlines", fixed_weight(2), self.klines),
            ("GET", "avgPrice", fixed_weight(2), self.average_price),
            ("GET", "ticker", per_symbol(4, 200), self.window),
            ("GET", "ticker/24hr", by_symbols(2, 40, 80), self.day),
            ("GET", "ticker/tradingDay", per_symbol(4, 200), self.trading_day),
        ]

    def _symbol(self, params: Params) -> str:
        params.require("symbol")
        return self._symbols(params)[0][0]

    async def klines(self, params: Params) -> Body:
        """Candles of an interval, on the clocks of a time zone."""
        params.require("symbol")
        interval = params.require("interval")
        if interval not in INTERVALS:
            raise errors.invalid_interval()

        limit = params.limit(500, 1_000)
        start_ms, end_ms = params.integer("startTime"), params.integer("endTime")
        offset_ms = _offset_ms(params)
        symbol = self._symbol(params)
        now_ms = self._exchange.drive.now_ms()
        most = now_ms + 400 * DAY_MS
        candles = self._exchange.tapes[symbol].candles
        start_ms = None if start_ms is None else min(start_ms, most)
        end_ms = None if end_ms is None else min(end_ms, most)
        candles.advance(now_ms)
        first_ms, final_ms = candles.span(interval, start_ms, end_ms, limit, offset_ms)
        first_ms = max(first_ms, -LONGEST_ZONE_MS)
        if now_ms - first_ms > FAR_HISTORY_MS and interval != "1s":
            await asyncio.to_thread(candles.past, interval, first_ms, offset_ms)
        found = candles.query(interval, first_ms, final_ms, limit, offset_ms)
        return [payloads.candle_row(interval, candle, offset_ms) for candle in found]

    def average_price(self, params: Params) -> Body:
        """The average price of the newest minutes."""
        tape = self._exchange.tapes[self._symbol(params)]
        last = tape.trades.last
        closed_ms = last.time_ms if last else self._exchange.drive.now_ms()
        return {"mins": AVERAGE_MINUTES, "price": payloads.fixed(tape.average_price()), "closeTime": closed_ms}

    async def day(self, params: Params) -> Body:
        """The last 24 hours; others get a turn while those of many symbols are added up."""
        is_mini = _is_mini(params)
        params.ignore("symbolStatus")
        now_ms = self._exchange.drive.now_ms()

        def body(symbol: str) -> dict[str, Any]:
            best = self._exchange.markets[symbol].best()
            return payloads.day_body(symbol, self._exchange.tapes[symbol].day(now_ms), best)

        symbols, is_one = self._symbols(params)
        if not is_one:
            for symbol in symbols:
                self._exchange.tapes[symbol].day(now_ms)
                await asyncio.sleep(0)
        return _bodies(symbols, is_one, body, FULL_ONLY if is_mini else ())

    def window(self, params: Params) -> Body:
        """A window of minutes, hours or days that ends now."""
        size = params.text("windowSize") or "1d"
        if not _WINDOW.match(size):
            raise errors.illegal("windowSize", WINDOW)
        minutes = int(size[:-1]) * WINDOW_UNITS[size[-1]]
        return self._statistics(params, lambda now_ms: minutes)

    def trading_day(self, params: Params) -> Body:
        """The calendar day of a time zone."""
        offset_ms = _offset_ms(params)
        return self._statistics(params, lambda now_ms: (now_ms - begin("1d", now_ms, offset_ms)) // MINUTE_MS + 1)

    def _statistics(self, params: Params, minutes: Callable[[int], int]) -> Body:
        is_mini = _is_mini(params)
        params.ignore("symbolStatus")
        if not params.has("symbol") and not params.has("symbols"):
            raise errors.one_of("symbol", "symbols")

        symbols, is_one = self._symbols(params)
        if len(symbols) > MOST_SYMBOLS:
            raise errors.invalid_data("symbols")
        now_ms = self._exchange.drive.now_ms()
        count = minutes(now_ms)

        def body(symbol: str) -> dict[str, Any]:
            statistics: DayStatistics = self._exchange.tapes[symbol].window(count, now_ms)
            return payloads.day_body(symbol, statistics, self._exchange.markets[symbol].best())

        return _bodies(symbols, is_one, body, FULL_ONLY if is_mini else DAY_ONLY)


def _bodies(
    symbols: list[str], is_one: bool, body: Callable[[str], dict[str, Any]], dropped: tuple[str, ...]
) -> dict[str, Any] | list[Any]:
    made = [{name: value for name, value in body(symbol).items() if name not in dropped} for symbol in symbols]
    return made[0] if is_one else made


def _is_mini(params: Params) -> bool:
    kind = params.text("type")
    if kind not in (None, "FULL", "MINI"):
        raise errors.ApiError(-1139, "Invalid ticker type.")
    return kind == "MINI"


def _offset_ms(params: Params) -> int:
    """How far the clocks of parameter `timeZone` ("-1:00", "05:45", "8") are ahead of UTC."""
    text = params.text("timeZone")
    if text is None:
        return 0
    if not _TIME_ZONE.match(text.strip()):
        raise errors.illegal("timeZone", TIME_ZONE)

    hours, _, minutes = text.strip().lstrip("+-").partition(":")
    offset = int(hours) * 60 + int(minutes or 0)
    offset = -offset if text.strip().startswith("-") else offset
    if not EARLIEST_ZONE <= offset <= LATEST_ZONE:
        raise errors.illegal("timeZone", TIME_ZONE)
    return offset * MINUTE_MS
