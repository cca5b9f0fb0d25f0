"""What a key on the ladder means as a command: limit, join, cross, stop and move, with the numbers of the moment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import OrderStatus, OrderType, ReplaceOrder, Side, SubmitOrder, market_of
from fks_tui.formatting import worth
from fks_tui.order_sizes import quantity_of
from fks_tui.order_words import STATUS_WORDS, side_words
from fks_tui.typed_numbers import Field, Problem, plain

if TYPE_CHECKING:
    from fks_engine.api import BalanceRow, DeskView, FocusView, InstrumentId, Order


_MOVABLE: Final = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
_MOST_FEES: Final = 2
"""So many times its fee may lack of a size that was bought, for it may have been bought in parts, or sold before."""
NO_PRICE: Final = "no price in sight is under the cursor; Space puts it at the market"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every order of the ladder takes from the moment at which its key is pressed."""

    focus: FocusView
    balances: tuple[BalanceRow, ...]
    size: str
    """As in the settings: `0.1`, `$500`, `10%`."""
    post_only: bool = False

    def touch(self, side: Side) -> Decimal | None:
        """The best price that is bid (BUY) or asked (SELL)."""
        levels = self.focus.bids if side is Side.BUY else self.focus.asks
        return levels[0].price if levels else None


def terms_of(view: DeskView, market: InstrumentId | None, size: str, *, post_only: bool) -> Terms | None:
    """The terms of a picture; None where it does not show the market."""
    focus = view.focus
    if focus is None or focus.instrument.id != market:
        return None
    return Terms(focus=focus, balances=view.account.balances, size=size, post_only=post_only)


def limit_at(terms: Terms, side: Side, price: Decimal | None) -> SubmitOrder | Problem:
    """A limit order at a price of the ladder."""
    return _sized(terms, side, price, OrderType.LIMIT, post_only=terms.post_only)


def join(terms: Terms, side: Side) -> SubmitOrder | Problem:
    """A limit order that joins the queue at the best price of its own side."""
    price = terms.touch(side)
    if price is None:
        return Problem(Field.PRICE, f"there is no {'bid' if side is Side.BUY else 'ask'} to join")
    return limit_at(terms, side, price)


def cross(terms: Terms, side: Side) -> SubmitOrder | Problem:
    """A limit order that takes what stands at the best price of the other side; the rest of it stays there."""
    price = terms.touch(side.opposite)
    if price is None:
        return Problem(Field.PRICE, f"there is no {'ask' if side is Side.BUY else 'bid'} to take")
    if terms.post_only:
        return Problem(Field.DURATION, "post-only is on and this order would take: turn it off first")
    return limit_at(terms, side, price)


def stop_at(terms: Terms, price: Decimal | None) -> SubmitOrder | Problem:
    """A stop order: over the market it buys, under the market it sells."""
    bid, ask = terms.touch(Side.BUY), terms.touch(Side.SELL)
    if price is None or bid is None or ask is None:
        return Problem(Field.PRICE, NO_PRICE if price is None else "a stop needs both sides of the book")
    if price > ask:
        return _sized(terms, Side.BUY, price, OrderType.STOP)
    if price < bid:
        return _sized(terms, Side.SELL, price, OrderType.STOP)
    return Problem(Field.PRICE, "a stop waits over the asks (to buy) or under the bids (to sell), not between them")


def side_at(terms: Terms, price: Decimal) -> Side:
    """The side that would rest at a price: buy at and under the best bid, sell over it."""
    bid, ask = terms.touch(Side.BUY), terms.touch(Side.SELL)
    if bid is not None and ask is not None:
        return Side.BUY if price - bid <= ask - price else Side.SELL
    return Side.SELL if bid is None and ask is not None and price >= ask else Side.BUY


def moved(order: Order, price: Decimal) -> ReplaceOrder | Problem:
    """`order` at another price; a stop with a limit keeps the distance between the two."""
    current = resting_price(order)
    if current is None:
        return Problem(Field.PRICE, "this order has no price that could move")
    if order.status not in _MOVABLE:
        message = f"that order is {STATUS_WORDS[order.status]}: it can be moved once the exchange has answered"
        return Problem(Field.PRICE, message)
    if price <= 0:
        return Problem(Field.PRICE, "a price must be more than 0")
    if price == current:
        return Problem(Field.PRICE, f"the order is at {plain(price)} already")
    if order.order_type.has_stop and not order.is_triggered:
        limit = order.limit_price if order.order_type.has_limit else None
        offset = price - current
        return ReplaceOrder(
            client_order_id=order.client_order_id,
            stop_price=price,
            limit_price=None if limit is None else limit + offset,
            origin="ladder",
        )
    return ReplaceOrder(client_order_id=order.client_order_id, limit_price=price, origin="ladder")


def resting_price(order: Order) -> Decimal | None:
    """Where an order stands on the ladder: its stop price until that is reached, then its limit price."""
    if order.order_type.has_stop and not order.is_triggered:
        return order.stop_price
    return order.limit_price if order.order_type.has_limit else None


def waits_for_stop(order: Order) -> bool:
    """Whether an order stands at its stop price."""
    return order.order_type.has_stop and not order.is_triggered


def words_of(command: SubmitOrder, terms: Terms) -> str:
    """One line that says what is sent: `▼ SELL 0.0999 BTC/USDT LIMIT 64000 = 6,393.6 USDT, 0.1 less the fee`."""
    price = command.stop_price if command.stop_price is not None else command.limit_price
    assert price is not None
    kind = "STOP" if command.stop_price is not None else "LIMIT"
    instrument = terms.focus.instrument
    wanted = quantity_of(terms.size, command.side, price, instrument, terms.balances)
    text = (
        f"{side_words(command.side)} {plain(command.quantity)} {market_of(command.instrument_id)} "
        f"{kind} {plain(price)} = {worth(price * command.quantity, instrument.quote)}"
    )
    if not isinstance(wanted, Problem) and wanted > command.quantity:
        text = f"{text}, {plain(wanted)} less the fee"
    return f"{text} post-only" if command.post_only else text


def quantity_at(terms: Terms, side: Side, price: Decimal) -> Decimal | Problem:
    """The chosen size at a price. A sale that lacks no more than the fee of its purchase is all that is free."""
    instrument = terms.focus.instrument
    wanted = quantity_of(terms.size, side, price, instrument, terms.balances)
    if side is Side.BUY or isinstance(wanted, Problem):
        return wanted
    balances = (row.balance for row in terms.balances if row.balance.asset == instrument.base)
    free = instrument.quantity_to_step(next((balance.free for balance in balances), Decimal(0)))
    least = wanted * (1 - _MOST_FEES * instrument.taker_fee) - instrument.step_size
    return free if 0 < free < wanted and free >= least else wanted


def order_words(order: Order) -> str:
    """One line that says which order: `▲ BUY 0.1 LIMIT 63900.00`."""
    price = resting_price(order)
    at = "" if price is None else f" {plain(price)}"
    return f"{side_words(order.side)} {plain(order.leaves_quantity)} {order.order_type.upper().replace('_', ' ')}{at}"


def _sized(
    terms: Terms, side: Side, price: Decimal | None, order_type: OrderType, *, post_only: bool = False
) -> SubmitOrder | Problem:
    instrument = terms.focus.instrument
    if price is None or price <= 0:
        return Problem(Field.PRICE, NO_PRICE)
    quantity = quantity_at(terms, side, price)
    if isinstance(quantity, Problem):
        return quantity
    is_stop = order_type is OrderType.STOP
    return SubmitOrder(
        instrument_id=instrument.id,
        side=side,
        order_type=order_type,
        quantity=quantity,
        limit_price=None if is_stop else price,
        stop_price=price if is_stop else None,
        post_only=post_only,
        origin="ladder",
    )
