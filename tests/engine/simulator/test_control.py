"""The control port: what it tells, what it switches and what it refuses."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from tests.engine.simulator.builders import START_MS, controlled, served, world
from tests.engine.simulator.control_client import ControlRefused
from tests.engine.simulator.sockets import signed, socket, user_socket

pytestmark = pytest.mark.anyio

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "50000"}


async def test_faults_are_listed_counted_and_removed() -> None:
    async with controlled(world()) as (api, control):
        first, second = await control.plan(
            [{"scope": "rest", "kind": "delay", "delay_ms": 1, "match": "time"}, {"scope": "user", "kind": "silence"}],
            seed=9,
        )
        await api.call("GET", "time")
        states = {state.id: state for state in await control.faults()}
        assert (states[first].seen, states[first].applied) == (1, 1)
        assert states[second].fault == {"scope": "user", "kind": "silence"}
        await control.remove(first)
        assert [state.id for state in await control.faults()] == [second]
        await control.clear()
        assert await control.faults() == []
        with pytest.raises(ControlRefused, match="there is no fault 1"):
            await control.remove(first)


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("POST", "/faults", {"faults": [{"scope": "rest", "kind": "silence"}]}, "fault 0: kind 'silence' is not for"),
        ("POST", "/faults", {"faults": [{"scope": "rest"}]}, "missing required field `kind`"),
        ("POST", "/actions", {"action": "dance"}, "Invalid enum value 'dance'"),
        ("POST", "/actions", {"action": "symbol_status", "symbol": "NOPE"}, "'symbol' 'NOPE' is not traded here"),
        ("POST", "/actions", {"action": "refuse", "duration_s": -1}, "'duration_s' must be"),
        ("POST", "/clock", {"offset_ms": "late"}, "Expected `int`, got `str`"),
        ("POST", "/clock", {"offset_ms": 10**15}, "'offset_ms' must be within"),
        ("GET", "/nothing", None, "there is no GET /nothing"),
        ("DELETE", "/faults/x", None, "there is no fault x"),
    ],
)
async def test_what_is_wrong_is_refused_in_words(method: str, path: str, body: Any, says: str) -> None:
    async with controlled(world()) as (_, control):
        with pytest.raises(ControlRefused) as refused:
            await control._call(method, path, body)
        assert says in str(refused.value)


async def test_a_clock_that_is_wrong_refuses_what_was_signed_in_time() -> None:
    here = world()
    async with controlled(here) as (api, control):
        assert await control.clock(offset_ms=6_000) == START_MS + 6_000
        assert (await api.call("GET", "time"))[1] == {"serverTime": START_MS + 6_000}
        assert (await api.signed("GET", "account"))[1]["code"] == -1021
        assert (await api.signed("GET", "account", timestamp=START_MS + 6_000))[0] == 200
        await control.clock(offset_ms=-2_000)
        refusal = (await api.signed("GET", "account"))[1]
        assert refusal["msg"] == "Timestamp for this request was 1000ms ahead of the server's time."
        await control.clock()
        assert (await api.signed("GET", "account"))[0] == 200


async def test_a_clock_can_drift() -> None:
    here = world()
    async with controlled(here) as (api, control):
        await control.clock(drift_ppm=100_000)
        here.clock.ms += 10_000
        assert (await api.call("GET", "time"))[1] == {"serverTime": START_MS + 11_000}


async def test_an_order_is_proved_to_have_come_once_and_to_be_cancelled() -> None:
    async with controlled(world()) as (api, control):
        await api.buy("0.1", "50000", newClientOrderId="mine")
        await api.signed("DELETE", "order", symbol="BTCUSDT", origClientOrderId="mine")
        await api.signed("POST", "order", **(LIMIT | {"price": "1"}), newClientOrderId="bad")
        await api.signed("POST", "order/test", **LIMIT, newClientOrderId="only-tested")
        stats = await control.stats()
        assert (stats.order("mine").received, stats.order("mine").accepted, stats.order("mine").canceled) == (1, 1, 1)
        assert stats.order("bad").refused == (-1013,)
        assert stats.order("only-tested").received == 0
        assert stats.requests["POST order"] == {"requests": 2, "200": 1, "-1013": 1}
        assert stats.requested("DELETE order") == 1
        await control.reset_stats()
        assert (await control.stats()).orders == {}


async def test_a_replaced_order_and_both_legs_of_a_list_are_counted() -> None:
    async with controlled(world()) as (api, control):
        await api.buy("0.1", "50000", newClientOrderId="old")
        replace = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": "old"}
        assert (await api.signed("POST", "order/cancelReplace", **LIMIT, **replace, newClientOrderId="new"))[0] == 200
        legs = {"aboveType": "LIMIT_MAKER", "abovePrice": "65000", "belowType": "STOP_LOSS", "belowStopPrice": "55000"}
        ids = {"listClientOrderId": "list", "aboveClientOrderId": "above", "belowClientOrderId": "below"}
        oco = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1"} | legs | ids
        status, body = await api.signed("POST", "orderList/oco", **oco)
        assert status == 200, body
        stats = await control.stats()
        assert (stats.order("old").canceled, stats.order("new").accepted) == (1, 1)
        assert [stats.order(name).accepted for name in ("list", "above", "below")] == [1, 1, 1]


async def test_connections_and_messages_are_counted() -> None:
    async with (
        controlled(world()) as (api, control),
        user_socket(api),
        socket(api, "/ws/btcusdt@bookTicker") as stream,
    ):
        await api.buy("0.1", "60005")
        await stream.receive()
        stats = await control.stats()
        assert stats.connections["market"] == {"open": 1, "opened": 1}
        assert stats.connections["ws-api"]["open"] == 1
        assert stats.messages["market"] == 1
        assert stats.messages["user"] >= 1


@pytest.mark.parametrize(
    ("scope", "ended"), [("market", [True, False]), ("ws-api", [False, True]), ("user", [False, True])]
)
async def test_the_sockets_of_a_scope_can_be_cut(scope: str, ended: list[bool]) -> None:
    async with controlled(world()) as (api, control), user_socket(api) as user, socket(api, "/ws") as stream:
        assert await control.disconnect(scope) == 1
        for is_ended, opened in zip(ended, (stream, user), strict=True):
            if is_ended:
                assert await opened.ended()
        if not ended[0]:
            await stream.subscribe("btcusdt@trade")
        if not ended[1]:
            assert (await user.ask("ping"))["result"] == {}


async def test_a_shutdown_is_announced_on_every_socket() -> None:
    async with controlled(world()) as (api, control), user_socket(api) as user, socket(api, "/ws") as stream:
        assert await control.act("server_shutdown") == {"connections": 2}
        assert await stream.receive() == {"e": "serverShutdown", "E": START_MS}
        assert await user.receive() == {"event": {"e": "serverShutdown", "E": START_MS}}
        assert await stream.ended()
        assert await user.ended()


async def test_a_clean_stop_is_announced_too() -> None:
    async with aiohttp.ClientSession() as session, AsyncExitStack() as serving:
        api = await serving.enter_async_context(served(world()))
        stream = await session.ws_connect(f"{api.base}/ws")
        await serving.aclose()
        assert (await stream.receive(timeout=5)).json()["e"] == "serverShutdown"
        assert (await stream.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
        await stream.close()


async def test_a_refusing_port_opens_again() -> None:
    async with controlled(world()) as (api, control), socket(api, "/ws") as stream:
        assert (await api.call("GET", "time"))[0] == 200
        await control.act("refuse", duration_s=0.3)
        assert await stream.ended()
        with pytest.raises(aiohttp.ClientError):
            await api.call("GET", "time")
        async with asyncio.timeout(5):
            while True:
                try:
                    assert (await api.call("GET", "time"))[0] == 200
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)


async def test_trading_can_be_taken_from_a_symbol_and_an_account() -> None:
    async with controlled(world()) as (api, control):
        refusals = []
        for off, on in (
            ({"action": "symbol_status", "status": "BREAK"}, {"action": "symbol_status", "status": "TRADING"}),
            ({"action": "permission", "enabled": False}, {"action": "permission", "enabled": True}),
            ({"action": "trading", "enabled": False}, {"action": "trading", "enabled": True}),
        ):
            await control.act(**off, symbol="BTCUSDT")
            refusals.append((await api.signed("POST", "order", **LIMIT))[1])
            await control.act(**on, symbol="BTCUSDT")
        assert {refusal["code"] for refusal in refusals} <= {-2010, -1013, -2015}
        assert [refusal["msg"] for refusal in refusals] == [
            "Market is closed.",
            "This symbol is not permitted for this account.",
            "This action is disabled on this account.",
        ]
        assert (await api.signed("POST", "order", **LIMIT))[0] == 200


async def test_without_a_control_port_nothing_can_be_switched() -> None:
    async with served(world()) as api:
        async with api.session.post(f"{api.base}/faults", json={"faults": []}) as response:
            assert response.status == 404
        async with socket(api, "/ws-api/v3") as asked:
            assert (await asked.ask("account.status", **signed(START_MS)))["status"] == 200
