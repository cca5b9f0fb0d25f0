"""Positions: what fills leave, and the identity that no rounding may break."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from fks_engine.model import Fill, Position, PositionSide, Side
from tests.engine.builders import BTC, NOW, a_fill, an_instrument

INSTRUMENT = an_instrument("BTC/USDT")
sides = st.sampled_from(Side)
prices = st.decimals(min_value="0.00000001", max_value="1000000", places=8)
quantities = st.decimals(min_value="0.00000001", max_value="1000000", places=8)
fees = st.one_of(
    st.tuples(st.just("BTC"), st.decimals(min_value="-1", max_value="1", places=8)),
    st.tuples(st.just("USDT"), st.decimals(min_value="-10", max_value="1000", places=8)),
    st.tuples(st.just("BNB"), st.decimals(min_value="0", max_value="10", places=8)),
)
bookings = st.lists(
    st.builds(
        lambda side, quantity, price, fee, value: (a_fill(side, quantity, price, fee_asset=fee[0], fee=fee[1]), value),
        sides,
        quantities,
        prices,
        fees,
        st.one_of(st.none(), st.decimals(min_value="0", max_value="10000", places=12)),
    ),
    max_size=30,
)


def booked(*fills: Fill) -> Position:
    position = Position(instrument_id=BTC)
    for fill in fills:
        position = position.after(fill, INSTRUMENT)
    return position


@given(bookings, prices)
@example([(a_fill(Side.BUY, "3", "1"), None), (a_fill(Side.SELL, "1", "0.00000001"), None)], Decimal("0.33333333"))
def test_realised_and_unrealised_equal_cash_flow_and_marked_inventory_exactly(
    steps: list[tuple[Fill, Decimal | None]], mark: Decimal
) -> None:
    position = Position(instrument_id=BTC)
    cash, inventory = Fraction(0), Fraction(0)
    for fill, fee_value in steps:
        position = position.after(fill, INSTRUMENT, fee_value)
        direction = 1 if fill.side is Side.BUY else -1
        inventory += direction * Fraction(fill.quantity)
        cash -= direction * Fraction(fill.quantity) * Fraction(fill.price)
        if fill.fee_asset == "BTC":
            inventory -= Fraction(fill.fee)
        elif fill.fee_asset == "USDT":
            cash -= Fraction(fill.fee)
        else:
            cash -= Fraction(fee_value or 0)
        profit = Fraction(position.realised) + Fraction(position.unrealised(mark))
        assert Fraction(position.quantity) == inventory
        assert profit == cash + inventory * Fraction(mark)


@given(bookings)
def test_cost_and_quantity_point_the_same_way_and_vanish_together(steps: list[tuple[Fill, Decimal | None]]) -> None:
    position = Position(instrument_id=BTC)
    for fill, fee_value in steps:
        position = position.after(fill, INSTRUMENT, fee_value)
        if not position.quantity:
            assert position.cost == 0
            assert position.average_price is None
            assert position.side is PositionSide.FLAT


def test_adding_moves_the_average_and_shrinking_keeps_it() -> None:
    position = booked(a_fill(Side.BUY, 1, 100), a_fill(Side.BUY, 1, 200))
    assert position.average_price == 150
    shrunk = position.after(a_fill(Side.SELL, "0.5", 400), INSTRUMENT)
    assert shrunk.average_price == 150
    assert shrunk.realised == 125
    assert shrunk.unrealised(Decimal(160)) == 15


def test_a_fee_in_the_base_asset_shrinks_the_position() -> None:
    position = booked(a_fill(Side.BUY, 1, 100, fee="0.001", fee_asset="BTC"))
    assert position.quantity == Decimal("0.999")
    assert position.cost == 100
    assert position.fees == Decimal("0.1")


def test_a_fee_in_the_quote_asset_is_cash() -> None:
    position = booked(a_fill(Side.BUY, 1, 100), a_fill(Side.SELL, 1, 110, fee="0.11"))
    assert position.realised == Decimal("9.89")
    assert position.side is PositionSide.FLAT
    assert position.fees == Decimal("0.11")


def test_a_fee_in_a_third_asset_costs_what_it_was_worth() -> None:
    position = Position(instrument_id=BTC).after(
        a_fill(Side.BUY, 1, 100, fee="0.01", fee_asset="BNB"), INSTRUMENT, Decimal("6.5")
    )
    assert position.cost == Decimal("106.5")
    assert position.fees == Decimal("6.5")


def test_a_sale_beyond_what_is_held_turns_the_position_at_its_own_price() -> None:
    position = booked(a_fill(Side.BUY, 1, 100), a_fill(Side.SELL, 3, 110))
    assert position.side is PositionSide.SHORT
    assert position.quantity == -2
    assert position.average_price == 110
    assert position.realised == 10
    assert position.unrealised(Decimal(100)) == 20


def test_a_position_opens_anew_when_it_leaves_flat_or_turns() -> None:
    opened = booked(a_fill(Side.BUY, 1, 100, ts_event=NOW))
    grown = opened.after(a_fill(Side.BUY, 1, 100, ts_event=NOW + 1), INSTRUMENT)
    turned = grown.after(a_fill(Side.SELL, 5, 100, ts_event=NOW + 2), INSTRUMENT)
    assert (opened.ts_opened, grown.ts_opened, turned.ts_opened) == (NOW, NOW, NOW + 2)
    assert turned.fill_count == 3
