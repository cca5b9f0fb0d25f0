from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.api import (
    Accepted,
    AnswerText,
    CancelAllOrders,
    Connection,
    DenialReason,
    Denied,
    Follow,
    MeasureExchange,
    OrdersRequest,
    OrderType,
    Side,
    SubmitOrder,
    Timeframe,
)
from fks_engine.errors import (
    ConfigError,
    ConnectionLost,
    EngineError,
    EngineNotRunning,
    ProtocolMismatch,
    SocketRefused,
)
from fks_engine.wire import Patience, connect, handshake
from fks_engine.wire.messages import Hello
from tests.desk_contract import picture_with
from tests.desk_views import BTC, ETH
from tests.engine.wire.serving import QUICK, a_door, serving, short_folder, the_same
from tests.engine.wire.test_server import SlowDesk, a_notice, until
from tests.fake_desk import FakeDesk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fks_engine.api import AnswerPart, Command

pytestmark = pytest.mark.anyio

HASTY = Patience(first_picture_s=1.0, silence_s=0.3, retry_min_s=0.01, retry_max_s=0.05, answer_s=10.0)
AN_ORDER = SubmitOrder(instrument_id=BTC, side=Side.BUY, order_type=OrderType.MARKET, quantity=Decimal(1))


async def test_where_no_engine_runs_connecting_says_so() -> None:
    with short_folder() as folder, pytest.raises(EngineNotRunning, match="fks engine start"):
        async with connect(folder / "engine.sock"):
            pass


async def test_a_socket_that_is_open_to_others_is_refused() -> None:
    async with serving(the_same(FakeDesk())) as path:
        path.chmod(0o666)
        with pytest.raises(SocketRefused):
            async with connect(path):
                pass


async def test_an_engine_of_another_version_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = handshake.own_hello()
    hellos = [replaced(ours, protocol=ours.protocol + 1, version="9.9.9"), ours]
    async with serving(the_same(FakeDesk())) as path:
        monkeypatch.setattr(handshake, "own_hello", lambda: hellos.pop() if hellos else ours)
        with pytest.raises(ProtocolMismatch, match=r"fks engine stop") as caught:
            async with connect(path):
                pass
    assert "fks 9.9.9" in str(caught.value)
    assert ours.version in str(caught.value)


def replaced(hello: Hello, *, protocol: int, version: str) -> Hello:
    return Hello(protocol, version, hello.pid)


async def test_what_the_block_raises_comes_out_as_it_is() -> None:
    async with serving(the_same(FakeDesk())) as path:
        with pytest.raises(ConfigError):
            async with connect(path):
                raise ConfigError(["mine"])


async def test_the_first_picture_is_there_when_the_block_begins() -> None:
    fake = FakeDesk()
    async with serving(the_same(fake)) as path, connect(path) as desk:
        assert replace(desk.view(), number=fake.view().number) == fake.view()
        assert desk.view() is desk.view()


async def test_every_notice_is_told_once_to_a_reader_who_is_slow() -> None:
    fake = FakeDesk()
    async with serving(the_same(fake)) as path, connect(path) as desk:
        last = desk.view()
        for number in range(1, 31):
            fake.show(replace(fake.view(), notices=(a_notice(number),)))
            before = desk.view().number
            with anyio.fail_after(10):
                await desk.changed(before)
            if number % 10 == 0:
                last = await desk.changed(last.number)
                assert [notice.number for notice in last.notices] == list(range(number - 9, number + 1))


async def test_a_desk_that_polls_is_told_every_notice_once() -> None:
    fake = FakeDesk()
    told: list[int] = []
    async with serving(the_same(fake)) as path, connect(path) as desk:
        shown = desk.view().number

        def add_new() -> bool:
            nonlocal shown
            view = desk.view()
            if view.number != shown:
                shown = view.number
                told.extend(notice.number for notice in view.notices)
            return False

        for number in range(1, 31):
            fake.show(replace(fake.view(), notices=(a_notice(number),)))
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            if number % 7 == 0:
                add_new()
        await until(lambda: add_new() or told[-1:] == [30])
    assert told == list(range(1, 31))


async def test_an_engine_that_went_away_is_shown_and_found_again() -> None:
    fake = FakeDesk()
    async with a_door(fake) as door, connect(door.path, patience=HASTY) as desk:
        live = desk.view()
        assert isinstance(await desk.submit(Follow(ETH, Timeframe.H1)), Accepted)
        await door.close()
        lost = await picture_with(desk, lambda view: "try 3" in view.engine.detail)
        assert lost.engine.connection is Connection.DISCONNECTED
        assert lost.engine.detail == f"engine gone (pid {os.getpid()}); run fks to start it, try 3"
        assert lost.number > live.number
        assert lost.working_orders == live.working_orders
        assert all(row.stale for row in lost.quotes)
        with pytest.raises(ConnectionLost, match="nothing was sent"):
            await desk.submit(AN_ORDER)
        fake.submitted.clear()
        await door.open()
        back = await picture_with(desk, lambda view: view.engine.connection is not Connection.DISCONNECTED)
        assert back.number > lost.number
        await until(lambda: fake.submitted == [Follow(ETH, Timeframe.H1)])
        assert isinstance(await desk.submit(AN_ORDER), Accepted)


async def test_an_engine_that_only_starts_is_asked_to_follow_until_it_can() -> None:
    fake = FakeDesk()
    wanted = Follow(ETH, Timeframe.H1)
    async with a_door(fake) as door, connect(door.path, patience=replace(HASTY, follow_again_s=0.01)) as desk:
        assert isinstance(await desk.submit(wanted), Accepted)
        await door.close()
        fake.submitted.clear()
        fake.denial = Denied(DenialReason.NOT_CONNECTED, "the exchange is not connected yet")
        await door.open()
        await until(lambda: len(fake.submitted) >= 3)
        fake.denial = None
        asked = len(fake.submitted)
        await until(lambda: len(fake.submitted) > asked)
        assert set(fake.submitted) == {wanted}
        asked = len(fake.submitted)
        await desk.submit(Follow(BTC, Timeframe.M1))
        assert fake.submitted[asked:] == [Follow(BTC, Timeframe.M1)]


async def test_a_denied_follow_is_not_asked_for_again() -> None:
    fake = FakeDesk()
    async with a_door(fake) as door, connect(door.path, patience=HASTY) as desk:
        await desk.submit(Follow(BTC, Timeframe.M1))
        fake.denial = Denied(DenialReason.UNKNOWN_INSTRUMENT, "no such instrument")
        assert isinstance(await desk.submit(Follow(ETH, Timeframe.M1)), Denied)
        fake.denial = None
        await door.close()
        fake.submitted.clear()
        await door.open()
        await until(lambda: fake.submitted == [Follow(BTC, Timeframe.M1)])


async def test_calls_that_wait_when_the_engine_goes_say_what_may_have_happened() -> None:
    slow = SlowDesk()
    said: dict[str, str] = {}
    async with (
        a_door(slow, replace(QUICK, submit_s=0.1)) as door,
        connect(door.path, patience=HASTY) as desk,
        anyio.create_task_group() as tasks,
    ):

        async def call(name: str, command: Command | None) -> None:
            with pytest.raises(ConnectionLost) as caught:
                await (desk.query(OrdersRequest()) if command is None else desk.submit(command))
            said[name] = str(caught.value)

        tasks.start_soon(call, "order", AN_ORDER)
        tasks.start_soon(call, "cancel", CancelAllOrders())
        tasks.start_soon(call, "query", None)
        await until(lambda: slow.running == 3)
        await door.close()
    assert "the order may have been sent: check Orders" in said["order"]
    assert "it may have been done all the same" in said["cancel"]
    assert said["query"] == "the engine went away before it answered"


async def test_an_engine_that_does_not_answer_is_not_waited_for_forever() -> None:
    slow = SlowDesk()
    async with serving(the_same(slow)) as path:
        async with connect(path, patience=replace(HASTY, answer_s=0.1)) as desk:
            with pytest.raises(ConnectionLost, match=r"in 0\.1 s; the order may have been sent"):
                await desk.submit(AN_ORDER)
            with pytest.raises(ConnectionLost, match=r"no answer from the engine in 0\.1 s"):
                await desk.query(OrdersRequest())
            await until(lambda: slow.cancelled == 1)
        slow.go_on.set()


async def test_an_engine_that_falls_silent_is_shown_as_silent_until_it_speaks_again() -> None:
    fake = FakeDesk()
    async with serving(the_same(fake)) as path, connect(path, patience=HASTY) as desk:
        silent = await picture_with(desk, lambda view: "engine silent for" in view.engine.detail)
        assert silent.engine.connection is Connection.DISCONNECTED
        assert isinstance(await desk.submit(CancelAllOrders()), Accepted)
        fake.show(fake.view())
        await picture_with(desk, lambda view: view.engine.connection is fake.view().engine.connection)


async def test_a_question_that_is_no_longer_listened_to_is_cancelled_in_the_engine() -> None:
    slow = SlowDesk()
    async with serving(the_same(slow)) as path, connect(path) as desk:
        answers = desk.ask("why?")
        assert await anext(answers) == AnswerText("why?")
        await answers.aclose()
        await until(lambda: slow.cancelled == 1)


async def test_a_stream_goes_no_further_than_its_credit_and_on_when_it_is_read() -> None:
    slow = SlowDesk()
    async with serving(the_same(slow)) as path, connect(path) as desk:
        taken = 0
        async for _ in desk.ask("why?"):
            taken += 1
            assert slow.done - taken <= 65
            if taken == 500:
                break


async def test_a_stream_ends_when_the_engine_goes() -> None:
    async with a_door(SlowDesk()) as door, connect(door.path, patience=HASTY) as desk:
        parts = desk.ask("why?")
        await anext(parts)
        await door.close()
        with anyio.fail_after(10), pytest.raises(ConnectionLost):
            async for _ in parts:
                pass


async def test_a_question_beyond_all_measure_is_refused_before_it_is_sent() -> None:
    async with serving(the_same(FakeDesk())) as path, connect(path) as desk:
        with pytest.raises(EngineError, match="more than one call may have"):
            await anext(desk.ask("x" * 2_000_000))
        assert [part async for part in desk.ask("x" * 1000)]


async def test_jobs_run_side_by_side() -> None:
    async with serving(the_same(FakeDesk())) as path, connect(path) as desk:
        ended = 0

        async def measure() -> None:
            nonlocal ended
            parts = [part async for part in desk.run(MeasureExchange(200))]
            assert len(parts) == 201
            ended += 1

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(measure)
        assert ended == 10


class _Endless(FakeDesk):
    async def ask(self, question: str) -> AsyncGenerator[AnswerPart]:
        while True:
            yield AnswerText(question)
            await anyio.lowlevel.checkpoint()


async def test_a_stream_that_nobody_reads_keeps_no_other_call_waiting() -> None:
    async with serving(the_same(_Endless())) as path, connect(path) as desk:
        unread = [desk.ask(str(number)) for number in range(8)]
        for each in unread:
            await anext(each)
        with anyio.fail_after(5):
            assert isinstance(await desk.submit(CancelAllOrders()), Accepted)
        for each in unread:
            await each.aclose()
