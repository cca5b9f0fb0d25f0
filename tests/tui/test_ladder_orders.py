"""Keys of the ladder as commands."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import Balance, BalanceRow, OrderStatus, OrderType, ReplaceOrder, Side, SubmitOrder
from fks_tui.ladder_orders import Terms, cross, join, limit_at, moved, side_at, stop_at, words_of
from fks_tui.typed_numbers import Problem
from tests.desk_views import BTC, a_focus, an_account, an_order
from tests.tui.ladder_views import STOP_BUY

D = Decimal


def terms(**changes: object) -> Terms:
    return Terms(**{"focus": a_focus(), "balances": an_account().balances, "size": "0.1", **changes})  # type: ignore[arg-type]


def an_expected(side: Side, price: str, **changes: object) -> SubmitOrder:
    order = SubmitOrder(
        instrument_id=BTC,
        side=side,
        order_type=OrderType.LIMIT,
        quantity=D("0.10000"),
        limit_price=D(price),
        origin="ladder",
    )
    return replace(order, **changes)  # type: ignore[arg-type]


class TestNewOrders:
    def test_a_limit_stands_at_the_cursors_price(self) -> None:
        assert limit_at(terms(), Side.BUY, D("63999.50")) == an_expected(Side.BUY, "63999.50")

    def test_the_size_is_taken_at_the_orders_own_price(self) -> None:
        order = limit_at(terms(size="$500"), Side.SELL, D("50000.00"))
        assert isinstance(order, SubmitOrder)
        assert order.quantity == D("0.01000")

    @pytest.mark.parametrize(("side", "price"), [(Side.BUY, "63999.99"), (Side.SELL, "64000.01")])
    def test_join_takes_the_best_price_of_its_own_side(self, side: Side, price: str) -> None:
        assert join(terms(post_only=True), side) == an_expected(side, price, post_only=True)

    @pytest.mark.parametrize(("side", "price"), [(Side.BUY, "64000.01"), (Side.SELL, "63999.99")])
    def test_cross_takes_the_best_price_of_the_other_side(self, side: Side, price: str) -> None:
        assert cross(terms(), side) == an_expected(side, price)

    def test_cross_is_refused_while_post_only_is_on(self) -> None:
        found = cross(terms(post_only=True), Side.BUY)
        assert isinstance(found, Problem)
        assert "post-only is on" in found.message

    @pytest.mark.parametrize("make", [join, cross])
    def test_an_empty_book_is_said(self, make: object) -> None:
        found = make(terms(focus=a_focus(bids=(), asks=())), Side.BUY)  # type: ignore[operator]
        assert isinstance(found, Problem)

    @pytest.mark.parametrize(("price", "side"), [("64000.50", Side.BUY), ("63999.50", Side.SELL)])
    def test_a_stop_buys_over_the_market_and_sells_under_it(self, price: str, side: Side) -> None:
        expected = an_expected(side, "1", order_type=OrderType.STOP, limit_price=None, stop_price=D(price))
        assert stop_at(terms(post_only=True), D(price)) == expected

    def test_a_stop_inside_the_market_is_said(self) -> None:
        assert isinstance(stop_at(terms(), D("64000.00")), Problem)

    @pytest.mark.parametrize("price", [None, D(0)])
    def test_no_price_is_said(self, price: Decimal | None) -> None:
        assert isinstance(limit_at(terms(), Side.BUY, price), Problem)


class TestSizes:
    @pytest.mark.parametrize(("free", "quantity"), [("0.0999", "0.09990"), ("0.0998", "0.09980"), ("0.095", "0.10000")])
    def test_a_sale_that_lacks_only_the_fee_of_its_purchase_is_all_that_is_free(self, free: str, quantity: str) -> None:
        scarce = terms(balances=(BalanceRow(Balance("BTC", D(free), D(0)), None),))
        order = limit_at(scarce, Side.SELL, D("64000.00"))
        assert isinstance(order, SubmitOrder)
        assert order.quantity == D(quantity)
        assert words_of(order, scarce).endswith(", 0.10000 less the fee") == (D(quantity) < D("0.1"))

    def test_a_purchase_is_never_cut_down(self) -> None:
        scarce = terms(balances=(BalanceRow(Balance("BTC", D("0.0999"), D(0)), None),))
        assert limit_at(scarce, Side.BUY, D("64000.00")) == an_expected(Side.BUY, "64000.00")


class TestSideAt:
    @pytest.mark.parametrize(("price", "side"), [("63999.00", Side.BUY), ("64000.00", Side.BUY), ("64001", Side.SELL)])
    def test_it_is_the_side_that_would_rest(self, price: str, side: Side) -> None:
        assert side_at(terms(), D(price)) is side


class TestMoved:
    def test_a_limit_moves_its_limit(self) -> None:
        order = an_order(2)
        assert moved(order, D("63950.00")) == ReplaceOrder(
            client_order_id=order.client_order_id, limit_price=D("63950.00"), origin="ladder"
        )

    def test_a_stop_moves_its_stop(self) -> None:
        assert moved(STOP_BUY, D("64001.00")) == ReplaceOrder(
            client_order_id=STOP_BUY.client_order_id, stop_price=D("64001.00"), origin="ladder"
        )

    def test_a_stop_with_a_limit_keeps_the_distance(self) -> None:
        order = replace(STOP_BUY, order_type=OrderType.STOP_LIMIT, limit_price=D("64000.10"))
        assert moved(order, D("64001.00")) == ReplaceOrder(
            client_order_id=order.client_order_id, stop_price=D("64001.00"), limit_price=D("64001.02"), origin="ladder"
        )

    def test_a_triggered_stop_moves_its_limit(self) -> None:
        order = replace(STOP_BUY, order_type=OrderType.STOP_LIMIT, limit_price=D("64000.10"), is_triggered=True)
        assert moved(order, D("64001.00")) == ReplaceOrder(
            client_order_id=order.client_order_id, limit_price=D("64001.00"), origin="ladder"
        )

    @pytest.mark.parametrize("status", [OrderStatus.SUBMITTED, OrderStatus.PENDING_CANCEL, OrderStatus.UNKNOWN])
    def test_what_the_exchange_has_not_answered_for_is_not_moved(self, status: OrderStatus) -> None:
        found = moved(an_order(2, status=status), D("63950.00"))
        assert isinstance(found, Problem)
        assert "once the exchange has answered" in found.message

    @pytest.mark.parametrize("price", ["63900.00", "0"])
    def test_the_same_price_and_no_price_are_said(self, price: str) -> None:
        assert isinstance(moved(an_order(2), D(price)), Problem)


class TestWords:
    def test_they_name_side_quantity_price_and_worth(self) -> None:
        words = words_of(an_expected(Side.BUY, "63999.99", post_only=True), terms())
        assert words == "▲ BUY 0.10000 BTC/USDT LIMIT 63999.99 = 6,400.00 USDT post-only"
