"""From the words of a line to prices and quantities: exact, on the market's steps, and rounded away from harm."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Final

from fks_engine.api import Side
from fks_tui.order_line.lines import Anchor, Distance, Price, Size, SizeKind, Unit
from fks_tui.order_sizes import capped_price
from fks_tui.typed_numbers import plain

if TYPE_CHECKING:
    from fks_engine.api import Instrument, QuoteRow

_PRECISION: Final = 64
_WHOLE: Final = Decimal(100)
_BASIS: Final = Decimal(10_000)
_LARGEST: Final = Decimal(10) ** 15


class Unpriced(Exception):
    """Raised where a price or a quantity cannot be told, with what is missing."""


@dataclass(frozen=True, slots=True)
class MarketNow:
    """One market at the moment of reading: its steps, its quote, and what the account has free of its assets."""

    instrument: Instrument
    quote: QuoteRow | None
    free_base: Decimal | None
    free_quote: Decimal | None
    slippage_percent: Decimal | None = None
    """How far from the best price a market order may trade."""

    def touch(self, side: Side) -> Decimal:
        """The best price of bids for a purchase, of asks for a sale.

        Raises Unpriced where there is none.
        """
        return self._of("bid" if side is Side.BUY else "ask")

    def _of(self, name: str) -> Decimal:
        if self.quote is None:
            raise Unpriced(f"{self.unwatched}, or write the price as a number")
        found = getattr(self.quote, name)
        if not isinstance(found, Decimal):
            raise Unpriced(f"there is no {name} of {self.instrument.market} now: write the price as a number")
        return found

    @property
    def unwatched(self) -> str:
        """What to do about a market that has no quote here."""
        market = self.instrument.market
        return f"{market} is on no watchlist, so its prices are not known: type 'watch {market.lower()}' first"

    def _anchor(self, anchor: Anchor, side: Side) -> Decimal:
        match anchor:
            case Anchor.TOUCH:
                return self.touch(side)
            case Anchor.MID:
                return (self._of("bid") + self._of("ask")) / 2
        return self._of(anchor.value)

    def price(self, price: Price, side: Side) -> Decimal:
        """`price` of an order on `side`, on the tick that costs that side less.

        Raises Unpriced where the market does not give it, or nothing is left of it.
        """
        with localcontext(prec=_PRECISION):
            if price.number is not None:
                exact = price.number
            else:
                exact = self._anchor(price.anchor, side)
                if price.offset is not None:
                    exact = self.moved(exact, price.offset)
            return self.on_tick(exact, side)

    def exit_price(self, level: Price | Distance, entry: Decimal, *, side: Side, gains: bool) -> Decimal:
        """The price of an exit that trades on `side`; a distance counts from `entry`, to the side that gains or loses.

        Raises Unpriced as `price` does.
        """
        if isinstance(level, Price):
            return self.price(level, side)
        up = gains is (side is Side.SELL)
        with localcontext(prec=_PRECISION):
            return self.on_tick(self.moved(entry, Distance(level.number if up else -level.number, level.unit)), side)

    def moved(self, price: Decimal, offset: Distance) -> Decimal:
        """`price` moved by a signed distance."""
        match offset.unit:
            case Unit.TICKS:
                return price + offset.number * self.instrument.tick_size
            case Unit.BASIS_POINTS:
                return price * (1 + offset.number / _BASIS)
            case Unit.PERCENT:
                return price * (1 + offset.number / _WHOLE)

    def on_tick(self, exact: Decimal, side: Side) -> Decimal:
        """The tick that costs `side` less: under a purchase, over a sale.

        Raises Unpriced where that is no price.
        """
        instrument = self.instrument
        if exact >= _LARGEST:
            raise Unpriced(f"a price of {plain(exact)[:20]} is beyond all bounds")
        rounded = instrument.price_within(side, exact)
        if rounded <= 0:
            raise Unpriced(
                f"nothing is left of the price: {instrument.market} moves in steps of {plain(instrument.tick_size)}"
            )
        return rounded

    def quantity(self, size: Size, side: Side, price: Decimal | None) -> Decimal:
        """The quantity that `size` comes to at `price`, never more than that.

        Raises Unpriced where balances or a price are missing, or less than one step is left.
        """
        instrument = self.instrument
        with localcontext(prec=_PRECISION):
            exact = self._quantity(size, side, price)
            if exact >= _LARGEST:
                raise Unpriced(f"a quantity of {plain(exact)[:20]} is beyond all bounds")
            rounded = instrument.quantity_to_step(exact)
        if rounded <= 0:
            step = f"{instrument.market} trades in steps of {plain(instrument.step_size)} {instrument.base}"
            raise Unpriced(f"that is {plain(exact)[:20]} {instrument.base}: {step}")
        return rounded

    def market_quantity(self, size: Size, side: Side) -> Decimal:
        """The quantity of an order at market; a share of what is free is no more than can be paid at its cap.

        Raises Unpriced as `quantity` does.
        """
        taken = None if size.kind is SizeKind.BASE else self.touch(side.opposite)
        found = self.quantity(size, side, taken)
        worst = capped_price(side, taken, self.slippage_percent)
        if worst is None or size.kind is SizeKind.QUOTE:
            return found
        return min(found, self.quantity(Size(SizeKind.ALL), side, worst))

    def _quantity(self, size: Size, side: Side, price: Decimal | None) -> Decimal:
        if size.kind is SizeKind.BASE:
            return size.number
        if size.kind is SizeKind.QUOTE:
            return size.number / self._needed(price)
        share = size.number / _WHOLE if size.kind is SizeKind.PERCENT else Decimal(1)
        asset = self.instrument.quote if side is Side.BUY else self.instrument.base
        free = self.free_quote if side is Side.BUY else self.free_base
        if free is None:
            raise Unpriced(f"what is free of {asset} is not known: write the size as a number")
        if free <= 0:
            raise Unpriced(f"there is no {asset} free")
        return free * share / self._needed(price) if side is Side.BUY else free * share

    def _needed(self, price: Decimal | None) -> Decimal:
        if price is None and self.quote is None:
            raise Unpriced(f"{self.unwatched}, or write the size in {self.instrument.base}")
        if price is None:
            raise Unpriced(
                f"there is no price of {self.instrument.market} now: write the size in {self.instrument.base}"
            )
        return price
