"""Halts of a whole engine in trouble: the exchange has nothing of ours in the end, whatever stands in the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from fks_engine.api import (
    Accepted,
    Denied,
    DeskView,
    HaltStage,
    OrderStatus,
    SetTradingState,
    Side,
    TradingState,
)
from tests.engine.builders import BTC
from tests.integration.faulty import FaultyDesk, faulty_desk, is_well

pytestmark = pytest.mark.anyio
REST = {"scope": "rest", "match": "*"}
IN_THE_WAY: Mapping[str, tuple[dict[str, Any], ...]] = {
    "429 with Retry-After": ({**REST, "kind": "rate_limited", "retry_after_s": 1, "count": 2},),
    "418 ban": ({**REST, "kind": "banned", "retry_after_s": 2, "count": 1},),
    "cancels refused": ({**REST, "method": "DELETE", "kind": "error", "code": -2015, "status": 401, "count": 3},),
    "no answers": ({**REST, "kind": "timeout_after_execution", "answer": "none", "hold_s": 3.0, "count": 3},),
    "disconnected": ({**REST, "kind": "disconnect", "count": 4},),
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[FaultyDesk]:
    async with faulty_desk() as made:
        yield made


@pytest.fixture(autouse=True)
async def _resumed(desk: FaultyDesk) -> AsyncIterator[None]:
    yield
    await desk.control.clear()
    if desk.parts.halt.view() is not None:
        await done(desk)
        assert await desk.desk.submit(SetTradingState(TradingState.ACTIVE)) == Accepted()
    await desk.live()


async def halt(desk: FaultyDesk, *, flatten: bool = False) -> None:
    answer = await desk.desk.submit(SetTradingState(TradingState.HALTED, "a test", flatten=flatten))
    assert answer == Accepted()


async def done(desk: FaultyDesk) -> DeskView:
    def is_done(view: DeskView) -> bool:
        found = view.risk.halt if view.risk is not None else None
        return found is not None and found.stage is HaltStage.DONE

    return await desk.until(is_done, "a halt that is done", deadline_s=60.0)


async def open_there(desk: FaultyDesk) -> list[str]:
    async with desk.elsewhere() as exchange:
        return [report.client_order_id for report in await exchange.fetch_open_orders()]


@pytest.mark.parametrize("trouble", IN_THE_WAY)
async def test_a_halt_gets_through_what_is_in_its_way(desk: FaultyDesk, trouble: str) -> None:
    first = await desk.rest()
    second = await desk.send(Side.BUY, "0.002", desk.far("0.95"))
    await desk.control.plan(IN_THE_WAY[trouble])
    await halt(desk)
    view = await done(desk)
    assert not view.working_orders
    assert desk.parts.orders.order(first) is not None
    for order_id in (first, second):
        order = desk.parts.orders.order(order_id)
        assert order is not None
        assert order.status.is_terminal
    assert await open_there(desk) == []


@pytest.mark.parametrize("scope", ["market", "user"])
async def test_a_halt_works_with_a_stream_down(desk: FaultyDesk, scope: str) -> None:
    await desk.rest()
    await desk.control.add(scope, "silence")
    await desk.control.act(action="disconnect", scope="market" if scope == "market" else "ws-api")
    await halt(desk)
    view = await done(desk)
    assert not view.working_orders
    assert await open_there(desk) == []


async def test_a_halt_that_flattens_sells_what_is_held_and_nothing_else_passes(desk: FaultyDesk) -> None:
    order_id = await desk.send(Side.BUY, "0.01")
    await desk.becomes(order_id, OrderStatus.FILLED)
    await desk.rest()
    await halt(desk, flatten=True)
    refused = await desk.ask(Side.SELL, "0.001")
    assert isinstance(refused, Denied)
    await done(desk)
    assert desk.parts.portfolio.position(BTC).quantity < desk.parts.market.instruments[BTC].min_quantity
    assert await open_there(desk) == []


async def test_a_halt_that_is_not_verified_is_not_lifted(desk: FaultyDesk) -> None:
    await desk.rest()
    await desk.control.plan([{**REST, "match": "openOrders", "kind": "disconnect"}])
    await halt(desk)
    early = await desk.desk.submit(SetTradingState(TradingState.ACTIVE))
    assert isinstance(early, Denied)
    assert "the halt is not done" in early.message


async def test_the_desk_is_well_after_it_all(desk: FaultyDesk) -> None:
    assert is_well(await desk.live())
