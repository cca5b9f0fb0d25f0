from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.errors import ConnectionLost, WireError
from fks_engine.wire.framing import HEADER, Frames

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio


@contextmanager
def a_connection(largest: int = 1_000_000) -> Iterator[tuple[Frames, Frames]]:
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        each.setblocking(False)
    with ours, theirs:
        yield Frames(ours, largest_in=largest), Frames(theirs, largest_in=largest)


async def test_frames_come_out_as_they_went_in() -> None:
    bodies = [b"a", b"bc" * 1000, b"\0" * 70_000, b"d" * 900_000, b"e"]
    with a_connection() as (ours, theirs):
        async with anyio.create_task_group() as tasks:

            async def send() -> None:
                for body in bodies:
                    await ours.send(body)

            tasks.start_soon(send)
            with anyio.fail_after(10):
                assert [await theirs.receive() for _ in bodies] == bodies


async def test_a_frame_that_arrives_byte_by_byte_is_whole() -> None:
    with a_connection() as (ours, theirs):
        async with anyio.create_task_group() as tasks:

            async def send() -> None:
                for byte in HEADER.pack(5) + b"hello":
                    ours.socket.send(bytes([byte]))
                    await anyio.lowlevel.checkpoint()

            tasks.start_soon(send)
            with anyio.fail_after(10):
                assert await theirs.receive() == b"hello"


async def test_the_end_of_the_stream_is_a_lost_connection() -> None:
    with a_connection() as (ours, theirs):
        ours.close()
        with pytest.raises(ConnectionLost):
            await theirs.receive()


async def test_the_end_in_the_middle_of_a_frame_is_malformed() -> None:
    with a_connection() as (ours, theirs):
        ours.socket.send(HEADER.pack(10) + b"four")
        ours.close()
        with pytest.raises(WireError, match="in the middle of a frame"):
            await theirs.receive()


@pytest.mark.parametrize("size", [0, 101, 2**32 - 1])
async def test_a_frame_of_no_or_too_many_bytes_is_refused_before_it_is_read(size: int) -> None:
    with a_connection(largest=100) as (ours, theirs):
        ours.socket.send(HEADER.pack(size))
        with pytest.raises(WireError, match="frames hold 1 to 100 bytes"):
            await theirs.receive()


async def test_a_frame_that_is_too_large_is_not_sent() -> None:
    with a_connection() as (ours, _):
        ours.largest_out = 100
        with pytest.raises(WireError, match="cannot be sent"):
            await ours.send(b"x" * 101)
        assert not ours.is_mid_frame


async def test_a_send_to_one_who_has_gone_is_a_lost_connection() -> None:
    with a_connection() as (ours, theirs):
        theirs.close()
        with pytest.raises(ConnectionLost):
            await ours.send(b"anybody there?")


async def test_a_send_that_was_cut_off_is_known() -> None:
    with a_connection() as (ours, _):
        with anyio.move_on_after(0.05):
            await ours.send(b"x" * 8_000_000)
        assert ours.is_mid_frame


@given(st.binary(max_size=300))
def test_any_bytes_are_frames_or_a_clear_error(noise: bytes) -> None:
    async def read() -> None:
        with a_connection(largest=200) as (ours, theirs):
            ours.socket.send(noise)
            ours.close()
            while True:
                assert 0 < len(await theirs.receive()) <= 200

    with pytest.raises((ConnectionLost, WireError)):
        anyio.run(read)
