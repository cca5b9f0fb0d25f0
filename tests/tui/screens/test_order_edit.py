"""A working order opened for a change."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from fks_engine.api import CancelAllOrders, OrderStatus, OrderType, ReplaceOrder, Side
from fks_tui.screens.order_edit import OrderEdit
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.quit import Farewell
from fks_tui.screens.ticket_words import Stage
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import a_disconnected_view, a_view, an_order
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until
from tests.tui.screens.tickets import TOO_MUCH

D = Decimal
SnapCompare = Callable[..., bool]


async def opened(pilot: Pilot[Farewell]) -> OrderEdit:
    await pilot.press("f3")
    await until(pilot, lambda: isinstance(pilot.app.screen, OrdersScreen))
    await pilot.press("down", "e")
    await until(pilot, lambda: isinstance(pilot.app.screen, OrderEdit))
    screen = pilot.app.screen
    assert isinstance(screen, OrderEdit)
    return screen


def verdict(screen: OrderEdit) -> str:
    return str(screen.query_one(".verdict", SteadyText).visual)


@pytest.mark.anyio
class TestEditing:
    async def test_only_what_was_changed_is_replaced(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            screen = await opened(pilot)
            assert screen.query_one("#price", Input).value == "63900.00"
            screen.query_one("#price", Input).value = "63950"
            await until(pilot, lambda: "Canceled first" in verdict(screen))
            await pilot.press("enter")
            await until(pilot, lambda: screen.stage is Stage.REVIEWING and not screen.is_being_read)
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is not screen)
            assert desk.submitted[-1] == ReplaceOrder(client_order_id="fks-000002", limit_price=D("63950.00"))

    async def test_nothing_changed_or_too_little_is_not_sent(self) -> None:
        order = an_order(2, status=OrderStatus.PARTIALLY_FILLED, filled_quantity=D("0.04"))
        app, desk = desk_app(a_view(working_orders=(order,)))
        async with app.run_test(size=SMALL) as pilot:
            screen = await opened(pilot)
            assert "Nothing is changed" in verdict(screen)
            screen.query_one("#quantity", Input).value = "0.04"
            await until(pilot, lambda: "filled already" in verdict(screen))
            await pilot.press("enter", "enter")
            assert screen.stage is Stage.EDITING
            assert not [each for each in desk.submitted if isinstance(each, ReplaceOrder)]

    async def test_an_order_of_a_list_says_at_once_that_none_takes_its_place(self) -> None:
        app, _ = desk_app(a_view(working_orders=(an_order(2, order_list_id="fks-list"),)))
        async with app.run_test(size=SMALL) as pilot:
            assert "one of a list" in verdict(await opened(pilot))

    async def test_a_stop_order_shows_its_trigger(self) -> None:
        stop = an_order(
            2, order_type=OrderType.STOP_LIMIT, side=Side.SELL, stop_price=D("63000.00"), limit_price=D("62900.00")
        )
        app, _ = desk_app(a_view(working_orders=(stop,)))
        async with app.run_test(size=SMALL) as pilot:
            screen = await opened(pilot)
            assert screen.query_one("#stop", Input).value == "63000.00"

    async def test_a_denial_stands_there(self) -> None:
        app, desk = desk_app(confirm_orders=False)
        async with app.run_test(size=SMALL) as pilot:
            screen = await opened(pilot)
            desk.denial = TOO_MUCH
            screen.query_one("#quantity", Input).value = "1"
            await pilot.press("enter")
            await until(pilot, lambda: "would pass" in verdict(screen))

    async def test_one_side_can_be_canceled_whole(self) -> None:
        orders = (an_order(2), an_order(3, side=Side.SELL))
        app, desk = desk_app(a_view(working_orders=orders))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("f3", "B", "y")
            await until(pilot, lambda: CancelAllOrders(side=Side.BUY) in desk.submitted)


class TestLooks:
    @staticmethod
    def _run(desk: FakeDesk, *, gone: bool = False) -> Callable[[Pilot[Farewell]], object]:
        async def run(pilot: Pilot[Farewell]) -> None:
            screen = await opened(pilot)
            screen.query_one("#price", Input).value = "63950"
            await until(pilot, lambda: "Canceled first" in verdict(screen))
            if gone:
                desk.show(a_disconnected_view())
                await until(pilot, lambda: "engine is gone" in verdict(screen))
            await pilot.pause()

        return run

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_live(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=size, run_before=self._run(desk))

    def test_disconnected(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=SMALL, run_before=self._run(desk, gone=True))
