"""What was asked of the engine, in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.api import (
    AlertCondition,
    CancelAllOrders,
    CancelOrder,
    Command,
    FlattenPosition,
    OrderStatus,
    OrderType,
    ReplaceOrder,
    SetAlert,
    Side,
    StopEngine,
    SubmitOrder,
)
from fks_tui.asked_words import asked_words
from tests.desk_views import BTC, a_view, an_order

D = Decimal
VIEW = a_view(
    working_orders=(
        an_order(2, filled_quantity=D("0.04"), status=OrderStatus.PARTIALLY_FILLED),
        an_order(3, order_type=OrderType.STOP, side=Side.SELL, stop_price=D("63000"), limit_price=None),
    )
)


class TestAskedWords:
    @pytest.mark.parametrize(
        ("command", "title", "text"),
        [
            (
                SubmitOrder(instrument_id=BTC, side=Side.BUY, order_type=OrderType.MARKET, quantity=D("0.1")),
                "Passed the gate",
                "BUY 0.1 BTC/USDT MARKET, at the best price there is",
            ),
            (
                ReplaceOrder(client_order_id="fks-000002", quantity=D("0.16"), limit_price=D("63950.00")),
                "Replacing",
                "BUY BTC/USDT: quantity 0.10000 → 0.20, price 63900.00 → 63950.00",
            ),
            (
                ReplaceOrder(client_order_id="fks-000003", stop_price=D("62900")),
                "Replacing",
                "SELL BTC/USDT: stop price 63000 → 62900",
            ),
            (CancelOrder("fks-000003"), "Canceling", "SELL 0.1 BTC/USDT at 63000"),
            (CancelOrder("fks-000099"), "Canceling", "order fks-000099"),
            (CancelAllOrders(BTC, Side.BUY), "Canceling", "the buy orders of BTC/USDT"),
            (CancelAllOrders(), "Canceling", "the orders of all markets"),
            (FlattenPosition(BTC), "Closing", "BTC/USDT: orders are canceled first, then what is held is sold"),
            (SetAlert(BTC, AlertCondition.BELOW, D(60000)), "Alert set", "BTC/USDT below 60000"),
            (StopEngine(cancel_orders=True), "Done", "Stop engine"),
        ],
    )
    def test_they_say_what_was_asked_and_only_what_is_done_as_done(
        self, command: Command, title: str, text: str
    ) -> None:
        assert asked_words(command, VIEW) == (title, text)
