"""Numbers and times as the desk writes them; decimals are rounded as decimals, never through floats."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from fks_engine.api import Side

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = "–"
"""Written where there is no value."""
STALE_MARK = "~"
"""Stands before a price that is too old to trade on."""
RISING, FALLING, STEADY = "▲", "▼", " "
SIDE_GLYPHS: Mapping[Side, str] = {Side.BUY: "▲", Side.SELL: "▼"}

_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
_EXPONENTS = tuple(Decimal(1).scaleb(-places) for places in range(31))
_SCALES = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
_SECOND = 1_000_000_000


def decimals_of(step: Decimal) -> int:
    """How many decimals a tick, step or price is written with: 2 of 0.01, 0 of 5."""
    exponent = step.as_tuple().exponent
    return min(max(0, -exponent), 30) if isinstance(exponent, int) else 0


def fixed(value: Decimal, decimals: int) -> str:
    """`value` with exactly `decimals` decimals and no separators."""
    return f"{value.quantize(_EXPONENTS[decimals], context=_WIDE):f}"


def price(value: Decimal | None, decimals: int) -> str:
    """A price with its tick's decimals."""
    return NOTHING if value is None else fixed(value, decimals)


def quantity(value: Decimal | None, decimals: int | None = None) -> str:
    """A quantity with its step's decimals; without them, as many as it has."""
    if value is None:
        return NOTHING
    if decimals is not None:
        return fixed(value, decimals)
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def size(value: Decimal | None, width: int = 8) -> str:
    """A quantity in at most `width` characters: decimals go first, then it is written compactly."""
    if value is None:
        return NOTHING
    text = f"{value:f}"
    if len(text) <= width:
        return text
    whole = text.partition(".")[0]
    room = width - len(whole) - 1
    if room >= 1:
        return fixed(value, room)
    rounded = fixed(value, 0)
    return rounded if len(rounded) <= width else compact(value)


def money(value: Decimal | None, decimals: int = 2) -> str:
    """Money with thousands separators: 228,015.93."""
    return NOTHING if value is None else f"{value.quantize(_EXPONENTS[decimals], context=_WIDE):,f}"


def worth(value: Decimal | None, asset: str) -> str:
    """A sum with its asset; what is worth less than one unit keeps up to eight decimals: 6,400.00 USDT, 0.0001 BTC."""
    if value is None:
        return NOTHING
    if value and abs(value) < 1:
        return f"{quantity(Decimal(fixed(value, 8)))} {asset}"
    return f"{money(value)} {asset}"


def signed_money(value: Decimal | None, decimals: int = 2) -> str:
    """Profit: +15.93, -2,000.00, 0.00."""
    if value is None:
        return NOTHING
    rounded = value.quantize(_EXPONENTS[decimals], context=_WIDE)
    return f"{abs(rounded):,f}" if not rounded else f"{rounded:+,f}"


def separated(text: str) -> str:
    """A plain number with thousands separators and all its decimals: 100,000.5; other words stay as they are."""
    whole, dot, rest = text.partition(".")
    if not whole.removeprefix("-").isdecimal() or (dot and not rest.isdecimal()):
        return text
    return f"{whole if whole == '-0' else format(int(whole), ',')}{dot}{rest}"


def percent(fraction: Decimal | None, decimals: int = 2) -> str:
    """A fraction as percent with its sign: +1.23%."""
    return NOTHING if fraction is None else f"{signed_money(fraction * 100, decimals)}%"


def basis_points(difference: Decimal, base: Decimal) -> str:
    """A difference as hundredths of a percent of `base`: 1.35; one too small to be seen is not written as nothing."""
    if base <= 0:
        return NOTHING
    text = fixed(difference / base * 10_000, 2)
    return "<0.01" if text == "0.00" and difference > 0 else text


def compact(value: Decimal | None) -> str:
    """A large number in three or four digits: 1.23B, 45.6K, 812."""
    if value is None:
        return NOTHING
    magnitude = abs(value)
    for scale, letter in _SCALES:
        if magnitude >= scale:
            scaled = value / scale
            return f"{fixed(scaled, 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0)}{letter}"
    return fixed(value, 0 if magnitude >= 100 else 1 if magnitude >= 10 else 2)


def age(seconds: float | None) -> str:
    """How old something is: 0.2s, 42s, 3m, 2h, 5d."""
    if seconds is None:
        return NOTHING
    if seconds < 10:
        return f"{int(max(seconds, 0.0) * 10) / 10:.1f}s"
    for limit, unit, letter in ((100, 1, "s"), (6_000, 60, "m"), (172_800, 3_600, "h")):
        if seconds < limit:
            return f"{int(seconds // unit)}{letter}"
    return f"{int(seconds // 86_400)}d"


def whole_age(nanoseconds: int) -> str:
    """How old something is, in whole seconds at the finest: 7s, 42s, 3m."""
    seconds = max(0, nanoseconds // _SECOND)
    return f"{seconds}s" if seconds < 10 else age(float(seconds))


def sentence(text: str) -> str:
    """`text` with a capital letter at its start."""
    return f"{text[:1].upper()}{text[1:]}"


def printable(text: str) -> str:
    """`text` from outside with nothing in it that a terminal would act upon."""
    return text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)


def clock_time(ts: int) -> str:
    """The time of day of nanoseconds UTC: 12:00:00."""
    return datetime.fromtimestamp(ts // _SECOND, UTC).strftime("%H:%M:%S")


def date_time(ts: int) -> str:
    """Date and time of nanoseconds UTC: 2025-11-22 12:00:00."""
    return datetime.fromtimestamp(ts // _SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")
