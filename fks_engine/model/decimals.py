"""Decimal arithmetic that does not round where it need not, and decimals written for people."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

EXACT = Context(prec=80)
"""Sums and products of exchange numbers need no rounding at this precision; only divisions round."""
_LONGEST = 30
"""Digits before the point beyond which a number is written with an exponent."""


def plain(value: Decimal, places: int = 8) -> str:
    """`value` without exponent and trailing zeros, rounded to `places` decimals; NaN and huge numbers as they are."""
    if not value.is_finite() or value.adjusted() > _LONGEST:
        return str(value)
    rounded = value
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -places:
        rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, EXACT)
    text = f"{rounded:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text
