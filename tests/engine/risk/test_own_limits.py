"""Whether an order stays within the limits that the person set."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import DenialReason
from fks_engine.model import OrderType, Side
from tests.engine.builders import BTC, ETH, ETH_IN_BTC, a_book, a_submit, an_order
from tests.engine.risk.scene import LIMITS, Scene

R = DenialReason


def test_our_own_quantity_limit_counts_in_any_market() -> None:
    denied = Scene().denial(a_submit(quantity="3.1"))
    assert denied is not None
    assert denied.reason is R.QUANTITY_OVER_MAXIMUM
    assert "risk.max_order_quantity" in denied.message


def test_an_order_over_the_notional_limit_names_what_would_pass() -> None:
    denied = Scene().denial(a_submit(quantity="0.5"))
    assert denied is not None
    assert denied.reason is R.NOTIONAL_OVER_LIMIT
    assert "29500 USDT" in denied.message
    assert Scene().denial(a_submit(quantity=denied.numbers["quantity"])) is None


def test_a_denial_does_not_promise_that_another_check_lets_pass_what_it_names() -> None:
    dear = Scene().denial(a_submit(quantity="0.1", limit_price="99999999"))
    cheap = Scene().denial(a_submit(Side.SELL, "0.1", "1"))
    assert dear is not None
    assert cheap is not None
    assert dear.message.endswith("(risk.max_order_notional), which takes at most 0.00025 BTC at 99999999")
    assert cheap.message.endswith("minimum of 5 USDT, which takes at least 5 BTC at 1")
    for quantity, side, price in (("0.00025", Side.BUY, "99999999"), ("0.4", Side.SELL, "20000")):
        denied = Scene().denial(a_submit(side, quantity, price))
        assert denied is not None
        assert denied.reason is R.PRICE_OUTSIDE_BAND
        assert "would pass" not in denied.message


def test_a_market_quoted_in_another_asset_is_held_against_the_limit_in_the_reporting_currency() -> None:
    scene = Scene()
    scene.market.show(ETH_IN_BTC, "0.05", "0.0501")
    command = a_submit(quantity=3, limit_price="0.05", instrument_id=ETH_IN_BTC)
    assert scene.reason(command) is None
    scene.limits = replace(LIMITS, max_order_notional=Decimal(8_999))
    assert scene.reason(command) is R.NOTIONAL_OVER_LIMIT


def test_an_order_whose_worth_cannot_be_told_is_kept_back() -> None:
    scene = Scene()
    scene.market.show(ETH_IN_BTC, "0.05", "0.0501")
    del scene.market.quotes[BTC]
    del scene.market.quotes[ETH]
    command = a_submit(quantity=1, limit_price="0.05", instrument_id=ETH_IN_BTC)
    denied = scene.denial(command)
    assert denied is not None
    assert denied.reason is R.NO_MARKET
    assert "prices BTC" in denied.message
    scene.limits = replace(LIMITS, max_order_notional=None)
    assert scene.denial(command) is None


def test_no_more_orders_than_the_limit_may_work() -> None:
    scene = Scene(working=[an_order(client_order_id=str(number)) for number in range(3)])
    denied = scene.denial(a_submit())
    assert denied is not None
    assert denied.reason is R.OPEN_ORDERS_OVER_LIMIT
    scene.working.pop()
    assert scene.denial(a_submit()) is None


@pytest.mark.parametrize(
    ("side", "price", "passes"),
    [
        (Side.BUY, "63000.05", True),
        (Side.BUY, "63000.06", False),
        (Side.BUY, "30000", True),
        (Side.SELL, "57000.05", True),
        (Side.SELL, "57000.04", False),
        (Side.SELL, "90000", True),
    ],
)
def test_a_price_far_beyond_the_mid_is_outside_the_band(side: Side, price: str, passes: bool) -> None:
    denied = Scene().denial(a_submit(side, "0.1", price))
    assert (denied is None) == passes
    if denied is not None:
        assert denied.reason is R.PRICE_OUTSIDE_BAND
        assert Scene().denial(a_submit(side, "0.1", denied.numbers["bound"])) is None


def test_a_market_order_that_would_sweep_a_thin_book_is_outside_the_band() -> None:
    scene = Scene()
    scene.market.books[BTC] = a_book(asks=(("60000.10", "0.01"), ("70000", "5")))
    denied = scene.denial(a_submit(quantity="0.1", limit_price=None))
    assert denied is not None
    assert denied.reason is R.PRICE_OUTSIDE_BAND
    assert "send less" in denied.message
    assert scene.denial(a_submit(quantity="0.01", limit_price=None)) is None


def test_the_edge_of_the_band_is_inside() -> None:
    scene = Scene()
    scene.market.show(BTC, "60000", "60000")
    assert scene.denial(a_submit(Side.BUY, "0.1", "63000")) is None
    assert scene.denial(a_submit(Side.SELL, "0.1", "57000")) is None


def test_a_sale_far_under_the_bid_is_worth_what_the_bid_pays() -> None:
    scene = Scene(limits=replace(LIMITS, price_band_percent=None))
    dumped = a_submit(Side.SELL, "0.5", "20000.00")
    denied = scene.denial(dumped)
    assert denied is not None
    assert (denied.reason, denied.numbers["notional"]) == (R.NOTIONAL_OVER_LIMIT, "30000")
    assert scene.denial(replace(dumped, quantity=Decimal("0.4"))) is None


def test_a_market_order_is_never_valued_better_than_the_quote_however_old_the_book() -> None:
    scene = Scene()
    scene.market.books[BTC] = a_book(bids=(("29999.00", "3"),), asks=(("30000.00", "3"),))
    assert scene.reason(a_submit(quantity="0.5", limit_price=None)) is R.NOTIONAL_OVER_LIMIT


def test_a_sale_at_market_that_only_reduces_passes_however_many_orders_rest() -> None:
    scene = Scene(working=[an_order(client_order_id=f"web-{number}") for number in range(5)])
    scene.account.hold("BTC", 1)
    sale = a_submit(side=Side.SELL, order_type=OrderType.MARKET, quantity="0.1", limit_price=None, reduce_only=True)
    assert scene.reason(sale) is not DenialReason.OPEN_ORDERS_OVER_LIMIT
    assert scene.reason(replace(sale, reduce_only=False)) is DenialReason.OPEN_ORDERS_OVER_LIMIT
