"""Numbers as they are typed into the fields of an order: read exactly, or told what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Final

from fks_tui.formatting import printable

MAX_DIGITS: Final = 12
"""Digits that a number may have on either side of its point: more than any exchange takes."""
_PRECISION: Final = 64
_NUMBER = re.compile(rf"(?=[0-9.]*[0-9])[0-9]{{0,{MAX_DIGITS}}}(\.[0-9]{{0,{MAX_DIGITS}}})?", re.ASCII)
_EXPONENT = re.compile(r"[0-9.]+[eE][+-]?[0-9]+", re.ASCII)


class Field(StrEnum):
    """What of a draft a problem is about."""

    QUANTITY = "quantity"
    PRICE = "price"
    STOP = "stop"
    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    STOP_LIMIT = "stop_limit"
    DURATION = "duration"
    TYPE = "type"

    @property
    def words(self) -> str:
        """The field as people say it."""
        return "stop price" if self is Field.STOP else self.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a draft is not an order yet, and what to type instead."""

    field: Field
    message: str


def number_of(text: str, field: Field) -> Decimal | Problem:
    """The positive number that `text` writes, or what is wrong with it."""
    text = text.strip()
    if not text:
        return Problem(field, f"type a {field.words}")
    if "," in text:
        return Problem(field, f"{_quoted(text)}: write the {field.words} with a point and no commas, like 1234.5")
    if text[0] in "+-":
        return Problem(
            field, f"{_quoted(text)}: write the {field.words} without a sign; the side says which way it goes"
        )
    if _EXPONENT.fullmatch(text):
        return Problem(field, f"{_quoted(text)}: write the {field.words} out in digits, without an exponent")
    if not _NUMBER.fullmatch(text):
        if all(character in "0123456789." for character in text) and text.count(".") < 2 and text != ".":
            return Problem(field, f"the {field.words} has more than {MAX_DIGITS} digits on one side of its point")
        return Problem(field, f"{_quoted(text)} is not a number: write the {field.words} in digits, like 0.25")
    number = Decimal(text)
    if not number:
        return Problem(field, f"the {field.words} must be more than 0")
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
