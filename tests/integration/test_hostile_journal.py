"""A journal that cannot be written or read, under a whole engine: the market lives, nothing is sent, cancels pass."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from fks_engine.api import (
    Accepted,
    CancelOrder,
    Connection,
    DenialReason,
    Denied,
    DeskView,
    OrderStatus,
    OrderType,
    SetTradingState,
    Side,
    SubmitOrder,
    TradingState,
)
from fks_engine.engine.desk import EngineDesk
from fks_engine.journal import Journal, locked, written
from fks_engine.journal.frames import MAGIC
from fks_engine.journal.segment import segments
from fks_engine.model import OrdersPlanned
from tests.engine.builders import BTC
from tests.engine.engine.running import home, running, until
from tests.engine.journal.entries import failing_flushes
from tests.integration.faulty import FaultyDesk, faulty_desk

pytestmark = pytest.mark.anyio
S = OrderStatus


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: the kernel refuses the write, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def refusing(name: str, fault: int) -> Iterator[None]:
    """Every such call on a journal's file fails."""
    real: Callable[..., object] = getattr(os, name)

    def call(first: object, *rest: object) -> object:
        where = os.readlink(f"/proc/self/fd/{first}") if isinstance(first, int) else str(first)
        if where.endswith(".journal"):
            raise OSError(fault, os.strerror(fault))
        return real(first, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, name, call)
        yield


def journal_size(desk: FaultyDesk) -> int:
    journal = desk.parts.records.journal
    assert isinstance(journal, Journal)
    return journal._segment.size


def is_written(desk: FaultyDesk, order_id: str) -> bool:
    """Whether a reader of the journal finds that the order was canceled."""
    journal = desk.parts.records.journal
    assert isinstance(journal, Journal)
    told = [str(each.entry) for each in written(journal._folder)]
    return any(order_id in each and "CANCELED" in each for each in told)


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[FaultyDesk]:
    async with faulty_desk({"simulator.seed": "23"}) as desk:
        yield desk


def is_shut_but_live(view: DeskView) -> bool:
    return bool(view.engine.journal_fault) and view.engine.connection is Connection.LIVE


class TestWhileTrading:
    @pytest.mark.parametrize("cause", ["a full disk", "a read-only disk"])
    async def test_a_disk_that_takes_nothing_stops_orders_alone_and_they_pass_again_once_it_does(
        self, desk: FaultyDesk, cause: str
    ) -> None:
        kept, canceled = await desk.rest(), await desk.rest()
        await desk.control.reset_stats()
        full = files_end_at(journal_size(desk)) if cause == "a full disk" else refusing("pwrite", errno.EROFS)
        with full:
            answer = await desk.ask(limit=desk.far())
            assert isinstance(answer, Denied)
            assert answer.reason is DenialReason.JOURNAL_UNAVAILABLE
            view = await desk.until(is_shut_but_live, "a shut journal under a live market")
            assert view.engine.detail.startswith("nothing is sent, cancels pass: ")
            assert "cannot be written" in view.engine.journal_fault
            await desk.told("Journal", "nothing is sent until it is written again, cancels pass")
            again = await desk.ask(limit=desk.far())
            assert isinstance(again, Denied)
            assert again.reason is DenialReason.JOURNAL_UNAVAILABLE
            assert isinstance(await desk.desk.submit(CancelOrder(canceled)), Accepted)
            await desk.becomes(canceled, S.CANCELED)
            first = desk.view.number
            await desk.until(lambda view: view.number > first + 10 and not any(row.stale for row in view.quotes))
            assert desk.view.engine.connection is Connection.LIVE
        assert set((await desk.control.stats()).orders) == {canceled}
        await desk.until(lambda view: not view.engine.journal_fault, "an open journal")
        await desk.told("Journal", "it is written again")
        sent = await desk.rest()
        assert {order.client_order_id for order in desk.view.working_orders} == {kept, sent}
        assert is_written(desk, canceled), "what happened while the disk took nothing is written afterwards"
        await desk.calm()


async def test_a_halt_during_flushes_that_fail_is_kept_in_a_new_file_once_the_disk_takes_one() -> None:
    async with home() as folder:
        async with running(folder) as (engine, desk):
            failing = refusing("pwrite", errno.EROFS), failing_flushes()
            with failing[1]:
                assert isinstance(await asked(desk), Denied)
                with failing[0]:
                    assert await desk.submit(SetTradingState(TradingState.HALTED, "the disk fails")) == Accepted()
                    view = await until(desk, lambda view: "not on the disk yet" in told_of_halt(view))
                    assert view.engine.trading_state is TradingState.HALTED

            def told() -> list[str]:
                return [notice.message for notice in engine.notices.since(0)[0] if notice.title == "Halt"]

            await until(desk, lambda _: "the halt is on the disk now: a restart keeps it" in told())
            assert "disk" not in told_of_halt(desk.view())
            assert sum("is not on the disk yet" in message for message in told()) == 1
        (journal,) = folder.glob("**/journal/binance-*")
        assert len(segments(journal)) == 2
        assert not any(isinstance(each.entry, OrdersPlanned) for each in written(journal))
        async with running(folder) as (_, desk):
            view = await until(desk, lambda view: view.risk is not None and view.risk.halt is not None)
            assert view.engine.trading_state_reason == "the disk fails"


def told_of_halt(view: DeskView) -> str:
    found = view.risk.halt if view.risk is not None else None
    return "" if found is None else found.detail


async def asked(desk: EngineDesk) -> Accepted | Denied:
    quote = next(row for row in desk.view().quotes if row.instrument_id == BTC)
    assert quote.bid is not None
    price = (quote.bid * Decimal("0.98")).quantize(Decimal(1))
    return await desk.submit(
        SubmitOrder(
            instrument_id=BTC, side=Side.BUY, order_type=OrderType.LIMIT, quantity=Decimal("0.01"), limit_price=price
        )
    )


class TestAtTheStart:
    async def test_a_journal_that_cannot_be_used_says_why_and_an_engine_after_it_is_mended_goes_on(self) -> None:
        async with home() as folder:
            async with running(folder) as (_, desk):
                answer = await asked(desk)
                assert isinstance(answer, Accepted)
                (resting,) = answer.client_order_ids
                await until(desk, lambda view: [each.status for each in view.working_orders] == [S.ACCEPTED])
            (path,) = segments(next(folder.glob("**/journal/binance-*")))
            whole = path.read_bytes()

            newer = bytearray(whole)
            newer[4] = MAGIC[4] + 1
            path.write_bytes(newer)
            await self.nothing_passes(folder, resting, "newer FKS")
            assert path.read_bytes() == newer

            path.write_bytes(whole)
            with locked(path.parent):
                await self.nothing_passes(folder, resting, "another FKS writes the journal")
            with refusing("open", errno.EROFS):
                await self.nothing_passes(folder, resting, "Read-only file system")
            assert path.read_bytes().startswith(whole)

            async with running(folder) as (_, desk):
                view = await until(desk, lambda view: bool(view.working_orders))
                assert [each.client_order_id for each in view.working_orders] == [resting]
                assert isinstance(await asked(desk), Accepted)

    async def nothing_passes(self, folder: Path, resting: str, words: str) -> None:
        """An engine whose journal is shut is live, knows its orders, says why nothing is sent, and sends nothing."""
        async with running(folder) as (engine, desk):
            view = await until(desk, lambda view: view.engine.orders_known and bool(view.working_orders))
            assert [each.client_order_id for each in view.working_orders] == [resting]
            assert view.engine.connection is Connection.LIVE
            assert words in view.engine.detail, view.engine.detail
            assert words in view.engine.journal_fault
            denied = await asked(desk)
            assert isinstance(denied, Denied)
            assert denied.reason is DenialReason.JOURNAL_UNAVAILABLE
            assert words in denied.message
            assert not any(row.stale for row in desk.view().quotes)
            told = [notice for notice in engine.notices.since(0)[0] if notice.title == "Journal"]
            assert any(words in notice.message and "start the engine again" in notice.message for notice in told)
