"""All of the questions together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import SubmitOrder
from fks_engine.model import OrderType, Side, TimeInForce, instrument_id
from fks_engine.risk import CHECKS, RiskLimits
from tests.engine.builders import BTC, ETH, ETH_IN_BTC, a_submit
from tests.engine.risk.scene import Scene


def test_a_sound_order_passes() -> None:
    assert Scene().denial(a_submit()) is None
    assert Scene().denial(a_submit(Side.SELL, "0.1", "61000")) is None
    assert Scene().denial(a_submit(limit_price=None)) is None


def test_every_check_is_asked_once() -> None:
    assert len(set(CHECKS)) == len(CHECKS)


decimals = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.decimals(min_value="0.00001", max_value="100000", places=5),
)


@given(
    st.sampled_from(Side),
    st.sampled_from(OrderType),
    decimals,
    st.one_of(st.none(), decimals),
    st.sampled_from(TimeInForce),
    st.booleans(),
    st.booleans(),
    st.sampled_from([BTC, ETH, ETH_IN_BTC, instrument_id("binance", "XYZ/USDT")]),
)
def test_the_gate_answers_whatever_it_is_asked_and_lets_only_sound_orders_through(
    side: Side,
    order_type: OrderType,
    quantity: Decimal,
    price: Decimal | None,
    duration: TimeInForce,
    post_only: bool,
    reduce_only: bool,
    market: Any,
) -> None:
    scene = Scene(limits=RiskLimits(reporting_currency="USDT", max_order_notional=Decimal(25_000)))
    command = SubmitOrder(
        instrument_id=market,
        side=side,
        order_type=order_type,
        quantity=quantity,
        limit_price=price,
        time_in_force=duration,
        post_only=post_only,
        reduce_only=reduce_only,
    )
    denied = scene.denial(command)
    if denied is not None:
        assert denied.message
        return
    instrument = scene.market.instruments[market]
    assert instrument.min_quantity <= quantity <= instrument.max_quantity
    assert instrument.quantity_to_step(quantity) == quantity
    worth = quantity * (price if price is not None else scene.market.quotes[market].ask)
    assert instrument.min_notional <= worth * Decimal("1.001")
    assert worth <= Decimal(25_010)
