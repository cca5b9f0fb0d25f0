"""REST endpoints that anyone may call: time, exchange information and market data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from fks_engine.simulator import errors, payloads, rules
from fks_engine.simulator.params import SYMBOL
from fks_engine.simulator.rest_market import MarketRest
from fks_engine.simulator.weights import Weight, by_symbols, depth_weight, fixed_weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.handlers import Body, PublicHandler
    from fks_engine.simulator.nouns import PublicTrade
    from fks_engine.simulator.params import Params


class PublicRest:
    """The public endpoints of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._market = MarketRest(exchange, self._symbols)

    def routes(self) -> list[tuple[str, str, Weight, PublicHandler]]:
        """Method, path below /api/v3, weight and handler."""
        return [
            ("GET", "ping", fixed_weight(1), self.ping),
            ("GET", "time", fixed_weight(1), self.time),
            ("GET", "exchangeInfo", fixed_weight(20), self.exchange_info),
            ("GET", "depth", depth_weight, self.depth),
            ("GET", "trades", fixed_weight(25), self.trades),
            ("GET", "aggTrades", fixed_weight(4), self.aggregate_trades),
            ("GET", "historicalTrades", fixed_weight(25), self.historical_trades),
            ("GET", "ticker/price", by_symbols(2, 4, 4), self.price),
            ("GET", "ticker/bookTicker", by_symbols(2, 4, 4), self.book_ticker),
            *self._market.routes(),
        ]

    def ping(self, params: Params) -> Body:
        """Nothing."""
        params.done()
        return {}

    def time(self, params: Params) -> Body:
        """The exchange's clock."""
        params.done()
        return {"serverTime": self._exchange.clock.now_ms()}

    def exchange_info(self, params: Params) -> Body:
        """Symbols with their filters; whoever counts the requests adds the limits."""
        params.ignore("permissions", "showPermissionSets", "symbolStatus")
        symbols, _ = self._symbols(params)
        return {
            "timezone": "UTC",
            "serverTime": self._exchange.clock.now_ms(),
            "exchangeFilters": [],
            "symbols": [
                rules.symbol_body(self._exchange.markets[symbol].rules, self._exchange.status(symbol))
                for symbol in symbols
            ],
        }

    def depth(self, params: Params) -> Body:
        """A book."""
        symbol = self.symbol(params)
        limit = params.limit(100, 5_000)
        params.ignore("symbolStatus")
        params.done()
        return payloads.depth_body(*self._exchange.markets[symbol].depth(limit))

    def trades(self, params: Params) -> Body:
        """Recent trades."""
        symbol = self.symbol(params)
        limit = params.limit(500, 1_000)
        params.done()
        return [_trade_body(trade) for trade in self._exchange.tapes[symbol].trades.newest(limit)]

    def historical_trades(self, params: Params) -> Body:
        """Trades from an id on, as far as they are remembered."""
        symbol = self.symbol(params)
        limit = params.limit(500, 1_000)
        from_id = params.integer("fromId")
        params.done()
        trades = self._exchange.tapes[symbol].trades
        if from_id is None:
            return [_trade_body(trade) for trade in trades.newest(limit)]
        return [_trade_body(trade) for trade in trades if trade.trade_id >= from_id][:limit]

    def aggregate_trades(self, params: Params) -> Body:
        """Recent trades as aggregates of one."""
        symbol = self.symbol(params)
        limit = params.limit(500, 1_000)
        from_id = params.integer("fromId")
        start_ms, end_ms = params.integer("startTime"), params.integer("endTime")
        params.done()
        if from_id is not None and (start_ms is not None or end_ms is not None):
            raise errors.bad_combination()

        kept = self._exchange.tapes[symbol].trades
        chosen = [
            trade
            for trade in kept
            if (from_id is None or trade.trade_id >= from_id)
            and (start_ms is None or trade.time_ms >= start_ms)
            and (end_ms is None or trade.time_ms <= end_ms)
        ]
        newest = from_id is None and start_ms is None
        return [_aggregate_body(trade) for trade in (chosen[-limit:] if newest else chosen[:limit])]

    def price(self, params: Params) -> Body:
        """Last prices."""
        tapes = self._exchange.tapes
        return self._one_or_many(params, lambda s: {"symbol": s, "price": payloads.fixed(tapes[s].last_price)})

    def book_ticker(self, params: Params) -> Body:
        """Best bids and asks."""

        def body(symbol: str) -> dict[str, Any]:
            best = self._exchange.markets[symbol].best()
            return {
                "symbol": symbol,
                "bidPrice": payloads.fixed(best.bid),
                "bidQty": payloads.fixed(best.bid_size),
                "askPrice": payloads.fixed(best.ask),
                "askQty": payloads.fixed(best.ask_size),
            }

        return self._one_or_many(params, body)

    def _one_or_many(self, params: Params, body: Callable[[str], dict[str, Any]]) -> Body:
        params.ignore("symbolStatus")
        symbols, is_one = self._symbols(params)
        return body(symbols[0]) if is_one else [body(symbol) for symbol in symbols]

    def symbol(self, params: Params) -> str:
        """The mandatory symbol; raises ApiError -1102, -1100 or -1121."""
        params.require("symbol")
        symbol = params.matching("symbol", SYMBOL) or ""
        if symbol not in self._exchange.markets:
            raise errors.invalid_symbol()
        return symbol

    def _symbols(self, params: Params) -> tuple[list[str], bool]:
        """The symbols asked for, all when none is named, and whether exactly one was by `symbol`."""
        several = params.text("symbols")
        if several is not None and params.has("symbol"):
            raise errors.bad_combination()

        if several is not None:
            symbols = self._listed(several)
        elif params.has("symbol"):
            symbols = [self.symbol(params)]
        else:
            symbols = list(self._exchange.markets)
        params.done()
        return symbols, params.has("symbol")

    def _listed(self, text: str) -> list[str]:
        try:
            names: Iterable[Any] = orjson.loads(text)
        except orjson.JSONDecodeError:
            names = ()
        symbols = list(names) if isinstance(names, list) else []
        if not symbols or not all(isinstance(name, str) for name in symbols):
            raise errors.illegal("symbols", r'^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$')
        if len(set(symbols)) != len(symbols):
            raise errors.ApiError(-1151, "Symbol is present multiple times in the list.")
        if any(name not in self._exchange.markets for name in symbols):
            raise errors.invalid_symbol()
        return symbols


def _trade_body(trade: PublicTrade) -> dict[str, Any]:
    return {
        "id": trade.trade_id,
        "price": payloads.fixed(trade.price),
        "qty": payloads.fixed(trade.quantity),
        "quoteQty": payloads.fixed(trade.price * trade.quantity),
        "time": trade.time_ms,
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": True,
    }


def _aggregate_body(trade: PublicTrade) -> dict[str, Any]:
    return {
        "a": trade.trade_id,
        "p": payloads.fixed(trade.price),
        "q": payloads.fixed(trade.quantity),
        "f": trade.trade_id,
        "l": trade.trade_id,
        "T": trade.time_ms,
        "m": trade.buyer_is_maker,
        "M": True,
    }
