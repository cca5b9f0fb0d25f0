"""An order as it is being typed: the text of its fields, and the command or the problems they amount to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fks_engine.api import OrderType, Side, SubmitOrder, TimeInForce
from fks_tui.formatting import printable

if TYPE_CHECKING:
    from fks_engine.api import Instrument, InstrumentId, QuoteRow

MAX_DIGITS: Final = 12
"""Digits that a number may have on either side of its point: more than any exchange takes."""
_PRECISION: Final = 64
_NUMBER = re.compile(rf"(?=[0-9.]*[0-9])[0-9]{{0,{MAX_DIGITS}}}(\.[0-9]{{0,{MAX_DIGITS}}})?", re.ASCII)
_EXPONENT = re.compile(r"[0-9.]+[eE][+-]?[0-9]+", re.ASCII)


class Field(StrEnum):
    """What of a draft a problem is about."""

    QUANTITY = "quantity"
    PRICE = "price"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a draft is not an order yet, and what to type instead."""

    field: Field
    message: str


def number_of(text: str, field: Field) -> Decimal | Problem:
    """The positive number that `text` writes, or what is wrong with it."""
    text = text.strip()
    if not text:
        return Problem(field, f"type a {field}")
    if "," in text:
        return Problem(field, f"{_quoted(text)}: write the {field} with a point and no commas, like 1234.5")
    if text[0] in "+-":
        return Problem(field, f"{_quoted(text)}: write the {field} without a sign; the side says which way it goes")
    if _EXPONENT.fullmatch(text):
        return Problem(field, f"{_quoted(text)}: write the {field} out in digits, without an exponent")
    if not _NUMBER.fullmatch(text):
        if all(character in "0123456789." for character in text) and text.count(".") < 2 and text != ".":
            return Problem(field, f"the {field} has more than {MAX_DIGITS} digits on one side of its point")
        return Problem(field, f"{_quoted(text)} is not a number: write the {field} in digits, like 0.25")
    number = Decimal(text)
    if not number:
        return Problem(field, f"the {field} must be more than 0")
    return number


def _quoted(text: str) -> str:
    """`text` short enough for one line, with nothing in it that a terminal would act upon."""
    shown = printable(text)
    return f"“{shown[:15]}…”" if len(shown) > 16 else f"“{shown}”"


def nudged(text: str, step: Decimal, steps: int) -> str:
    """`text` moved by `steps` whole steps on the grid of `step`, never under one step; what is no number stays."""
    number = number_of(text, Field.QUANTITY) if text.strip(" 0.") else Decimal(0)
    if isinstance(number, Problem):
        return text
    with localcontext(prec=_PRECISION):
        on_grid = number // step
        if steps < 0 and on_grid * step != number:
            on_grid += 1
        return plain(max((on_grid + steps) * step, step).quantize(step))


def plain(number: Decimal) -> str:
    """`number` in digits, never with an exponent."""
    return f"{number:f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """What the fields of a ticket hold."""

    instrument_id: InstrumentId
    side: Side
    order_type: OrderType = OrderType.LIMIT
    quantity: str = ""
    price: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False

    @property
    def is_limit(self) -> bool:
        """Whether price, duration and post-only mean anything."""
        return self.order_type is OrderType.LIMIT

    def problems(self, instrument: Instrument | None) -> tuple[Problem, ...]:
        """All that keeps this draft from being an order, in the order of the fields."""
        found = [_on_grid(number_of(self.quantity, Field.QUANTITY), Field.QUANTITY, instrument)]
        if self.is_limit:
            found.append(_on_grid(number_of(self.price, Field.PRICE), Field.PRICE, instrument))
            if self.post_only and self.time_in_force is not TimeInForce.GTC:
                word = self.time_in_force.upper()
                found.append(
                    Problem(Field.DURATION, f"post-only rests and {word} never does: take GTC or no post-only")
                )
        return tuple(each for each in found if isinstance(each, Problem))

    def command(self, instrument: Instrument | None) -> SubmitOrder | None:
        """The order, rounded to the instrument's steps where they are known; None while there are problems."""
        if self.problems(instrument):
            return None
        quantity = _on_grid(number_of(self.quantity, Field.QUANTITY), Field.QUANTITY, instrument)
        price = _on_grid(number_of(self.price, Field.PRICE), Field.PRICE, instrument) if self.is_limit else None
        assert isinstance(quantity, Decimal)
        assert not isinstance(price, Problem)
        return SubmitOrder(
            instrument_id=self.instrument_id,
            side=self.side,
            order_type=self.order_type,
            quantity=quantity,
            limit_price=price,
            time_in_force=self.time_in_force if self.is_limit else TimeInForce.GTC,
            post_only=self.post_only and self.is_limit,
            reduce_only=self.reduce_only,
        )


def _on_grid(number: Decimal | Problem, field: Field, instrument: Instrument | None) -> Decimal | Problem:
    """`number` rounded as the exchange wants it: a quantity down, a price to the nearest tick."""
    if isinstance(number, Problem) or instrument is None:
        return number
    is_price = field is Field.PRICE
    with localcontext(prec=_PRECISION):
        rounded = instrument.price_to_tick(number) if is_price else instrument.quantity_to_step(number)
    if rounded:
        return rounded
    step = instrument.tick_size if is_price else instrument.step_size
    return Problem(field, f"{instrument.market} moves in steps of {plain(step)}: the {field} is too small")


def touch(quote: QuoteRow | None, side: Side) -> str:
    """The best price on the order's own side, where a limit order joins the queue; empty where there is none."""
    price = None if quote is None else quote.bid if side is Side.BUY else quote.ask
    return "" if price is None else plain(price)
