"""Who goes first when the budget is short, with a clock and timers that the test turns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.clock import NANOS, ManualClock
from fks_engine.errors import RateLimited
from fks_engine.resilience.budget import Need, Priority, RateBudget
from fks_engine.resilience.rate_queue import RateQueue
from tests.engine.virtual_time import settled

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio


class Timers:
    """Timers that run when the test moves the clock."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._due: dict[object, tuple[int, Callable[[], None]]] = {}

    def schedule(self, seconds: float, call: Callable[[], None]) -> Timer:
        timer = Timer(self._due)
        self._due[timer] = (self._clock.now_ns() + int(seconds * NANOS), call)
        return timer

    async def passes(self, seconds: float) -> None:
        end = self._clock.now_ns() + int(seconds * NANOS)
        await settled()
        while due := [(at, timer) for timer, (at, _) in self._due.items() if at <= end]:
            at, timer = min(due, key=lambda each: each[0])
            self._clock.advance(max(0, at - self._clock.now_ns()) / NANOS)
            self._due.pop(timer)[1]()
            await settled()
        self._clock.advance((end - self._clock.now_ns()) / NANOS)


class Timer:
    """One of them."""

    def __init__(self, due: dict[object, tuple[int, Callable[[], None]]]) -> None:
        self._due = due

    def cancel(self) -> None:
        self._due.pop(self, None)


class Case:
    """A queue over a hundred of weight, ten seconds into a minute, and who has gone."""

    def __init__(self) -> None:
        self.clock = ManualClock(28_333_334 * 60 * NANOS + 10 * NANOS)
        self.budget = RateBudget(self.clock, reserve_percent=25)
        self.budget.weight.limit = 100
        self.budget.orders.limit = 2
        self.timers = Timers(self.clock)
        self.queue = RateQueue(self.budget, self.timers.schedule)
        self.gone: list[str] = []

    async def ask(self, name: str, need: Need, patience_s: float | None = None) -> None:
        try:
            await self.queue.acquire(need, patience_s)
        except RateLimited as error:
            self.gone.append(f"{name} refused: {error}")
        else:
            self.budget.settle(need)
            self.gone.append(name)


CANCEL, ORDER = Need(Priority.CANCEL, 1), Need(Priority.ORDER, 1, 1)
ACCOUNT, MARKET = Need(Priority.ACCOUNT, 20), Need(Priority.MARKET, 5)


async def test_whatever_has_room_goes_without_giving_way_once() -> None:
    case = Case()
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1

    asyncio.get_running_loop().call_soon(turn)
    for need in (ORDER, CANCEL, MARKET, ACCOUNT):
        await case.queue.acquire(need)
    assert turns == 0
    assert case.budget.weight.used == 27


async def test_the_most_urgent_goes_first_when_the_minute_begins_anew() -> None:
    case = Case()
    case.budget.spend(Need(Priority.CANCEL, 100))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(case.ask, "market", MARKET)
        tasks.start_soon(case.ask, "account", ACCOUNT)
        tasks.start_soon(case.ask, "order", ORDER, 90.0)
        tasks.start_soon(case.ask, "cancel", CANCEL)
        await settled()
        assert case.queue.waiting == 4
        await case.timers.passes(50.0)
        assert case.gone == []
        await case.timers.passes(1.0)
        assert case.gone == ["cancel", "order", "account", "market"]
    assert case.queue.waiting == 0


async def test_during_a_ban_nothing_goes_and_after_it_the_cancel_goes_first() -> None:
    case = Case()
    case.budget.refused(retry_after_s=42)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(case.ask, "market", MARKET)
        tasks.start_soon(case.ask, "order", ORDER)
        tasks.start_soon(case.ask, "cancel", CANCEL)
        await settled()
        assert case.gone == ["order refused: the exchange asks us to wait 42 s; nothing was sent"]
        await case.timers.passes(41.9)
        assert case.gone[1:] == []
        await case.timers.passes(0.2)
        assert case.gone[1:] == ["cancel", "market"]


async def test_a_wait_that_would_be_too_long_is_refused_at_once_with_its_length() -> None:
    case = Case()
    case.budget.spend(Need(Priority.CANCEL, 90))
    with pytest.raises(RateLimited, match="90 of 100 of this minute's request weight") as refusal:
        await case.queue.acquire(MARKET, 1.0)
    assert refusal.value.retry_after_s == pytest.approx(50.5)
    assert case.queue.waiting == 0
    await case.queue.acquire(ORDER)


async def test_an_order_over_the_count_is_refused_and_holds_up_nobody() -> None:
    case = Case()
    async with anyio.create_task_group() as tasks:
        for number in range(2):
            await case.ask(f"order {number}", ORDER)
        tasks.start_soon(case.ask, "patient", ORDER, 20.0)
        await settled()
        await case.ask("third", ORDER)
        await case.ask("market", MARKET)
        words = "the exchange takes 2 orders in ten seconds, and they are used; nothing was sent"
        assert case.gone[2:] == [f"third refused: {words}", "market"]
        await case.timers.passes(10.6)
        assert case.gone[-1] == "patient"


async def test_a_large_request_is_not_passed_by_small_ones_of_its_kind() -> None:
    case = Case()
    case.budget.spend(Need(Priority.MARKET, 60))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(case.ask, "large", Need(Priority.MARKET, 50))
        await settled()
        tasks.start_soon(case.ask, "small", MARKET)
        await settled()
        assert case.gone == []
        await case.ask("cancel", CANCEL)
        assert case.gone == ["cancel"]
        await case.timers.passes(51)
        assert case.gone == ["cancel", "large", "small"]


async def test_one_that_is_cancelled_while_it_waits_leaves_its_place() -> None:
    case = Case()
    case.budget.refused(retry_after_s=30)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(case.ask, "cancel", CANCEL)
        await settled()
        assert case.queue.waiting == 1
        tasks.cancel_scope.cancel()
    assert case.queue.waiting == 0
    await case.timers.passes(31)
    assert case.budget.weight.used == 0


async def test_what_weighs_nothing_waits_for_bans_only() -> None:
    case = Case()
    case.budget.spend(Need(Priority.CANCEL, 100))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(case.ask, "market", MARKET)
        await settled()
        await case.ask("connection", Need(Priority.MARKET, 0), 0.0)
        case.budget.refused(retry_after_s=42)
        await case.ask("another", Need(Priority.MARKET, 0), 0.0)
        assert case.gone == ["connection", "another refused: the exchange asks us to wait 42 s; nothing was sent"]
        tasks.cancel_scope.cancel()
