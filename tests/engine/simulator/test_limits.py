"""Limits with lowered numbers over real sockets: weights, bans, order counts, frames, pings and lives."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import aiohttp
import pytest

from fks_engine.simulator.errors import ApiError
from fks_engine.simulator.limits import BINANCE, OFF, Limiter, LimitError, Limits, read_limits
from tests.engine.simulator.builders import START_MS, ApiClient, served, world
from tests.engine.simulator.sockets import signed, socket

pytestmark = pytest.mark.anyio


def test_the_limits_are_binances_unless_lowered() -> None:
    assert read_limits("") == BINANCE
    assert (BINANCE.weight, BINANCE.orders_10s, BINANCE.orders_day, BINANCE.messages) == (6_000, 100, 200_000, 5)
    assert (BINANCE.ping, BINANCE.pong, BINANCE.life, BINANCE.streams) == (20, 60, 86_400, 1_024)
    assert read_limits("weight=100,orders-10s=5,ping=0.5") == dataclasses.replace(
        BINANCE, weight=100, orders_10s=5, ping=0.5
    )
    assert read_limits("off") is OFF


@pytest.mark.parametrize("text", ["height=1", "weight", "weight=x", "weight=0", "weight=1.5", "ping=nan", "ping=-1"])
def test_a_limit_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(LimitError, match=text.partition("=")[0]):
        read_limits(text)


async def answer(api: ApiClient, path: str) -> tuple[int, dict[str, str], Any]:
    async with api.session.get(f"{api.base}/api/v3/{path}") as response:
        return response.status, dict(response.headers), await response.json()


async def test_too_much_weight_is_refused_until_the_minute_ends() -> None:
    here = world()
    async with served(here, Limits(weight=12)) as api:
        used = [(await answer(api, "depth?symbol=BTCUSDT"))[1]["X-MBX-USED-WEIGHT-1M"] for _ in range(2)]
        assert used == ["5", "10"]
        here.clock.ms += 20_000
        status, headers, body = await answer(api, "depth?symbol=BTCUSDT")
        assert (status, headers["Retry-After"], body["code"]) == (429, "40", -1003)
        assert body["msg"] == (
            "Too much request weight used; current limit is 12 request weight per 1 MINUTE."
            " Please use WebSocket Streams for live updates to avoid polling the API."
        )
        here.clock.ms += 40_000
        assert (await answer(api, "ping"))[0] == 200


async def test_an_address_that_goes_on_is_banned_and_each_ban_is_longer() -> None:
    here = world()
    async with served(here, Limits(weight=1, ban_after=3)) as api:
        statuses = [(await answer(api, "ping"))[0] for _ in range(5)]
        assert statuses == [200, 429, 429, 418, 418]
        status, headers, body = await answer(api, "ping")
        assert (status, headers["Retry-After"], body["code"]) == (418, "120", -1003)
        assert f"IP(127.0.0.1) banned until {START_MS + 120_000}." in body["msg"]
        with pytest.raises(aiohttp.WSServerHandshakeError, match="418"):
            await api.session.ws_connect(api.base + "/ws-api/v3")

        here.clock.ms += 120_000
        assert [(await answer(api, "ping"))[0] for _ in range(4)] == [200, 429, 429, 418]
        assert (await answer(api, "ping"))[1]["Retry-After"] == "240"


def test_a_ban_grows_to_three_days_and_no_further() -> None:
    limiter, now_ms, bans = Limiter(Limits(weight=1, ban_after=1)), START_MS, []
    for _ in range(14):
        limiter.request("a", 1, now_ms)
        with pytest.raises(ApiError, match="banned until"):
            limiter.request("a", 1, now_ms)
        until_ms = limiter.address("a").banned_until_ms
        bans.append((until_ms - now_ms) // 1_000)
        now_ms = until_ms + 60_000
    assert bans[:3] == [120, 240, 480]
    assert bans[-2:] == [259_200, 259_200]


async def test_orders_are_counted_and_too_many_are_refused() -> None:
    here = world()
    async with served(here, Limits(orders_10s=2)) as api:
        for _ in range(2):
            await api.buy("0.01", "50000")
        fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
        status, refusal = await api.signed("POST", "order", **fields, price="50000")
        text = "Too many new orders; current limit is 2 orders per 10 SECOND."
        assert (status, refusal) == (429, {"code": -1015, "msg": text})
        assert (await api.signed("POST", "order/test", **fields, price="50000"))[0] == 200
        here.clock.ms += 10_000
        assert (await api.buy("0.01", "50000"))["status"] == "NEW"


async def test_an_orders_answer_says_how_many_there_were() -> None:
    async with served(world()) as api:
        await api.buy("0.01", "50000")
        async with socket(api, "/ws-api/v3") as asked:
            fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
            placed = await asked.ask("order.place", **signed(START_MS, **fields, price="50000"))
            assert [(limit["rateLimitType"], limit["count"]) for limit in placed["rateLimits"]] == [
                ("ORDERS", 2),
                ("ORDERS", 2),
                ("REQUEST_WEIGHT", 4),
            ]


async def test_exchange_information_tells_the_limits_in_force() -> None:
    async with served(world(), Limits(weight=77, orders_10s=3)) as api:
        _, _, info = await answer(api, "exchangeInfo")
        assert [limit["limit"] for limit in info["rateLimits"]] == [77, 3, 200_000, 61_000]


async def test_a_websocket_request_beyond_the_weight_says_when_to_retry() -> None:
    async with served(world(), Limits(weight=3)) as api, socket(api, "/ws-api/v3") as asked:
        assert (await asked.ask("ping"))["rateLimits"][0]["count"] == 3
        refused = await asked.ask("ping")
        assert (refused["status"], refused["error"]["code"]) == (429, -1003)
        assert refused["error"]["data"] == {"serverTime": START_MS, "retryAfter": START_MS + 60_000}


async def test_a_websocket_client_that_goes_on_is_told_of_its_ban_and_disconnected() -> None:
    async with served(world(), Limits(weight=2, ban_after=2)) as api, socket(api, "/ws-api/v3") as asked:
        assert [(await asked.ask("ping"))["status"] for _ in range(2)] == [429, 418]
        assert await asked.ended()


async def test_a_sixth_frame_in_a_second_ends_a_stream_socket() -> None:
    async with served(world(), BINANCE) as api, socket(api, "/ws") as chatty:
        for _ in range(6):
            await chatty.raw.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        assert await chatty.ended()
        assert chatty.raw.close_code == 1008


async def test_pings_count_as_frames() -> None:
    async with served(world(), BINANCE) as api, socket(api, "/ws") as chatty:
        for _ in range(6):
            await chatty.raw.ping()
        assert await chatty.ended()


async def test_too_many_streams_on_one_socket_are_refused() -> None:
    async with served(world(), Limits(streams=2)) as api, socket(api, "/ws") as greedy:
        streams = ["btcusdt@trade", "btcusdt@depth", "btcusdt@bookTicker"]
        await greedy.raw.send_json({"method": "SUBSCRIBE", "params": streams, "id": 1})
        assert (await greedy.receive())["error"]["msg"] == "Invalid request: too many streams"


async def test_too_many_connections_are_refused_for_five_minutes() -> None:
    here = world()
    async with served(here, Limits(connections=1)) as api:
        async with socket(api, "/ws"):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
                await api.session.ws_connect(api.base + "/ws")
        here.clock.ms += 300_001
        async with socket(api, "/ws") as later:
            await later.subscribe("btcusdt@trade")


async def test_a_socket_is_pinged_and_ends_when_no_pong_comes() -> None:
    async with served(world(), Limits(ping=0.05, pong=0.1)) as api, socket(api, "/ws", autoping=False) as mute:
        message = await mute.raw.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.PING
        assert await mute.ended()


async def test_a_socket_that_answers_pings_lives_on_to_its_age() -> None:
    limits = Limits(ping=0.05, pong=0.3, life=0.9, messages=10**6)
    async with served(world(), limits) as api, socket(api, "/ws") as lively:
        started = time.monotonic()
        assert await lively.ended()
        assert time.monotonic() - started >= 0.6
