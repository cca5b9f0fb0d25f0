"""Our side of a market beside its ladder."""

from __future__ import annotations

import pytest

from fks_tui.widgets.ladder_side import LadderSide
from tests.desk_views import an_account, an_instrument
from tests.tui.ladder_views import OURS, a_ladder_view
from tests.tui.widgets.panes import PaneApp, text_of

pytestmark = pytest.mark.anyio
POSITION = a_ladder_view().account.positions[0]


async def said(width: int, height: int, *, held: bool = True, orders: int = len(OURS)) -> list[str]:
    side = LadderSide()
    async with PaneApp(side).run_test(size=(width, height)) as pilot:
        position = POSITION if held else None
        side.show(an_instrument(), position, OURS[:orders], an_account().balances, [("b s", "limit at the cursor")])
        await pilot.pause()
        return text_of(side)


async def test_position_profit_and_orders_from_the_top() -> None:
    text = await said(48, 30)
    assert text[1] == " LONG  0.0999 BTC"
    assert text[2] == " A 63999.94  E 64000.07"
    assert text[3] == " open  +3.59 (+0.06%)"
    orders = [line.split() for line in text if line[1:2] in ("▲", "▼")]
    assert orders[0] == ["▲", "BUY", "0.10000", "64000.08", "stop"]
    assert orders[1] == ["▼", "SELL", "0.10000", "64000.05", "canceling"]
    assert orders[2] == ["▲", "BUY", "0.05000", "63999.97", "50%", "filled"]


async def test_orders_that_do_not_fit_are_counted() -> None:
    text = await said(29, 13)
    assert text[-1].strip() == "and 2 more"
    assert "KEYS" not in " ".join(text)


async def test_keys_are_shown_where_there_is_room() -> None:
    assert "limit at the cursor" in " ".join(await said(48, 30))


async def test_nothing_held_and_no_orders_are_said() -> None:
    text = " ".join(await said(48, 30, held=False, orders=0))
    assert "FLAT" in text
    assert "none in this market" in text
