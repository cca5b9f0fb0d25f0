"""The table of lives."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.errors import InvalidTransition
from fks_engine.model import TRANSITIONS, OrderStatus, Side
from tests.engine.builders import NOW, an_order

S = OrderStatus


def test_every_status_has_its_row() -> None:
    assert set(TRANSITIONS) == set(OrderStatus)


def test_a_status_is_terminal_or_working_or_not_sent_yet() -> None:
    for status in OrderStatus:
        assert [status.is_terminal, status.is_working, status is S.INITIALIZED].count(True) == 1


def test_no_row_leads_back_to_the_start_or_to_itself() -> None:
    for status, following in TRANSITIONS.items():
        assert S.INITIALIZED not in following
        assert status not in following


def test_only_an_order_that_was_not_sent_can_be_denied() -> None:
    assert [status for status, following in TRANSITIONS.items() if S.DENIED in following] == [S.INITIALIZED]


def test_what_the_exchange_has_ended_works_again_only_where_we_had_guessed_the_end() -> None:
    for status in (S.DENIED, S.FILLED, S.CANCELED, S.EXPIRED):
        assert not any(following.is_working for following in TRANSITIONS[status])
    assert S.ACCEPTED in TRANSITIONS[S.REJECTED]


@pytest.mark.parametrize("status", [S.REJECTED, S.UNKNOWN, S.ACCEPTED, S.CANCELED])
def test_a_cancel_asked_for_before_the_answer_can_meet_any_answer(status: OrderStatus) -> None:
    order = an_order(status=S.PENDING_CANCEL)
    assert order.moved_to(status, ts=NOW).status is status


def test_an_order_moves_as_the_table_says() -> None:
    order = an_order(status=S.SUBMITTED)
    moved = order.moved_to(S.REJECTED, ts=NOW + 5, reason="no funds")
    assert (moved.status, moved.ts_updated, moved.reason) == (S.REJECTED, NOW + 5, "no funds")
    assert order.status is S.SUBMITTED


def test_a_forbidden_move_names_both_ends() -> None:
    with pytest.raises(InvalidTransition, match="order fks-1 cannot move from filled to canceled"):
        an_order(status=S.FILLED).moved_to(S.CANCELED, ts=NOW)


def test_an_order_that_is_over_leaves_nothing() -> None:
    assert an_order(quantity=2, filled_quantity=Decimal("0.5")).leaves_quantity == Decimal("1.5")
    assert an_order(quantity=2, filled_quantity=Decimal("0.5"), status=S.CANCELED).leaves_quantity == 0


def test_a_market_order_has_no_notional_of_its_own() -> None:
    assert an_order(quantity=2, limit_price=100).notional == 200
    assert an_order(limit_price=None).notional is None


def test_each_side_has_its_opposite() -> None:
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY
