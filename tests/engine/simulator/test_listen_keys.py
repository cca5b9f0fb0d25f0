"""The older user data stream: its key, its two addresses, its life, and the events of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.simulator.builders import KEY, START_MS, ApiClient, controlled, served, world
from tests.engine.simulator.sockets import socket, user_socket

if TYPE_CHECKING:
    from tests.engine.simulator.sockets import Socket

pytestmark = pytest.mark.anyio

HOUR_MS = 3_600_000


async def keyed(api: ApiClient, method: str, **params: str) -> tuple[int, Any]:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return await api.call(method, "userDataStream", query, headers={"X-MBX-APIKEY": KEY})


async def listen_key(api: ApiClient) -> str:
    status, body = await keyed(api, "POST")
    assert status == 200
    key: str = body["listenKey"]
    assert len(key) == 64
    return key


@pytest.mark.parametrize("address", ["/ws/{}", "/stream/ws/{}", "/stream?streams={}"])
async def test_the_keys_stream_carries_the_accounts_events(address: str) -> None:
    async with served(world()) as api:
        key = await listen_key(api)
        async with socket(api, address.format(key)) as user, user_socket(api) as modern:
            await api.buy("0.5", "60010", newClientOrderId="mine")
            events = [await user.receive() for _ in range(3)]
            if "?" in address:
                assert {event["stream"] for event in events} == {key}
                events = [event["data"] for event in events]
            assert [event["e"] for event in events] == ["executionReport"] * 2 + ["outboundAccountPosition"]
            assert [event["c"] for event in events[:2]] == ["mine", "mine"]
            assert events == [(await modern.receive())["event"] for _ in range(3)]


async def test_an_account_has_one_key() -> None:
    async with served(world()) as api:
        key = await listen_key(api)
        assert await listen_key(api) == key
        assert await keyed(api, "DELETE", listenKey=key) == (200, {})
        assert await listen_key(api) != key


async def test_a_key_that_does_not_live_is_refused() -> None:
    async with served(world()) as api:
        refusal = (400, {"code": -1125, "msg": "This listenKey does not exist."})
        assert await keyed(api, "PUT", listenKey="a" * 64) == refusal
        assert await keyed(api, "DELETE", listenKey="a" * 64) == refusal
        assert (await keyed(api, "PUT"))[1]["code"] == -1102
        status, body = await api.call("POST", "userDataStream")
        assert (status, body["code"]) == (401, -2014)


async def expired(user: Socket) -> dict[str, Any]:
    while (event := await user.receive())["e"] != "listenKeyExpired":
        pass
    found: dict[str, Any] = event
    return found


async def test_a_key_lives_for_an_hour_after_it_was_last_kept_alive() -> None:
    here = world()
    async with served(here) as api:
        key = await listen_key(api)
        async with socket(api, f"/ws/{key}") as user:
            here.clock.ms += HOUR_MS - 1
            assert await keyed(api, "PUT", listenKey=key) == (200, {})
            here.clock.ms += HOUR_MS - 1
            await api.buy("0.1", "50000", newClientOrderId="still-there")
            assert (await user.receive())["c"] == "still-there"
            here.clock.ms += 1
            event = await expired(user)
            assert (event["listenKey"], event["E"]) == (key, START_MS + 2 * HOUR_MS - 1)
        assert (await keyed(api, "PUT", listenKey=key))[1]["code"] == -1125


async def test_user_streams_of_both_kinds_can_be_ended_by_the_exchange() -> None:
    async with controlled(world()) as (api, control):
        key = await listen_key(api)
        async with socket(api, f"/ws/{key}") as old, user_socket(api) as modern:
            assert await control.act("terminate") == {"streams": 2}
            assert (await expired(old))["listenKey"] == key
            assert (await modern.receive())["event"] == {"e": "eventStreamTerminated", "E": START_MS}
            await api.buy("0.1", "50000")
            assert (await modern.ask("ping"))["result"] == {}


async def test_a_key_can_be_started_over_the_websocket_api() -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as asked:
        started = await asked.ask("userDataStream.start", apiKey=KEY)
        assert started["result"]["listenKey"] == await listen_key(api)
