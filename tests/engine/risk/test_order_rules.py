"""Whether an order is well formed and keeps its instrument's rules."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.api import DenialReason, SubmitOrder
from fks_engine.model import OrderType, Side, TimeInForce
from fks_engine.risk import RiskLimits
from tests.engine.builders import a_submit, an_instrument
from tests.engine.risk.scene import Scene

R = DenialReason


BAD_NUMBERS = ["NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "0", "-1", "1E+40", "1E+999999", "1E-999999", "-0"]


@pytest.mark.parametrize("text", [*BAD_NUMBERS, "0." + "1" * 200, "1" * 200])
def test_a_quantity_that_is_no_number_of_this_world_is_denied_in_words(text: str) -> None:
    denied = Scene().denial(a_submit(quantity=text))
    assert denied is not None
    assert denied.reason is R.INVALID_QUANTITY
    assert "must be a number above 0" in denied.message
    assert len(denied.message) < 150


@pytest.mark.parametrize("text", BAD_NUMBERS)
def test_a_price_that_is_no_number_of_this_world_is_denied_in_words(text: str) -> None:
    denied = Scene().denial(a_submit(limit_price=text))
    assert denied is not None
    assert denied.reason is R.INVALID_PRICE


def test_a_limit_order_needs_a_price() -> None:
    assert Scene().reason(a_submit(limit_price=None, order_type=OrderType.LIMIT)) is R.INVALID_PRICE


@pytest.mark.parametrize(
    "command",
    [
        a_submit(stop_price=Decimal(59000)),
        a_submit(order_type=OrderType.STOP, stop_price=Decimal(61000)),
        a_submit(order_type=OrderType.STOP_LIMIT, stop_price=Decimal(61000), post_only=True),
        a_submit(limit_price=None, order_type=OrderType.STOP, stop_price=Decimal(61000), time_in_force=TimeInForce.IOC),
        a_submit(limit_price=None, post_only=True),
        a_submit(limit_price=None, time_in_force=TimeInForce.FOK),
        a_submit(post_only=True, time_in_force=TimeInForce.IOC),
        a_submit(post_only=True, time_in_force=TimeInForce.FOK),
    ],
)
def test_words_that_do_not_go_together_are_denied(command: SubmitOrder) -> None:
    assert Scene().reason(command) is R.INVALID_COMBINATION


def test_a_price_off_the_tick_names_its_neighbours() -> None:
    denied = Scene().denial(a_submit(limit_price="59000.005"))
    assert denied is not None
    assert denied.reason is R.PRICE_OFF_TICK
    assert "59000 or 59000.01" in denied.message
    assert Scene().denial(a_submit(limit_price=denied.numbers["up"])) is None


def test_a_quantity_off_the_step_names_its_neighbours() -> None:
    denied = Scene().denial(a_submit(quantity="0.100001"))
    assert denied is not None
    assert denied.reason is R.QUANTITY_OFF_STEP
    assert "0.1 or 0.10001" in denied.message
    tiny = Scene().denial(a_submit(quantity="0.000001"))
    assert tiny is not None
    assert "0.00001 is" in tiny.message


def test_a_quantity_outside_the_exchanges_range_is_denied() -> None:
    scene = Scene(limits=RiskLimits(reporting_currency="USDT"))
    scene.account.hold("USDT", 10**12)
    scene.market.list(
        an_instrument(min_quantity=Decimal("0.01"), max_quantity=Decimal(50), max_market_quantity=Decimal(20))
    )
    assert scene.reason(a_submit(quantity="0.001")) is R.QUANTITY_UNDER_MINIMUM
    assert scene.reason(a_submit(quantity="50.1")) is R.QUANTITY_OVER_MAXIMUM
    assert scene.reason(a_submit(quantity="20.1")) is None
    assert scene.reason(a_submit(quantity="20.1", limit_price=None)) is R.QUANTITY_OVER_MAXIMUM


def test_an_order_worth_too_little_names_what_would_do() -> None:
    denied = Scene().denial(a_submit(quantity="0.00008"))
    assert denied is not None
    assert denied.reason is R.NOTIONAL_UNDER_MINIMUM
    assert denied.numbers["quantity"] == "0.00009"
    assert Scene().denial(a_submit(quantity="0.00009")) is None


def test_a_market_order_is_valued_at_the_quote() -> None:
    assert Scene().reason(a_submit(quantity="0.00008", limit_price=None)) is R.NOTIONAL_UNDER_MINIMUM
    assert Scene().reason(a_submit(Side.SELL, "0.00009", None)) is None


@pytest.mark.parametrize(("price", "passes"), [("12000.02", True), ("12000.00", False)])
def test_a_price_outside_the_exchanges_own_range_is_denied(price: str, passes: bool) -> None:
    assert (Scene().reason(a_submit(limit_price=price)) is R.PRICE_OUTSIDE_BAND) != passes
    scene = Scene()
    assert scene.reason(a_submit(Side.SELL, "0.05", "300001")) is R.PRICE_OUTSIDE_BAND


@pytest.mark.parametrize(
    ("side", "price", "passes"),
    [
        (Side.BUY, "60000.09", True),
        (Side.BUY, "60000.10", False),
        (Side.SELL, "60000.01", True),
        (Side.SELL, "60000.00", False),
    ],
)
def test_a_post_only_order_that_would_take_is_denied(side: Side, price: str, passes: bool) -> None:
    denied = Scene().denial(a_submit(side, "0.1", price, post_only=True))
    assert (denied is None) == passes
    if denied is not None:
        assert denied.reason is R.POST_ONLY_WOULD_TAKE
        assert Scene().denial(a_submit(side, "0.1", denied.numbers["best"], post_only=True)) is None
