"""Decimals written for people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.model import plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.10000", "0.1"),
        ("60000.00", "60000"),
        ("1E+3", "1000"),
        ("1E-8", "0.00000001"),
        ("0.123456789", "0.12345679"),
        ("-0.000000001", "0"),
        ("0", "0"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("1E+999999", "1E+999999"),
    ],
)
def test_a_number_is_written_as_people_write_it(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@given(st.decimals(min_value="-1e30", max_value="1e30", allow_nan=False, allow_infinity=False))
def test_writing_changes_a_number_by_no_more_than_its_rounding(value: Decimal) -> None:
    written = plain(value)
    assert "E" not in written
    assert abs(Decimal(written) - value) <= abs(value) * Decimal("1e-27") + Decimal("5e-9")
