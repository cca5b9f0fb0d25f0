"""The history of a running engine, over its own journal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.api import (
    Accepted,
    Exported,
    ExportHistory,
    HistoryPage,
    HistoryRequest,
    LifeStepKind,
    OrderLifePage,
    OrderLifeRequest,
    OrderType,
    Side,
    SubmitOrder,
)
from tests.engine.engine.running import home, running, until

if TYPE_CHECKING:
    from fks_engine.engine.desk import EngineDesk

pytestmark = pytest.mark.anyio


async def life_with(desk: EngineDesk, order_id: str, kind: LifeStepKind) -> OrderLifePage:
    """The order's life, once the journal tells of such a step."""
    with anyio.fail_after(30):
        while True:
            page = await desk.query(OrderLifeRequest(order_id))
            if isinstance(page, OrderLifePage) and any(step.kind is kind for step in page.steps):
                return page
            await anyio.sleep(0.02)


async def test_an_order_of_this_run_is_found_told_and_exported() -> None:
    async with home() as folder, running(folder) as (_, desk):
        view = await until(desk, lambda view: view.engine.orders_known)
        quote = view.quotes[0]
        assert quote.bid is not None
        order = SubmitOrder(
            instrument_id=quote.instrument_id,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            quantity=Decimal("0.01"),
            limit_price=(quote.bid * Decimal("0.99")).quantize(Decimal("0.01")),
            origin="order line",
        )
        answer = await desk.submit(order)
        assert isinstance(answer, Accepted)
        story = await life_with(desk, answer.client_order_ids[0], LifeStepKind.REPLIED)
        kinds = [step.kind for step in story.steps if step.kind is not LifeStepKind.CHECKED]
        assert kinds[:3] == [LifeStepKind.ASKED, LifeStepKind.WRITTEN, LifeStepKind.SENT]
        assert "by order line" in story.steps[0].text
        page = await desk.query(HistoryRequest(text="order line"))
        assert isinstance(page, HistoryPage)
        assert [each.client_order_id for each in page.items] == [answer.client_order_ids[0]]
        parts = [part async for part in desk.run(ExportHistory(path=str(folder / "orders.csv")))]
        assert parts[-1] == Exported(str(folder / "orders.csv"), 1)
