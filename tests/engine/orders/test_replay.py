"""An engine that dies anywhere: the next one knows every order that was sent, and ends up where the exchange is."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.api import Accepted, DenialReason, Denied
from fks_engine.errors import ExchangeError, JournalUnavailable
from fks_engine.model import CancelAsked, Checkpoint, OrderMoved, OrdersPlanned, OrderStatus, ReportTaken
from tests.engine.builders import a_submit
from tests.engine.orders.desk import OrderDesk
from tests.engine.orders.test_order_life_properties import SPARING, days, trade
from tests.engine.virtual_time import settled

S = OrderStatus


async def live_twice(
    steps: list[tuple[str, int]], fates: dict[str, list[ExchangeError | None]], dies_after: int, flushed: int
) -> OrderDesk:
    """Trade, die, start again from the journal, trade on."""
    desk = OrderDesk(SPARING)
    for name, errors in fates.items():
        getattr(desk.exchange, name).extend(errors)
    async with desk.running():
        await desk.manager.synchronise()
        for step, choice in steps[:dies_after]:
            await trade(desk, step, choice)
    desk.journal.flush(flushed)
    desk = OrderDesk(SPARING, before=desk)
    async with desk.running():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(desk.manager.synchronise)
            await desk.time.passes(30)
        for step, choice in steps[dies_after:]:
            await trade(desk, step, choice)
        for name in fates:
            getattr(desk.exchange, name).clear()
        await desk.time.passes(80)
    return desk


@settings(max_examples=60, deadline=None)
@given(days(), st.integers(0, 14), st.integers(0, 40))
def test_wherever_it_dies_the_next_engine_ends_up_with_what_the_exchange_has_and_sends_nothing_twice(
    day: tuple[list[tuple[str, int]], dict[str, list[ExchangeError | None]]], dies_after: int, flushed: int
) -> None:
    desk = anyio.run(live_twice, *day, dies_after, flushed)
    sent = Counter(order.client_order_id for order in desk.exchange.sent)
    sent += Counter(order_id for ids in desk.exchange.sent_lists for order_id in ids)
    sent += Counter(new for _, new in desk.exchange.replaced)
    assert all(count == 1 for count in sent.values())
    orders = {order.client_order_id: order for order in desk.manager.page(1_000, 0)[0]}
    for order_id, report in desk.exchange.orders.items():
        assert orders[order_id].status is report.status, orders[order_id]
        assert orders[order_id].filled_quantity == report.filled_quantity
        assert not orders[order_id].external
    absent = [order for order_id, order in orders.items() if order_id not in desk.exchange.orders]
    assert all(order.status in {S.REJECTED, S.CANCELED, S.DENIED} for order in absent)


pytestmark = pytest.mark.anyio


async def test_an_intent_is_durable_before_the_order_leaves() -> None:
    desk = OrderDesk()
    async with desk.running():
        answer = await desk.manager.submit(a_submit())
        assert isinstance(answer, Accepted)
        assert [type(entry) for entry in desk.journal.durable] == [OrdersPlanned]
        assert desk.exchange.sent == []
        await settled()
    assert [order.client_order_id for order in desk.exchange.sent] == list(answer.client_order_ids)


async def test_a_cancel_is_durable_before_it_leaves() -> None:
    desk = OrderDesk()
    async with desk.running():
        answer = await desk.manager.submit(a_submit())
        assert isinstance(answer, Accepted)
        await settled()
        await desk.manager.cancel(answer.client_order_ids[0])
        await settled()
    asked = [entry for entry in desk.journal.durable if isinstance(entry, CancelAsked)]
    assert [entry.client_order_id for entry in asked] == list(answer.client_order_ids)


async def test_an_order_that_cannot_be_written_down_is_denied_and_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = OrderDesk()

    async def full(*_: object) -> None:
        raise JournalUnavailable("no space left")

    monkeypatch.setattr(desk.journal, "record", full)
    async with desk.running():
        answer = await desk.manager.submit(a_submit())
        await settled()
    assert isinstance(answer, Denied)
    assert answer.reason is DenialReason.JOURNAL_UNAVAILABLE
    assert "no space left" in answer.message
    assert desk.exchange.sent == []
    assert desk.manager.working() == ()


async def test_a_cancel_leaves_though_the_disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = OrderDesk()
    async with desk.running():
        answer = await desk.manager.submit(a_submit())
        assert isinstance(answer, Accepted)
        await settled()

        async def full(*_: object) -> None:
            raise JournalUnavailable("no space left")

        monkeypatch.setattr(desk.journal, "record", full)
        await desk.manager.cancel(answer.client_order_ids[0])
        await settled()
    assert desk.manager.working() == ()


async def test_what_is_told_again_is_neither_published_nor_kept_again() -> None:
    first = OrderDesk()
    async with first.running():
        await first.manager.submit(a_submit())
        await settled()
    first.journal.flush(100)
    told = len(first.journal.durable)
    again = OrderDesk(before=first)
    again.journal.flush(100)
    assert again.published.drain_nowait() == []
    assert len(again.journal.durable) == told
    assert again.manager.working() == first.manager.working()


async def test_a_checkpoint_and_what_it_already_held_told_again_counts_once() -> None:
    first = OrderDesk()
    async with first.running():
        await first.manager.submit(a_submit())
        await settled()
    first.journal.flush(100)
    entries = list(first.journal.durable)
    assert {type(entry) for entry in entries} >= {OrdersPlanned, ReportTaken}
    orders, cancels = first.manager.checkpoint()
    again = OrderDesk()
    again.manager.restore([Checkpoint(ts=1, orders=orders, cancels=cancels), *entries])
    assert [order.status for order in again.manager.working()] == [S.ACCEPTED]
    assert again.manager.working()[0].quantity == Decimal("0.1")


async def test_a_step_that_the_table_of_lives_forbids_is_passed_over() -> None:
    first = OrderDesk()
    async with first.running():
        await first.manager.submit(a_submit())
        await settled()
    first.journal.flush(100)
    (order,) = first.manager.working()
    nonsense = OrderMoved(ts=1, client_order_id=order.client_order_id, status=S.DENIED)
    again = OrderDesk()
    again.manager.restore([*first.journal.durable, nonsense])
    assert [each.status for each in again.manager.working()] == [S.ACCEPTED]
