"""A typed order read against the market: the command, on the market's steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import Exits, OrderType, Side, SubmitOco, SubmitOrder, TimeInForce
from fks_tui.order_line.lines import OrderLine, Price
from fks_tui.order_line.pricing import Unpriced

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.api import OrderCommand
    from fks_tui.order_line.lines import Distance
    from fks_tui.order_line.pricing import MarketNow


def order_command(line: OrderLine, market: MarketNow) -> OrderCommand:
    """The command that `line` says for `market`.

    Raises Unpriced where a price or quantity cannot be told, or an exit lies on the wrong side of its entry.
    """
    return _oco(line, market) if line.takes_oco else _single(line, market)


def _oco(line: OrderLine, market: MarketNow) -> SubmitOco:
    assert line.take_profit is not None
    assert line.stop_loss is not None
    entry = _middle(market)
    profit = _exit(line.take_profit, entry, market, line.side, gains=True)
    stop = _exit(line.stop_loss, entry, market, line.side, gains=False)
    _check_sides(profit, None, stop, side=line.side)
    return SubmitOco(
        instrument_id=market.instrument.id,
        side=line.side,
        quantity=market.quantity(line.size, line.side, max(profit, stop) if line.side is Side.BUY else entry or stop),
        take_profit_price=profit,
        stop_price=stop,
        stop_limit_price=None if line.stop_loss_limit is None else market.price(line.stop_loss_limit, line.side),
        origin="order line",
    )


def _single(line: OrderLine, market: MarketNow) -> SubmitOrder:
    kind, trigger, limit = _prices(line, market)
    quantity = (
        market.market_quantity(line.size, line.side)
        if kind is OrderType.MARKET
        else market.quantity(line.size, line.side, limit or trigger)
    )
    return SubmitOrder(
        instrument_id=market.instrument.id,
        side=line.side,
        order_type=kind,
        quantity=quantity,
        limit_price=limit,
        stop_price=trigger,
        time_in_force=line.time_in_force or TimeInForce.GTC,
        post_only=line.post_only,
        reduce_only=line.reduce_only,
        exits=_exits(line, market, limit) if kind is OrderType.LIMIT else None,
        origin="order line",
    )


def _prices(line: OrderLine, market: MarketNow) -> tuple[OrderType, Decimal | None, Decimal | None]:
    """The kind of order, the price it waits for, and its limit."""
    if line.price is not None:
        return OrderType.LIMIT, None, market.price(line.price, line.side)
    if line.is_market:
        return OrderType.MARKET, None, None
    if line.stop is not None:
        return _waiting(OrderType.STOP, market.price(line.stop, line.side), line.stop_limit, line, market)
    if line.stop_loss is not None:
        trigger = _exit(line.stop_loss, _middle(market), market, line.side, gains=False)
        return _waiting(OrderType.STOP, trigger, line.stop_loss_limit, line, market)
    assert line.take_profit is not None
    trigger = _exit(line.take_profit, _middle(market), market, line.side, gains=True)
    return _waiting(OrderType.TAKE_PROFIT, trigger, line.take_profit_limit, line, market)


def _waiting(
    kind: OrderType, trigger: Decimal, limit: Price | None, line: OrderLine, market: MarketNow
) -> tuple[OrderType, Decimal | None, Decimal | None]:
    if limit is None:
        return kind, trigger, None
    with_limit = OrderType.STOP_LIMIT if kind is OrderType.STOP else OrderType.TAKE_PROFIT_LIMIT
    return with_limit, trigger, market.price(limit, line.side)


def _exits(line: OrderLine, market: MarketNow, entry: Decimal | None) -> Exits | None:
    if (line.take_profit is None and line.stop_loss is None) or entry is None:
        return None
    side = line.side.opposite
    profit = None if line.take_profit is None else _exit(line.take_profit, entry, market, side, gains=True)
    stop = None if line.stop_loss is None else _exit(line.stop_loss, entry, market, side, gains=False)
    _check_sides(profit, entry, stop, side=side)
    limit = None if line.stop_loss_limit is None else market.price(line.stop_loss_limit, side)
    return Exits(take_profit_price=profit, stop_price=stop, stop_limit_price=limit)


def _exit(level: Price | Distance, entry: Decimal | None, market: MarketNow, side: Side, *, gains: bool) -> Decimal:
    if isinstance(level, Price):
        return market.price(level, side)
    if market.quote is None:
        raise Unpriced(f"{market.unwatched}, or write the price as a number")
    if entry is None:
        raise Unpriced(f"there is no quote of {market.instrument.market} to count from: write the price as a number")
    return market.exit_price(level, entry, side=side, gains=gains)


def _middle(market: MarketNow) -> Decimal | None:
    """What the distances of exits without an entry are counted from."""
    return None if market.quote is None else market.quote.mid


def _check_sides(profit: Decimal | None, entry: Decimal | None, stop: Decimal | None, *, side: Side) -> None:
    """Exits that trade on `side` gain with the profit and lose with the stop.

    Raises Unpriced where they do not.
    """
    line = [each for each in (stop, entry, profit) if each is not None]
    if line != sorted(line, reverse=side is Side.BUY) or len({*line}) < len(line):
        over, under = ("tp", "sl") if side is Side.SELL else ("sl", "tp")
        middle = "" if entry is None else ", with the entry between them"
        held = "what is held" if side is Side.SELL else "what was sold"
        raise Unpriced(f"exits of {held}: {over} is the higher price and {under} the lower{middle}")
