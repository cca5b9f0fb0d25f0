"""A market that can be traded, and the rules an order for it must keep."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import NewType

from fks_engine.model.decimals import EXACT
from fks_engine.model.order_types import OrderType, Side

InstrumentId = NewType("InstrumentId", str)
"""Exchange and market in one word: `binance:BTC/USDT`."""


def instrument_id(exchange: str, market: str) -> InstrumentId:
    """The id of `market` (`BTC/USDT`) on `exchange` (`binance`)."""
    return InstrumentId(f"{exchange}:{market}")


def market_of(instrument: InstrumentId) -> str:
    """The market's name without its exchange: `BTC/USDT` of `binance:BTC/USDT`."""
    return instrument.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One market of one exchange, with the exchange's order rules. All numbers are in base or quote units."""

    id: InstrumentId
    base: str
    """The asset that is bought and sold."""
    quote: str
    """The asset that prices are in."""
    tick_size: Decimal
    """The step between two prices."""
    step_size: Decimal
    """The step between two quantities."""
    min_quantity: Decimal
    max_quantity: Decimal
    min_notional: Decimal
    """The least price times quantity that an order may have, in the quote asset."""
    max_market_quantity: Decimal | None = None
    """The most that one market order may ask for; None where the exchange sets no such limit."""
    price_multiplier_up: Decimal | None = None
    """A limit price may be at most this many times the average price; None where there is no such rule."""
    price_multiplier_down: Decimal | None = None
    """A limit price must be at least this many times the average price."""
    maker_fee: Decimal = Decimal("0.001")
    taker_fee: Decimal = Decimal("0.001")
    """Fees as a fraction of what is received."""
    order_types: tuple[OrderType, ...] = tuple(OrderType)
    """The kinds of order that the exchange takes for this market."""
    takes_order_lists: bool = False
    """Whether the exchange takes one-cancels-the-other orders and entries with exits for this market."""
    takes_replacements: bool = True
    """Whether the exchange cancels an order and takes another in its place in one step."""
    max_stop_orders: int | None = None
    """The most orders that may wait for a stop price at once; None where there is no such rule."""

    @property
    def market(self) -> str:
        """The market's name as people write it: `BTC/USDT`."""
        return market_of(self.id)

    def price_to_tick(self, price: Decimal) -> Decimal:
        """The tick nearest to `price`."""
        return _to_step(price, self.tick_size, ROUND_HALF_EVEN)

    def price_down(self, price: Decimal) -> Decimal:
        """The highest tick at or under `price`."""
        return _to_step(price, self.tick_size, ROUND_FLOOR)

    def price_up(self, price: Decimal) -> Decimal:
        """The lowest tick at or over `price`."""
        return _to_step(price, self.tick_size, ROUND_CEILING)

    def price_within(self, side: Side, price: Decimal) -> Decimal:
        """The tick that costs `side` no more than `price`: at or under it to buy, at or over it to sell."""
        return self.price_down(price) if side is Side.BUY else self.price_up(price)

    def quantity_to_step(self, quantity: Decimal) -> Decimal:
        """The largest tradable quantity that is not more than `quantity`."""
        return _to_step(quantity, self.step_size, ROUND_DOWN)

    def quantity_after_fee(self, quantity: Decimal) -> Decimal:
        """The largest tradable part of a purchase of `quantity` once the taker's fee is off it."""
        return self.quantity_to_step(EXACT.multiply(quantity, 1 - self.taker_fee))


def _to_step(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """`value` rounded to a multiple of `step`, written with the step's own decimals."""
    steps = EXACT.divide(value, step).to_integral_value(rounding, EXACT)
    return EXACT.multiply(steps, step).quantize(step, context=EXACT)
