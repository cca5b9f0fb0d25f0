"""Stops that end half done at a real exchange's book, through the whole engine: what is held has its stop again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import (
    Accepted,
    CancelOrder,
    DeskView,
    Exits,
    Order,
    OrderStatus,
    OrderType,
    Side,
    SubmitOrder,
    TimeInForce,
)
from fks_engine.engine.simulator_process import SimulatorProcess
from tests.engine.builders import BTC, an_order
from tests.integration.faulty import FaultyDesk, faulty_desk

pytestmark = pytest.mark.anyio
S = OrderStatus
SLOWLY = "0.1"
"""Simulated seconds a second: the fair price stays where it is while an order ends half done."""
MORE_THAN_RESTS = Decimal(135)
"""More BTC than the simulated book holds within the prices used here; its exchange takes no order over 9,000,000."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running_desk() -> AsyncIterator[FaultyDesk]:
    rich = {
        "simulator.balance": "USDT=100000000,BTC=100000",
        "risk.max_order_notional": "100000000",
        "risk.max_slippage_percent": "20",
    }
    with pytest.MonkeyPatch.context() as patch:
        command = SimulatorProcess._command
        patch.setattr(SimulatorProcess, "_command", lambda process: [*command(process), "--speed", SLOWLY])
        async with faulty_desk(rich) as desk:
            yield desk


@pytest.fixture
async def desk(running_desk: FaultyDesk) -> AsyncIterator[FaultyDesk]:
    yield running_desk
    await running_desk.calm()


def guard_of(view: DeskView, order_id: str) -> Decimal:
    """What the working stops sell that took up the protection of an order."""
    found = (order for order in view.working_orders if order.restores == order_id and order.order_type.has_stop)
    return sum((order.leaves_quantity for order in found if order.status is S.ACCEPTED), Decimal(0))


async def send(desk: FaultyDesk, command: SubmitOrder) -> tuple[str, ...]:
    answer = await desk.desk.submit(command)
    assert isinstance(answer, Accepted), answer
    return answer.client_order_ids


async def test_a_stop_that_found_a_thin_book_leaves_nothing_unprotected(desk: FaultyDesk) -> None:
    quote, instrument = desk.parts.market.quote(BTC), desk.parts.market.instrument(BTC)
    assert quote is not None
    assert instrument is not None
    stop_price = quote.bid - instrument.tick_size * 300
    limit = instrument.price_down(stop_price * Decimal("0.9996"))
    command = SubmitOrder(
        instrument_id=BTC,
        side=Side.SELL,
        order_type=OrderType.STOP_LIMIT,
        quantity=MORE_THAN_RESTS,
        stop_price=stop_price,
        limit_price=limit,
        time_in_force=TimeInForce.IOC,
    )
    (stop,) = await send(desk, command)
    await desk.becomes(stop, S.ACCEPTED)
    async with desk.elsewhere() as other:
        push = an_order(
            Side.SELL, str(MORE_THAN_RESTS), stop_price - 5, client_order_id="push-1", order_type=OrderType.LIMIT
        )
        await other.submit_order(replace(push, time_in_force=TimeInForce.IOC))
    ended = await desk.becomes(stop, S.EXPIRED)
    left = ended.quantity - ended.filled_quantity
    assert 0 < left < MORE_THAN_RESTS
    await desk.until(lambda view: _restored(view, stop) >= left, "protection", deadline_s=90)
    await desk.told("Protection", "unsold")


def _restored(view: DeskView, stop: str) -> Decimal:
    """What of a stop's rest was sold, or has a stop of its own."""
    orders = (order for order in (*view.working_orders, *view.recent_orders) if order.restores == stop)
    much = (order.quantity if order.order_type.has_stop else order.filled_quantity for order in orders)
    return sum(much, Decimal(0))


async def bought_in_part(desk: FaultyDesk) -> tuple[Order, str]:
    """An entry that was canceled once a part of it was bought, and the id of its stop.

    The market may fall through a bid before its cancel arrives and fill it whole; then it is tried anew.
    """
    for _ in range(20):
        quote = desk.parts.market.quote(BTC)
        assert quote is not None
        command = SubmitOrder(
            instrument_id=BTC,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            quantity=Decimal(90),
            limit_price=quote.ask,
            exits=Exits(stop_price=desk.far("0.9")),
        )
        entry, stop = await send(desk, command)
        await desk.becomes(entry, S.PARTIALLY_FILLED, S.FILLED)
        await desk.desk.submit(CancelOrder(entry))
        ended = await desk.becomes(entry, S.CANCELED, S.FILLED)
        if ended.status is S.CANCELED:
            return ended, stop
        await desk.becomes(stop, S.ACCEPTED)
        await desk.desk.submit(CancelOrder(stop))
        await desk.becomes(stop, S.CANCELED)
    raise AssertionError("the market filled every bid whole before its cancel arrived")


async def test_what_an_entry_bought_before_it_was_canceled_has_its_stop(desk: FaultyDesk) -> None:
    bought, stop = await bought_in_part(desk)
    entry = bought.client_order_id
    assert 0 < bought.filled_quantity < 90
    view = await desk.until(lambda view: bool(guard_of(view, entry)), "its stop", deadline_s=8)
    guarded = guard_of(view, entry)
    assert guarded <= bought.filled_quantity
    assert guarded >= bought.filled_quantity * Decimal("0.998")
    ended = desk.parts.orders.order(stop)
    assert ended is not None
    assert ended.status.is_terminal
