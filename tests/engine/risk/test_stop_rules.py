"""Orders that wait for a stop price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import DenialReason, SubmitOrder
from fks_engine.model import OrderType, Side
from fks_engine.risk import RiskLimits
from tests.engine.builders import a_submit, an_instrument, an_order
from tests.engine.risk.scene import LIMITS, Scene

R = DenialReason
BUY, SELL = Side.BUY, Side.SELL
STOP, PROFIT = OrderType.STOP, OrderType.TAKE_PROFIT
STOP_LIMIT, PROFIT_LIMIT = OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT


def waiting(
    side: Side, kind: OrderType, stop_price: str | None, limit_price: str | None = None, quantity: str = "0.1"
) -> SubmitOrder:
    stop = None if stop_price is None else Decimal(stop_price)
    return replace(a_submit(side, quantity, limit_price), order_type=kind, stop_price=stop)


@pytest.mark.parametrize(
    ("side", "kind", "passes", "triggers", "bound"),
    [
        (BUY, STOP, "60000.11", "60000.10", "60000.11"),
        (SELL, STOP, "59999.99", "60000.00", "59999.99"),
        (BUY, PROFIT, "59999.99", "60000.00", "59999.99"),
        (SELL, PROFIT, "60000.11", "60000.10", "60000.11"),
    ],
)
def test_a_stop_price_that_is_reached_already_names_what_would_wait(
    side: Side, kind: OrderType, passes: str, triggers: str, bound: str
) -> None:
    assert Scene().denial(waiting(side, kind, passes)) is None
    denied = Scene().denial(waiting(side, kind, triggers))
    assert denied is not None
    assert denied.reason is R.STOP_WOULD_TRIGGER
    assert denied.numbers["bound"] == bound


@pytest.mark.parametrize("kind", [STOP, STOP_LIMIT, PROFIT, PROFIT_LIMIT])
def test_an_order_that_waits_needs_a_stop_price_that_is_a_number_on_a_tick(kind: OrderType) -> None:
    limit = "61000" if kind.has_limit else None
    assert Scene().reason(waiting(BUY, kind, None, limit)) is R.INVALID_PRICE
    for text in ("NaN", "0", "-1", "Infinity", "1E+999999"):
        assert Scene().reason(waiting(BUY, kind, text, limit)) is R.INVALID_PRICE
    denied = Scene().denial(waiting(BUY, kind, "61000.005", limit))
    assert denied is not None
    assert denied.reason is R.PRICE_OFF_TICK
    assert "61000 or 61000.01" in denied.message


def test_a_stop_limit_needs_a_limit_and_a_stop_takes_none() -> None:
    assert Scene().reason(waiting(BUY, STOP_LIMIT, "61000")) is R.INVALID_PRICE
    assert Scene().reason(waiting(BUY, STOP, "61000", "61000")) is R.INVALID_COMBINATION


def test_the_limit_of_a_stop_is_held_against_the_stop_price_not_the_market() -> None:
    assert Scene().denial(waiting(BUY, STOP_LIMIT, "70000", "70100", "0.01")) is None
    assert Scene().denial(waiting(SELL, STOP_LIMIT, "50000", "49900", "0.01")) is None
    denied = Scene().denial(waiting(BUY, STOP_LIMIT, "70000", "73500.01", "0.01"))
    assert denied is not None
    assert denied.reason is R.PRICE_OUTSIDE_BAND
    assert "the stop price of 70000" in denied.message
    assert Scene().denial(waiting(BUY, STOP_LIMIT, "70000", denied.numbers["bound"], "0.01")) is None


def test_a_stop_to_buy_is_paid_for_at_its_price() -> None:
    scene = Scene(limits=RiskLimits(reporting_currency="USDT"))
    scene.account.hold("USDT", 6_500)
    assert scene.reason(waiting(BUY, STOP, "65000")) is None
    assert scene.reason(waiting(BUY, STOP, "65000.01")) is R.INSUFFICIENT_BALANCE
    assert scene.reason(waiting(BUY, STOP_LIMIT, "64000", "65000.01")) is R.INSUFFICIENT_BALANCE


def test_the_market_takes_so_many_waiting_orders_and_no_more() -> None:
    scene = Scene(limits=replace(LIMITS, max_open_orders=None))
    scene.market.list(an_instrument(max_stop_orders=2))
    stop = an_order(SELL, limit_price=None, order_type=STOP, stop_price=Decimal(50_000))
    scene.working = [an_order(), stop, replace(stop, is_triggered=True)]
    assert scene.denial(waiting(SELL, STOP, "58000")) is None
    scene.working.append(stop)
    assert scene.reason(waiting(SELL, STOP, "58000")) is R.STOP_ORDERS_OVER_LIMIT
    assert scene.reason(a_submit()) is None


def test_a_kind_of_order_that_the_exchange_does_not_take_is_said_with_those_it_does() -> None:
    scene = Scene()
    scene.market.list(an_instrument(order_types=(OrderType.LIMIT, OrderType.MARKET)))
    denied = scene.denial(waiting(SELL, STOP, "58000"))
    assert denied is not None
    assert denied.reason is R.UNSUPPORTED_ORDER
    assert "it takes limit, market" in denied.message
