"""The two lanes to the exchange."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.orders.dispatch import Dispatcher
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio


class Carriers:
    """Sends and cancels that start at once and end when they are let go."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.gates: dict[str, anyio.Event] = {}

    async def send(self, client_order_id: str) -> None:
        self.started.append(client_order_id)
        self.gates[client_order_id] = anyio.Event()
        await self.gates[client_order_id].wait()

    async def cancel(self, client_order_id: str) -> None:
        await self.send(f"cancel {client_order_id}")

    async def let_go(self, name: str) -> None:
        self.gates[name].set()
        await settled()


async def test_orders_leave_in_the_order_they_came_and_wait_for_no_answer() -> None:
    carriers = Carriers()
    dispatcher = Dispatcher(carriers.send, carriers.cancel, sends=2, cancels=2)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        for name in "abc":
            dispatcher.send(name)
        await settled()
        assert carriers.started == ["a", "b"]
        assert dispatcher.holds("c")
        await carriers.let_go("b")
        assert carriers.started == ["a", "b", "c"]
        assert not dispatcher.holds("b")
        tasks.cancel_scope.cancel()


async def test_no_more_orders_than_the_bound_are_under_way() -> None:
    carriers = Carriers()
    dispatcher = Dispatcher(carriers.send, carriers.cancel, sends=1, cancels=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        dispatcher.send("a")
        dispatcher.send("b")
        await settled()
        assert carriers.started == ["a"]
        tasks.cancel_scope.cancel()


async def test_a_cancel_does_not_wait_behind_orders() -> None:
    carriers = Carriers()
    dispatcher = Dispatcher(carriers.send, carriers.cancel, sends=1, cancels=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        for name in "abcdef":
            dispatcher.send(name)
        await settled()
        dispatcher.cancel("x")
        await settled()
        assert carriers.started == ["a", "cancel x"]
        assert dispatcher.cancels("x")
        tasks.cancel_scope.cancel()


async def test_a_cancel_is_carried_once_however_often_it_is_asked_for() -> None:
    carriers = Carriers()
    dispatcher = Dispatcher(carriers.send, carriers.cancel, sends=1, cancels=4)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        dispatcher.cancel("x")
        dispatcher.cancel("x")
        await settled()
        dispatcher.cancel("x")
        await settled()
        assert carriers.started == ["cancel x"]
        tasks.cancel_scope.cancel()


async def test_an_order_that_waits_can_be_taken_back_and_one_that_left_cannot() -> None:
    carriers = Carriers()
    dispatcher = Dispatcher(carriers.send, carriers.cancel, sends=1, cancels=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        dispatcher.send("a")
        dispatcher.send("b")
        await settled()
        assert not dispatcher.withdraw("a")
        assert dispatcher.withdraw("b")
        await carriers.let_go("a")
        assert carriers.started == ["a"]
        tasks.cancel_scope.cancel()


async def test_what_waits_is_carried_once_it_runs() -> None:
    carriers = Carriers()
    dispatcher = Dispatcher(carriers.send, carriers.cancel, sends=1, cancels=1)
    dispatcher.send("a")
    dispatcher.cancel("x")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        await settled()
        assert sorted(carriers.started) == ["a", "cancel x"]
        tasks.cancel_scope.cancel()
