"""Conditional orders, order lists and replacements over a real socket, with Binance's answers and refusals."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.simulator.accounts import check_holds, crowd, listening, told, trade_at
from tests.engine.simulator.builders import KEY, ApiClient, served, world

pytestmark = pytest.mark.anyio

STOP = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS", "quantity": "0.1", "stopPrice": "59000"}
STOP_LIMIT = STOP | {"type": "STOP_LOSS_LIMIT", "price": "58900", "timeInForce": "GTC"}
PAIR = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "quantity": "0.1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "61000",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "59000",
    "belowPrice": "58900",
    "belowTimeInForce": "GTC",
}
ENTRY = {
    "symbol": "BTCUSDT",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "59500",
    "workingQuantity": "0.1",
    "workingTimeInForce": "GTC",
    "pendingSide": "SELL",
    "pendingQuantity": "0.1",
}
PENDING = {"pendingType": "STOP_LOSS", "pendingStopPrice": "59000"}
PENDING_PAIR = {
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "61000",
    "pendingBelowType": "STOP_LOSS",
    "pendingBelowStopPrice": "59000",
}


async def accepted(api: ApiClient, method: str, path: str, **fields: object) -> Any:
    status, body = await api.signed(method, path, **fields)
    assert status == 200, body
    return body


async def test_a_conditional_order_is_acknowledged_and_shown_waiting() -> None:
    here = world()
    async with served(here) as api:
        placed = await accepted(api, "POST", "order", **STOP)
        assert set(placed) == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}
        reference = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
        waiting = await accepted(api, "GET", "order", **reference)
        shown = (waiting["status"], waiting["stopPrice"], waiting["isWorking"], waiting["workingTime"])
        assert shown == ("NEW", "59000.00000000", False, -1)

        trade_at(here, "59000")

        filled = await accepted(api, "GET", "order", **reference)
        assert (filled["status"], filled["isWorking"], filled["workingTime"]) == ("FILLED", True, here.clock.ms)


async def test_every_conditional_type_is_taken_and_cancelled() -> None:
    async with served(world()) as api:
        for fields in (
            STOP,
            STOP_LIMIT,
            STOP | {"type": "TAKE_PROFIT", "stopPrice": "61000"},
            STOP_LIMIT | {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "61000", "price": "60900"},
        ):
            placed = await accepted(api, "POST", "order", newOrderRespType="RESULT", **fields)
            assert (placed["status"], placed["type"], placed["workingTime"]) == ("NEW", fields["type"], -1)
            canceled = await accepted(api, "DELETE", "order", symbol="BTCUSDT", orderId=placed["orderId"])
            assert (canceled["status"], canceled["stopPrice"]) == ("CANCELED", placed["stopPrice"])


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        (STOP | {"stopPrice": None}, -1102, "'stopPrice'"),
        (STOP | {"price": "59000"}, -1106, "'price'"),
        (STOP | {"timeInForce": "GTC"}, -1106, "'timeInForce'"),
        (STOP | {"quoteOrderQty": "100"}, -1106, "'quoteOrderQty'"),
        (STOP | {"stopPrice": "60005"}, -2010, "Order would trigger immediately."),
        (STOP | {"stopPrice": "59000.001"}, -1013, "PRICE_FILTER"),
        (STOP | {"trailingDelta": "100"}, -2010, "Trailing stop orders are not supported for this symbol."),
        (STOP_LIMIT | {"price": None}, -1102, "'price'"),
        (STOP_LIMIT | {"timeInForce": None}, -1102, "'timeInForce'"),
        (STOP_LIMIT | {"icebergQty": "0.01"}, -2010, "Iceberg orders are not supported for this symbol."),
        (STOP_LIMIT | {"strategyType": "5"}, -1134, "`strategyType` was less than 1000000."),
    ],
)
async def test_a_bad_conditional_order_gets_binances_code_and_text(
    fields: dict[str, Any], code: int, text: str
) -> None:
    async with served(world()) as api:
        sent = {name: value for name, value in fields.items() if value is not None}
        status, refusal = await api.signed("POST", "order", **sent)
        assert (status, refusal["code"]) == (400, code)
        assert text in refusal["msg"]


async def test_a_closed_symbol_and_a_forbidden_account_refuse_orders_but_let_them_be_cancelled() -> None:
    here = world()
    async with served(here) as api:
        standing = await accepted(api, "POST", "order", **STOP)
        here.exchange.set_status("BTCUSDT", "BREAK")
        assert (await api.signed("POST", "order", **STOP))[1] == {"code": -2010, "msg": "Market is closed."}
        assert (await api.call("GET", "exchangeInfo"))[1]["symbols"][0]["status"] == "BREAK"
        await accepted(api, "DELETE", "order", symbol="BTCUSDT", orderId=standing["orderId"])
        here.exchange.set_status("BTCUSDT", "TRADING")

        here.exchange.set_permitted(KEY, "BTCUSDT", False)
        refusal = (await api.signed("POST", "orderList/oco", **PAIR))[1]
        assert refusal == {"code": -2010, "msg": "This symbol is not permitted for this account."}
        here.exchange.set_permitted(KEY, "BTCUSDT", True)

        here.exchange.set_can_trade(False)
        refusal = (await api.signed("POST", "order", **STOP))[1]
        assert refusal == {"code": -2010, "msg": "This action is disabled on this account."}
        assert not (await accepted(api, "GET", "account"))["canTrade"]
        here.exchange.set_can_trade(True)
        await accepted(api, "POST", "order", **STOP)


async def test_an_order_test_tells_commission_rates_when_asked() -> None:
    async with served(world()) as api:
        assert await accepted(api, "POST", "order/test", **STOP) == {}
        rates = await accepted(api, "POST", "order/test", computeCommissionRates="true", **STOP)
        assert rates["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00100000"}
        assert await accepted(api, "GET", "openOrders") == []


async def test_a_pair_is_placed_shown_and_cancelled() -> None:
    async with served(world()) as api:
        placed = await accepted(api, "POST", "orderList/oco", listClientOrderId="mine", **PAIR)
        head = {name: placed[name] for name in ("contingencyType", "listStatusType", "listOrderStatus")}
        assert head == {"contingencyType": "OCO", "listStatusType": "EXEC_STARTED", "listOrderStatus": "EXECUTING"}
        above, below = placed["orderReports"]
        assert (above["type"], above["status"], above["workingTime"] > 0) == ("LIMIT_MAKER", "NEW", True)
        assert (below["stopPrice"], below["status"], below["workingTime"]) == ("59000.00000000", "NEW", -1)
        assert above["orderListId"] == below["orderListId"] == placed["orderListId"]

        listed = {name: value for name, value in placed.items() if name != "orderReports"}
        assert await accepted(api, "GET", "orderList", orderListId=placed["orderListId"]) == listed
        assert await accepted(api, "GET", "orderList", origClientOrderId="mine") == listed
        assert await accepted(api, "GET", "openOrderList") == [listed]
        assert [one["orderListId"] for one in await accepted(api, "GET", "openOrders")] == [placed["orderListId"]] * 2

        canceled = await accepted(api, "DELETE", "orderList", symbol="BTCUSDT", listClientOrderId="mine")
        assert (canceled["listStatusType"], canceled["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
        assert [one["status"] for one in canceled["orderReports"]] == ["CANCELED"] * 2
        assert await accepted(api, "GET", "openOrderList") == []
        (remembered,) = await accepted(api, "GET", "allOrderList")
        assert remembered["listOrderStatus"] == "ALL_DONE"


@pytest.mark.parametrize("answer", ["ACK", "RESULT", "FULL"])
async def test_the_reports_of_a_list_are_as_long_as_asked(answer: str) -> None:
    async with served(world()) as api:
        placed = await accepted(api, "POST", "orderList/oco", newOrderRespType=answer, **PAIR)
        for report in placed["orderReports"]:
            assert ("status" in report, "fills" in report) == (answer != "ACK", answer == "FULL")


async def test_cancelling_a_leg_answers_with_the_whole_list() -> None:
    async with served(world()) as api:
        placed = await accepted(api, "POST", "orderList/oco", **PAIR)
        leg = placed["orders"][1]["orderId"]
        canceled = await accepted(api, "DELETE", "order", symbol="BTCUSDT", orderId=leg)
        assert (canceled["orderListId"], len(canceled["orderReports"])) == (placed["orderListId"], 2)


async def test_cancel_all_names_a_list_once() -> None:
    async with served(world()) as api:
        await accepted(api, "POST", "orderList/oco", **PAIR)
        await accepted(api, "POST", "order", **STOP)
        canceled = await accepted(api, "DELETE", "openOrders", symbol="BTCUSDT")
        assert sorted(len(one.get("orderReports", ())) for one in canceled) == [0, 2]
        assert await accepted(api, "GET", "openOrders") == []


async def test_the_older_form_of_a_pair_is_taken_for_both_sides() -> None:
    async with served(world()) as api:
        sell = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1", "price": "61000", "stopPrice": "59000"}
        placed = await accepted(api, "POST", "order/oco", **sell)
        assert [one["type"] for one in placed["orderReports"]] == ["LIMIT_MAKER", "STOP_LOSS"]
        buy = sell | {"side": "BUY", "price": "59000", "stopPrice": "61000", "stopLimitPrice": "61100"}
        placed = await accepted(api, "POST", "order/oco", stopLimitTimeInForce="GTC", **buy)
        assert [one["type"] for one in placed["orderReports"]] == ["STOP_LOSS_LIMIT", "LIMIT_MAKER"]


async def test_what_waits_for_an_entry_is_shown_pending_until_it_has_filled() -> None:
    here = world()
    async with served(here) as api:
        placed = await accepted(api, "POST", "orderList/otoco", **ENTRY, **PENDING_PAIR)
        assert placed["contingencyType"] == "OTO"
        assert [one["status"] for one in placed["orderReports"]] == ["NEW", "PENDING_NEW", "PENDING_NEW"]
        crowd(here, "SELL", "2", "59500")
        statuses = [
            (await accepted(api, "GET", "order", symbol="BTCUSDT", orderId=one["orderId"]))["status"]
            for one in placed["orders"]
        ]
        assert statuses == ["FILLED", "NEW", "NEW"]
        (fill,) = await accepted(api, "GET", "myTrades", symbol="BTCUSDT")
        assert fill["orderListId"] == placed["orderListId"]


async def test_an_entry_that_fills_at_once_still_answers_with_its_order_pending() -> None:
    async with served(world()) as api:
        at_once = ENTRY | {"workingPrice": "60010"}
        placed = await accepted(api, "POST", "orderList/oto", **at_once, **PENDING)
        assert [one["status"] for one in placed["orderReports"]] == ["FILLED", "PENDING_NEW"]
        (waiting,) = await accepted(api, "GET", "openOrders")
        assert (waiting["status"], waiting["type"]) == ("NEW", "STOP_LOSS")


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("orderList/oco", PAIR | {"aboveType": "LIMIT", "aboveTimeInForce": "GTC"}, -1158),
        ("orderList/oco", PAIR | {"abovePrice": "60000"}, -2010),
        ("orderList/oco", PAIR | {"aboveType": "LIMITS"}, -1116),
        ("orderList/oco", PAIR | {"belowStopPrice": None}, -1102),
        ("orderList/oco", PAIR | {"quantity": None}, -1102),
        ("orderList/oco", PAIR | {"aboveTimeInForce": "GTC"}, -1106),
        ("orderList/oco", PAIR | {"price": "1"}, -1104),
        ("orderList/oco", PAIR | {"symbol": "NOPE"}, -1121),
        ("orderList/oto", ENTRY | PENDING | {"workingType": "STOP_LOSS", "workingTimeInForce": None}, -1130),
        ("orderList/oto", ENTRY | {"pendingType": "LIMIT", "pendingPrice": "61000"}, -1102),
        ("orderList/oto", ENTRY | PENDING | {"workingQuantity": "9"}, -2010),
        ("orderList/otoco", ENTRY | PENDING_PAIR | {"pendingBelowType": None}, -1102),
        ("orderList/otoco", ENTRY | PENDING_PAIR | {"pendingAbovePrice": "61000.001"}, -1013),
    ],
)
async def test_a_bad_list_gets_binances_code(path: str, fields: dict[str, Any], code: int) -> None:
    async with served(world()) as api:
        sent = {name: value for name, value in fields.items() if value is not None}
        status, refusal = await api.signed("POST", path, **sent)
        assert (status, refusal["code"]) == (400, code)
        assert await accepted(api, "GET", "openOrders") == []


async def test_an_amendment_is_refused_as_exchange_information_says() -> None:
    async with served(world()) as api:
        old = await api.buy("0.1", "50000")
        assert not (await api.call("GET", "exchangeInfo"))[1]["symbols"][0]["amendAllowed"]
        reference = {"symbol": "BTCUSDT", "orderId": old["orderId"]}
        status, refusal = await api.signed("PUT", "order/amend/keepPriority", newQty="0.05", **reference)
        assert (status, refusal["code"]) == (400, -2038)
        assert (await api.signed("PUT", "order/amend/keepPriority", **reference))[1]["code"] == -1102


async def test_lists_that_never_were_are_not_found() -> None:
    async with served(world()) as api:
        assert (await api.signed("GET", "orderList", orderListId=7))[1]["code"] == -2013
        assert (await api.signed("GET", "orderList"))[1]["code"] == -1102
        assert (await api.signed("DELETE", "orderList", symbol="BTCUSDT", orderListId=7))[1]["code"] == -2011


def replacement(order_id: object, mode: str = "STOP_ON_FAILURE", **change: object) -> dict[str, object]:
    fields: dict[str, object] = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    fields |= {"quantity": "0.2", "price": "51000", "cancelReplaceMode": mode, "cancelOrderId": order_id}
    return fields | change


async def test_a_replacement_cancels_and_places() -> None:
    async with served(world()) as api:
        old = await api.buy("0.1", "50000")
        both = await accepted(api, "POST", "order/cancelReplace", **replacement(old["orderId"]))
        assert (both["cancelResult"], both["newOrderResult"]) == ("SUCCESS", "SUCCESS")
        assert both["cancelResponse"]["origClientOrderId"] == old["clientOrderId"]
        (standing,) = await accepted(api, "GET", "openOrders")
        assert standing["orderId"] == both["newOrderResponse"]["orderId"]


@pytest.mark.parametrize(
    ("mode", "order_id", "change", "status", "code", "results"),
    [
        ("STOP_ON_FAILURE", 999, {}, 400, -2022, ("FAILURE", "NOT_ATTEMPTED")),
        ("ALLOW_FAILURE", 999, {}, 409, -2021, ("FAILURE", "SUCCESS")),
        ("ALLOW_FAILURE", 999, {"quantity": "100"}, 400, -2022, ("FAILURE", "FAILURE")),
        ("STOP_ON_FAILURE", None, {"quantity": "100"}, 409, -2021, ("SUCCESS", "FAILURE")),
        (
            "STOP_ON_FAILURE", None, {"cancelRestrictions": "ONLY_PARTIALLY_FILLED"}, 400, -2022,
            ("FAILURE", "NOT_ATTEMPTED"),
        ),
    ],
)  # fmt: skip
async def test_a_replacement_that_fails_says_which_half_did(
    mode: str, order_id: int | None, change: dict[str, object], status: int, code: int, results: tuple[str, str]
) -> None:
    here = world()
    async with served(here) as api:
        old = await api.buy("0.1", "50000")
        events = listening(here)
        fields = replacement(order_id or old["orderId"], mode, **change)
        answered, refusal = await api.signed("POST", "order/cancelReplace", **fields)
        assert (answered, refusal["code"]) == (status, code)
        data = refusal["data"]
        assert (data["cancelResult"], data["newOrderResult"]) == results
        for result, response in zip(results, (data["cancelResponse"], data["newOrderResponse"]), strict=True):
            expected = {"SUCCESS": "orderId", "FAILURE": "code"}.get(result)
            assert expected in response if expected else response is None
        assert ("LIMIT REJECTED/REJECTED INSUFFICIENT_BALANCES" in told(events)) is (results == ("SUCCESS", "FAILURE"))


async def test_a_replacement_that_breaks_a_filter_leaves_the_old_order_alone() -> None:
    async with served(world()) as api:
        old = await api.buy("0.1", "50000")
        fields = replacement(old["orderId"], price="50000.001")
        assert (await api.signed("POST", "order/cancelReplace", **fields))[1]["code"] == -1013
        assert len(await accepted(api, "GET", "openOrders")) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cancelReplaceMode": "MAYBE"}, -1130),
        ({"cancelOrderId": None}, -1102),
        ({"cancelRestrictions": "ONLY_OLD"}, -1145),
        ({"price": None}, -1102),
    ],
)
async def test_a_bad_replacement_gets_binances_code(change: dict[str, Any], code: int) -> None:
    async with served(world()) as api:
        old = await api.buy("0.1", "50000")
        sent = {name: value for name, value in replacement(old["orderId"], **change).items() if value is not None}
        assert (await api.signed("POST", "order/cancelReplace", **sent))[1]["code"] == code
        assert len(await accepted(api, "GET", "openOrders")) == 1


BASES: list[tuple[str, str, dict[str, str]]] = [
    ("POST", "order", STOP_LIMIT),
    ("POST", "orderList/oco", PAIR),
    ("POST", "orderList/oto", ENTRY | PENDING),
    ("POST", "orderList/otoco", ENTRY | PENDING_PAIR),
    ("POST", "order/oco", STOP | {"price": "61000", "stopLimitPrice": "58900", "stopLimitTimeInForce": "GTC"}),
    ("POST", "order/cancelReplace", STOP_LIMIT | {"cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": "1"}),
    ("DELETE", "orderList", {"symbol": "BTCUSDT", "orderListId": "0"}),
    ("DELETE", "order", {"symbol": "BTCUSDT", "orderId": "1"}),
    ("GET", "orderList", {"orderListId": "0"}),
    ("GET", "allOrderList", {"fromId": "0"}),
]
NAMES = sorted({name for _, _, fields in BASES for name in fields})
ODD = st.one_of(
    st.sampled_from(["0", "-1", "NaN", "1e9", "9" * 25, "BUY", "LIMIT", "STOP_LOSS", "LIMIT_MAKER", "IOC", "60000"]),
    st.integers(0, 99_999).map(str),
    st.text(max_size=6),
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(BASES), st.dictionaries(st.sampled_from(NAMES), ODD, max_size=2)), max_size=12)
)
async def test_no_fields_make_it_fall_over(
    questions: list[tuple[tuple[str, str, dict[str, str]], dict[str, str]]],
) -> None:
    here = world()
    async with served(here) as api:
        for (method, path, fields), change in questions:
            sent = {name: quote(value.encode("utf-8", "replace")) for name, value in (fields | change).items()}
            status, body = await api.signed(method, path, **sent)
            assert status in (200, 400, 409)
            assert status == 200 or {"code", "msg"} <= set(body)
        check_holds(here)
