from __future__ import annotations

import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_engine.api import (
    PROTOCOL_VERSION,
    Accepted,
    AnswerText,
    CancelAllOrders,
    Denied,
    MeasureExchange,
    Notice,
    NoticeLevel,
    OrdersRequest,
    Page,
    Progress,
)
from fks_engine.errors import ConnectionLost, EngineError
from fks_engine.resilience.supervisor import fault_of
from fks_engine.wire import Limits, connect, guard
from fks_engine.wire.framing import HEADER
from fks_engine.wire.messages import (
    STREAM_CREDIT,
    Answer,
    Call,
    Cancel,
    End,
    Farewell,
    Fault,
    Hello,
    Method,
    Picture,
    decode_greeting,
    enclosed,
    encode,
)
from tests.desk_contract import picture_with
from tests.engine.wire.serving import QUICK, greeted, heard, raw_frames, serving, the_same
from tests.fake_desk import FakeDesk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from fks_engine.api import AnswerPart, Command, DeskView, Job, JobPart, Request
    from fks_engine.wire.framing import Frames

pytestmark = pytest.mark.anyio


def a_notice(number: int) -> Notice:
    return Notice(number, NoticeLevel.INFO, "Fill", f"number {number}", number)


def numbers_of(view: DeskView) -> list[int]:
    return [notice.number for notice in view.notices]


async def farewell(frames: Frames) -> str:
    message = await heard(frames, Farewell)
    assert isinstance(message, Farewell)
    with pytest.raises(ConnectionLost):
        await frames.receive()
    return message.reason


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a deadline."""
    with anyio.fail_after(10):
        while not condition():  # noqa: ASYNC110
            await anyio.sleep(0.005)


class SlowDesk(FakeDesk):
    """Holds submits and queries until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = anyio.Event()
        self.done = 0
        self.cancelled = 0
        self.running = 0

    async def submit(self, command: Command) -> Accepted | Denied:
        self.running += 1
        await self.go_on.wait()
        self.done += 1
        return await super().submit(command)

    async def query(self, request: Request) -> Page:
        self.running += 1
        try:
            await self.go_on.wait()
        except anyio.get_cancelled_exc_class():
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return await super().query(request)

    async def ask(self, question: str) -> AsyncGenerator[AnswerPart]:
        try:
            while True:
                self.done += 1
                yield AnswerText(question)
                await anyio.lowlevel.checkpoint()
        finally:
            self.cancelled += 1


class BrokenDesk(FakeDesk):
    async def query(self, request: Request) -> Page:
        raise ZeroDivisionError("a bug")

    async def run(self, job: Job) -> AsyncGenerator[JobPart]:
        yield Progress(1, 2, "so far")
        raise ZeroDivisionError("a bug")


async def test_each_connection_has_a_desk_of_its_own_for_as_long_as_it_lasts() -> None:
    opened: list[FakeDesk] = []
    closed: list[FakeDesk] = []

    @asynccontextmanager
    async def open_desk() -> AsyncIterator[FakeDesk]:
        opened.append(FakeDesk())
        try:
            yield opened[-1]
        finally:
            closed.append(opened[-1])

    async with serving(open_desk) as path:
        async with connect(path) as one, connect(path) as two:
            await one.submit(CancelAllOrders())
            await two.submit(CancelAllOrders())
            assert [len(desk.submitted) for desk in opened] == [1, 1]
            assert not closed
        await until(lambda: len(closed) == 2)


async def test_the_socket_goes_with_the_server() -> None:
    async with serving(the_same(FakeDesk())) as path:
        assert path.exists()
    assert not path.exists()


async def test_a_desk_of_another_version_is_told_both_versions_and_what_to_do() -> None:
    async with serving(the_same(FakeDesk())) as path:
        with raw_frames(path) as frames:
            await frames.send(encode(Hello(PROTOCOL_VERSION + 1, "9.9.9", 1)))
            hello = decode_greeting(await frames.receive())
            assert isinstance(hello, Hello)
            assert hello.protocol == PROTOCOL_VERSION
            reason = await farewell(frames)
            assert "fks 9.9.9" in reason
            assert hello.version in reason
            assert "fks engine stop" in reason


async def test_a_process_of_another_user_is_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(the_same(FakeDesk())) as path:
        with raw_frames(path) as frames:
            monkeypatch.setattr(guard, "own_uid", lambda: -1)
            assert "another user" in await farewell(frames)
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("noise", "why"),
    [
        (HEADER.pack(2**31), "a frame of 2,147,483,648 bytes"),
        (HEADER.pack(0), "a frame of 0 bytes"),
        (HEADER.pack(4) + b"\xc1\xc1\xc1\xc1", "cannot be read"),
        (HEADER.pack(1) + b"\x01", "cannot be read"),
    ],
)
async def test_a_malformed_frame_ends_its_connection_and_no_other(
    noise: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(the_same(FakeDesk())) as path, connect(path) as other:
        caplog.set_level(logging.INFO)
        async with greeted(path) as frames:
            frames.socket.send(noise)
            assert why in await farewell(frames)
        assert len(caplog.records) == 1
        assert isinstance(await other.submit(CancelAllOrders()), Accepted)


async def test_an_unknown_noun_is_malformed() -> None:
    async with serving(the_same(FakeDesk())) as path, greeted(path) as frames:
        name, body = enclosed(OrdersRequest())
        await frames.send(encode(Call(1, Method.SUBMIT, name, body)))
        assert "'OrdersRequest' does not belong here" in await farewell(frames)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=4), st.booleans())
def test_no_bytes_at_all_hurt_the_server(noise: list[bytes], framed: bool) -> None:
    async def attack() -> None:
        async with serving(the_same(FakeDesk())) as path:
            with raw_frames(path) as before_hello:
                for piece in noise:
                    before_hello.socket.send(piece)
            async with greeted(path) as frames:
                for piece in noise:
                    frames.socket.send(HEADER.pack(len(piece)) + piece if framed else piece)
            async with connect(path) as desk:
                assert isinstance(await desk.submit(CancelAllOrders()), Accepted)

    logging.disable(logging.WARNING)
    try:
        anyio.run(attack)
    finally:
        logging.disable(logging.NOTSET)


async def test_a_desk_that_does_not_read_slows_no_other_and_is_told_what_it_missed() -> None:
    fake, shown = FakeDesk(), 400
    async with serving(the_same(fake)) as path, greeted(path) as stalled, connect(path) as desk:
        for number in range(1, shown + 1):
            fake.show(replace(fake.view(), notices=(a_notice(number),)))
            for _ in range(5):  # both connections take it
                await anyio.lowlevel.checkpoint()
            if number % 20 == 0:
                view = await picture_with(desk, lambda view, wanted=number: wanted in numbers_of(view))  # type: ignore[misc]
                assert view.missed_notices == 0
        last = fake.view().number
        pictures: list[DeskView] = []
        while not pictures or pictures[-1].number < last:
            message = await heard(stalled, Picture)
            assert isinstance(message, Picture)
            pictures.append(message.view)
    assert len(pictures) < shown
    assert sum(1 + view.missed_views for view in pictures) == last
    told_numbers = [notice.number for view in pictures for notice in view.notices]
    assert told_numbers == sorted(told_numbers)
    assert len(told_numbers) + sum(view.missed_notices for view in pictures) == shown
    assert told_numbers[-1] == shown


async def test_a_desk_that_never_reads_is_disconnected(caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeDesk()
    limits = Limits(view_interval_s=0.001, stall_s=0.2)
    async with serving(the_same(fake), limits=limits) as path, greeted(path) as stalled:

        async def show() -> None:
            while True:
                fake.show(fake.view())
                await anyio.sleep(0.002)

        async def read_to_the_end() -> None:
            with anyio.fail_after(10):
                while True:
                    await stalled.receive()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(show)
            await until(lambda: "has read nothing" in caplog.text)
            tasks.cancel_scope.cancel()
        with pytest.raises(EngineError):
            await read_to_the_end()


async def test_pictures_come_no_faster_than_their_interval() -> None:
    fake = FakeDesk()
    async with serving(the_same(fake), limits=Limits(view_interval_s=0.1)) as path, greeted(path) as frames:
        received = 0

        async def count() -> None:
            nonlocal received
            while True:
                await heard(frames, Picture)
                received += 1

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(count)
            begun = anyio.current_time()
            for _ in range(100):
                fake.show(fake.view())
                await anyio.sleep(0.003)
            passed = anyio.current_time() - begun
            tasks.cancel_scope.cancel()
    assert received <= 2 + passed / 0.1


async def test_a_submit_is_carried_out_though_its_desk_has_gone() -> None:
    slow = SlowDesk()
    async with serving(the_same(slow)) as path:
        async with greeted(path) as frames:
            await frames.send(encode(Call(1, Method.SUBMIT, *enclosed(CancelAllOrders()))))
            await until(lambda: slow.running == 1)
        await anyio.sleep(0.02)
        slow.go_on.set()
        await until(lambda: slow.done == 1)
    assert slow.submitted == [CancelAllOrders()]


async def test_a_submit_that_takes_too_long_without_its_desk_is_given_up() -> None:
    slow = SlowDesk()
    async with serving(the_same(slow), limits=replace(QUICK, submit_s=0.05)) as path, greeted(path) as frames:
        await frames.send(encode(Call(1, Method.SUBMIT, *enclosed(CancelAllOrders()))))
        message = await heard(frames, Fault)
        assert isinstance(message, Fault)
        assert "it may have been done" in message.message


async def test_a_query_ends_with_its_desk() -> None:
    slow = SlowDesk()
    async with serving(the_same(slow)) as path:
        async with greeted(path) as frames:
            await frames.send(encode(Call(1, Method.QUERY, *enclosed(OrdersRequest()))))
            await until(lambda: slow.running == 1)
        await until(lambda: slow.cancelled == 1)


async def test_a_call_can_be_cancelled_by_its_number() -> None:
    slow = SlowDesk()
    async with serving(the_same(slow)) as path, greeted(path) as frames:
        for number in (1, 2):
            await frames.send(encode(Call(number, Method.QUERY, *enclosed(OrdersRequest()))))
        await until(lambda: slow.running == 2)
        await frames.send(encode(Cancel(1)))
        await until(lambda: slow.cancelled == 1)
        slow.go_on.set()
        message = await heard(frames, Answer)
        assert isinstance(message, Answer)
        assert message.id == 2


async def test_more_calls_than_are_allowed_are_refused_one_by_one() -> None:
    slow = SlowDesk()
    limits = replace(QUICK, calls_at_once=2, calls_waiting=5)
    async with serving(the_same(slow), limits=limits) as path, greeted(path) as frames:
        for number in range(6):
            await frames.send(encode(Call(number, Method.QUERY, *enclosed(OrdersRequest()))))
        message = await heard(frames, Fault)
        assert isinstance(message, Fault)
        assert message.id == 5
        assert "too many calls" in message.message
        assert slow.running == 2
        slow.go_on.set()
        for _ in range(5):
            await heard(frames, Answer)


async def test_a_stream_waits_for_a_desk_that_takes_no_parts() -> None:
    slow = SlowDesk()
    async with serving(the_same(slow)) as path, greeted(path) as frames:
        await frames.send(encode(Call(1, Method.RUN, *enclosed(MeasureExchange(1000)))))
        for _ in range(STREAM_CREDIT):
            await heard(frames, Answer)
        with anyio.move_on_after(0.05) as scope:
            await heard(frames, Answer)
        assert scope.cancelled_caught


async def test_a_bug_in_one_call_costs_that_call_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(the_same(BrokenDesk()), contain=fault_of) as path, connect(path) as desk:
        with pytest.raises(EngineError, match="ZeroDivisionError"):
            await desk.query(OrdersRequest())
        parts = desk.run(MeasureExchange(2))
        assert await anext(parts) == Progress(1, 2, "so far")
        with pytest.raises(EngineError, match="ZeroDivisionError"):
            await anext(parts)
        assert isinstance(await desk.submit(CancelAllOrders()), Accepted)
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


async def test_a_server_that_stops_says_so() -> None:
    async with AsyncExitStack() as connection:
        async with serving(the_same(FakeDesk())) as path:
            frames = await connection.enter_async_context(greeted(path))
            await heard(frames, Picture)
        assert await farewell(frames) == "the engine is stopping"


async def test_the_end_of_a_stream_is_told() -> None:
    async with serving(the_same(FakeDesk())) as path, greeted(path) as frames:
        await frames.send(encode(Call(1, Method.RUN, *enclosed(MeasureExchange(2)))))
        message = await heard(frames, End)
        assert isinstance(message, End)
        assert message.id == 1
