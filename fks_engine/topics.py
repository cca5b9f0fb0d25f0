"""The topics of the engine's bus and what each does when a subscriber is too slow."""

from __future__ import annotations

from fks_engine.bus import DropOldest, KeepAll, NewestWins, Topic
from fks_engine.model import BalancesChanged, Candle, DayStatistics, Fill, Order, OrderBook, OrderReport, Quote, Trade


class Bus:
    """Every topic, once. Quotes, books, candles and statistics: newest wins. Tape: oldest dropped. The rest: kept."""

    def __init__(self) -> None:
        self.quotes: Topic[Quote] = Topic("quotes", NewestWins(lambda quote: quote.instrument_id))
        self.books: Topic[OrderBook] = Topic("books", NewestWins(lambda book: book.instrument_id))
        self.trades: Topic[Trade] = Topic("trades", DropOldest(10_000))
        self.candles: Topic[Candle] = Topic(
            "candles", NewestWins(lambda candle: (candle.instrument_id, candle.timeframe, candle.ts_open))
        )
        self.statistics: Topic[DayStatistics] = Topic("statistics", NewestWins(lambda day: day.instrument_id))
        self.order_reports: Topic[OrderReport] = Topic("order_reports", KeepAll())
        self.fills: Topic[Fill] = Topic("fills", KeepAll())
        self.balances: Topic[BalancesChanged] = Topic("balances", KeepAll())
        self.orders: Topic[Order] = Topic("orders", KeepAll())
