"""The WebSocket API over real sockets: the methods that are REST's endpoints, their refusals and their faults."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.simulator.builders import KEY, START_MS, controlled, served, world
from tests.engine.simulator.control_client import OrderCount
from tests.engine.simulator.sockets import signed, socket, user_socket

pytestmark = pytest.mark.anyio

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "50000"}


async def test_market_data_is_asked_for_by_method() -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as asked:
        assert (await asked.ask("time"))["result"] == {"serverTime": START_MS}
        book = (await asked.ask("depth", symbol="BTCUSDT", limit=5))["result"]
        assert book["bids"] == [["60000.00000000", "1.00000000"]]
        assert (await asked.ask("ticker.book", symbols=["BTCUSDT"]))["result"][0]["askPrice"] == "60010.00000000"
        candles = await asked.ask("klines", symbol="BTCUSDT", interval="1m", startTime=0)
        assert (candles["status"], isinstance(candles["result"], list)) == (200, True)
        assert (await asked.ask("exchangeInfo", returnRateLimits=False)).keys() == {"id", "status", "result"}


async def test_an_order_lives_from_placing_to_cancelling() -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as asked:
        placed = await asked.ask("order.place", **signed(START_MS, **LIMIT, newClientOrderId="mine"))
        assert (placed["status"], placed["result"]["status"]) == (200, "NEW")
        reference = {"symbol": "BTCUSDT", "origClientOrderId": "mine"}
        status = await asked.ask("order.status", **signed(START_MS, **reference))
        assert status["result"]["orderId"] == placed["result"]["orderId"]
        assert len((await asked.ask("openOrders.status", **signed(START_MS)))["result"]) == 1
        replaced = await asked.ask(
            "order.cancelReplace",
            **signed(START_MS, **LIMIT, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=placed["result"]["orderId"]),
        )
        assert replaced["result"]["cancelResult"] == "SUCCESS"
        order_id = replaced["result"]["newOrderResponse"]["orderId"]
        canceled = await asked.ask("order.cancel", **signed(START_MS, symbol="BTCUSDT", orderId=order_id))
        assert canceled["result"]["status"] == "CANCELED"
        again = await asked.ask("order.cancel", **signed(START_MS, symbol="BTCUSDT", orderId=order_id))
        assert (again["status"], again["error"]) == (400, {"code": -2011, "msg": "Unknown order sent."})


async def test_orders_can_be_tested_listed_and_cancelled_together() -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as asked:
        assert (await asked.ask("order.test", **signed(START_MS, **LIMIT)))["result"] == {}
        legs = {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "quantity": "0.1",
            "aboveType": "LIMIT_MAKER",
            "abovePrice": "65000",
            "belowType": "STOP_LOSS",
            "belowStopPrice": "55000",
        }
        placed = await asked.ask("orderList.place.oco", **signed(START_MS, **legs))
        assert placed["result"]["contingencyType"] == "OCO"
        assert len((await asked.ask("openOrders.status", **signed(START_MS, symbol="BTCUSDT")))["result"]) == 2
        assert (await asked.ask("openOrders.cancelAll", **signed(START_MS, symbol="BTCUSDT")))["status"] == 200
        assert (await asked.ask("openOrders.status", **signed(START_MS)))["result"] == []


async def test_the_account_and_its_fills_are_asked_for_by_method() -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as asked:
        filled = await asked.ask("order.place", **signed(START_MS, **(LIMIT | {"price": "60010"})))
        assert filled["result"]["status"] == "FILLED"
        fills = (await asked.ask("myTrades", **signed(START_MS, symbol="BTCUSDT")))["result"]
        assert [fill["orderId"] for fill in fills] == [filled["result"]["orderId"]]
        account = (await asked.ask("account.status", **signed(START_MS, omitZeroBalances=True)))["result"]
        assert {balance["asset"] for balance in account["balances"]} == {"BTC", "USDT"}


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        (signed(START_MS, **LIMIT) | {"signature": "0" * 64}, 400, -1022),
        (signed(START_MS - 6_000, **LIMIT), 400, -1021),
        (signed(START_MS, **LIMIT) | {"apiKey": "other"}, 401, -2015),
        (dict(LIMIT), 401, -2014),
        (signed(START_MS, **(LIMIT | {"quantity": "9"})), 400, -2010),
        (signed(START_MS, **LIMIT, unheard="1"), 400, -1104),
    ],
)
async def test_a_refused_order_gets_binances_code(params: dict[str, object], status: int, code: int) -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as asked:
        refused = await asked.ask("order.place", **params)
        assert (refused["status"], refused["error"]["code"]) == (status, code)
        assert (await asked.ask("order.dance"))["error"]["code"] == -1020
        assert (await asked.ask("openOrders.status", **signed(START_MS)))["result"] == []


@pytest.mark.parametrize("answer", ["none", "error", "cut"])
async def test_an_order_is_executed_though_its_answer_is_lost(answer: str) -> None:
    async with controlled(world()) as (api, control):
        await control.add("ws-api", "timeout_after_execution", match="order.place", count=1, answer=answer)
        async with socket(api, "/ws-api/v3") as asked:
            params = signed(START_MS, **LIMIT, newClientOrderId="mine")
            await asked.raw.send_json({"id": 7, "method": "order.place", "params": params})
            if answer == "error":
                assert (await asked.receive())["error"]["code"] == -1007
            if answer == "cut":
                assert await asked.ended()
            else:
                assert (await asked.ask("ping"))["result"] == {}
        _, orders = await api.signed("GET", "openOrders")
        assert [order["clientOrderId"] for order in orders] == ["mine"]
        assert (await control.stats()).order("mine").accepted == 1


async def test_requests_can_be_swallowed_refused_doubled_delayed_and_cut() -> None:
    async with controlled(world()) as (api, control), socket(api, "/ws-api/v3") as asked:
        await control.plan(
            [
                {"scope": "ws-api", "match": "order.place", "kind": "drop", "count": 1},
                {"scope": "ws-api", "match": "account.status", "kind": "rejected_signature", "count": 1},
                {"scope": "ws-api", "match": "account.status", "kind": "delay", "delay_ms": 50},
                {"scope": "ws-api", "match": "time", "kind": "duplicate", "count": 1},
            ]
        )
        params = signed(START_MS, **LIMIT, newClientOrderId="lost")
        await asked.raw.send_json({"id": 7, "method": "order.place", "params": params})
        first = await asked.ask("time")
        assert await asked.receive() == first
        assert (await asked.ask("account.status", **signed(START_MS)))["error"]["code"] == -1022
        started = asyncio.get_running_loop().time()
        assert (await asked.ask("account.status", **signed(START_MS)))["status"] == 200
        assert asyncio.get_running_loop().time() - started >= 0.05
        assert (await control.stats()).order("lost") == OrderCount(0, 0, 0, 1, ())
        await control.add("ws-api", "disconnect", match="ping")
        await asked.raw.send_json({"id": 8, "method": "ping"})
        assert await asked.ended()


async def test_a_late_request_does_not_hold_up_the_next() -> None:
    async with controlled(world()) as (api, control), socket(api, "/ws-api/v3") as asked:
        await control.add("ws-api", "delay", match="time", delay_ms=5_000)
        await asked.raw.send_json({"id": 1, "method": "time"})
        assert (await asked.ask("ping"))["result"] == {}


async def test_orders_of_both_doors_are_reported_on_the_user_stream() -> None:
    async with served(world()) as api, user_socket(api) as user:
        await api.buy("0.1", "50000", newClientOrderId="by-rest")
        async with socket(api, "/ws-api/v3") as asked:
            await asked.ask("order.place", **signed(START_MS, **LIMIT, newClientOrderId="by-socket"))
        seen: list[tuple[str, str]] = []
        while len(seen) < 2:
            event = (await user.receive())["event"]
            if event["e"] == "executionReport":
                seen.append((event["c"], event["x"]))
        assert seen == [("by-rest", "NEW"), ("by-socket", "NEW")]


async def test_a_key_that_follows_too_often_is_refused() -> None:
    async with served(world()) as api, user_socket(api) as user:
        for _ in range(7):
            assert (await user.ask("userDataStream.subscribe.signature", **signed(START_MS)))["status"] == 200
        refused = await user.ask("userDataStream.subscribe.signature", **signed(START_MS))
        assert refused["error"]["code"] == -1034
        assert KEY not in refused["error"]["msg"]
