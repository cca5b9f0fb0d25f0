"""Orders, lists and replacements as the exchange is asked for them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.errors import InvalidRequest
from fks_engine.exchange.order_requests import list_request, order_request, reference, replacement_request
from fks_engine.model import Order, OrderType, Side, TimeInForce, external_id
from tests.engine.builders import BTC, an_order

BUY, SELL = Side.BUY, Side.SELL
COMMON = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "quantity": "0.1",
    "newClientOrderId": "fks-1",
    "newOrderRespType": "FULL",
}


@pytest.mark.parametrize(
    ("order", "terms"),
    [
        (an_order(), {"type": "LIMIT", "price": "59000.00", "timeInForce": "GTC"}),
        (an_order(time_in_force=TimeInForce.FOK), {"type": "LIMIT", "price": "59000.00", "timeInForce": "FOK"}),
        (an_order(post_only=True), {"type": "LIMIT_MAKER", "price": "59000.00"}),
        (an_order(limit_price=None), {"type": "MARKET"}),
        (an_order(order_type=OrderType.MARKET), {"type": "LIMIT", "price": "59000.00", "timeInForce": "IOC"}),
        (
            an_order(limit_price=None, order_type=OrderType.STOP, stop_price=Decimal("1E+3")),
            {"type": "STOP_LOSS", "stopPrice": "1000"},
        ),
        (
            an_order(order_type=OrderType.STOP_LIMIT, stop_price=Decimal(58_000), time_in_force=TimeInForce.IOC),
            {"type": "STOP_LOSS_LIMIT", "stopPrice": "58000", "price": "59000.00", "timeInForce": "IOC"},
        ),
        (
            an_order(limit_price=None, order_type=OrderType.TAKE_PROFIT, stop_price=Decimal(58_000)),
            {"type": "TAKE_PROFIT", "stopPrice": "58000"},
        ),
        (
            an_order(order_type=OrderType.TAKE_PROFIT_LIMIT, stop_price=Decimal(58_000)),
            {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "58000", "price": "59000.00", "timeInForce": "GTC"},
        ),
    ],
)
def test_every_kind_of_order_has_its_terms_and_no_others(order: Order, terms: dict[str, str]) -> None:
    assert order_request("BTCUSDT", order) == COMMON | terms


@pytest.mark.parametrize(
    "order",
    [
        an_order(limit_price=None, order_type=OrderType.LIMIT),
        an_order(limit_price=None, order_type=OrderType.STOP),
        an_order(post_only=True, time_in_force=TimeInForce.IOC),
    ],
)
def test_an_order_that_is_not_whole_is_not_sent(order: Order) -> None:
    with pytest.raises(InvalidRequest):
        order_request("BTCUSDT", order)


def leg(name: str, side: Side, limit: str | None, stop: str | None = None, **changes: object) -> Order:
    kind = OrderType.LIMIT if stop is None else OrderType.STOP if limit is None else OrderType.STOP_LIMIT
    order = an_order(side, limit_price=limit, client_order_id=name, order_list_id="fks-list", order_type=kind)
    return replace(order, stop_price=None if stop is None else Decimal(stop), **changes)  # type: ignore[arg-type]


def test_an_oco_that_sells_has_its_profit_above_and_its_stop_below() -> None:
    kind, request = list_request("BTCUSDT", (leg("a", SELL, "62000", post_only=True), leg("b", SELL, "57900", "58000")))
    assert kind == "oco"
    assert request == {
        "symbol": "BTCUSDT", "listClientOrderId": "fks-list", "newOrderRespType": "FULL", "side": "SELL",
        "quantity": "0.1", "aboveClientOrderId": "a", "aboveType": "LIMIT_MAKER", "abovePrice": "62000",
        "belowClientOrderId": "b", "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "58000", "belowPrice": "57900",
        "belowTimeInForce": "GTC",
    }  # fmt: skip


def test_an_oco_that_buys_is_the_mirror_image() -> None:
    _, request = list_request("BTCUSDT", (leg("a", BUY, "58000", post_only=True), leg("b", BUY, None, "62000")))
    assert (request["belowClientOrderId"], request["belowType"], request["belowPrice"]) == ("a", "LIMIT_MAKER", "58000")
    assert (request["aboveClientOrderId"], request["aboveType"]) == ("b", "STOP_LOSS")
    assert request["aboveStopPrice"] == "62000"


def test_an_entry_with_one_exit() -> None:
    exit_ = leg("b", SELL, None, "58000", waits_for="a", quantity=Decimal("0.0999"))
    kind, request = list_request("BTCUSDT", (leg("a", BUY, "59000"), exit_))
    assert kind == "oto"
    assert request == {
        "symbol": "BTCUSDT", "listClientOrderId": "fks-list", "newOrderRespType": "FULL", "workingSide": "BUY",
        "workingQuantity": "0.1", "workingClientOrderId": "a", "workingType": "LIMIT", "workingPrice": "59000",
        "workingTimeInForce": "GTC", "pendingSide": "SELL", "pendingQuantity": "0.0999", "pendingClientOrderId": "b",
        "pendingType": "STOP_LOSS", "pendingStopPrice": "58000",
    }  # fmt: skip


def test_an_entry_with_two_exits() -> None:
    profit = leg("b", SELL, "62000", waits_for="a", post_only=True)
    kind, request = list_request(
        "BTCUSDT", (leg("a", BUY, "59000"), profit, leg("c", SELL, None, "58000", waits_for="a"))
    )
    assert kind == "otoco"
    assert request["pendingAboveType"] == "LIMIT_MAKER"
    assert (request["pendingBelowType"], request["pendingBelowStopPrice"]) == ("STOP_LOSS", "58000")
    assert (request["pendingAboveClientOrderId"], request["pendingBelowClientOrderId"]) == ("b", "c")


@pytest.mark.parametrize("orders", [(leg("a", SELL, "1"),), (leg("a", SELL, "1"), leg("b", SELL, "2"))])
def test_what_is_no_list_is_not_sent(orders: tuple[Order, ...]) -> None:
    with pytest.raises(InvalidRequest):
        list_request("BTCUSDT", orders)


def test_a_replacement_cancels_first_and_only_what_has_not_traded_meanwhile() -> None:
    new = an_order(client_order_id="fks-2")
    request = replacement_request("BTCUSDT", an_order(), new)
    assert request == order_request("BTCUSDT", new) | {
        "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": "fks-1", "cancelRestrictions": "ONLY_NEW",
    }  # fmt: skip
    partly = replacement_request("BTCUSDT", an_order(filled_quantity=Decimal("0.01")), new)
    assert "cancelRestrictions" not in partly


def test_an_order_whose_id_others_use_too_is_named_by_the_exchanges_own() -> None:
    assert reference("fks-1") == {"origClientOrderId": "fks-1"}
    assert reference(external_id(BTC, "77")) == {"orderId": "77"}
