"""From the exchange's texts to numbers that can be true: plain decimals, times in bounds, known words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from fks_engine.errors import MalformedData

Frame = Mapping[str, Any]
"""A decoded JSON object of the exchange."""

ZERO: Final = Decimal(0)
MAX_ID: Final = 1 << 63
_MAX_MS: Final = 32_503_680_000_000  # the year 3000
_PLAIN: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,10})?").fullmatch
_SIGNED: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,10})?").fullmatch


def unsigned(text: object) -> Decimal:
    """A number that is never negative. Exponents, infinities and not-a-numbers are refused, and so is what is no text.

    Raises MalformedData, as every function here does.
    """
    if type(text) is not str or not _PLAIN(text):
        raise MalformedData(f"not a plain number: {shown(text)}")
    return Decimal(text)


def signed(text: object) -> Decimal:
    """A number that may be negative."""
    if type(text) is not str or not _SIGNED(text):
        raise MalformedData(f"not a plain number: {shown(text)}")
    return Decimal(text)


def positive(text: object) -> Decimal:
    """A number over zero."""
    value = unsigned(text)
    if not value:
        raise MalformedData("zero where only more than zero can be true")
    return value


def stepped(text: object, step: Decimal) -> Decimal:
    """A number written with the decimals of `step`; one with more decimals than that is kept as it came."""
    value = unsigned(text)
    neat = value.quantize(step)
    return neat if neat == value else value


def number(text: object) -> float:
    """A number for charts."""
    if type(text) is not str or not _PLAIN(text):
        raise MalformedData(f"not a plain number: {shown(text)}")
    return float(text)


def identifier(value: object) -> int:
    """A counting number of the exchange: an order, a trade, a state of the book."""
    if type(value) is not int or not 0 <= value < MAX_ID:
        raise MalformedData(f"not an id: {shown(value)}")
    return value


def nanoseconds(milliseconds: object) -> int:
    """A time of the exchange, in nanoseconds UTC."""
    if type(milliseconds) is not int or not 0 <= milliseconds <= _MAX_MS:
        raise MalformedData(f"not a time: {shown(milliseconds)}")
    return milliseconds * 1_000_000


def flag(value: object) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise MalformedData(f"neither true nor false: {shown(value)}")
    return value


def word(value: object) -> str:
    """A text of reasonable length."""
    if type(value) is not str or len(value) > 200:
        raise MalformedData(f"not a short text: {shown(value)}")
    return value


def frame(value: object) -> Frame:
    """A JSON object."""
    if not isinstance(value, dict):
        raise MalformedData(f"not an object: {shown(value)}")
    return value


def frames(value: object) -> list[Frame]:
    """A JSON array of objects."""
    return [frame(item) for item in items(value)]


def items(value: object) -> Sequence[object]:
    """A JSON array."""
    if not isinstance(value, list):
        raise MalformedData(f"not an array: {shown(value)}")
    return value


def shown(value: object) -> str:
    """`value` short enough for a line of a log."""
    text = repr(value) if isinstance(value, int | float | str | bool | None) else type(value).__name__
    return text if len(text) <= 60 else f"{text[:57]}..."
