"""Nouns with every field filled in, so that a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from fks_engine.api import SubmitOrder
from fks_engine.clock import NANOS
from fks_engine.model import (
    Balance,
    BalancesChanged,
    Fill,
    Instrument,
    InstrumentId,
    Level,
    Order,
    OrderBook,
    OrderReport,
    OrderStatus,
    OrderType,
    Quote,
    Side,
    TimeInForce,
    Trade,
    instrument_id,
)

BTC = instrument_id("binance", "BTC/USDT")
ETH = instrument_id("binance", "ETH/USDT")
ETH_IN_BTC = instrument_id("binance", "ETH/BTC")
NOW = 1_700_000_000 * NANOS
"""Where a ManualClock starts."""


def number(value: Decimal | str | int | None) -> Decimal | None:
    """`value` as a Decimal; None stays None."""
    return None if value is None else Decimal(value)


def an_instrument(market: str = "BTC/USDT", **changes: Any) -> Instrument:
    """A market with cents as ticks and rules like Binance's."""
    base, _, quote = market.partition("/")
    instrument = Instrument(
        id=instrument_id("binance", market),
        base=base,
        quote=quote,
        tick_size=Decimal("0.01"),
        step_size=Decimal("0.00001"),
        min_quantity=Decimal("0.00001"),
        max_quantity=Decimal(9_000),
        min_notional=Decimal(5),
        max_market_quantity=Decimal(100),
        price_multiplier_up=Decimal(5),
        price_multiplier_down=Decimal("0.2"),
    )
    return replace(instrument, **changes)


def a_quote(
    bid: Decimal | str | int = "60000.00",
    ask: Decimal | str | int = "60000.01",
    *,
    instrument: InstrumentId = BTC,
    **changes: Any,
) -> Quote:
    """The top of a book."""
    quote = Quote(instrument, Decimal(bid), Decimal(ask), Decimal(2), Decimal(3), 1, NOW, NOW)
    return replace(quote, **changes)


def a_trade(price: Decimal | str | int = "60000.01", quantity: Decimal | str = "0.5", **changes: Any) -> Trade:
    """A public execution."""
    return replace(Trade(BTC, "1", Decimal(price), Decimal(quantity), Side.BUY, NOW, NOW), **changes)


def a_book(
    bids: tuple[tuple[str, str], ...] = (("60000.00", "2"), ("59999.00", "5")),
    asks: tuple[tuple[str, str], ...] = (("60000.01", "3"), ("60001.00", "5")),
    **changes: Any,
) -> OrderBook:
    """Depth from (price, size) texts."""
    book = OrderBook(
        BTC,
        tuple(Level(Decimal(price), Decimal(size)) for price, size in bids),
        tuple(Level(Decimal(price), Decimal(size)) for price, size in asks),
        1,
        NOW,
        NOW,
    )
    return replace(book, **changes)


def a_submit(
    side: Side = Side.BUY,
    quantity: Decimal | str | int = "0.1",
    limit_price: Decimal | str | int | None = "59000.00",
    **changes: Any,
) -> SubmitOrder:
    """A command for a limit order, or for a market order when `limit_price` is None."""
    command = SubmitOrder(
        instrument_id=BTC,
        side=side,
        order_type=OrderType.MARKET if limit_price is None else OrderType.LIMIT,
        quantity=Decimal(quantity),
        limit_price=number(limit_price),
    )
    return replace(command, **changes)


def an_order(
    side: Side = Side.BUY,
    quantity: Decimal | str | int = "0.1",
    limit_price: Decimal | str | int | None = "59000.00",
    **changes: Any,
) -> Order:
    """A limit order that the exchange has accepted, or a market order when `limit_price` is None."""
    order = Order(
        client_order_id="fks-1",
        instrument_id=BTC,
        side=side,
        order_type=OrderType.MARKET if limit_price is None else OrderType.LIMIT,
        quantity=Decimal(quantity),
        limit_price=number(limit_price),
        status=OrderStatus.ACCEPTED,
        exchange_order_id="9001",
        ts_created=NOW,
        ts_submitted=NOW,
        ts_updated=NOW,
    )
    return replace(order, **changes)


def a_report(
    status: OrderStatus = OrderStatus.ACCEPTED,
    filled_quantity: Decimal | str | int = "0",
    *,
    order: Order | None = None,
    average_price: Decimal | str | int | None = None,
    **changes: Any,
) -> OrderReport:
    """What the exchange says of `order`."""
    order = order or an_order()
    filled = Decimal(filled_quantity)
    if average_price is None and filled:
        average_price = order.limit_price or Decimal(60_000)
    report = OrderReport(
        client_order_id=order.client_order_id,
        exchange_order_id=order.exchange_order_id or "9001",
        instrument_id=order.instrument_id,
        side=order.side,
        order_type=order.order_type,
        status=status,
        quantity=order.quantity,
        filled_quantity=filled,
        average_price=number(average_price),
        limit_price=order.limit_price,
        time_in_force=TimeInForce.GTC,
        post_only=order.post_only,
        reason="",
        ts_event=NOW,
        ts_received=NOW,
    )
    return replace(report, **changes)


def a_fill(
    side: Side = Side.BUY,
    quantity: Decimal | str | int = "0.1",
    price: Decimal | str | int = "60000",
    *,
    fee: Decimal | str | int = "0",
    fee_asset: str = "USDT",
    trade_id: str = "1",
    **changes: Any,
) -> Fill:
    """One execution of `fks-1`."""
    fill = Fill(
        instrument_id=BTC,
        trade_id=trade_id,
        client_order_id="fks-1",
        exchange_order_id="9001",
        side=side,
        price=Decimal(price),
        quantity=Decimal(quantity),
        fee=Decimal(fee),
        fee_asset=fee_asset,
        is_maker=False,
        ts_event=NOW,
        ts_received=NOW,
    )
    return replace(fill, **changes)


def a_balance(asset: str = "USDT", free: Decimal | str | int = 100_000, locked: Decimal | str | int = 0) -> Balance:
    """One asset of the account."""
    return Balance(asset, Decimal(free), Decimal(locked))


def the_balances(*balances: Balance, complete: bool = True) -> BalancesChanged:
    """A snapshot of the account, or a change of some assets."""
    return BalancesChanged(balances, complete, NOW, NOW)
