"""What one position costs, earns and can be sold for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.model import Position, Side
from fks_engine.portfolio.rows import break_even, dust_words, position_row
from tests.engine.builders import BTC, a_fill, an_instrument
from tests.engine.still_market import StillMarket

D = Decimal


def held(quantity: str, price: str = "60000", fee: str = "0") -> Position:
    fill = a_fill(Side.BUY, quantity, price, fee=D(fee), fee_asset="BTC")
    return Position(instrument_id=BTC).after(fill, an_instrument())


def test_break_even_pays_for_both_fees() -> None:
    position = held("1", "60000", "0.001")
    price = break_even(position, an_instrument())
    assert price is not None
    assert position.quantity * price * (1 - D("0.001")) >= position.cost
    assert position.quantity * (price - D("0.01")) * (1 - D("0.001")) < position.cost


@given(st.decimals(D("0.00001"), D(50), places=5), st.decimals(D(1), D(200_000), places=2))
def test_selling_at_break_even_never_loses(quantity: Decimal, price: Decimal) -> None:
    position = held(str(quantity), str(price))
    even = break_even(position, an_instrument())
    assert even is not None
    assert position.quantity * even * (1 - D("0.001")) >= position.cost


def test_nothing_held_has_no_break_even_and_is_no_dust() -> None:
    flat = Position(instrument_id=BTC)
    assert break_even(flat, an_instrument()) is None
    assert dust_words(flat, an_instrument(), D(60_000)) == ""


@pytest.mark.parametrize(
    ("quantity", "words"),
    [("0.5", ""), ("0.00008", "worth 4.8 USDT"), ("0.000009", "under the least quantity of 0.00001 BTC")],
)
def test_what_cannot_be_sold_alone_says_so_and_what_to_do(quantity: str, words: str) -> None:
    told = dust_words(held(quantity), an_instrument(), D(60_000))
    assert words in told
    assert bool(words) == ("or leave it" in told)


def test_a_row_tells_profit_in_money_and_as_a_part_of_the_cost() -> None:
    market = StillMarket()
    market.show(BTC, "66000", "66000")
    row = position_row(held("2"), market, D(0), D("1.5"))
    assert row.unrealised == 12_000
    assert row.unrealised_fraction == D("0.1")
    assert row.total_profit == 12_000
    assert row.day_profit == D("1.5")
