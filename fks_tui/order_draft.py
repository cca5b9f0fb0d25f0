"""An order as it is being typed: the text of its fields, and the command or the problems they amount to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Final

from fks_engine.api import Exits, OrderType, Side, SubmitOco, SubmitOrder, TimeInForce
from fks_tui.order_sizes import capped_price, quantity_of
from fks_tui.order_words import TYPE_NAMES
from fks_tui.typed_numbers import Field, Problem, number_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fks_engine.api import BalanceRow, Instrument, InstrumentId, OrderCommand, QuoteRow

OCO: Final = "oco"
"""The choice among the types that stands for two orders."""
ALL_WORDS: Final = frozenset({"all", "max"})
_PRECISION: Final = 64
_FIELDS: Final = {
    OrderType.LIMIT: ("price", "duration", "post_only", "reduce_only", "take_profit", "stop_loss", "stop_limit"),
    OrderType.MARKET: ("reduce_only",),
    OrderType.STOP: ("stop", "reduce_only"),
    OrderType.TAKE_PROFIT: ("stop", "reduce_only"),
    OrderType.STOP_LIMIT: ("stop", "price", "duration", "reduce_only"),
    OrderType.TAKE_PROFIT_LIMIT: ("stop", "price", "duration", "reduce_only"),
}
_OCO_FIELDS: Final = ("take_profit", "stop_loss", "stop_limit")


@dataclass(frozen=True, slots=True)
class Means:
    """What a size in money or in percent is counted from: the market now, and what is free."""

    quote: QuoteRow | None = None
    balances: tuple[BalanceRow, ...] = ()
    slippage_percent: Decimal | None = None
    """How far from the best price a market order may trade."""

    def worst(self, side: Side) -> Decimal | None:
        """What a market order may pay for a unit at worst; None for a sale."""
        return capped_price(side, self.taken(side), self.slippage_percent)

    def taken(self, side: Side) -> Decimal | None:
        """The best price on the other side."""
        return None if self.quote is None else self.quote.ask if side is Side.BUY else self.quote.bid


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """What the fields of a ticket hold."""

    instrument_id: InstrumentId
    side: Side
    order_type: OrderType = OrderType.LIMIT
    is_oco: bool = False
    quantity: str = ""
    """Base units, `$500`, `50%` or `all`."""
    price: str = ""
    stop: str = ""
    take_profit: str = ""
    """A price, or how far from the entry: `2%`."""
    stop_loss: str = ""
    stop_limit: str = ""
    """The limit of the stop loss; empty takes at any price."""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that mean something for this type, beside side, type and quantity."""
        return _OCO_FIELDS if self.is_oco else _FIELDS[self.order_type]

    @property
    def type_choice(self) -> str:
        """The type as the ticket's choice names it."""
        return OCO if self.is_oco else self.order_type.value

    def problems(self, instrument: Instrument | None, means: Means | None = None) -> tuple[Problem, ...]:
        """All that keeps this draft from being an order, in the order of the fields."""
        return tuple(self._problems(instrument, means or Means()))

    def command(self, instrument: Instrument | None, means: Means | None = None) -> OrderCommand | None:
        """The order, rounded to the instrument's steps where they are known; None while there are problems."""
        means = means or Means()
        if self.problems(instrument, means):
            return None
        quantity = self._quantity(instrument, means)
        assert isinstance(quantity, Decimal)
        exits = self._exits(instrument)
        assert not isinstance(exits, Problem)
        if self.is_oco:
            assert exits is not None
            assert exits.take_profit_price is not None
            assert exits.stop_price is not None
            return SubmitOco(
                instrument_id=self.instrument_id,
                side=self.side,
                quantity=quantity,
                take_profit_price=exits.take_profit_price,
                stop_price=exits.stop_price,
                stop_limit_price=exits.stop_limit_price,
                origin="ticket",
            )
        has_limit, is_limit = self.order_type.has_limit, self.order_type is OrderType.LIMIT
        return SubmitOrder(
            instrument_id=self.instrument_id,
            side=self.side,
            order_type=self.order_type,
            quantity=quantity,
            limit_price=self._price(Field.PRICE, instrument) if has_limit else None,
            stop_price=self._price(Field.STOP, instrument) if self.order_type.has_stop else None,
            time_in_force=self.time_in_force if has_limit else TimeInForce.GTC,
            post_only=self.post_only and is_limit,
            reduce_only=self.reduce_only,
            exits=exits,
            origin="ticket",
        )

    def _problems(self, instrument: Instrument | None, means: Means) -> Iterator[Problem]:
        if instrument is not None and (message := self._unsupported(instrument)):
            yield Problem(Field.TYPE, message)
        for found in (
            self._quantity(instrument, means),
            _priced(self.price, Field.PRICE, instrument, self.side) if "price" in self.fields else None,
            _priced(self.stop, Field.STOP, instrument, self.side) if "stop" in self.fields else None,
            self._exits(instrument) if "take_profit" in self.fields else None,
        ):
            if isinstance(found, Problem):
                yield found
        if "duration" not in self.fields or self.time_in_force is TimeInForce.GTC:
            return
        word = self.time_in_force.upper()
        if self.post_only and self.order_type is OrderType.LIMIT:
            yield Problem(Field.DURATION, f"post-only rests and {word} never does: take GTC or no post-only")
        elif self.order_type is OrderType.LIMIT and self._has_exits:
            yield Problem(Field.DURATION, f"exits need an entry that can rest, and {word} never does: take GTC")

    @property
    def _has_exits(self) -> bool:
        return bool(self.take_profit.strip() or self.stop_loss.strip())

    def _unsupported(self, instrument: Instrument) -> str:
        """Why the exchange takes no such order for this market; empty where it does."""
        if not self.is_oco and self.order_type not in instrument.order_types:
            taken = ", ".join(TYPE_NAMES[each] for each in instrument.order_types)
            return f"{instrument.market} takes no {TYPE_NAMES[self.order_type]} orders; it takes {taken}"
        if not instrument.takes_order_lists and (
            self.is_oco or (self.order_type is OrderType.LIMIT and self._has_exits)
        ):
            what = "OCO orders" if self.is_oco else "entries with exits; leave take profit and stop loss empty"
            return f"{instrument.market} takes no {what}"
        return ""

    def _price(self, field: Field, instrument: Instrument | None) -> Decimal | None:
        found = _priced(getattr(self, field), field, instrument, self.side)
        return found if isinstance(found, Decimal) else None

    def _quantity(self, instrument: Instrument | None, means: Means) -> Decimal | Problem:
        text = self.quantity.strip().lower()
        is_share = text.endswith("%") or text in ALL_WORDS
        if not text.startswith("$") and not is_share:
            return _on_grid(number_of(self.quantity, Field.QUANTITY), Field.QUANTITY, instrument, self.side)
        number = Decimal(100) if text in ALL_WORDS else number_of(text.strip("$%"), Field.QUANTITY)
        if isinstance(number, Problem):
            return number
        if is_share and number > 100:
            return Problem(Field.QUANTITY, "more than 100% is more than there is")
        price = next(
            (
                each
                for field in (Field.PRICE, Field.STOP, Field.TAKE_PROFIT)
                if field in self.fields and (each := self._price(field, None)) is not None
            ),
            means.taken(self.side),
        )
        if instrument is None:
            return Problem(Field.QUANTITY, "the market's steps are not known yet: type the quantity in base units")
        if price is None or price <= 0:
            return Problem(Field.QUANTITY, "there is no price to count from: type the quantity in base units")
        size = f"{plain(number)}%" if is_share else f"${plain(number)}"
        found = quantity_of(size, self.side, price, instrument, means.balances)
        worst = means.worst(self.side) if is_share and self.order_type is OrderType.MARKET else None
        most = found if worst is None else quantity_of("100%", self.side, worst, instrument, means.balances)
        return min(found, most) if isinstance(found, Decimal) and isinstance(most, Decimal) else found

    def _exits(self, instrument: Instrument | None) -> Exits | Problem | None:
        """The exits of an entry, or the two orders of an OCO, which count no distances."""
        if "take_profit" not in self.fields or not (self.is_oco or self._has_exits or self.stop_limit.strip()):
            return None
        entry = None if self.is_oco else self._price(Field.PRICE, instrument)
        side = self.side if self.is_oco else self.side.opposite
        found: dict[str, Decimal | None] = {}
        for field, name in (
            (Field.TAKE_PROFIT, "take_profit_price"),
            (Field.STOP_LOSS, "stop_price"),
            (Field.STOP_LIMIT, "stop_limit_price"),
        ):
            text = getattr(self, field).strip()
            if not text and (not self.is_oco or field is Field.STOP_LIMIT):
                found[name] = None
                continue
            price = _exit(text, field, entry, side, instrument)
            if isinstance(price, Problem):
                return price
            found[name] = price
        if found["stop_limit_price"] is not None and found["stop_price"] is None:
            return Problem(Field.STOP_LIMIT, "a stop limit needs a stop loss: at which price does it begin?")
        return _ordered(Exits(**found), entry, side)


def _ordered(exits: Exits, entry: Decimal | None, side: Side) -> Exits | Problem:
    """Exits whose prices lie on the sides of the entry where they gain and lose."""
    prices = [each for each in (exits.stop_price, entry, exits.take_profit_price) if each is not None]
    if prices == sorted(prices, reverse=side is Side.BUY) and len(set(prices)) == len(prices):
        return exits
    higher, lower = ("take profit", "stop loss") if side is Side.SELL else ("stop loss", "take profit")
    between = ", with the price between them" if entry is not None else ""
    return Problem(Field.STOP_LOSS, f"the {higher} is the higher price and the {lower} the lower one{between}")


def _exit(
    text: str, field: Field, entry: Decimal | None, side: Side, instrument: Instrument | None
) -> Decimal | Problem:
    if not text.endswith("%") or field is Field.STOP_LIMIT:
        return _priced(text, field, instrument, side)
    share = number_of(text[:-1], field)
    if isinstance(share, Problem):
        return share
    if entry is None:
        return Problem(field, f"{text[:12]} of what? Type the {field.words} as a price")
    is_up = (field is Field.TAKE_PROFIT) is (side is Side.SELL)
    with localcontext(prec=_PRECISION):
        exact = entry * (1 + (share if is_up else -share) / 100)
        if instrument is None:
            return exact if exact > 0 else Problem(field, f"the {field.words} is too far from the price")
        rounded = instrument.price_within(side, exact)
    return rounded if rounded > 0 else Problem(field, f"the {field.words} is too far from the price")


def _priced(text: str, field: Field, instrument: Instrument | None, side: Side) -> Decimal | Problem:
    return _on_grid(number_of(text, field), field, instrument, side)


def _on_grid(number: Decimal | Problem, field: Field, instrument: Instrument | None, side: Side) -> Decimal | Problem:
    """`number` rounded as the exchange wants it: a quantity down, a price to the tick that costs the side less."""
    if isinstance(number, Problem) or instrument is None:
        return number
    is_price = field is not Field.QUANTITY
    with localcontext(prec=_PRECISION):
        rounded = instrument.price_within(side, number) if is_price else instrument.quantity_to_step(number)
    if rounded:
        return rounded
    step = instrument.tick_size if is_price else instrument.step_size
    return Problem(field, f"{instrument.market} moves in steps of {plain(step)}: the {field.words} is too small")


def touch(quote: QuoteRow | None, side: Side) -> str:
    """The best price on the order's own side, where a limit order joins the queue; empty where there is none."""
    price = None if quote is None else quote.bid if side is Side.BUY else quote.ask
    return "" if price is None else plain(price)
