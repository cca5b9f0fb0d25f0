from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.errors import MalformedData
from fks_engine.exchange import parsing

NOT_NUMBERS: tuple[Any, ...] = (
    "NaN", "nan", "Infinity", "-1", "+1", "1e5", "1E-5", "", " 1", "1 ", "1.", ".5", "0x1", "1_0", "٣", "9" * 19,
    "0." + "0" * 11, None, 1, 1.0, True, [], {}, b"1",
)  # fmt: skip


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_is_no_plain_number_is_refused(text: Any) -> None:
    for read in (parsing.unsigned, parsing.positive, parsing.number, lambda t: parsing.stepped(t, Decimal("0.01"))):
        with pytest.raises(MalformedData):
            read(text)


@given(st.decimals(min_value=0, max_value=10**12, places=8))
def test_a_number_is_read_to_the_last_digit(value: Decimal) -> None:
    text = format(value, "f")
    assert parsing.unsigned(text) == value
    assert parsing.number(text) == float(value)


def test_a_price_has_the_decimals_of_its_tick() -> None:
    assert str(parsing.stepped("61837.63000000", Decimal("0.01"))) == "61837.63"


def test_a_price_between_two_ticks_keeps_its_decimals() -> None:
    assert parsing.stepped("61837.63500000", Decimal("0.01")) == Decimal("61837.635")


def test_only_a_fee_may_be_negative() -> None:
    assert parsing.signed("-0.00100000") == Decimal("-0.001")
    with pytest.raises(MalformedData):
        parsing.unsigned("-0.00100000")


def test_zero_is_no_step() -> None:
    with pytest.raises(MalformedData, match="zero"):
        parsing.positive("0.00000000")


@pytest.mark.parametrize("value", [-1, 2**63, 1.0, "1", True, None])
def test_an_id_is_a_counting_number(value: Any) -> None:
    with pytest.raises(MalformedData):
        parsing.identifier(value)


@pytest.mark.parametrize("value", [-1, 10**15, 1.5, "1723161255342", True, None])
def test_a_time_lies_between_1970_and_3000(value: Any) -> None:
    with pytest.raises(MalformedData):
        parsing.nanoseconds(value)


def test_a_time_becomes_nanoseconds() -> None:
    assert parsing.nanoseconds(1_723_161_255_342) == 1_723_161_255_342_000_000


def test_a_long_value_is_shown_short() -> None:
    assert len(parsing.shown("x" * 10_000)) == 60
