"""The preview: rounded values, likely price and fee, the position after, the verdict."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import DenialReason, Preview, SubmitOrder
from fks_engine.model import Position, Side, instrument_id
from fks_engine.risk import RiskGate, RiskLimits
from tests.engine.builders import BTC, a_book, a_submit
from tests.engine.still_market import StillAccount, StillMarket


class Ticket:
    """A gate whose market and account a test can move."""

    def __init__(self) -> None:
        self.market = StillMarket()
        self.account = StillAccount()
        limits = RiskLimits(reporting_currency="USDT", max_order_notional=Decimal(25_000))
        self.gate = RiskGate(limits, self.market, self.account, connected=lambda: True, read_only=lambda: False)

    def preview(self, command: SubmitOrder) -> Preview:
        return self.gate.preview(command, ())


def test_values_are_rounded_to_tick_and_step_before_they_are_judged() -> None:
    preview = Ticket().preview(a_submit(quantity="0.1234567", limit_price="59000.018"))
    assert (str(preview.quantity), str(preview.limit_price)) == ("0.12345", "59000.01")
    assert preview.denial is None


def test_a_resting_purchase_pays_its_limit_and_the_makers_fee_in_what_it_receives() -> None:
    ticket = Ticket()
    ticket.account.positions[BTC] = Position(instrument_id=BTC, quantity=Decimal(1))
    preview = ticket.preview(a_submit())
    assert preview.expected_price == 59_000
    assert preview.notional == 5_900
    assert (preview.fee, preview.fee_asset) == (Decimal("0.0001"), "BTC")
    assert (preview.position_before, preview.position_after) == (Decimal(2), Decimal("2.0999"))
    assert (preview.available, preview.available_asset) == (Decimal(100_000), "USDT")


def test_a_market_sale_walks_the_bids_and_pays_its_fee_in_the_quote_asset() -> None:
    ticket = Ticket()
    ticket.market.books[BTC] = a_book(bids=(("60000", "0.1"), ("59000", "1")))
    preview = ticket.preview(a_submit(Side.SELL, "0.2", None))
    assert preview.expected_price == 59_500
    assert (preview.fee, preview.fee_asset) == (Decimal("11.9"), "USDT")
    assert (preview.position_before, preview.position_after) == (Decimal(2), Decimal("1.8"))
    assert (preview.available, preview.available_asset) == (Decimal(2), "BTC")


def test_what_crosses_is_taken_and_the_rest_fills_at_the_limit() -> None:
    ticket = Ticket()
    ticket.market.books[BTC] = a_book(asks=(("60000", "0.1"), ("60100", "5")))
    preview = ticket.preview(a_submit(quantity="0.2", limit_price="60050"))
    assert preview.expected_price == 60_025


def test_a_book_that_is_too_thin_is_priced_at_its_last_level() -> None:
    ticket = Ticket()
    ticket.market.books[BTC] = a_book(asks=(("60000", "0.1"), ("60100", "0.1")))
    assert ticket.preview(a_submit(quantity="0.4", limit_price=None)).expected_price == 60_075


def test_without_a_market_the_figures_are_missing_and_the_verdict_says_so() -> None:
    ticket = Ticket()
    del ticket.market.quotes[BTC]
    preview = ticket.preview(a_submit(limit_price=None))
    assert (preview.expected_price, preview.notional, preview.fee, preview.position_after) == (None, None, None, None)
    assert preview.denial is not None
    assert preview.denial.reason is DenialReason.NO_MARKET


def test_less_than_one_step_is_shown_as_it_was_typed() -> None:
    preview = Ticket().preview(a_submit(quantity="0.000001"))
    assert str(preview.quantity) == "0.000001"
    assert preview.denial is not None
    assert preview.denial.reason is DenialReason.QUANTITY_OFF_STEP


def test_an_instrument_that_is_not_listed_has_no_figures() -> None:
    preview = Ticket().preview(a_submit(instrument_id=instrument_id("binance", "XYZ/USDT")))
    assert preview.available is None
    assert preview.denial is not None
    assert preview.denial.reason is DenialReason.UNKNOWN_INSTRUMENT


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-1", "0", "1E+40", "1E+999999", "1E-999999"])
def test_a_preview_survives_any_number(text: str) -> None:
    as_quantity = Ticket().preview(a_submit(quantity=text))
    assert as_quantity.denial is not None
    assert as_quantity.denial.reason is DenialReason.INVALID_QUANTITY
    as_price = Ticket().preview(a_submit(limit_price=text))
    assert as_price.denial is not None
    assert as_price.denial.reason is DenialReason.INVALID_PRICE


@given(
    st.sampled_from(Side),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.one_of(st.none(), st.decimals(allow_nan=True, allow_infinity=True)),
)
def test_a_preview_is_given_whatever_was_typed(side: Side, quantity: Decimal, price: Decimal | None) -> None:
    preview = Ticket().preview(a_submit(side, quantity, price))
    if preview.denial is None:
        assert preview.expected_price is not None
