"""Market streams through the real client against a server that does what a real one never should."""

from __future__ import annotations

import asyncio
import gc
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_engine.errors import ExchangeUnavailable
from fks_engine.exchange.quote_order import MOST_IN_A_ROW
from fks_engine.model import OrderBook, Quote, Timeframe
from fks_engine.ports import ChannelKind, MarketChannel
from tests.engine.builders import BTC, ETH
from tests.engine.exchange.frames import DAY, DEPTH, KLINE, MARKET_FRAMES, NASTY, QUOTE, TRADE, spoiled
from tests.engine.exchange.stub import StubBinance, exchange_at, stub_binance, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fks_engine.exchange.binance import BinanceExchange
    from fks_engine.ports import Exchange, MarketEvent

pytestmark = pytest.mark.anyio

SNAPSHOT = {
    "lastUpdateId": 100,
    "bids": [["99.00000000", "1.00000000"], ["98.00000000", "2.00000000"]],
    "asks": [["101.00000000", "1.00000000"], ["102.00000000", "2.00000000"]],
}


@asynccontextmanager
async def reading(exchange: Exchange, channel: MarketChannel) -> AsyncIterator[list[MarketEvent]]:
    """Collects the events of a channel while the block runs."""
    events: list[MarketEvent] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(exchange.stream_market, channel, events.append)
        yield events
        tasks.cancel_scope.cancel()


def change(first: int, final: int, bids: list[Any] | None = None, asks: list[Any] | None = None) -> str:
    return json.dumps(
        {
            "e": "depthUpdate",
            "E": 1723161276318,
            "s": "BTCUSDT",
            "U": first,
            "u": final,
            "b": bids or [],
            "a": asks or [],
        }
    )


def channel(kind: ChannelKind, *instrument_ids: Any) -> MarketChannel:
    return MarketChannel(kind, instrument_ids or (BTC,))


@pytest.mark.parametrize(
    ("kind", "frame", "stream"),
    [
        (ChannelKind.QUOTES, QUOTE, "btcusdt@bookTicker"),
        (ChannelKind.TRADES, TRADE, "btcusdt@trade"),
        (ChannelKind.STATISTICS, DAY, "btcusdt@miniTicker"),
    ],
)
async def test_a_channel_is_subscribed_once_and_every_frame_is_an_event(
    kind: ChannelKind, frame: str, stream: str
) -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        async with reading(exchange, channel(kind, BTC, ETH)) as events:
            await stub.until_subscribed()
            await stub.push(*[frame] * 50)
            await until(lambda: len(events) == 50)
        assert stub.subscribed == [[stream, stream.replace("btc", "eth")]]
        assert {event.instrument_id for event in events} == {BTC}


async def test_candles_of_the_length_that_was_asked_for_are_subscribed() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        async with reading(exchange, MarketChannel(ChannelKind.CANDLES, (BTC,), Timeframe.H4)) as events:
            await stub.until_subscribed()
            await stub.push(KLINE)
            await until(lambda: len(events) == 1)
        assert stub.subscribed == [["btcusdt@kline_4h"]]


async def test_four_hundred_markets_are_subscribed_in_few_messages() -> None:
    async with stub_binance() as stub:
        one = stub.markets[0]
        stub.markets = [one | {"symbol": f"A{n}USDT", "baseAsset": f"A{n}"} for n in range(400)]
        async with exchange_at(stub.endpoints) as exchange:
            instruments = tuple(await exchange.open())
            async with reading(exchange, MarketChannel(ChannelKind.TRADES, instruments)):
                await stub.until_subscribed(2)
        assert [len(streams) for streams in stub.subscribed] == [200, 200]


async def test_bad_frames_are_counted_told_and_dropped_and_the_stream_lives_on() -> None:
    faults: list[str] = []
    bad = ["", "{", "null", "[]", "7", '"text"', "NaN", "{}", '{"e":{}}', QUOTE.replace('"61837.64000000"', '"NaN"')]
    bad += [QUOTE.replace('"61837.64000000"', '"1e999999999"'), '{"u":1,"s":"BTCUSDT"}', "[" * 5_000, "\ufeff\x00"]
    async with stub_binance() as stub, exchange_at(stub.endpoints, faults) as exchange:
        async with reading(exchange, channel(ChannelKind.QUOTES)) as events:
            await stub.until_subscribed()
            await stub.push(*bad, b"\xff\xfe\x00", QUOTE)
            await until(lambda: bool(events))
            assert len(events) == 1
        assert faults
        assert "quotes stream: the exchange sent what cannot be read" in faults[0]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(spoiled(MARKET_FRAMES), min_size=20, max_size=60))
async def test_a_reader_survives_any_mutation_of_a_frame(messages: list[Any]) -> None:
    async with (
        stub_binance() as stub,
        exchange_at(stub.endpoints, []) as exchange,
        reading(exchange, channel(ChannelKind.QUOTES)) as events,
    ):
        await stub.until_subscribed()
        # A quote whose spoiled number is a little too high keeps back those behind it, but not for long.
        await stub.push(*(json.dumps(message) for message in messages), *[QUOTE] * (MOST_IN_A_ROW + 1))
        await until(lambda: any(isinstance(event, Quote) and event.update_id == 50093239212 for event in events))


async def test_a_quiet_market_has_a_quote_before_the_first_change() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        row = {"symbol": "BTCUSDT", "bidPrice": "1.00", "bidQty": "2.0", "askPrice": "3.00", "askQty": "4.0"}
        stub.answers["GET", "ticker/bookTicker"] = lambda request: [row]
        async with reading(exchange, channel(ChannelKind.QUOTES)) as events:
            await until(lambda: bool(events))
        (quote,) = events
        assert isinstance(quote, Quote)
        assert [quote.bid, quote.ask, quote.update_id] == [1, 3, 0]


async def test_a_connection_that_is_lost_ends_the_stream() -> None:
    async with (
        stub_binance() as stub,
        exchange_at(stub.endpoints) as exchange,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(_close_when_subscribed, stub)
        with pytest.raises(ExchangeUnavailable, match="closed"):
            await exchange.stream_market(channel(ChannelKind.QUOTES), lambda event: None)


async def _close_when_subscribed(stub: StubBinance) -> None:
    await stub.until_subscribed()
    await stub.stop()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        await stub.stop()
        with pytest.raises(ExchangeUnavailable, match="connection was lost"):
            await exchange.stream_market(channel(ChannelKind.QUOTES), lambda event: None)


async def test_a_connection_that_answers_no_ping_is_lost() -> None:
    async with (
        stub_binance() as stub,
        exchange_at(stub.endpoints, keep_alive_s=0.05) as exchange,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(_freeze_when_subscribed, stub)
        with pytest.raises(ExchangeUnavailable, match="ping"):
            await exchange.stream_market(channel(ChannelKind.TRADES), lambda event: None)


async def _freeze_when_subscribed(stub: StubBinance) -> None:
    await stub.until_subscribed()
    transport = stub.sockets[0]._req.transport  # type: ignore[union-attr]
    assert transport is not None
    transport.pause_reading()


async def test_a_receiver_that_fails_ends_the_stream_with_its_own_error() -> None:
    class ReceiverError(Exception):
        pass

    def fail(event: MarketEvent) -> None:
        raise ReceiverError

    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        loop_errors: list[Any] = []
        _collect_loop_errors(loop_errors)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_push_when_subscribed, stub, QUOTE)
            with pytest.raises(ReceiverError):
                await exchange.stream_market(channel(ChannelKind.QUOTES), fail)


def _collect_loop_errors(errors: list[Any]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context))


async def _push_when_subscribed(stub: StubBinance, frame: str) -> None:
    await stub.until_subscribed()
    await stub.push(frame)


async def test_a_book_is_its_snapshot_and_the_changes_after_it() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints, book_interval_s=0) as exchange:
        stub.snapshots["BTCUSDT"] = SNAPSHOT
        async with reading(exchange, channel(ChannelKind.BOOKS)) as events:
            await until(lambda: len(events) == 1)
            await stub.push(
                change(99, 101, [["99.00000000", "5.00000000"]], [["101.00000000", "0.00000000"]]),
                change(102, 102, [], [["100.50000000", "0.25000000"]]),
            )
            await until(lambda: len(events) == 3)
        book = events[-1]
        assert isinstance(book, OrderBook)
        assert book.update_id == 102
        assert [(str(level.price), str(level.size)) for level in book.bids] == [
            ("99.00", "5.00000"),
            ("98.00", "2.00000"),
        ]
        assert [str(level.price) for level in book.asks] == ["100.50", "102.00"]


@pytest.mark.parametrize(
    "broken",
    [
        change(150, 151, [["99.00000000", "5.00000000"]]),
        change(101, 101, [["NaN", "5.00000000"]]),
        change(101, 101, [["1e999999", "5.00000000"]]),
        change(101, 101, [["99.00000000"]]),
        change(101, 101, [], [None]),
    ],
)
async def test_a_book_with_a_gap_or_a_bad_level_is_taken_anew(broken: str) -> None:
    faults: list[str] = []
    async with stub_binance() as stub, exchange_at(stub.endpoints, faults, book_interval_s=0) as exchange:
        stub.snapshots["BTCUSDT"] = SNAPSHOT
        async with reading(exchange, channel(ChannelKind.BOOKS)) as events:
            await until(lambda: len(events) == 1)
            stub.snapshots["BTCUSDT"] = SNAPSHOT | {"lastUpdateId": 200}
            await stub.push(broken)
            await until(lambda: len(events) == 2)
            assert isinstance(events[-1], OrderBook)
            assert events[-1].update_id == 200
        assert "taken anew" in faults[0]


async def test_a_snapshot_that_cannot_be_had_is_asked_for_again() -> None:
    faults: list[str] = []
    async with stub_binance() as stub, exchange_at(stub.endpoints, faults) as exchange:
        stub.snapshots["BTCUSDT"] = {"lastUpdateId": 1, "bids": [["NaN", "1"]], "asks": []}
        async with reading(exchange, channel(ChannelKind.BOOKS)) as events:
            await until(lambda: bool(faults))
            stub.snapshots["BTCUSDT"] = SNAPSHOT
            await until(lambda: bool(events))


async def test_the_last_state_of_a_throttled_book_is_always_told() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints, book_interval_s=0.1) as exchange:
        stub.snapshots["BTCUSDT"] = SNAPSHOT
        async with reading(exchange, channel(ChannelKind.BOOKS)) as events:
            await until(lambda: len(events) == 1)
            await stub.push(*(change(n, n, [["99.00000000", f"{n}.00000000"]]) for n in range(101, 201)))
            await until(lambda: isinstance(events[-1], OrderBook) and events[-1].update_id == 200)
        assert len(events) < 20


async def test_a_market_that_leaves_the_snapshot_behind_gets_a_wider_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fks_engine.exchange.books.WIDEN_EVERY_NS", 0)
    full = {
        "lastUpdateId": 100,
        "bids": [[f"{1000 - n}.00000000", "1.00000000"] for n in range(200)],
        "asks": [["1001.00000000", "1.00000000"]],
    }
    async with stub_binance() as stub, exchange_at(stub.endpoints, book_depth=20, book_interval_s=0) as exchange:
        stub.answers["GET", "depth"] = lambda request: full | {"bids": full["bids"][: int(request.query["limit"])]}  # type: ignore[index]
        async with reading(exchange, channel(ChannelKind.BOOKS)) as events:
            await until(lambda: len(events) == 1)
            fallen = [[f"{1000 - n}.00000000", "0.00000000"] for n in range(90)]
            await stub.push(change(101, 101, fallen))
            await until(lambda: len(events) >= 2)
            assert isinstance(events[1], OrderBook)
            assert len(events[1].bids) == 10
            assert events[1].bids[0].price == 910
            full["lastUpdateId"] = 101
            await until(lambda: len(events) >= 3)
            await until(lambda: stub.requests.count(("GET", "depth")) >= 2)
            assert isinstance(events[-1], OrderBook)
            assert len(events[-1].bids) == 20


async def test_depth_frames_that_are_spoiled_do_not_end_the_books() -> None:
    faults: list[str] = []
    async with stub_binance() as stub, exchange_at(stub.endpoints, faults) as exchange:
        stub.snapshots["BTCUSDT"] = SNAPSHOT
        async with reading(exchange, channel(ChannelKind.BOOKS)) as events:
            await until(lambda: len(events) == 1)
            for value in NASTY:
                await stub.push(*(json.dumps(json.loads(DEPTH) | {key: value}) for key in "esUubaE"))
            stub.snapshots["BTCUSDT"] = SNAPSHOT | {"lastUpdateId": 300}
            with anyio.fail_after(15):
                while events[-1].update_id < 300:  # type: ignore[union-attr]
                    await stub.push(change(290, 291))
                    await anyio.sleep(0.05)


# The stub may accept a connection in the moment it stops; that end of it is the stub's own, not the client's.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_lost_connections_leave_nothing_behind() -> None:
    left: list[Any] = []
    _collect_loop_errors(left)
    lost: list[ExchangeUnavailable] = []

    async def read(kind: ChannelKind) -> None:
        try:
            await exchange.stream_market(channel(kind, BTC, ETH), lambda event: None)
        except ExchangeUnavailable as error:
            lost.append(error)

    tasks_before = len(asyncio.all_tasks())
    async with stub_binance() as stub:
        stub.snapshots = {"BTCUSDT": SNAPSHOT, "ETHUSDT": SNAPSHOT}
        async with exchange_at(stub.endpoints, []) as exchange:
            for _ in range(3):
                stub.subscribed.clear()
                async with anyio.create_task_group() as tasks:
                    for kind in ChannelKind:
                        tasks.start_soon(read, kind)
                    await stub.until_subscribed(len(ChannelKind))
                    await stub.stop()
                await stub.start()
    assert len(lost) == 3 * len(ChannelKind)
    await until(lambda: len(asyncio.all_tasks()) <= tasks_before)
    gc.collect()
    assert left == []


async def test_ccxt_keeps_nothing_of_streams_that_were_lost_and_made_anew() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints, [], connection_life_s=0.05) as exchange:
        stub.snapshots["BTCUSDT"] = SNAPSHOT
        client = cast("BinanceExchange", exchange)._market

        async def read_again_and_again(kind: ChannelKind) -> None:
            for _ in range(4):
                with suppress(ExchangeUnavailable):
                    await exchange.stream_market(channel(kind), lambda event: None)

        async with anyio.create_task_group() as tasks:
            for kind in ChannelKind:
                tasks.start_soon(read_again_and_again, kind)
            sizes: set[tuple[int, int]] = set()
            while len(stub.subscribed) < 4 * len(ChannelKind):
                with suppress(ConnectionError):
                    await stub.push(QUOTE, TRADE, KLINE, DAY)
                await anyio.sleep(0.01)
                sizes |= {(len(each.futures), len(each.subscriptions)) for each in client.clients.values()}
        assert sizes == {(0, 0)}
        assert client.clients == {}
        assert [len(cache) for cache in (client.orderbooks, client.trades, client.tickers, client.bidsasks)] == [0] * 4
