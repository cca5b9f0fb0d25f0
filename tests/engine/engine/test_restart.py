"""An engine that is started again: orders, fills, position and switch stand as they stood, out of its journal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fks_engine.api import (
    Accepted,
    CancelOrder,
    DenialReason,
    Denied,
    OrderType,
    SetTradingState,
    Side,
    SubmitOrder,
    TradingState,
)
from fks_engine.journal.segment import segments
from fks_engine.model import OrderStatus
from tests.engine.builders import BTC
from tests.engine.engine.running import home, running, until

if TYPE_CHECKING:
    from fks_engine.engine.desk import EngineDesk

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


async def send(desk: EngineDesk, quantity: str, limit: Decimal | None = None) -> str:
    """Buy BTC; the order's id, once the exchange has answered."""
    answer = await desk.submit(
        SubmitOrder(
            instrument_id=BTC,
            side=Side.BUY,
            order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
            quantity=Decimal(quantity),
            limit_price=limit,
        )
    )
    assert isinstance(answer, Accepted), answer
    (order_id,) = answer.client_order_ids
    wanted = OrderStatus.FILLED if limit is None else OrderStatus.ACCEPTED
    await until(
        desk,
        lambda view: any(
            order.client_order_id == order_id and order.status is wanted
            for order in (*view.working_orders, *view.recent_orders)
        ),
    )
    return order_id


def far_below(desk: EngineDesk) -> Decimal:
    """A price at which a buy rests."""
    row = desk.view().quote(BTC)
    assert row is not None
    assert row.bid is not None
    return (row.bid * Decimal("0.97")).quantize(Decimal("0.01"))


async def test_everything_stands_as_it_stood() -> None:
    async with home() as folder:
        async with running(folder) as (_, desk):
            bought = await send(desk, "0.01")
            resting = await send(desk, "0.002", far_below(desk))
            before = await until(desk, lambda view: any(row.quantity for row in view.account.positions))
            await desk.submit(SetTradingState(TradingState.REDUCING, "late in the day"))
        async with running(folder) as (_, desk):
            after = desk.view()
            (order,) = after.working_orders
            assert order.client_order_id == resting
            assert not order.external
            assert order.ts_submitted
            assert bought in {each.client_order_id for each in after.recent_orders}
            assert after.recent_fills == before.recent_fills
            position, then = after.account.positions[0], before.account.positions[0]
            assert (position.quantity, position.average_price) == (then.quantity, then.average_price)
            assert after.engine.trading_state is TradingState.REDUCING
            assert after.engine.trading_state_reason == "late in the day"
            assert isinstance(await desk.submit(CancelOrder(resting)), Accepted)
            await until(desk, lambda view: not view.working_orders)


async def test_what_was_never_heard_of_is_asked_for() -> None:
    async with home() as folder:
        async with running(folder) as (_, desk):
            resting = await send(desk, "0.002", far_below(desk))
            (path,) = segments(next(folder.glob("**/journal/binance-*")))
            heard = path.read_bytes()
            await desk.submit(CancelOrder(resting))
            await until(desk, lambda view: not view.working_orders)
        path.write_bytes(heard)  # as if the engine had died before the cancel
        async with running(folder) as (_, desk):
            found = {each.client_order_id: each.status for each in desk.view().recent_orders}
            assert desk.view().working_orders == ()
            assert found[resting] is OrderStatus.CANCELED


async def test_behind_a_damaged_journal_the_market_is_shown_nothing_is_sent_and_cancels_pass() -> None:
    async with home() as folder:
        async with running(folder) as (_, desk):
            resting = await send(desk, "0.002", far_below(desk))
        (path,) = segments(next(folder.glob("**/journal/binance-*")))
        damaged = bytearray(path.read_bytes())
        damaged[60] ^= 8
        path.write_bytes(damaged)
        async with running(folder, is_live=False) as (_, desk):
            view = await until(desk, lambda view: bool(view.working_orders) and view.engine.orders_known)
            assert "is damaged" in view.engine.journal_fault
            denied = await desk.submit(
                SubmitOrder(
                    instrument_id=BTC,
                    side=Side.BUY,
                    order_type=OrderType.LIMIT,
                    quantity=Decimal("0.002"),
                    limit_price=far_below(desk),
                )
            )
            assert isinstance(denied, Denied)
            assert denied.reason is DenialReason.JOURNAL_UNAVAILABLE
            assert isinstance(await desk.submit(CancelOrder(resting)), Accepted)
            await until(desk, lambda view: not view.working_orders)
        assert path.read_bytes() == damaged
