"""Faults of messages over real sockets: market streams and user events that come late, twice, wrong or never."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from fks_engine.simulator.limits import Limits
from fks_engine.simulator.nouns import DepthChange
from tests.engine.simulator.builders import START_MS, controlled, order, world
from tests.engine.simulator.sockets import socket, user_socket

if TYPE_CHECKING:
    from tests.engine.simulator.builders import World
    from tests.engine.simulator.sockets import Socket

pytestmark = pytest.mark.anyio


def trade(of: World, times: int = 1) -> None:
    for _ in range(times):
        of.exchange.on_matched(of.book.submit(order("BUY", "0.001", "60010", duration="IOC"), START_MS))


def change(of: World, first_id: int) -> None:
    level = (Decimal(59_990), Decimal(first_id))
    of.exchange.on_depth(DepthChange("BTCUSDT", first_id, first_id, [level], [], START_MS))


async def trade_ids(socket: Socket, count: int) -> list[int]:
    return [(await socket.receive())["t"] for _ in range(count)]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "drop", "skip": 1, "count": 1}, [1, 3, 4]),
        ({"kind": "duplicate", "skip": 1, "count": 1}, [1, 2, 2, 3, 4]),
        ({"kind": "reorder", "skip": 1, "count": 1}, [1, 3, 2, 4]),
        ({"kind": "reorder", "skip": 0, "count": 1, "window": 3}, [2, 3, 1, 4]),
        ({"kind": "delay", "delay_ms": 50, "skip": 1, "count": 1}, [1, 2, 3, 4]),
        ({"kind": "slow_write", "bytes_per_s": 20_000}, [1, 2, 3, 4]),
        ({"kind": "drop", "match": "ethusdt@*"}, [1, 2, 3, 4]),
    ],
)
async def test_trades_come_as_the_fault_leaves_them(fault: dict[str, Any], expected: list[int]) -> None:
    here = world()
    async with controlled(here) as (api, control), socket(api, "/ws/btcusdt@trade") as stream:
        await control.plan([{"scope": "market", "match": "btcusdt@trade"} | fault])
        trade(here, 4)
        assert await trade_ids(stream, len(expected)) == expected


async def test_a_delay_is_a_delay() -> None:
    here = world()
    async with controlled(here) as (api, control), socket(api, "/ws/btcusdt@trade") as stream:
        await control.add("market", "delay", delay_ms=80)
        started = asyncio.get_running_loop().time()
        trade(here, 2)
        assert await trade_ids(stream, 2) == [1, 2]
        assert asyncio.get_running_loop().time() - started >= 0.08


async def test_a_message_that_nothing_follows_is_not_held_for_ever() -> None:
    here = world()
    async with controlled(here) as (api, control), socket(api, "/ws/btcusdt@trade") as stream:
        await control.add("market", "reorder")
        trade(here)
        assert await trade_ids(stream, 1) == [1]


async def test_the_same_seed_drops_the_same_trades() -> None:
    async def survivors() -> list[int]:
        here = world()
        async with controlled(here) as (api, control), socket(api, "/ws/btcusdt@trade") as stream:
            number = await control.add("market", "drop", seed=3, probability=0.5)
            trade(here, 40)
            (state,) = await control.faults()
            await control.remove(number)
            return await trade_ids(stream, 40 - state.applied)

    first = await survivors()
    assert 8 <= len(first) <= 32
    assert first == await survivors()


@pytest.mark.parametrize("kind", ["disconnect", "reset"])
async def test_a_connection_breaks_and_the_next_one_works(kind: str) -> None:
    here = world()
    async with controlled(here) as (api, control):
        async with socket(api, "/ws/btcusdt@trade") as stream:
            await control.add("market", kind, count=1)
            trade(here)
            assert await stream.ended()
            assert stream.raw.close_code in (None, 1006)
        async with socket(api, "/ws/btcusdt@trade") as stream:
            trade(here)
            assert await trade_ids(stream, 1) == [2]


async def test_a_silent_connection_stays_open_and_is_pinged() -> None:
    here = world()
    limits = Limits(ping=0.05, messages=10**6)
    async with controlled(here, limits) as (api, control), socket(api, "/ws", autoping=False) as stream:
        await stream.raw.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1})
        while (await stream.raw.receive(timeout=5)).type is not aiohttp.WSMsgType.TEXT:
            pass
        await control.add("market", "silence", count=1)
        trade(here)
        pings = [(await stream.raw.receive(timeout=5)).type for _ in range(3)]
        assert pings == [aiohttp.WSMsgType.PING] * 3
        async with socket(api, "/ws/btcusdt@trade") as other:
            trade(here)
            assert await trade_ids(other, 1) == [2]
        await control.clear()
        trade(here)
        while (message := await stream.raw.receive(timeout=5)).type is aiohttp.WSMsgType.PING:
            pass
        assert message.json()["t"] == 3


async def test_a_malformed_message_is_half_of_it() -> None:
    here = world()
    async with controlled(here) as (api, control), socket(api, "/ws/btcusdt@trade") as stream:
        await control.add("market", "malformed", count=1)
        trade(here, 2)
        broken = await stream.raw.receive(timeout=5)
        assert broken.data.startswith('{"e":"trade"')
        assert not broken.data.endswith("}")
        assert await trade_ids(stream, 1) == [2]


async def test_a_gap_is_a_diff_that_never_comes() -> None:
    here = world()
    async with controlled(here) as (api, control), socket(api, "/stream?streams=btcusdt@depth@100ms") as stream:
        await control.add("market", "depth_gap", skip=1, count=1)
        for number in range(1, 5):
            change(here, number)
        assert [(await stream.receive())["data"]["U"] for _ in range(3)] == [1, 3, 4]


@pytest.mark.parametrize("address", ["/ws/{}", "/stream?streams={}"])
async def test_a_crossed_book_has_a_bid_above_the_best_ask(address: str) -> None:
    here = world()
    async with controlled(here) as (api, control), socket(api, address.format("btcusdt@depth@100ms")) as stream:
        await control.add("market", "crossed_book", count=1)
        change(here, 1)
        message = await stream.receive()
        diff = message.get("data", message)
        assert (diff["U"], diff["u"]) == (1, 1)
        assert diff["b"] == [["60010.01000000", "123.45600000"], ["59990.00000000", "1.00000000"]]


async def test_a_crossed_quote_has_its_sides_exchanged() -> None:
    here = world()
    async with controlled(here) as (api, control), socket(api, "/ws/btcusdt@bookTicker") as stream:
        await control.add("market", "crossed_book", match="*@bookTicker")
        await api.buy("0.1", "60005")
        quote = await stream.receive()
        assert (quote["b"], quote["a"]) == ("60010.00000000", "60005.00000000")


async def test_a_ghost_level_is_in_no_book() -> None:
    here = world()
    async with controlled(here) as (api, control), socket(api, "/ws/btcusdt@depth@100ms") as stream:
        await control.add("market", "ghost_level", count=1)
        change(here, 1)
        assert ["59999.99000000", "123.45600000"] in (await stream.receive())["b"]
        _, book = await api.call("GET", "depth", "symbol=BTCUSDT")
        assert [level[0] for level in book["bids"]] == ["60000.00000000"]


async def test_a_server_that_reads_slowly_answers_late() -> None:
    async with controlled(world()) as (api, control), socket(api, "/ws") as stream:
        await control.add("market", "slow_read", delay_ms=60)
        started = asyncio.get_running_loop().time()
        await stream.subscribe("btcusdt@trade")
        assert asyncio.get_running_loop().time() - started >= 0.06


async def placed_events(user: Socket, count: int) -> list[tuple[str, str]]:
    events = [(await user.receive())["event"] for _ in range(count)]
    return [(event["e"], event.get("x", "")) for event in events]


async def test_one_kind_of_user_event_can_be_lost() -> None:
    async with controlled(world()) as (api, control), user_socket(api) as user:
        await control.add("user", "drop", match="executionReport", where={"x": "TRADE"}, count=1)
        assert (await api.buy("0.1", "60010"))["status"] == "FILLED"
        assert await placed_events(user, 2) == [("executionReport", "NEW"), ("outboundAccountPosition", "")]
        assert (await control.stats()).messages["user"] == 2


async def test_a_silent_user_stream_still_answers_requests() -> None:
    async with controlled(world()) as (api, control), user_socket(api) as user:
        async with control.fault("user", "silence"):
            await api.buy("0.1", "50000")
            assert (await user.ask("ping"))["result"] == {}
        await api.buy("0.1", "50000", newClientOrderId="heard")
        assert (await user.receive())["event"]["c"] == "heard"


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("duplicate", [("executionReport", "NEW"), ("executionReport", "NEW"), ("executionReport", "TRADE")]),
        ("reorder", [("executionReport", "TRADE"), ("executionReport", "NEW")]),
        ("terminate", [("eventStreamTerminated", "")]),
    ],
)
async def test_user_events_come_as_the_fault_leaves_them(kind: str, events: list[tuple[str, str]]) -> None:
    async with controlled(world()) as (api, control), user_socket(api) as user:
        await control.add("user", kind, count=1)
        await api.buy("0.1", "60010")
        assert await placed_events(user, len(events)) == events


async def test_a_listen_keys_events_are_user_events() -> None:
    async with controlled(world()) as (api, control):
        _, body = await api.call("POST", "userDataStream", headers={"X-MBX-APIKEY": "test-key"})
        async with socket(api, f"/stream?streams={body['listenKey']}") as user:
            await control.add("user", "drop", match="executionReport", where={"x": "NEW"})
            await control.add("market", "drop")
            await api.buy("0.1", "60010")
            assert (await user.receive())["data"]["x"] == "TRADE"
