"""The verdict on lists of orders, on replacements, and on market orders within their cap."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import DenialReason, Denied, Exits, OrderCommand, SubmitOco, SubmitOrder
from fks_engine.model import Order, OrderStatus, OrderType, Side, TimeInForce
from fks_engine.risk import RiskGate, RiskLimits
from tests.engine.builders import BTC, a_book, a_submit, an_instrument, an_order
from tests.engine.still_market import StillAccount, StillMarket

R = DenialReason
BUY, SELL = Side.BUY, Side.SELL


class Desk:
    """A gate at a market that takes lists of orders."""

    def __init__(self, **limits: Any) -> None:
        self.market, self.account = StillMarket(), StillAccount()
        self.market.list(an_instrument(takes_order_lists=True))
        self.banned_for_s: float | None = None
        self.gate = RiskGate(
            RiskLimits(reporting_currency="USDT", max_slippage_percent=Decimal(1), **limits),
            self.market,
            self.account,
            connected=lambda: True,
            read_only=lambda: False,
            banned_for_s=lambda: self.banned_for_s,
        )

    def denial(self, command: OrderCommand, *working: Order) -> Denied | None:
        return self.gate.verdict(command, working)

    def reason(self, command: OrderCommand, *working: Order) -> DenialReason | None:
        denied = self.denial(command, *working)
        return None if denied is None else denied.reason


def a_stop_limit(side: Side, stop: str, limit: str) -> SubmitOrder:
    return a_submit(side, "0.1", limit, order_type=OrderType.STOP_LIMIT, stop_price=Decimal(stop))


def an_oco(side: Side = SELL, profit: str = "62000", stop: str = "58000", limit: str | None = None) -> SubmitOco:
    return SubmitOco(
        instrument_id=BTC,
        side=side,
        quantity=Decimal("0.1"),
        take_profit_price=Decimal(profit),
        stop_price=Decimal(stop),
        stop_limit_price=None if limit is None else Decimal(limit),
    )


def an_entry(profit: str | None = "62000", stop: str | None = "57000", limit: str | None = None, **changes: Any) -> Any:
    exits = Exits(
        take_profit_price=None if profit is None else Decimal(profit),
        stop_price=None if stop is None else Decimal(stop),
        stop_limit_price=None if limit is None else Decimal(limit),
    )
    return replace(a_submit(exits=exits), **changes)


@pytest.mark.parametrize("command", [an_oco(), an_oco(BUY, "58000", "62000"), an_oco(limit="57900"), an_entry()])
def test_a_sound_list_passes(command: OrderCommand) -> None:
    assert Desk().denial(command) is None


@pytest.mark.parametrize(
    ("command", "reason", "words"),
    [
        (an_oco(profit="60000"), R.POST_ONLY_WOULD_TAKE, "the take profit: "),
        (an_oco(stop="60000"), R.STOP_WOULD_TRIGGER, "the stop: "),
        (an_oco(BUY, "58000", "59000"), R.STOP_WOULD_TRIGGER, "the stop: "),
        (an_oco(profit="62000.005"), R.PRICE_OFF_TICK, "the take profit: "),
        (an_oco(stop="58000.005"), R.PRICE_OFF_TICK, "the stop: "),
        (an_oco(profit="NaN"), R.INVALID_PRICE, "the take profit: "),
        (an_oco(stop="NaN"), R.INVALID_PRICE, "the stop: "),
        (replace(an_oco(), quantity=Decimal("2.1")), R.INSUFFICIENT_BALANCE, "selling 2.1 BTC"),
        (replace(an_oco(), quantity=Decimal("NaN")), R.INVALID_QUANTITY, "the quantity"),
        (an_entry(profit="58000"), R.INVALID_PRICE, "the take profit: 58000 takes no profit from an entry at 59000"),
        (an_entry(stop="59000"), R.STOP_WOULD_TRIGGER, "the stop: "),
        (an_entry(None, None), R.INVALID_COMBINATION, "exits need"),
        (an_entry(stop=None, limit="57000"), R.INVALID_COMBINATION, "no stop price"),
        (an_entry(time_in_force=TimeInForce.IOC), R.INVALID_COMBINATION, "may rest"),
        (an_entry(order_type=OrderType.MARKET, limit_price=None), R.INVALID_COMBINATION, "may rest"),
        (an_entry(quantity=Decimal("0.00009")), R.NOTIONAL_UNDER_MINIMUM, "the take profit: "),
        (an_entry(quantity=Decimal("0.00001")), R.NOTIONAL_UNDER_MINIMUM, "under the exchange's minimum"),
    ],
)
def test_a_list_with_a_fault_names_the_order_that_has_it(command: OrderCommand, reason: R, words: str) -> None:
    denied = Desk().denial(command)
    assert denied is not None
    assert denied.reason is reason
    assert words in denied.message


def test_a_market_that_binds_no_orders_says_so() -> None:
    desk = Desk()
    desk.market.list(an_instrument(takes_order_lists=False))
    assert desk.reason(an_oco()) is desk.reason(an_entry()) is R.UNSUPPORTED_ORDER


def test_every_order_of_a_list_counts() -> None:
    desk = Desk(max_open_orders=3)
    working = an_order()
    assert desk.reason(an_oco(), working) is None
    assert desk.reason(an_entry(), working) is R.OPEN_ORDERS_OVER_LIMIT
    assert desk.reason(an_oco(), working, working) is R.OPEN_ORDERS_OVER_LIMIT
    desk.market.list(an_instrument(takes_order_lists=True, max_stop_orders=1))
    stop = an_order(SELL, order_type=OrderType.STOP, limit_price=None, stop_price=Decimal(50_000))
    assert desk.reason(an_oco(), stop) is R.STOP_ORDERS_OVER_LIMIT


def test_a_list_on_its_way_holds_what_its_dearest_order_needs_once() -> None:
    desk = Desk()
    on_its_way = an_order(SELL, "1.5", "62000", status=OrderStatus.SUBMITTED, exchange_order_id=None, order_list_id="L")
    both = (on_its_way, replace(on_its_way, order_type=OrderType.STOP, stop_price=Decimal(58_000)))
    assert desk.reason(a_submit(SELL, "0.5", "61000"), *both) is None
    assert desk.reason(a_submit(SELL, "0.51", "61000"), *both) is R.INSUFFICIENT_BALANCE
    exits = (replace(on_its_way, waits_for="fks-entry"),)
    assert desk.reason(a_submit(SELL, "2", "61000"), *exits) is None


def test_what_a_replaced_order_holds_is_free_for_its_successor() -> None:
    desk = Desk()
    desk.account.hold("USDT", "100", locked="5900")
    old = an_order()
    assert desk.gate.verdict(a_submit(limit_price="59500"), ()) is not None
    assert desk.gate.verdict(a_submit(limit_price="59500"), (), old) is None
    denied = desk.gate.verdict(a_submit(limit_price="60000.01"), (), old)
    assert denied is not None
    assert denied.reason is R.INSUFFICIENT_BALANCE


def test_nothing_is_sent_while_the_exchange_has_banned_us() -> None:
    desk = Desk()
    desk.banned_for_s = 61.2
    denied = desk.denial(a_submit())
    assert denied is not None
    assert denied.reason is R.RATE_LIMITED
    assert "another 61 s" in denied.message
    assert "cancels are kept and go first then" in denied.message


def test_a_market_order_is_capped_on_the_tick_within_the_slippage() -> None:
    gate = Desk().gate
    assert gate.cap_price(a_submit(limit_price=None)) == Decimal("60600.10")
    assert gate.cap_price(a_submit(SELL, limit_price=None)) == Decimal("59400.00")
    own = replace(a_submit(), order_type=OrderType.MARKET)
    assert gate.cap_price(own) == Decimal("59000.00")


def test_a_market_purchase_needs_its_cap_in_the_balance_for_the_exchange_locks_that() -> None:
    desk = Desk()
    desk.account.hold("USDT", "6060.01")
    assert desk.reason(a_submit(limit_price=None)) is None
    desk.account.hold("USDT", "6060.00")
    denied = desk.denial(a_submit(limit_price=None))
    assert denied is not None
    assert denied.reason is R.INSUFFICIENT_BALANCE
    assert denied.numbers["needed"] == "6060.01"


def test_the_preview_of_a_market_order_tells_its_cap_and_what_the_book_does_not_give() -> None:
    desk = Desk()
    desk.market.books[BTC] = a_book(asks=(("60000.10", "0.1"), ("60500", "0.1"), ("60700", "5")))
    preview = desk.gate.preview(a_submit(quantity="0.3", limit_price=None), ())
    assert (preview.cap_price, preview.limit_price) == (Decimal("60600.10"), None)
    assert preview.unfilled == Decimal("0.1")
    assert "what is not filled at once expires" in preview.warnings[0]
    assert preview.denial is None
    enough = desk.gate.preview(a_submit(quantity="0.2", limit_price=None), ())
    assert (enough.unfilled, enough.warnings) == (None, ())


def test_the_preview_of_an_entry_tells_what_its_exits_hold() -> None:
    preview = Desk().gate.preview(an_entry(profit="62000.004"), ())
    assert preview.exits_quantity == Decimal("0.09990")
    assert preview.denial is None
    assert "stands unprotected" in preview.warnings[0]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (a_stop_limit(SELL, "58000", "58000.01"), "rests over the market of BTC/USDT and protects nothing"),
        (a_stop_limit(BUY, "62000", "61999.99"), "rests under the market of BTC/USDT and protects nothing"),
        (an_oco(stop="58000", limit="58500"), "a limit of at most 58000 would sell"),
        (an_entry(stop="57000", limit="57100"), "the limit of 57100 lies over the stop price of 57000"),
        (a_stop_limit(SELL, "58000", "58000"), ""),
        (a_stop_limit(BUY, "62000", "62000"), ""),
        (an_oco(stop="58000", limit="57900"), ""),
    ],
)
def test_a_stop_whose_limit_lies_on_the_wrong_side_is_warned_of(command: OrderCommand, words: str) -> None:
    preview = Desk().gate.preview(command, ())
    assert preview.denial is None
    found = [each for each in preview.warnings if "protects nothing" in each]
    assert len(found) == bool(words)
    assert all(words in each for each in found)


def test_the_preview_of_an_oco_values_it_at_its_profit() -> None:
    preview = Desk().gate.preview(an_oco(profit="61999.996"), ())
    assert (preview.limit_price, preview.expected_price, preview.notional) == (
        Decimal(62_000),
        Decimal(62_000),
        Decimal(6_200),
    )
    assert (preview.fee, preview.fee_asset, preview.denial) == (Decimal("6.2"), "USDT", None)


anything = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.sampled_from([Decimal("1E+999999"), Decimal("1E-999999"), Decimal("59000"), Decimal("62000"), Decimal("0.1")]),
)
maybe = st.one_of(st.none(), anything)


@given(st.sampled_from(Side), anything, anything, anything, maybe, maybe)
def test_a_list_is_judged_and_previewed_whatever_was_typed(
    side: Side, quantity: Decimal, profit: Decimal, stop: Decimal, limit: Decimal | None, other: Decimal | None
) -> None:
    gate = Desk().gate
    both = SubmitOco(
        instrument_id=BTC,
        side=side,
        quantity=quantity,
        take_profit_price=profit,
        stop_price=stop,
        stop_limit_price=limit,
    )
    entry = replace(
        a_submit(side, limit_price=other),
        quantity=quantity,
        stop_price=limit,
        exits=Exits(take_profit_price=profit, stop_price=stop, stop_limit_price=limit),
    )
    for command in (both, entry):
        denied = gate.verdict(command, ())
        assert denied is None or denied.message
        gate.preview(command, ())
