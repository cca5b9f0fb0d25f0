"""What a person should see twice before sending: prices far from the market, and orders much larger than usual."""

from __future__ import annotations

from decimal import Decimal, localcontext
from statistics import median
from typing import TYPE_CHECKING, Final

from fks_engine.api import Side, SubmitOco, SubmitOrder, market_of
from fks_tui.formatting import money, percent, worth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fks_engine.api import DeskView, InstrumentId, OrderCommand, QuoteRow

FAR: Final = Decimal("0.05")
"""A limit price this much worse than the best one on the other side, or five times as far on the quiet one."""
TIMES_USUAL: Final = 10
FEWEST_SAMPLES: Final = 3
"""Fills and orders that must be there before anything is called usual."""


def cautions(command: OrderCommand, view: DeskView) -> tuple[str, ...]:
    """What is unusual about an order, in words; empty where nothing is."""
    quote = view.quote(command.instrument_id)
    with localcontext(prec=40):
        return (*_far(command, quote), *_large(command, view, quote))


def _far(command: OrderCommand, quote: QuoteRow | None) -> Iterator[str]:
    price = command.limit_price if isinstance(command, SubmitOrder) else command.take_profit_price
    if price is None or quote is None or not quote.bid or not quote.ask:
        return
    is_buy = command.side is Side.BUY
    other, name = (quote.ask, "ask") if is_buy else (quote.bid, "bid")
    away = (price - other) / other
    beyond = away if is_buy else -away
    if beyond > FAR or -beyond > FAR * 5:
        yield f"the price is {percent(away)} from the {name} of {money(other, _decimals(other))}"


def _large(command: OrderCommand, view: DeskView, quote: QuoteRow | None) -> Iterator[str]:
    asset = _quote_asset(command.instrument_id)
    price = _price_of(command, quote)
    usual = sorted(_worths(view, asset))
    if price is None or len(usual) < FEWEST_SAMPLES:
        return
    typical = median(usual)
    notional = price * command.quantity
    if typical > 0 and notional > typical * TIMES_USUAL:
        times = int(notional / typical)
        yield f"{worth(notional, asset)} is {times} times your usual order of {worth(typical, asset)}"


def _price_of(command: OrderCommand, quote: QuoteRow | None) -> Decimal | None:
    if isinstance(command, SubmitOco):
        return command.take_profit_price
    touch = None if quote is None else quote.ask if command.side is Side.BUY else quote.bid
    return command.limit_price or command.stop_price or touch


def _worths(view: DeskView, asset: str) -> Iterator[Decimal]:
    """What the orders and fills of the session in `asset` were worth."""
    for order in (*view.working_orders, *view.recent_orders):
        price = order.average_price or order.limit_price or order.stop_price
        if price is not None and _quote_asset(order.instrument_id) == asset and not order.external:
            yield price * order.quantity


def _quote_asset(id: InstrumentId) -> str:  # noqa: A002
    return market_of(id).partition("/")[2]


def _decimals(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
