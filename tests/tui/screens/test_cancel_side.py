"""Cancel of one side on the orders screen: what is counted, asked and sent."""

from __future__ import annotations

import pytest

from fks_engine.api import CancelAllOrders, Side
from fks_tui.screens.confirm import Confirm
from tests.desk_views import a_view, an_order
from tests.fake_desk import FakeDesk
from tests.tui.screens.test_orders import opened

pytestmark = pytest.mark.anyio


async def test_the_exits_of_an_entry_that_still_works_are_not_counted_as_sells() -> None:
    exits = [an_order(number, side=Side.SELL, waits_for="fks-000001") for number in (2, 3)]
    orders = (an_order(1), *exits, an_order(4, side=Side.SELL))
    async with opened(FakeDesk(a_view(working_orders=orders))) as s:
        await s.press("A")
        await s.until(lambda: isinstance(s.app.screen, Confirm))
        text = "\n".join(str(each.visual) for each in s.app.screen.query("Static"))  # type: ignore[attr-defined]
        assert "Cancel the one working sell order?" in text
        assert "BTC/USDT: 1 sell" in text
        assert "2 exits of entries that still work stay with them." in text
        await s.press("y")
        await s.until(lambda: s.sent == [CancelAllOrders(side=Side.SELL)])
