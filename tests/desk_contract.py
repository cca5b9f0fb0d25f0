"""What every Desk keeps: inherit DeskContract in a test class and give it a `desk` fixture."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.api import (
    Accepted,
    AddToWatchlist,
    AnswerText,
    AnswerUnavailable,
    CancelOrder,
    CandlesPage,
    CandlesRequest,
    DeleteWatchlist,
    DenialReason,
    Denied,
    Desk,
    DeskView,
    DropFromWatchlist,
    ExchangeMeasured,
    Failed,
    FillsPage,
    FillsRequest,
    Follow,
    HearAlerts,
    InstrumentsPage,
    InstrumentsRequest,
    MakeWatchlist,
    MeasureExchange,
    MoveInWatchlist,
    OrdersPage,
    OrdersRequest,
    OrderType,
    Preview,
    Progress,
    RenameWatchlist,
    ReplaceOrder,
    Side,
    SubmitOrder,
    Timeframe,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import InstrumentId

DEADLINE_S = 20.0


async def picture_with(desk: Desk, condition: Callable[[DeskView], object], within_s: float = DEADLINE_S) -> DeskView:
    """The first picture from now on that fulfils a condition; fails after a deadline."""
    view = desk.view()
    with anyio.fail_after(within_s):
        while not condition(view):
            view = await desk.changed(view.number)
    return view


async def _an_instrument_id(desk: Desk) -> InstrumentId:
    return (await picture_with(desk, lambda view: view.quotes)).quotes[0].instrument_id


def a_limit_order(instrument_id: InstrumentId) -> SubmitOrder:
    return SubmitOrder(
        instrument_id=instrument_id,
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        quantity=Decimal("0.123456789"),
        limit_price=Decimal("12345.678901234567"),
    )


class DeskContract:
    """The tests. `nudge` makes a desk show a new picture where it does not do so by itself."""

    @pytest.fixture
    def nudge(self) -> Callable[[], None]:
        return lambda: None

    async def test_a_picture_can_be_had_at_once_and_is_frozen(self, desk: Desk) -> None:
        view = desk.view()
        assert isinstance(view, DeskView)
        with pytest.raises(dataclasses.FrozenInstanceError):
            view.number = 7  # type: ignore[misc]

    async def test_a_desk_that_knows_no_number_gets_a_picture_without_waiting(self, desk: Desk) -> None:
        with anyio.fail_after(DEADLINE_S):
            assert (await desk.changed(-1)).number >= 0

    async def test_changed_returns_once_there_is_another_picture(self, desk: Desk, nudge: Callable[[], None]) -> None:
        before = await desk.changed(-1)
        nudge()
        with anyio.fail_after(DEADLINE_S):
            after = await desk.changed(before.number)
        assert after.number != before.number
        assert after.ts >= before.ts

    async def test_a_followed_instrument_is_accepted(self, desk: Desk) -> None:
        answer = await desk.submit(Follow(await _an_instrument_id(desk), Timeframe.M5))
        assert isinstance(answer, Accepted)

    async def test_a_command_is_answered_by_accepted_or_denied(self, desk: Desk) -> None:
        answer = await desk.submit(CancelOrder("no-such-order"))
        assert isinstance(answer, Accepted | Denied)
        if isinstance(answer, Denied):
            assert answer.message

    async def test_what_is_meant_for_lists_and_alerts_is_answered(self, desk: Desk) -> None:
        instrument_id = await _an_instrument_id(desk)
        for command in (
            MakeWatchlist("Two", (instrument_id,)),
            AddToWatchlist("Two", instrument_id),
            MoveInWatchlist("Two", instrument_id, -1),
            DropFromWatchlist("Nowhere", instrument_id),
            RenameWatchlist("Two", "Three"),
            DeleteWatchlist("Three"),
            HearAlerts((1, 2)),
        ):
            assert isinstance(await desk.submit(command), Accepted | Denied)

    async def test_a_preview_rounds_and_sends_nothing(self, desk: Desk) -> None:
        order = a_limit_order(await _an_instrument_id(desk))
        working = len(desk.view().working_orders)
        preview = await desk.preview(order)
        assert isinstance(preview, Preview)
        assert Decimal(0) <= preview.quantity <= order.quantity
        assert preview.limit_price is not None
        assert abs(preview.limit_price - Decimal("12345.678901234567")) < 1
        assert len(desk.view().working_orders) == working

    @pytest.mark.parametrize("quantity", ["NaN", "Infinity", "-1", "0", "1E+30", "1E-30"])
    async def test_a_preview_of_nonsense_is_a_preview(self, desk: Desk, quantity: str) -> None:
        order = dataclasses.replace(a_limit_order(await _an_instrument_id(desk)), quantity=Decimal(quantity))
        assert isinstance(await desk.preview(order), Preview)

    async def test_a_replacement_of_no_order_is_refused_by_its_preview(self, desk: Desk) -> None:
        await _an_instrument_id(desk)
        preview = await desk.preview(ReplaceOrder(client_order_id="no-such-order", limit_price=Decimal(1)))
        assert preview.denial is not None
        assert preview.denial.reason is DenialReason.UNKNOWN_ORDER

    async def test_each_request_gets_its_own_kind_of_page(self, desk: Desk) -> None:
        instrument_id = await _an_instrument_id(desk)
        instruments = await desk.query(InstrumentsRequest(limit=2))
        assert isinstance(instruments, InstrumentsPage)
        assert 1 <= len(instruments.items) <= 2
        candles = await desk.query(CandlesRequest(instrument_id, Timeframe.M1, limit=7))
        assert isinstance(candles, CandlesPage)
        assert candles.instrument_id == instrument_id
        assert 1 <= len(candles.items) <= 7
        assert list(candles.items) == sorted(candles.items, key=lambda candle: candle.ts_open)
        orders = await desk.query(OrdersRequest(limit=3))
        assert isinstance(orders, OrdersPage)
        assert len(orders.items) <= min(3, orders.total)
        fills = await desk.query(FillsRequest(limit=3))
        assert isinstance(fills, FillsPage)
        assert len(fills.items) <= min(3, fills.total)

    async def test_calls_at_the_same_time_get_each_their_answer(self, desk: Desk) -> None:
        limits = range(1, 13)
        found: dict[int, int] = {}

        async def ask(limit: int) -> None:
            page = await desk.query(InstrumentsRequest(limit=limit))
            assert isinstance(page, InstrumentsPage)
            found[limit] = len(page.items)
            assert len(page.items) == min(limit, page.total)

        async with anyio.create_task_group() as tasks:
            for limit in limits:
                tasks.start_soon(ask, limit)
        assert sorted(found) == list(limits)

    async def test_a_job_tells_its_progress_and_its_end(self, desk: Desk) -> None:
        await _an_instrument_id(desk)  # the exchange is there once a quote is
        with anyio.fail_after(DEADLINE_S):
            parts = [part async for part in desk.run(MeasureExchange(samples=3))]
        *progress, last = parts
        assert isinstance(last, ExchangeMeasured | Failed)
        if isinstance(last, ExchangeMeasured):
            assert last.samples == 3
            assert [part.done for part in progress if isinstance(part, Progress)] == [1, 2, 3]

    async def test_a_job_that_is_no_longer_listened_to_ends(self, desk: Desk) -> None:
        await _an_instrument_id(desk)
        parts = desk.run(MeasureExchange(samples=1000))
        with anyio.fail_after(DEADLINE_S):
            assert isinstance(await anext(parts), Progress | Failed)
            await parts.aclose()
            assert isinstance(await desk.query(OrdersRequest()), OrdersPage)

    async def test_a_question_gets_an_answer_or_a_reason(self, desk: Desk) -> None:
        with anyio.fail_after(DEADLINE_S):
            parts = [part async for part in desk.ask("what do I own?")]
        assert parts
        assert all(isinstance(part, AnswerText | AnswerUnavailable) for part in parts)
