"""The number that the gate would let pass, out of its denial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import DenialReason
from fks_tui.typed_numbers import Field

if TYPE_CHECKING:
    from fks_engine.api import Denied

_NUMBERS: Final = {
    DenialReason.NOTIONAL_UNDER_MINIMUM: (Field.QUANTITY, ("quantity",)),
    DenialReason.NOTIONAL_OVER_LIMIT: (Field.QUANTITY, ("quantity",)),
    DenialReason.QUANTITY_UNDER_MINIMUM: (Field.QUANTITY, ("minimum",)),
    DenialReason.QUANTITY_OVER_MAXIMUM: (Field.QUANTITY, ("maximum", "limit")),
    DenialReason.INSUFFICIENT_BALANCE: (Field.QUANTITY, ("passing",)),
    DenialReason.NO_POSITION_TO_REDUCE: (Field.QUANTITY, ("passing",)),
    DenialReason.TRADING_REDUCING: (Field.QUANTITY, ("passing",)),
    DenialReason.DUST: (Field.QUANTITY, ("passing",)),
    DenialReason.PRICE_OUTSIDE_BAND: (Field.PRICE, ("bound",)),
    DenialReason.POST_ONLY_WOULD_TAKE: (Field.PRICE, ("best",)),
    DenialReason.STOP_WOULD_TRIGGER: (Field.STOP, ("bound",)),
}


def passing_number(denied: Denied | None) -> tuple[Field, str] | None:
    """The field and the number that would pass in it; None where the denial names none."""
    if denied is None or denied.reason not in _NUMBERS:
        return None
    field, names = _NUMBERS[denied.reason]
    number = next((denied.numbers[name] for name in names if name in denied.numbers), "")
    return (field, number) if number and number.strip("0.") else None
