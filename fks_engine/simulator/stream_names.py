"""The names of the market streams."""

from __future__ import annotations

from fks_engine.simulator.intervals import INTERVALS

ALL_MINI_TICKERS = "!miniTicker@arr"
ALL_TICKERS = "!ticker@arr"
PARTIAL_DEPTHS = (5, 10, 20)
SLOW = ("", "@1000ms")
FAST = "@100ms"
WINDOWS = {"1h": 60, "4h": 240, "1d": 1_440}
"""Rolling windows with a stream, and their minutes."""


def all_window_tickers(window: str) -> str:
    """The stream of every symbol's statistics of a window."""
    return f"!ticker_{window}@arr"


class StreamNames:
    """The stream names of one symbol."""

    __slots__ = (
        "agg_trade",
        "average",
        "depth_fast",
        "depths",
        "kline",
        "mini",
        "partial_fast",
        "partial_slow",
        "quote",
        "ticker",
        "trade",
        "windows",
    )

    def __init__(self, symbol: str) -> None:
        stem = symbol.lower()
        self.trade = f"{stem}@trade"
        self.agg_trade = f"{stem}@aggTrade"
        self.quote = f"{stem}@bookTicker"
        self.average = f"{stem}@avgPrice"
        self.depth_fast = f"{stem}@depth{FAST}"
        self.depths = tuple(f"{stem}@depth{pace}" for pace in SLOW)
        self.mini = f"{stem}@miniTicker"
        self.ticker = f"{stem}@ticker"
        self.windows = {window: f"{stem}@ticker_{window}" for window in WINDOWS}
        self.kline = f"{stem}@kline_"
        self.partial_fast = {f"{stem}@depth{levels}{FAST}": levels for levels in PARTIAL_DEPTHS}
        self.partial_slow = {f"{stem}@depth{levels}{pace}": levels for levels in PARTIAL_DEPTHS for pace in SLOW}

    def all(self) -> list[str]:
        """Every stream of the symbol."""
        plain = [self.trade, self.agg_trade, self.quote, self.average, self.depth_fast, self.mini, self.ticker]
        books = [*self.depths, *self.partial_fast, *self.partial_slow]
        return [*plain, *books, *self.windows.values(), *(self.kline + interval for interval in INTERVALS)]


ALL_SYMBOLS = (ALL_MINI_TICKERS, ALL_TICKERS, *(all_window_tickers(window) for window in WINDOWS))
"""The streams that hold every symbol."""
