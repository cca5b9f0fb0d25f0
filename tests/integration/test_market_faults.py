"""Market data that goes wrong in every way: what the desk is told, that nothing false is shown, and that it heals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import pairwise

import pytest

from fks_engine.api import (
    CandlesPage,
    CandlesRequest,
    Connection,
    DenialReason,
    Denied,
    FocusView,
    Timeframe,
)
from fks_engine.clock import NANOS
from tests.engine.builders import BTC
from tests.integration.faulty import FaultyDesk, faulty_desk

pytestmark = pytest.mark.anyio
GHOST = Decimal("123.456")
DEPTH = "btcusdt@depth*"
MINUTE_NS = 60 * NANOS
A_MINUTE_A_SECOND = {
    "simulator.speed": "60",
    "simulator.rate": "60",
    "simulator.symbols": "1",
    "market.watchlist": "BTC/USDT",
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running_desk() -> AsyncIterator[FaultyDesk]:
    async with faulty_desk() as desk:
        yield desk


@pytest.fixture
async def desk(running_desk: FaultyDesk) -> AsyncIterator[FaultyDesk]:
    yield running_desk
    await running_desk.calm()


def has_book(focus: FocusView | None) -> bool:
    return focus is not None and bool(focus.bids)


class TestBooks:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("depth_gap", "are missing"),
            ("drop", "are missing"),
            ("reorder", "are missing"),
            ("crossed_book", "it is crossed"),
            ("malformed", "are missing"),
        ],
    )
    async def test_a_wrong_change_is_noticed_and_the_book_rebuilt(
        self, desk: FaultyDesk, kind: str, words: str
    ) -> None:
        await desk.control.reset_stats()
        before = desk.stage("books").restarts
        await desk.control.add("market", kind, match=DEPTH, count=1)
        await desk.until(lambda view: desk.stage("books").restarts > before, "a broken book")
        assert "book of BTC/USDT taken anew: " in desk.stage("books").detail
        assert words in desk.stage("books").detail
        await desk.until(lambda view: has_book(view.focus))
        assert (await desk.control.stats()).requested("GET depth") >= 1
        await desk.book_is_true()

    async def test_a_change_that_comes_twice_changes_nothing(self, desk: FaultyDesk) -> None:
        await desk.control.add("market", "duplicate", match=DEPTH)
        await desk.book_is_true()
        assert desk.notices == []

    async def test_ghost_levels_are_found_and_gone(self, desk: FaultyDesk) -> None:
        def has_ghost(focus: FocusView | None) -> bool:
            return focus is not None and any(level.size == GHOST for level in focus.bids)

        before = desk.stage("books").restarts
        await desk.control.add("market", "ghost_level", match=DEPTH, count=6)
        await desk.until(lambda view: has_ghost(view.focus), "a ghost")
        await desk.until(lambda view: desk.stage("books").restarts > before, "an audit")
        await desk.control.clear()
        await desk.until(lambda view: has_book(view.focus) and not has_ghost(view.focus), "a book without ghosts")
        await desk.book_is_true()

    @pytest.mark.parametrize("kind", ["html", "error", "malformed", "reset", "timeout_before_execution"])
    async def test_there_is_no_book_while_its_snapshot_cannot_be_had(self, desk: FaultyDesk, kind: str) -> None:
        more = {"code": -1001} if kind == "error" else {}
        await desk.control.add("rest", kind, match="depth", where={"symbol": "BTCUSDT"}, **more)
        await desk.control.add("market", "depth_gap", match=DEPTH, count=1)
        view = await desk.until(lambda view: not has_book(view.focus))
        assert view.focus is not None
        assert view.focus.book_stale
        await desk.told("BTC/USDT is taken anew", "there is no snapshot of it")
        await desk.control.clear()
        await desk.until(lambda view: has_book(view.focus))
        await desk.book_is_true()

    async def test_a_book_is_dropped_with_its_connection_and_never_merged_into(self, desk: FaultyDesk) -> None:
        await desk.control.add("rest", "delay", match="depth", delay_ms=600)
        await desk.control.reset_stats()
        await desk.control.disconnect("market")
        view = await desk.until(lambda view: not has_book(view.focus))
        assert view.focus is not None
        assert view.focus.book_stale
        desk.books.clear()
        await desk.until(lambda view: has_book(view.focus))
        stats = await desk.control.stats()
        assert stats.requested("GET depth") >= 3
        assert stats.connections["market"]["opened"] >= 4
        await desk.book_is_true()


class TestStreams:
    async def test_a_market_without_news_is_told_as_stale_with_its_age_and_the_gate_refuses(
        self, desk: FaultyDesk
    ) -> None:
        await desk.control.add("market", "drop")
        view = await desk.until(lambda view: view.engine.connection is Connection.STALE, "a stale market")
        assert view.engine.detail == "3 of 3 markets are stale"
        assert all(row.stale and row.age_s is not None and row.age_s > 1 for row in view.quotes)
        answer = await desk.ask()
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.MARKET_STALE
        assert float(answer.numbers["age_s"]) >= 1
        await desk.control.clear()
        await desk.live()
        await desk.book_is_true()

    async def test_silent_streams_are_subscribed_again_while_their_connections_live(self, desk: FaultyDesk) -> None:
        await desk.control.plan(
            [
                {"scope": "market", "kind": "silence", "match": match, "count": 1}
                for match in ("btcusdt@bookticker", "ethusdt@trade", DEPTH)
            ]
        )
        for stream in ("quotes", "trades", "books"):
            await desk.told(f"{stream} stream", "silent though the exchange has news", "again")
        await desk.live()
        await desk.book_is_true()

    async def test_a_silent_world_is_found_too_and_heals_when_it_speaks(self, desk: FaultyDesk) -> None:
        await desk.control.add("market", "silence")
        await desk.until(lambda view: view.engine.connection is Connection.STALE or view.engine.detail != "")
        await desk.told("silent though the exchange has news")
        await desk.control.clear()
        await desk.live()
        await desk.book_is_true()

    async def test_frames_that_cannot_be_read_are_dropped_and_counted(self, desk: FaultyDesk) -> None:
        await desk.control.add("market", "malformed", probability=0.5, match="*usdt@*", duration_s=1.0)
        for stream in ("quotes", "trades", "books"):
            await desk.told("Bad data", f"{stream} stream", "cannot be read")
        await desk.live()
        await desk.book_is_true()

    @pytest.mark.parametrize("kind", ["duplicate", "reorder"])
    async def test_the_tape_has_every_trade_once_and_in_its_order(self, desk: FaultyDesk, kind: str) -> None:
        await desk.control.add("market", kind, match="btcusdt@trade", probability=0.5)
        seen = desk.parts.market.tape(BTC)[0].trade_id
        view = await desk.until(
            lambda view: view.focus is not None and int(view.focus.trades[0].trade_id) > int(seen) + 15
        )
        assert view.focus is not None
        ids = [int(trade.trade_id) for trade in view.focus.trades]
        assert all(later > earlier for later, earlier in pairwise(ids))

    async def test_a_quote_that_was_overtaken_does_not_come_back(self, desk: FaultyDesk) -> None:
        await desk.control.add("market", "reorder", match="btcusdt@bookticker", probability=0.5)
        first = len(desk.quotes)
        await desk.until(lambda view: len(desk.quotes) > first + 15)
        assert all(later >= earlier for earlier, later in pairwise(desk.quotes[first:]))

    async def test_a_crossed_quote_is_dropped(self, desk: FaultyDesk) -> None:
        await desk.control.add("market", "crossed_book", match="*@bookticker", probability=0.5)
        await desk.told("quotes stream: the exchange sent what cannot be read", "crossed quote")
        assert all(row.bid < row.ask for row in desk.view.quotes if row.bid and row.ask)

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "delay", "delay_ms": [50, 600]},
            {"kind": "slow_write", "bytes_per_s": 20_000},
            {"kind": "slow_read", "delay_ms": 400},
        ],
        ids=lambda fault: str(fault["kind"]),
    )
    async def test_a_slow_line_is_outlived(self, desk: FaultyDesk, fault: dict[str, object]) -> None:
        before = desk.stage("books").restarts
        await desk.control.plan([{"scope": "market", **fault}])
        await desk.control.disconnect("market")
        await desk.until(lambda view: desk.stage("books").restarts > before)
        await desk.until(lambda view: has_book(view.focus))
        await desk.control.clear()
        await desk.live()
        await desk.book_is_true()

    @pytest.mark.parametrize("kind", ["disconnect", "reset"])
    async def test_connections_that_break_are_made_again(self, desk: FaultyDesk, kind: str) -> None:
        await desk.control.plan(
            [
                {"scope": "market", "kind": kind, "match": f"*@{stream}", "count": 2}
                for stream in ("bookticker", "trade", "depth*", "miniticker", "kline*")
            ]
        )
        restarts = {stage.name: stage.restarts for stage in desk.view.engine.stages}
        await desk.until(
            lambda view: all(
                desk.stage(name).restarts >= restarts[name] + 1 for name in ("quotes", "trades", "books", "statistics")
            ),
            "new connections",
        )
        await desk.live()
        await desk.book_is_true()

    async def test_a_server_that_says_it_will_shut_down_is_left_and_found_again(self, desk: FaultyDesk) -> None:
        restarts = desk.stage("quotes").restarts if desk.view.engine.stages else 0
        assert (await desk.control.act("server_shutdown"))["connections"] >= 5
        await desk.until(lambda view: desk.stage("quotes").restarts > restarts)
        await desk.live()
        await desk.book_is_true()


class TestRequests:
    async def test_a_refused_exchange_is_told_as_lost_and_comes_back(self, desk: FaultyDesk) -> None:
        await desk.control.act("refuse", duration_s=1.5)
        lost = (Connection.RECONNECTING, Connection.DISCONNECTED)
        view = await desk.until(lambda view: view.engine.connection in lost, "a lost exchange")
        assert view.engine.detail
        assert not has_book(view.focus)
        answer = await desk.ask()
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.NOT_CONNECTED
        await desk.live()
        await desk.book_is_true()

    @pytest.mark.parametrize("kind", ["html", "reset", "malformed"])
    async def test_an_exchange_that_does_not_tell_its_time_is_told_as_disconnected(
        self, desk: FaultyDesk, kind: str
    ) -> None:
        more = {"status": 403} if kind == "html" else {}
        await desk.control.add("rest", kind, match="time", **more)
        view = await desk.until(lambda view: view.engine.connection is Connection.DISCONNECTED, "a lost link")
        assert view.engine.detail.startswith("exchange: ")
        assert kind != "html" or "HTTP 403" in view.engine.detail
        answer = await desk.ask()
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.NOT_CONNECTED
        await desk.control.clear()
        await desk.live()


class TestCandles:
    async def test_candles_have_no_hole_after_minutes_that_the_stream_did_not_tell(self) -> None:
        async with faulty_desk(A_MINUTE_A_SECOND) as desk:

            def minutes() -> list[int]:
                return [candle.ts_open // MINUTE_NS for candle in desk.parts.market.candles(BTC, Timeframe.M1)]

            def is_whole() -> bool:
                return all(later == earlier + 1 for earlier, later in pairwise(minutes()))

            await desk.until(lambda view: bool(minutes()), "a candle")
            for cut in (False, True):
                last = minutes()[-1]
                hold = await desk.control.add("market", "drop", match="*@kline*")
                if cut:
                    await desk.control.disconnect("market")
                await desk.until(lambda view: view.focus is not None and is_over(view.focus, last + 1), "two minutes")  # noqa: B023
                await desk.control.remove(hold)
                await desk.until(lambda view: len(minutes()) > 2 and minutes()[-1] > last and is_whole(), "candles")  # noqa: B023
                assert last in minutes()
            page = await desk.desk.query(CandlesRequest(BTC, Timeframe.M1, limit=30))
            assert isinstance(page, CandlesPage)
            opened = [candle.ts_open // MINUTE_NS for candle in page.items]
            assert opened == list(range(opened[0], opened[0] + 30))


def is_over(focus: FocusView, minute: int) -> bool:
    """Whether trades of a later minute are on the tape."""
    return bool(focus.trades) and focus.trades[0].ts_event // MINUTE_NS > minute
