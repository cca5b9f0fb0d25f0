"""Walking the book."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_engine.model import Level, Side
from fks_engine.risk.walk import opposite_levels, walk
from tests.engine.builders import a_book, a_quote

ASKS = (Level(Decimal(100), Decimal(1)), Level(Decimal(101), Decimal(2)), Level(Decimal(105), Decimal(5)))


def test_a_purchase_takes_the_asks_from_the_best_on() -> None:
    met = walk(Side.BUY, ASKS, Decimal(2))
    assert met is not None
    assert [met.quantity, met.notional, met.last_price] == [Decimal(2), Decimal(201), Decimal(101)]
    assert met.average_price == Decimal("100.5")


def test_a_limit_stops_the_walk() -> None:
    met = walk(Side.BUY, ASKS, Decimal(9), Decimal(101))
    assert met is not None
    assert (met.quantity, met.last_price) == (Decimal(3), Decimal(101))


def test_nothing_is_met_beyond_the_limit() -> None:
    assert walk(Side.BUY, ASKS, Decimal(1), Decimal(99)) is None
    assert walk(Side.SELL, (Level(Decimal(99), Decimal(1)),), Decimal(1), Decimal(100)) is None
    assert walk(Side.BUY, (), Decimal(1)) is None


def test_a_sale_meets_the_bids_and_the_quote_stands_in_for_a_missing_book() -> None:
    assert opposite_levels(Side.SELL, a_book(), a_quote()) == a_book().bids
    assert opposite_levels(Side.BUY, a_book(), a_quote()) == a_book().asks
    assert opposite_levels(Side.BUY, None, a_quote()) == (a_quote().best_ask,)
    assert opposite_levels(Side.SELL, None, a_quote()) == (a_quote().best_bid,)
    assert opposite_levels(Side.SELL, None, None) == ()


@given(st.decimals(min_value="0.00001", max_value="20", places=5))
def test_a_walk_never_trades_more_than_asked_or_shown_and_never_worse_than_its_last_price(quantity: Decimal) -> None:
    met = walk(Side.BUY, ASKS, quantity)
    assert met is not None
    assert met.quantity == min(quantity, Decimal(8))
    assert met.quantity * 100 <= met.notional <= met.quantity * met.last_price
