"""Binance's JSON shapes: market streams as ready bytes, orders and accounts as dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fks_engine.simulator.intervals import following
from fks_engine.simulator.nouns import OrderStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from fks_engine.simulator.account import Account, Balance, Fill
    from fks_engine.simulator.nouns import Candle, DepthChange, Level, Order, PublicTrade, Quote
    from fks_engine.simulator.tape import DayStatistics

STP_MODE = "EXPIRE_MAKER"


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


def candle_row(interval: str, candle: Candle) -> list[int | str]:
    """One row of GET klines."""
    return [
        candle.open_ms,
        fixed(candle.open),
        fixed(candle.high),
        fixed(candle.low),
        fixed(candle.close),
        fixed(candle.volume),
        following(interval, candle.open_ms) - 1,
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


def order_ack(order: Order, time_ms: int) -> dict[str, Any]:
    """The ACK answer of POST order."""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "transactTime": time_ms,
    }


def _order_numbers(order: Order) -> dict[str, Any]:
    return {
        "price": fixed(order.price),
        "origQty": fixed(order.quantity),
        "executedQty": fixed(order.filled),
        "origQuoteOrderQty": fixed(order.quote_quantity),
        "cummulativeQuoteQty": fixed(order.quote_filled),
        "status": order.status.value,
        "timeInForce": order.time_in_force.value,
        "type": order.type.value,
        "side": order.side.value,
    }


def order_result(order: Order, time_ms: int) -> dict[str, Any]:
    """The RESULT answer of POST order."""
    numbers = _order_numbers(order)
    return order_ack(order, time_ms) | numbers | {"workingTime": order.working_ms, "selfTradePreventionMode": STP_MODE}


def order_full(order: Order, fills: Iterable[Fill], time_ms: int) -> dict[str, Any]:
    """The FULL answer of POST order."""
    rows = [
        {
            "price": fixed(fill.price),
            "qty": fixed(fill.quantity),
            "commission": fixed(fill.commission),
            "commissionAsset": fill.commission_asset,
            "tradeId": fill.trade_id,
        }
        for fill in fills
    ]
    return order_result(order, time_ms) | {"fills": rows}


def canceled_order(order: Order, cancel_id: str, time_ms: int) -> dict[str, Any]:
    """The answer of DELETE order."""
    head = {"symbol": order.symbol, "origClientOrderId": order.client_order_id}
    ack = order_ack(order, time_ms) | {"clientOrderId": cancel_id}
    return head | ack | _order_numbers(order) | {"selfTradePreventionMode": STP_MODE}


def order_body(order: Order) -> dict[str, Any]:
    """An order as GET order, openOrders and allOrders show it."""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        **_order_numbers(order),
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": order.working_ms >= 0 or not order.status.is_open,
        "workingTime": order.working_ms,
        "selfTradePreventionMode": STP_MODE,
    }


def fill_body(fill: Fill) -> dict[str, Any]:
    """A row of GET myTrades."""
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": -1,
        "price": fixed(fill.price),
        "qty": fixed(fill.quantity),
        "quoteQty": fixed(fill.quote_quantity),
        "commission": fixed(fill.commission),
        "commissionAsset": fill.commission_asset,
        "time": fill.time_ms,
        "isBuyer": fill.side.value == "BUY",
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def account_body(account: Account, omit_zero: bool) -> dict[str, Any]:
    """The answer of GET account."""
    balances = [
        {"asset": asset, "free": fixed(balance.free), "locked": fixed(balance.locked)}
        for asset, balance in sorted(account.balances.items())
        if balance.free or balance.locked or not omit_zero
    ]
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": "0.00100000",
            "taker": "0.00100000",
            "buyer": "0.00000000",
            "seller": "0.00000000",
        },
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": account.updated_ms,
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": 1,
    }


def position_event(balances: Iterable[tuple[str, Balance]], time_ms: int) -> dict[str, Any]:
    """An outboundAccountPosition event."""
    rows = [{"a": asset, "f": fixed(balance.free), "l": fixed(balance.locked)} for asset, balance in balances]
    return {"e": "outboundAccountPosition", "E": time_ms, "u": time_ms, "B": rows}


def order_event(
    order: Order, kind: str, execution_id: int, time_ms: int, fill: Fill | None = None, cancel_id: str = ""
) -> dict[str, Any]:
    """An executionReport event; `kind` is NEW, TRADE, CANCELED, EXPIRED or TRADE_PREVENTION."""
    is_new = kind == "NEW"
    return {
        "e": "executionReport",
        "E": time_ms,
        "s": order.symbol,
        "c": cancel_id or order.client_order_id,
        "S": order.side.value,
        "o": order.type.value,
        "f": order.time_in_force.value,
        "q": fixed(order.quantity),
        "p": fixed(order.price),
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": order.client_order_id if cancel_id else "",
        "x": kind,
        "X": OrderStatus.NEW.value if is_new else order.status.value,
        "r": "NONE",
        "i": order.order_id,
        "l": fixed(fill.quantity) if fill else "0.00000000",
        "z": "0.00000000" if is_new else fixed(order.filled),
        "L": fixed(fill.price) if fill else "0.00000000",
        "n": fixed(fill.commission) if fill else "0",
        "N": fill.commission_asset if fill else None,
        "T": fill.time_ms if fill else time_ms,
        "t": fill.trade_id if fill else -1,
        "I": execution_id,
        "w": is_new or order.status.is_open,
        "m": fill.is_maker if fill else False,
        "M": False,
        "O": order.created_ms,
        "Z": "0.00000000" if is_new else fixed(order.quote_filled),
        "Y": fixed(fill.quote_quantity) if fill else "0.00000000",
        "Q": fixed(order.quote_quantity),
        "W": order.created_ms if is_new or order.working_ms < 0 else order.working_ms,
        "V": STP_MODE,
    }
