"""Limits on what is held, on the markets, and on how fast orders leave."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import DenialReason, Exits
from fks_engine.clock import ManualClock
from fks_engine.model import OrderStatus, OrderType, Side, instrument_id
from fks_engine.risk import RiskGate, RiskLimits
from tests.engine.builders import BTC, ETH, a_quote, a_submit, an_instrument, an_order
from tests.engine.risk.scene import Scene
from tests.engine.still_market import StillAccount, StillMarket

R = DenialReason
BARE = RiskLimits(reporting_currency="USDT")


def test_what_is_held_and_what_works_count_towards_the_limit_of_a_market() -> None:
    scene = Scene(limits=replace(BARE, max_instrument_notional=Decimal(150_000)))
    scene.working = [an_order(quantity="0.2"), an_order(Side.SELL, "1", "61000", client_order_id="fks-2")]
    denied = scene.denial(a_submit(quantity="0.4"))
    assert denied is not None
    assert denied.reason is R.INSTRUMENT_NOTIONAL_OVER_LIMIT
    assert denied.numbers["held"] == "120000.1"
    assert denied.numbers["working"] == "11800"
    assert "risk.max_instrument_notional" in denied.message
    assert scene.denial(a_submit(quantity=denied.numbers["quantity"])) is None
    assert scene.denial(a_submit(quantity="1", limit_price="3000", instrument_id=ETH)) is None


def test_only_the_dearer_of_two_orders_that_cancel_each_other_counts() -> None:
    scene = Scene(limits=replace(BARE, max_exposure=Decimal(20_000)))
    first = an_order(quantity="0.2", order_list_id="list")
    scene.working = [first, replace(first, client_order_id="fks-2", limit_price=Decimal(61_000))]
    assert scene.denial(a_submit(quantity="0.1")) is None
    assert scene.reason(a_submit(quantity="0.15")) is R.EXPOSURE_OVER_LIMIT


def test_exposure_is_all_that_is_not_the_reporting_currency() -> None:
    scene = Scene(limits=replace(BARE, max_exposure=Decimal(20_000)))
    scene.account.at_risk = Decimal(15_000)
    scene.working = [an_order(status=OrderStatus.SUBMITTED, quantity="0.01")]
    denied = scene.denial(a_submit(quantity="1.5", limit_price="3000", instrument_id=ETH))
    assert denied is not None
    assert denied.reason is R.EXPOSURE_OVER_LIMIT
    assert denied.numbers == {
        "held": "15000",
        "working": "590",
        "order": "4500",
        "limit": "20000",
        "quantity": "1.47",
    }
    assert scene.denial(a_submit(quantity="1.47", limit_price="3000", instrument_id=ETH)) is None


def test_over_the_limit_already_a_purchase_is_told_to_sell_first() -> None:
    scene = Scene(limits=replace(BARE, max_exposure=Decimal(20_000)))
    scene.account.at_risk = Decimal(25_000)
    denied = scene.denial(a_submit(quantity="0.01"))
    assert denied is not None
    assert "sell some or cancel a purchase first" in denied.message
    assert scene.denial(a_submit(Side.SELL, "1", "61000")) is None


def test_a_purchase_waits_until_the_balances_are_known() -> None:
    scene = Scene(limits=replace(BARE, max_exposure=Decimal(20_000)))
    scene.account.at_risk = None
    assert scene.reason(a_submit()) is R.NO_MARKET


def test_selling_the_reporting_currency_itself_adds_to_exposure() -> None:
    scene = Scene(limits=replace(BARE, max_exposure=Decimal(50)))
    lira = instrument_id("binance", "USDT/TRY")
    scene.market.list(an_instrument("USDT/TRY"), a_quote("40", "40.01", instrument=lira))
    assert scene.reason(a_submit(Side.SELL, "100", "41", instrument_id=lira)) is R.EXPOSURE_OVER_LIMIT


@given(
    st.decimals(min_value="0.001", max_value="2", places=3),
    st.decimals(min_value="50000", max_value="70000", places=2),
    st.decimals(min_value="1", max_value="1000000", places=0),
    st.decimals(min_value="0", max_value="1000000", places=0),
)
def test_no_sale_is_denied_for_what_is_held(quantity: Decimal, price: Decimal, limit: Decimal, held: Decimal) -> None:
    scene = Scene(
        limits=replace(
            BARE,
            max_exposure=limit,
            max_instrument_notional=limit,
            max_daily_loss=limit,
            instruments=frozenset({ETH}),
        )
    )
    scene.account.at_risk = held
    assert scene.denial(a_submit(Side.SELL, quantity, price)) is None


@given(
    st.decimals(min_value="0.001", max_value="2", places=3),
    st.decimals(min_value="1000", max_value="200000", places=0),
    st.decimals(min_value="0", max_value="100000", places=0),
)
def test_what_a_denial_names_passes_and_no_more(quantity: Decimal, limit: Decimal, held: Decimal) -> None:
    scene = Scene(limits=replace(BARE, max_exposure=limit))
    scene.account.hold("USDT", 10_000_000)
    scene.account.at_risk = held
    denied = scene.denial(a_submit(quantity=quantity))
    if denied is None:
        assert held + quantity * 59_000 <= limit
    elif "quantity" in denied.numbers:
        passing, step = Decimal(denied.numbers["quantity"]), Decimal("0.00001")
        assert scene.reason(a_submit(quantity=passing)) in {None, R.NOTIONAL_UNDER_MINIMUM}
        assert scene.reason(a_submit(quantity=passing + step)) in {R.EXPOSURE_OVER_LIMIT, R.NOTIONAL_UNDER_MINIMUM}


def test_purchases_pass_only_in_allowed_markets() -> None:
    scene = Scene(limits=replace(BARE, instruments=frozenset({ETH})))
    denied = scene.denial(a_submit())
    assert denied is not None
    assert denied.reason is R.INSTRUMENT_NOT_ALLOWED
    assert "ETH/USDT" in denied.message
    assert scene.denial(a_submit(Side.SELL, "0.1", "61000")) is None
    assert scene.denial(a_submit(quantity="1", limit_price="3000", instrument_id=ETH)) is None


def test_a_quote_older_than_the_limit_judges_nothing() -> None:
    scene = Scene(limits=replace(BARE, max_data_age_s=Decimal("0.05")))
    denied = scene.denial(a_submit())
    assert denied is not None
    assert denied.reason is R.MARKET_STALE
    assert denied.numbers == {"age_s": "0.1", "limit_s": "0.05"}
    assert "risk.max_data_age_s" in denied.message


class Pace:
    """A gate with a clock that a test turns."""

    def __init__(self, limit: int) -> None:
        self.clock = ManualClock()
        self.market = StillMarket()
        self.market.list(an_instrument(takes_order_lists=True))
        self.gate = RiskGate(
            replace(BARE, max_orders_per_second=limit),
            self.market,
            StillAccount(),
            connected=lambda: True,
            read_only=lambda: False,
            clock=self.clock,
        )


def test_only_so_many_orders_leave_in_any_second() -> None:
    pace = Pace(3)
    for _ in range(3):
        assert pace.gate.admit(a_submit(), ()).denied is None
        pace.clock.advance(0.3)
    denied = pace.gate.admit(a_submit(), ()).denied
    assert denied is not None
    assert denied.reason is R.ORDER_RATE_OVER_LIMIT
    assert denied.numbers == {"sent": "3", "asked": "1", "limit": "3"}
    pace.clock.advance(0.11)
    assert pace.gate.admit(a_submit(), ()).denied is None
    assert pace.gate.admit(a_submit(), ()).denied is not None


def test_every_order_of_a_list_counts_and_what_was_denied_does_not() -> None:
    pace = Pace(3)
    exits = Exits(take_profit_price=Decimal(62_000), stop_price=Decimal(58_000))
    assert pace.gate.admit(a_submit(quantity="0.0000001"), ()).denied is not None
    assert pace.gate.admit(a_submit(exits=exits), ()).denied is None
    assert pace.gate.sent_in_second() == 3
    pace.clock.advance(0.5)
    assert pace.gate.admit(a_submit(), ()).denied is not None


def test_what_only_reduces_and_a_second_look_never_wait() -> None:
    pace = Pace(1)
    assert pace.gate.admit(a_submit(), ()).denied is None
    assert pace.gate.verdict(a_submit(), ()) is None
    assert pace.gate.admit(a_submit(Side.SELL, "1", None, reduce_only=True), ()).denied is None
    stop = a_submit(
        Side.SELL, "1", None, order_type=OrderType.STOP, stop_price=Decimal(50_000), reduce_only=True, instrument_id=BTC
    )
    assert pace.gate.admit(stop, ()).denied is None
