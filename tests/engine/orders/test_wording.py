"""What a person is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.api import NoticeLevel
from fks_engine.model import OrderStatus, Side
from fks_engine.orders.wording import described, told
from tests.engine.builders import an_order

S = OrderStatus


def test_an_order_is_described_in_a_few_words() -> None:
    assert described(an_order(quantity="0.50", limit_price="59000.00")) == "buy 0.5 BTC/USDT at 59000"
    assert described(an_order(Side.SELL, limit_price=None)) == "sell market 0.1 BTC/USDT"


@pytest.mark.parametrize(
    ("status", "level", "title", "message"),
    [
        (S.FILLED, NoticeLevel.SUCCESS, "Filled", "sold 0.04 BTC/USDT at 60001.5"),
        (S.PARTIALLY_FILLED, NoticeLevel.INFO, "Partly filled", "sold 0.04 BTC/USDT at 60001.5, of 0.1"),
        (S.CANCELED, NoticeLevel.INFO, "Canceled", "sell 0.1 BTC/USDT at 59000: why; 0.04 was filled"),
        (S.EXPIRED, NoticeLevel.WARNING, "Expired", "sell 0.1 BTC/USDT at 59000: why; 0.04 was filled"),
        (S.REJECTED, NoticeLevel.WARNING, "Order rejected", "sell 0.1 BTC/USDT at 59000: why"),
        (S.UNKNOWN, NoticeLevel.WARNING, "Order unknown", "sell 0.1 BTC/USDT at 59000: why"),
    ],
)
def test_a_change_that_matters_is_told(status: OrderStatus, level: NoticeLevel, title: str, message: str) -> None:
    filled = Decimal("0.04")
    after = an_order(Side.SELL, status=status, filled_quantity=filled, average_price=Decimal("60001.50"), reason="why")
    saying = told(an_order(Side.SELL, status=S.SUBMITTED), after)
    assert saying is not None
    assert saying[:3] == (level, title, message)


def test_a_rejection_of_an_order_thought_unknown_is_louder() -> None:
    saying = told(an_order(status=S.UNKNOWN), an_order(status=S.REJECTED, reason="never_arrived"))
    assert saying is not None
    assert saying.level is NoticeLevel.ERROR


@pytest.mark.parametrize("status", [S.SUBMITTED, S.ACCEPTED, S.PENDING_CANCEL, S.DENIED])
def test_a_step_that_goes_as_it_should_is_not_told(status: OrderStatus) -> None:
    assert told(an_order(status=S.INITIALIZED), an_order(status=status)) is None
    assert told(None, an_order(status=status)) is None
