"""Faults of REST requests over real sockets, and the proof of what was executed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.engine.simulator.builders import KEY, START_MS, controlled, world
from tests.engine.simulator.control_client import OrderCount

if TYPE_CHECKING:
    from tests.engine.simulator.builders import ApiClient

pytestmark = pytest.mark.anyio

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "50000"}


async def place(api: ApiClient, client_order_id: str) -> tuple[int, Any]:
    return await api.signed("POST", "order", **LIMIT, newClientOrderId=client_order_id)


async def open_ids(api: ApiClient) -> list[str]:
    _, orders = await api.signed("GET", "openOrders")
    return [order["clientOrderId"] for order in orders]


@pytest.mark.parametrize("answer", ["none", "cut", "error"])
async def test_an_order_is_executed_though_its_answer_is_lost(answer: str) -> None:
    async with controlled(world()) as (api, control):
        fault: dict[str, Any] = {"match": "order", "method": "POST", "count": 1, "answer": answer, "hold_s": 0.1}
        await control.add("rest", "timeout_after_execution", **fault)
        if answer == "error":
            status, body = await place(api, "mine")
            assert (status, body["code"]) == (503, -1007)
            assert "execution status unknown" in body["msg"]
        else:
            with pytest.raises(aiohttp.ClientError):
                await place(api, "mine")
        assert await open_ids(api) == ["mine"]
        assert (await place(api, "mine"))[1] == {"code": -2010, "msg": "Duplicate order sent."}
        stats = await control.stats()
        assert stats.order("mine") == OrderCount(received=2, accepted=1, canceled=0, swallowed=0, refused=(-2010,))


@pytest.mark.parametrize("kind", ["drop", "timeout_before_execution", "disconnect", "reset"])
async def test_an_order_that_is_swallowed_is_never_executed(kind: str) -> None:
    async with controlled(world()) as (api, control):
        await control.add("rest", kind, match="order", method="POST", count=1, hold_s=0.1)
        with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
            await place(api, "mine")
        assert await open_ids(api) == []
        stats = await control.stats()
        assert stats.order("mine") == OrderCount(received=0, accepted=0, canceled=0, swallowed=1, refused=())
        assert stats.requests["POST order"] == {"requests": 1, "unanswered": 1}
        assert (await place(api, "mine"))[0] == 200


async def test_a_client_that_gives_up_waiting_ends_the_held_request() -> None:
    async with controlled(world()) as (api, control):
        await control.add("rest", "timeout_after_execution", match="order", method="POST", hold_s=60)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await place(api, "mine")
        await control.clear()
        assert await open_ids(api) == ["mine"]


async def test_the_same_seed_loses_the_same_orders() -> None:
    async def lost() -> list[str]:
        async with controlled(world()) as (api, control):
            fault: dict[str, Any] = {"match": "order", "method": "POST", "probability": 0.4, "answer": "cut"}
            await control.add("rest", "timeout_after_execution", seed=11, **fault)
            ids = [f"order-{number}" for number in range(20)]
            unanswered = []
            for client_order_id in ids:
                try:
                    await place(api, client_order_id)
                except aiohttp.ClientError:
                    unanswered.append(client_order_id)
            assert await open_ids(api) == ids
            return unanswered

    first = await lost()
    assert 2 <= len(first) <= 16
    assert first == await lost()


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ({"kind": "rejected_signature"}, 400, {"code": -1022, "msg": "Signature for this request is not valid."}),
        ({"kind": "clock_skew"}, 400, {"code": -1021}),
        ({"kind": "error", "code": -1000}, 500, {"msg": "An unknown error occurred while processing the request."}),
        ({"kind": "error", "code": -1001}, 500, {"code": -1001}),
        ({"kind": "error", "code": -1006}, 503, {"code": -1006}),
        ({"kind": "error", "code": -1007}, 503, {"code": -1007}),
        ({"kind": "error", "code": -1008, "status": 503}, 503, {"code": -1008}),
        ({"kind": "error", "code": -1015}, 429, {"code": -1015}),
        ({"kind": "error", "code": -1020}, 400, {"msg": "This operation is not supported."}),
        ({"kind": "error", "code": -1034}, 400, {"code": -1034}),
        ({"kind": "error", "code": -2014}, 401, {"msg": "API-key format invalid."}),
        ({"kind": "error", "code": -2015}, 401, {"code": -2015}),
        ({"kind": "error", "code": -2038}, 400, {"code": -2038}),
        ({"kind": "error", "code": -2010, "text": "Market is closed."}, 400, {"msg": "Market is closed."}),
    ],
)
async def test_any_error_can_be_forced(fault: dict[str, Any], status: int, body: dict[str, Any]) -> None:
    async with controlled(world()) as (api, control):
        await control.plan([{"scope": "rest", "match": "account", "count": 1} | fault])
        answered, refusal = await api.signed("GET", "account")
        assert answered == status
        assert refusal.items() >= body.items()
        assert (await api.signed("GET", "account"))[0] == 200


@pytest.mark.parametrize(("kind", "status", "retry"), [("rate_limited", 429, "7"), ("banned", 418, "7")])
async def test_a_forced_limit_tells_when_to_come_back(kind: str, status: int, retry: str) -> None:
    async with controlled(world()) as (api, control):
        await control.add("rest", kind, match="depth", retry_after_s=7, count=1)
        async with api.session.get(f"{api.base}/api/v3/depth?symbol=BTCUSDT") as response:
            body = await response.json()
            assert (response.status, response.headers["Retry-After"], body["code"]) == (status, retry, -1003)
        if kind == "banned":
            assert f"banned until {START_MS + 7_000}" in body["msg"]


@pytest.mark.parametrize("status", [403, 502, 503, 504])
async def test_a_web_page_can_come_instead_of_json(status: int) -> None:
    async with controlled(world()) as (api, control):
        await control.add("rest", "html", status=status)
        async with api.session.get(f"{api.base}/api/v3/time") as response:
            assert (response.status, response.content_type) == (status, "text/html")
            assert f"<h1>{status} " in await response.text()


async def test_half_an_answer_is_no_json() -> None:
    async with controlled(world()) as (api, control):
        await control.add("rest", "malformed", match="account")
        with pytest.raises(ValueError, match=r"line 1 column"):
            await api.signed("GET", "account")


async def test_a_late_answer_waits_as_long_as_it_was_told() -> None:
    async with controlled(world()) as (api, control):
        await control.plan([{"scope": "rest", "kind": "delay", "match": "time", "delay_ms": 60}] * 2)
        started = asyncio.get_running_loop().time()
        assert (await api.call("GET", "time"))[0] == 200
        assert asyncio.get_running_loop().time() - started >= 0.12


async def test_a_fault_only_meets_what_it_names() -> None:
    async with controlled(world()) as (api, control):
        await control.add("rest", "error", match="order", where={"newClientOrderId": "bad-*"}, code=-1008)
        assert (await place(api, "bad-1"))[0] == 503
        assert (await place(api, "good-1"))[0] == 200
        assert (await api.call("GET", "time", headers={"X-MBX-APIKEY": KEY}))[0] == 200
        (state,) = await control.faults()
        assert (state.seen, state.applied) == (1, 1)
