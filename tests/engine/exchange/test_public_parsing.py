"""ccxt's unified structures as ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.errors import MalformedData
from fks_engine.exchange import public_parsing as parsing
from fks_engine.model import Side, Timeframe
from tests.engine.builders import NOW, an_instrument

D = Decimal


def a_market(**changes: Any) -> dict[str, Any]:
    return {
        "symbol": "BTC/USD",
        "base": "BTC",
        "quote": "USD",
        "precision": {"price": "0.1", "amount": "1e-8"},
        "limits": {"amount": {"min": "0.0001", "max": None}, "cost": {"min": "0.5", "max": None}},
        "maker": "0.0025",
        "taker": "0.004",
    } | changes


def test_a_market_brings_its_rules_and_takes_no_orders() -> None:
    found = parsing.instrument("kraken", a_market(), ccxt.TICK_SIZE)
    assert found.id == "kraken:BTC/USD"
    assert (found.tick_size, found.step_size) == (D("0.1"), D("0.00000001"))
    assert (found.min_quantity, found.min_notional, found.taker_fee) == (D("0.0001"), D("0.5"), D("0.004"))
    assert found.order_types == ()


def test_precision_in_decimals_and_in_significant_digits() -> None:
    decimals = a_market(precision={"price": "2", "amount": "0"})
    assert parsing.instrument("x", decimals, ccxt.DECIMAL_PLACES).tick_size == D("0.01")
    assert parsing.instrument("x", decimals, ccxt.DECIMAL_PLACES).step_size == D(1)
    assert parsing.instrument("x", decimals, ccxt.SIGNIFICANT_DIGITS).tick_size == D("0.00000001")


@pytest.mark.parametrize("text", ["-1", "NaN", "Infinity", "1e400", "1e-60", "many", "1e18"])
def test_a_number_that_cannot_be_true_is_refused(text: str) -> None:
    with pytest.raises(MalformedData):
        parsing.number(text)


@given(st.text(max_size=12) | st.floats() | st.integers() | st.booleans() | st.none())
def test_whatever_comes_is_a_bounded_number_or_refused(value: object) -> None:
    try:
        found = parsing.number(value)
    except MalformedData:
        return
    assert found is None or 0 <= found < D(10) ** 18


def test_a_quote_of_one_side_has_no_other_and_of_none_is_none() -> None:
    rules = an_instrument()
    one = parsing.quote({"bid": "1.5", "bidVolume": "3", "timestamp": 5}, rules, NOW)
    assert one is not None
    assert (one.bid, one.ask, one.ts_event) == (D("1.5"), D(0), 5_000_000)
    assert parsing.quote({}, rules, NOW) is None


def test_a_book_of_floats_stands_on_its_ticks_and_one_that_crosses_is_refused() -> None:
    rules = an_instrument()
    found = {"bids": [[59999.990000000005, 1.5]], "asks": [[60000.01, 0.1], [60000.02, 0.0]], "nonce": 7}
    book = parsing.book(found, rules, 5, NOW)
    assert [level.price for level in book.bids] == [D("59999.99")]
    assert len(book.asks) == 1
    with pytest.raises(MalformedData):
        parsing.book({"bids": [[2, 1]], "asks": [[1, 1]]}, rules, 5, NOW)


def test_prints_and_candles() -> None:
    rules = an_instrument()
    print_ = parsing.trade({"price": "5", "amount": "2", "side": "sell", "id": "9", "timestamp": 1}, rules, NOW)
    assert (print_.trade_id, print_.aggressor) == ("9", Side.SELL)
    with pytest.raises(MalformedData):
        parsing.trade({"price": "5"}, rules, NOW)
    opened_ms = NOW // 1_000_000 - 30_000
    forming = parsing.candle([opened_ms, "1", "2", "0.5", "1.5", "10"], rules, Timeframe.M1, True, NOW)
    over = parsing.candle([opened_ms - 60_000, 1, 2, 1, 1, 0], rules, Timeframe.M1, False, NOW)
    assert (forming.closed, over.closed, forming.close) == (False, True, 1.5)
