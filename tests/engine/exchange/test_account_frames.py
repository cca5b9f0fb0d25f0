from __future__ import annotations

import json
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from fks_engine.errors import MalformedData
from fks_engine.exchange import account_frames
from fks_engine.exchange.error_map import FRAME_FAULTS
from fks_engine.model import Balance, OrderStatus, OrderType, Side, TimeInForce
from tests.engine.builders import NOW
from tests.engine.exchange.frames import ACCOUNT_FRAMES, BALANCES, MARKETS, ORDER_NEW, ORDER_TRADE, is_sound, spoiled

ANSWER = {
    "symbol": "BTCUSDT", "orderId": 5, "orderListId": -1, "clientOrderId": "cancel-5", "price": "40000.00000000",
    "origQty": "0.01000000", "executedQty": "0.00400000", "origQuoteOrderQty": "0.00000000",
    "cummulativeQuoteQty": "160.00000000", "status": "CANCELED", "timeInForce": "GTC", "type": "LIMIT_MAKER",
    "side": "SELL", "origClientOrderId": "fks-5", "transactTime": 1795343099567,
}  # fmt: skip


def order(text: str, **changes: Any) -> dict[str, Any]:
    return {**json.loads(text), **changes}


def test_a_new_order_is_accepted_and_has_no_fill() -> None:
    report = account_frames.order_event(order(ORDER_NEW), MARKETS, NOW)
    assert report.status is OrderStatus.ACCEPTED
    assert (report.client_order_id, report.exchange_order_id) == ("fks-1", "1")
    assert (report.side, report.order_type, report.time_in_force) == (Side.BUY, OrderType.LIMIT, TimeInForce.GTC)
    assert (report.quantity, report.filled_quantity) == (Decimal("0.5"), Decimal(0))
    assert report.average_price is None
    assert report.limit_price == Decimal("50052.51")
    assert account_frames.fill_event(order(ORDER_NEW), MARKETS, NOW) is None


def test_an_execution_is_a_report_and_a_fill() -> None:
    report = account_frames.order_event(order(ORDER_TRADE), MARKETS, NOW)
    fill = account_frames.fill_event(order(ORDER_TRADE), MARKETS, NOW)
    assert (report.status, report.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.2"))
    assert report.average_price == Decimal("50002.51")
    assert fill is not None
    assert (fill.trade_id, fill.price, fill.quantity) == ("34", Decimal("50002.51"), Decimal("0.2"))
    assert (fill.fee, fill.fee_asset, fill.is_maker) == (Decimal("0.0002"), "BTC", False)
    assert fill.notional == Decimal("10000.502")


def test_a_cancel_is_reported_under_the_orders_own_id() -> None:
    message = order(ORDER_NEW, x="CANCELED", X="CANCELED", c="cancel-1", C="fks-1")
    assert account_frames.order_event(message, MARKETS, NOW).client_order_id == "fks-1"


def test_an_order_that_would_have_traded_with_itself_says_so() -> None:
    report = account_frames.order_event(order(ORDER_NEW, x="EXPIRED", X="EXPIRED_IN_MATCH"), MARKETS, NOW)
    assert report.status is OrderStatus.EXPIRED
    assert report.reason.startswith("expired: ")
    plain = account_frames.order_event(order(ORDER_NEW, x="EXPIRED", X="EXPIRED"), MARKETS, NOW)
    assert (plain.status, plain.reason) == (OrderStatus.EXPIRED, "")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("STOP_LOSS", OrderType.STOP),
        ("STOP_LOSS_LIMIT", OrderType.STOP_LIMIT),
        ("TAKE_PROFIT", OrderType.TAKE_PROFIT),
        ("TAKE_PROFIT_LIMIT", OrderType.TAKE_PROFIT_LIMIT),
    ],
)
def test_an_order_that_waits_tells_its_stop_price_and_whether_it_was_reached(word: str, kind: OrderType) -> None:
    waits = order(ORDER_NEW, o=word, P="49000.00000000", w=False, W=-1, g=7)
    report = account_frames.order_event(waits, MARKETS, NOW)
    assert (report.order_type, report.stop_price, report.order_list_id) == (kind, Decimal(49000), "7")
    assert not report.is_triggered
    assert account_frames.order_event(waits | {"w": True, "W": 1795343099501}, MARKETS, NOW).is_triggered
    traded = order(ORDER_TRADE, o=word, P="49000.00000000", w=False)
    assert account_frames.order_event(traded, MARKETS, NOW).is_triggered


def test_an_exit_whose_entry_has_not_filled_is_pending() -> None:
    pending = order(ORDER_NEW, X="PENDING_NEW", g=7)
    report = account_frames.order_event(pending, MARKETS, NOW)
    assert (report.status, report.is_pending) == (OrderStatus.ACCEPTED, True)
    assert not account_frames.order_event(order(ORDER_NEW), MARKETS, NOW).is_pending
    assert account_frames.order_event(order(ORDER_NEW), MARKETS, NOW).order_list_id is None


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(MalformedData, match="unknown order status"):
        account_frames.order_event(order(ORDER_NEW, X="DREAMING"), MARKETS, NOW)


def test_an_order_cannot_fill_more_than_it_asked_for() -> None:
    with pytest.raises(MalformedData, match="filled"):
        account_frames.order_event(order(ORDER_NEW, z="0.60000000"), MARKETS, NOW)


def test_balances_that_changed_are_not_all_balances() -> None:
    changed = account_frames.balances_event(json.loads(BALANCES), NOW)
    assert not changed.complete
    assert changed.balances[1] == Balance("USDT", Decimal("74998.745"), Decimal(0))


def test_balances_are_as_old_as_the_account_says_not_as_the_event_that_tells_them() -> None:
    late = json.loads(BALANCES) | {"E": 1795343099900}
    assert account_frames.balances_event(late, NOW).ts_event == 1795343099502 * 1_000_000


def test_an_answer_to_a_cancel_names_the_order_that_was_canceled() -> None:
    report = account_frames.order_answer(ANSWER, MARKETS, NOW)
    assert (report.client_order_id, report.status) == ("fks-5", OrderStatus.CANCELED)
    assert report.post_only
    assert report.average_price == Decimal(40000)


def test_a_row_of_the_accounts_trades_is_a_fill() -> None:
    row = {
        "symbol": "BTCUSDT", "id": 34, "orderId": 1, "price": "50002.51000000", "qty": "0.50000000",
        "quoteQty": "25001.25500000", "commission": "0.00050000", "commissionAsset": "BTC", "time": 1795343099502,
        "isBuyer": True, "isMaker": False, "isBestMatch": True,
    }  # fmt: skip
    fill = account_frames.fill_answer(row, MARKETS, NOW)
    assert (fill.trade_id, fill.side, fill.client_order_id) == ("34", Side.BUY, "")


@given(spoiled(ACCOUNT_FRAMES))
def test_no_spoiled_frame_gets_through_with_a_number_that_cannot_be_true(message: Any) -> None:
    for parse in (
        account_frames.order_event,
        account_frames.fill_event,
        lambda m, _, ts: account_frames.balances_event(m, ts),
    ):
        try:
            event: Any = parse(message, MARKETS, NOW)
        except FRAME_FAULTS:
            continue
        if event is not None:
            assert all(is_sound(getattr(event, field.name)) for field in fields(event))
