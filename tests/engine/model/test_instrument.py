"""Rounding to an instrument's steps."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.model import instrument_id, market_of
from tests.engine.builders import an_instrument

steps = st.sampled_from(
    [Decimal("0.01"), Decimal("0.00001"), Decimal("0.05"), Decimal("1E-8"), Decimal(1), Decimal(10)]
)
values = st.decimals(min_value="0", max_value="1e15", places=18, allow_nan=False, allow_infinity=False)


def test_an_id_names_exchange_and_market() -> None:
    assert instrument_id("binance", "BTC/USDT") == "binance:BTC/USDT"
    assert market_of(instrument_id("binance", "BTC/USDT")) == "BTC/USDT"


@pytest.mark.parametrize(
    ("price", "nearest", "down", "up"),
    [
        ("100.004", "100.00", "100.00", "100.01"),
        ("100.006", "100.01", "100.00", "100.01"),
        ("100.01", "100.01", "100.01", "100.01"),
        ("0.004", "0.00", "0.00", "0.01"),
    ],
)
def test_a_price_is_rounded_to_its_tick(price: str, nearest: str, down: str, up: str) -> None:
    instrument = an_instrument()
    assert str(instrument.price_to_tick(Decimal(price))) == nearest
    assert str(instrument.price_down(Decimal(price))) == down
    assert str(instrument.price_up(Decimal(price))) == up


@given(values, steps)
def test_rounding_stays_on_the_grid_and_within_one_step(value: Decimal, step: Decimal) -> None:
    instrument = an_instrument(tick_size=step, step_size=step)
    down, up, nearest = instrument.price_down(value), instrument.price_up(value), instrument.price_to_tick(value)
    assert down <= value <= up
    assert up - down in {Decimal(0), step}
    assert nearest in {down, up}
    assert instrument.quantity_to_step(value) == down
    for rounded in (down, up, nearest):
        assert rounded % step == 0
        assert rounded.as_tuple().exponent == step.as_tuple().exponent


@given(values, steps)
def test_rounding_twice_changes_nothing(value: Decimal, step: Decimal) -> None:
    instrument = an_instrument(tick_size=step)
    once = instrument.price_to_tick(value)
    assert instrument.price_to_tick(once) == once
