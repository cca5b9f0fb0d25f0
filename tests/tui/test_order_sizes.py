"""Sizes on keys as quantities."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.api import Side
from fks_tui.order_sizes import capped_price, quantity_of, written
from fks_tui.typed_numbers import Problem
from tests.desk_views import an_account, an_instrument

D = Decimal
BALANCES = an_account().balances
PRICE = D("64000.00")


class TestQuantityOf:
    @pytest.mark.parametrize(
        ("size", "side", "expected"),
        [
            ("0.1", Side.BUY, "0.10000"),
            ("$500", Side.BUY, "0.00781"),
            ("$500", Side.SELL, "0.00781"),
            ("10%", Side.BUY, "0.14625"),
            ("10%", Side.SELL, "0.20999"),
            ("100%", Side.SELL, "2.09990"),
        ],
    )
    def test_it_is_rounded_down_to_the_step(self, size: str, side: Side, expected: str) -> None:
        assert str(quantity_of(size, side, PRICE, an_instrument(), BALANCES)) == expected

    def test_a_share_of_nothing_is_said(self) -> None:
        found = quantity_of("10%", Side.SELL, PRICE, an_instrument(), BALANCES[:1])
        assert isinstance(found, Problem)
        assert "no free BTC" in found.message

    def test_less_than_a_step_is_said(self) -> None:
        found = quantity_of("$0.1", Side.BUY, PRICE, an_instrument(), BALANCES)
        assert isinstance(found, Problem)
        assert "0.00001 BTC" in found.message


class TestCappedPrice:
    def test_a_purchase_locks_the_cap_and_a_sale_what_it_sells(self) -> None:
        assert capped_price(Side.BUY, PRICE, D("0.5")) == D("64320")
        assert capped_price(Side.SELL, PRICE, D("0.5")) is None
        assert capped_price(Side.BUY, PRICE, None) is None


class TestWritten:
    @pytest.mark.parametrize(
        ("size", "expected"), [("$1000", "$1,000"), ("$12.5", "$12.50"), ("10%", "10%"), ("0.1", "0.1 BTC")]
    )
    def test_as_the_desk_writes_it(self, size: str, expected: str) -> None:
        assert written(size, an_instrument()) == expected
