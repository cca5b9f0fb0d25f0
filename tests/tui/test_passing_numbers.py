"""Numbers that the gate would let pass."""

from __future__ import annotations

import pytest

from fks_engine.api import DenialReason, Denied
from fks_tui.passing_numbers import passing_number
from fks_tui.typed_numbers import Field


class TestPassingNumbers:
    @pytest.mark.parametrize(
        ("reason", "numbers", "passing"),
        [
            (DenialReason.NOTIONAL_UNDER_MINIMUM, {"quantity": "0.00008"}, (Field.QUANTITY, "0.00008")),
            (DenialReason.QUANTITY_UNDER_MINIMUM, {"quantity": "0", "minimum": "1"}, (Field.QUANTITY, "1")),
            (DenialReason.POST_ONLY_WOULD_TAKE, {"best": "63999.99"}, (Field.PRICE, "63999.99")),
            (DenialReason.INSUFFICIENT_BALANCE, {"needed": "9", "passing": "0.5"}, (Field.QUANTITY, "0.5")),
            (DenialReason.NO_POSITION_TO_REDUCE, {"quantity": "9", "passing": "0.5"}, (Field.QUANTITY, "0.5")),
            (DenialReason.NOTIONAL_OVER_LIMIT, {"quantity": "0.000"}, None),
            (DenialReason.MARKET_STALE, {"age_s": "42"}, None),
        ],
    )
    def test_a_denial_names_its_field_and_number(
        self, reason: DenialReason, numbers: dict[str, str], passing: tuple[Field, str] | None
    ) -> None:
        assert passing_number(Denied(reason, "no", numbers)) == passing

    def test_without_a_denial_there_is_none(self) -> None:
        assert passing_number(None) is None
