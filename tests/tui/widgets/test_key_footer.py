"""The footer: the keys of the place where the focus is, and clicks on them."""

from __future__ import annotations

import gc

import pytest

from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.widgets.key_footer import KeyFooter
from tests.tui.pilots import SMALL, desk_app, until

pytestmark = pytest.mark.anyio


async def test_it_names_the_keys_of_the_screen() -> None:
    app, _ = desk_app()
    async with app.run_test(size=SMALL) as pilot:
        footer = app.screen.query_one(KeyFooter)
        await until(pilot, lambda: footer.render_line(0).text.startswith("b Buy s Sell"))


async def test_a_click_presses_the_key() -> None:
    app, _ = desk_app()
    async with app.run_test(size=SMALL) as pilot:
        footer = app.screen.query_one(KeyFooter)
        await until(pilot, lambda: "s Sell" in footer.render_line(0).text)
        await pilot.click(KeyFooter, offset=(footer.render_line(0).text.index("Sell"), 0))
        await until(pilot, lambda: isinstance(app.screen, OrderTicket))


async def test_tickets_that_were_closed_leave_nothing_behind() -> None:
    app, _ = desk_app()
    async with app.run_test(size=SMALL) as pilot:
        for _ in range(3):
            await pilot.press("b")
            await until(pilot, lambda: isinstance(app.screen, OrderTicket))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, OrderTicket))
        gc.collect()
        assert not [each for each in gc.get_objects() if type(each) is OrderTicket]
        assert len([each for each in gc.get_objects() if type(each) is KeyFooter]) == 1
