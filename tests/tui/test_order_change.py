"""An order being changed: what is sent of what is typed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import OrderStatus, OrderType, ReplaceOrder, Side
from fks_tui.order_change import OrderChange
from fks_tui.typed_numbers import Field
from tests.desk_views import BTC, an_instrument, an_order

D = Decimal
PART_FILLED = an_order(2, status=OrderStatus.PARTIALLY_FILLED, filled_quantity=D("0.04"))
STOP = an_order(2, order_type=OrderType.STOP, side=Side.SELL, stop_price=D("63000.00"), limit_price=None)


def typed(change: OrderChange, **texts: str) -> OrderChange:
    fields = {Field(name): text for name, text in texts.items()}
    return replace(change, texts={**change.texts, **fields}, instrument=an_instrument(BTC))


def test_only_what_differs_is_sent_and_a_price_is_rounded_for_its_side() -> None:
    change = typed(OrderChange.of(PART_FILLED), price="63950.009", quantity="0.100000")
    assert change.command == ReplaceOrder(client_order_id="fks-000002", limit_price=D("63950.00"), origin="edit")


def test_a_changed_quantity_is_the_whole_one_and_follows_the_fills() -> None:
    change = typed(OrderChange.of(an_order(2)), quantity="0.2")
    assert change.command == ReplaceOrder(client_order_id="fks-000002", quantity=D("0.2"), origin="edit")
    assert replace(change, order=PART_FILLED).command == ReplaceOrder(
        client_order_id="fks-000002", quantity=D("0.16"), origin="edit"
    )


def test_a_stop_has_a_trigger_and_no_price() -> None:
    change = OrderChange.of(STOP)
    assert list(change.texts) == [Field.QUANTITY, Field.STOP]
    assert typed(change, stop="63100").command == ReplaceOrder(
        client_order_id="fks-000002", stop_price=D("63100.00"), origin="edit"
    )


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({}, "nothing is changed yet"),
        ({"price": "6x"}, "is not a number"),
        ({"price": "0.001"}, "less than one step"),
        ({"quantity": "0.04"}, "filled already"),
        ({"quantity": "0.000001"}, "less than one step"),
    ],
)
def test_what_cannot_be_sent_says_why(texts: dict[str, str], words: str) -> None:
    change = typed(OrderChange.of(PART_FILLED), **texts)
    assert change.command is None
    assert words in change.problems[0].message
