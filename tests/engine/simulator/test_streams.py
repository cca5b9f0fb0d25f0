"""The stream endpoints over real sockets: addresses, subscriptions, shapes, bad frames and slow readers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.simulator import connection
from fks_engine.simulator.nouns import DepthChange
from fks_engine.simulator.signing import canonical, signature
from tests.engine.simulator.builders import KEY, SECRET, START_MS, ApiClient, World, order, served, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

Socket = aiohttp.ClientWebSocketResponse
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
METHODS = ["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "ping", "userDataStream.subscribe.signature"]
JSON_FRAMES = st.fixed_dictionaries({"method": st.sampled_from(METHODS) | JSON, "params": JSON, "id": JSON}).map(
    lambda frame: orjson.dumps(frame).decode()
)


@asynccontextmanager
async def socket(api: ApiClient, path: str) -> AsyncIterator[Socket]:
    async with api.session.ws_connect(api.base + path, autoping=False) as opened:
        yield opened


async def receive(of: Socket) -> Any:
    message = await of.receive(timeout=5)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return orjson.loads(message.data)


async def ask(of: Socket, method: str, *streams: str, number: object = 1) -> Any:
    await of.send_json({"method": method, "params": list(streams), "id": number})
    return await receive(of)


def trade(of: World, quantity: str = "0.1") -> None:
    of.exchange.on_matched(of.book.submit(order("BUY", quantity, "60010", duration="IOC"), START_MS))


async def test_a_raw_address_sends_unwrapped_messages() -> None:
    here = world()
    async with served(here) as api, socket(api, "/ws/btcusdt@trade") as raw:
        trade(here)
        message = await receive(raw)
        assert message == {
            "e": "trade",
            "E": START_MS,
            "s": "BTCUSDT",
            "t": 1,
            "p": "60010.00000000",
            "q": "0.10000000",
            "T": START_MS,
            "m": False,
            "M": True,
        }


async def test_a_combined_address_wraps_messages_with_the_stream() -> None:
    here = world()
    async with served(here) as api, socket(api, "/stream?streams=btcusdt@trade/btcusdt@aggTrade") as combined:
        trade(here)
        assert (await receive(combined))["stream"] == "btcusdt@trade"
        second = await receive(combined)
        assert (second["stream"], second["data"]["e"]) == ("btcusdt@aggTrade", "aggTrade")


async def test_ccxts_numbered_address_is_raw() -> None:
    here = world()
    async with served(here) as api, socket(api, "/stream/ws/7") as numbered:
        assert await ask(numbered, "SUBSCRIBE", "btcusdt@trade", number=3) == {"result": None, "id": 3}
        trade(here)
        assert (await receive(numbered))["e"] == "trade"


async def test_subscriptions_can_be_listed_and_ended() -> None:
    here = world()
    async with served(here) as api, socket(api, "/ws") as raw:
        await ask(raw, "SUBSCRIBE", "btcusdt@trade", "btcusdt@depth")
        assert (await ask(raw, "LIST_SUBSCRIPTIONS"))["result"] == ["btcusdt@trade", "btcusdt@depth"]
        await ask(raw, "UNSUBSCRIBE", "btcusdt@trade")
        trade(here)
        assert (await ask(raw, "LIST_SUBSCRIPTIONS"))["result"] == ["btcusdt@depth"]
    for _ in range(100):
        if not here.exchange.hub.streams():
            break
        await asyncio.sleep(0.01)
    assert not here.exchange.hub.streams()


async def test_messages_are_wrapped_as_the_property_says() -> None:
    here = world()
    async with served(here) as api, socket(api, "/ws/btcusdt@trade") as raw:
        assert (await ask(raw, "GET_PROPERTY", "combined"))["result"] is False
        await raw.send_json({"method": "SET_PROPERTY", "params": ["combined", True], "id": None})
        assert await receive(raw) == {"result": None, "id": None}
        trade(here)
        assert (await receive(raw))["stream"] == "btcusdt@trade"
        assert (await ask(raw, "LIST_SUBSCRIPTIONS"))["result"] == ["btcusdt@trade"]


async def test_a_quote_is_published_when_an_own_order_moves_it() -> None:
    here = world()
    async with served(here) as api, socket(api, "/ws/btcusdt@bookTicker") as raw:
        await api.buy("0.1", "60005")
        quote = await receive(raw)
        assert (quote["b"], quote["B"], quote["a"]) == ("60005.00000000", "0.10000000", "60010.00000000")
        assert quote["u"] == here.book.best().update_id


async def test_the_slow_depth_stream_joins_the_changes_of_a_second() -> None:
    here = world()
    async with served(here) as api, socket(api, "/ws/btcusdt@depth") as raw:
        level, gone = (Decimal(60_000), Decimal(1)), (Decimal(60_000), Decimal(0))
        here.exchange.on_depth(DepthChange("BTCUSDT", 5, 6, [level], [], START_MS))
        here.exchange.on_depth(DepthChange("BTCUSDT", 7, 9, [gone], [], START_MS + 100))
        message = await receive(raw)
        assert (message["U"], message["u"], message["b"]) == (5, 9, [["60000.00000000", "0.00000000"]])


async def test_tickers_and_candles_follow_the_trades() -> None:
    here = world()
    streams = ("btcusdt@miniTicker", "!miniTicker@arr", "btcusdt@ticker", "btcusdt@kline_1m")
    async with served(here) as api, socket(api, "/ws") as raw:
        await ask(raw, "SUBSCRIBE", *streams)
        trade(here)
        seen: dict[str, Any] = {}
        while len(seen) < 4:
            message = await receive(raw)
            seen["all" if isinstance(message, list) else message["e"]] = message
        assert seen["24hrMiniTicker"]["c"] == seen["24hrTicker"]["c"] == "60010.00000000"
        assert seen["all"][0]["s"] == "BTCUSDT"
        assert (seen["kline"]["k"]["c"], seen["kline"]["k"]["x"]) == ("60010.00000000", False)


async def test_a_candle_closes_with_its_flag_when_the_next_minute_trades() -> None:
    here = world()
    async with served(here) as api, socket(api, "/ws/btcusdt@kline_1m") as raw:
        trade(here)
        while (await receive(raw))["k"]["x"]:
            pass
        later = order("BUY", "0.1", "60010", duration="IOC")
        here.exchange.on_matched(here.book.submit(later, START_MS + 60_000))
        while not (closed := (await receive(raw))["k"])["x"]:
            pass
        assert (closed["t"], closed["n"]) == (START_MS, 1)


@pytest.mark.parametrize(
    ("frame", "code", "text"),
    [
        ('{"method":"SUBSCRIBE","params":["nocoin@trade"],"id":1}', 2, "Invalid request: invalid stream"),
        ('{"method":"SUBSCRIBE","params":["btcusdt@nothing"],"id":1}', 2, "Invalid request: invalid stream"),
        ('{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}', 2, "params must be an array"),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2, "params must be an array"),
        ('{"method":"DANCE","id":1}', 2, "unknown variant"),
        ('{"id":1}', 2, "missing field"),
        ('{"method":"SUBSCRIBE","params":[],"id":-1}', 2, "request ID"),
        ('{"method":"SUBSCRIBE","params":[]}', 2, "request ID"),
        ('{"method":"GET_PROPERTY","params":["shape"],"id":1}', 0, "Unknown property"),
        ('{"method":"GET_PROPERTY","params":[],"id":1}', 2, "property name must be a string"),
        ('{"method":"GET_PROPERTY","params":["combined",true],"id":1}', 2, "too many parameters"),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1, "expected Boolean"),
        ('{"method":"SET_PROPERTY","params":["combined"],"id":1}', 1, "expected Boolean"),
        ("[]", 2, "expected an object"),
        ("{", 3, "Invalid JSON"),
        ("", 3, "Invalid JSON"),
        ("[" * 5_000, 3, "Invalid JSON"),
        ('{"method":"SUBSCRIBE","params":[],"id":NaN}', 3, "Invalid JSON"),
    ],
)
async def test_a_bad_frame_gets_an_error_and_the_connection_lives(frame: str, code: int, text: str) -> None:
    async with served(world()) as api, socket(api, "/ws") as raw:
        await raw.send_str(frame)
        answer = await receive(raw)
        assert answer["error"]["code"] == code
        assert text in answer["error"]["msg"]
        assert (await ask(raw, "LIST_SUBSCRIPTIONS"))["result"] == []


async def test_a_binary_frame_that_is_no_text_gets_an_error() -> None:
    async with served(world()) as api, socket(api, "/ws") as raw:
        await raw.send_bytes(b"\xff\x00")
        assert (await receive(raw))["error"]["code"] == 3


@settings(max_examples=15, deadline=None)
@given(frames=st.lists(st.one_of(st.binary(max_size=40), st.text(max_size=40), JSON_FRAMES), max_size=15))
async def test_no_frames_make_it_fall_over(frames: list[bytes | str]) -> None:
    async with served(world()) as api:
        for path in ("/ws", "/stream", "/ws-api/v3"):
            async with socket(api, path) as opened:
                for frame in frames:
                    await (opened.send_bytes(frame) if isinstance(frame, bytes) else opened.send_str(frame))
                    assert isinstance(await receive(opened), dict)


async def test_a_ping_is_answered() -> None:
    async with served(world()) as api, socket(api, "/ws") as raw:
        await raw.ping(b"hello")
        answer = await raw.receive(timeout=5)
        assert (answer.type, answer.data) == (aiohttp.WSMsgType.PONG, b"hello")


async def test_a_reader_that_is_too_slow_is_disconnected_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "QUEUED_MESSAGES", 500)
    here = world()
    big = [(Decimal(60_000 - level), Decimal(1)) for level in range(2_000)]
    change = DepthChange("BTCUSDT", 1, 2, big, [], START_MS)
    async with (
        served(here) as api,
        socket(api, "/ws/btcusdt@depth@100ms") as slow,
        socket(api, "/ws/btcusdt@trade") as brisk,
    ):
        for _ in range(2_000):
            if not here.exchange.hub.wanted("btcusdt@depth@100ms"):
                break
            here.exchange.on_depth(change)
            await asyncio.sleep(0)
        assert not here.exchange.hub.wanted("btcusdt@depth@100ms")
        trade(here)
        assert (await receive(brisk))["e"] == "trade"
        assert not slow.closed or slow.close_code != 1000


async def subscribe_user(of: Socket, now_ms: int, key: str = KEY, secret: str = SECRET) -> Any:
    params = {"apiKey": key, "recvWindow": "5000", "timestamp": str(now_ms)}
    signed = {"apiKey": key, "recvWindow": 5000, "timestamp": now_ms, "signature": signature(secret, canonical(params))}
    await of.send_json({"id": "1", "method": "userDataStream.subscribe.signature", "params": signed})
    return await receive(of)


async def test_the_user_stream_reports_orders_and_balances() -> None:
    here = world()
    async with served(here) as api, socket(api, "/ws-api/v3") as user:
        answer = await subscribe_user(user, START_MS)
        assert (answer["status"], answer["result"]) == (200, {"subscriptionId": 0})
        await api.buy("0.5", "60010", newClientOrderId="mine-1")
        events = [await receive(user) for _ in range(3)]
        assert {event["subscriptionId"] for event in events} == {0}
        new, filled, position = (event["event"] for event in events)
        assert (new["x"], new["c"], new["w"]) == ("NEW", "mine-1", True)
        assert (filled["x"], filled["X"], filled["L"], filled["t"]) == ("TRADE", "FILLED", "60010.00000000", 1)
        assert position["B"] == [
            {"a": "BTC", "f": "2.49950000", "l": "0.00000000"},
            {"a": "USDT", "f": "69995.00000000", "l": "0.00000000"},
        ]


async def test_a_user_stream_can_be_ended() -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as user:
        await subscribe_user(user, START_MS)
        await user.send_json({"id": 2, "method": "userDataStream.unsubscribe", "params": {"subscriptionId": 0}})
        assert (await receive(user))["status"] == 200
        assert await receive(user) == {"subscriptionId": 0, "event": {"e": "eventStreamTerminated", "E": START_MS}}
        await api.buy("0.5", "50000")
        await user.send_json({"id": 3, "method": "ping"})
        assert (await receive(user))["id"] == 3


@pytest.mark.parametrize(
    ("key", "secret", "ahead_ms", "code"),
    [("other", SECRET, 0, -2015), (KEY, "wrong", 0, -1022), (KEY, SECRET, -6_000, -1021), ("", SECRET, 0, -1105)],
)
async def test_a_wrong_subscription_is_refused(key: str, secret: str, ahead_ms: int, code: int) -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as user:
        answer = await subscribe_user(user, START_MS + ahead_ms, key, secret)
        assert answer["error"]["code"] == code
        assert answer["status"] in (400, 401)


@pytest.mark.parametrize("frame", ["{", "[]", '{"id":{}}', '{"id":1}', '{"id":1,"method":"x"}', "[" * 5_000, "9" * 400])
async def test_a_bad_user_frame_gets_an_error(frame: str) -> None:
    async with served(world()) as api, socket(api, "/ws-api/v3") as user:
        await user.send_str(frame)
        assert (await receive(user))["status"] == 400
        await user.send_json({"id": 1, "method": "time"})
        assert (await receive(user))["result"] == {"serverTime": START_MS}
