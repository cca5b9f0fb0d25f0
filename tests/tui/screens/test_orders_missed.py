"""The orders screen and an order's details where more happened than the pictures hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import CancelOrder, FillsPage, FillsRequest, OrdersPage, OrdersRequest, OrderStatus, Page, Request
from fks_tui.screens.order_details import OrderDetails
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import NOW, a_fill, a_view, an_order
from tests.fake_desk import FakeDesk
from tests.tui.screens.test_orders import OpenOrders, a_busy_view, opened

pytestmark = pytest.mark.anyio
D = Decimal
RECENT = 50


class BurstDesk(FakeDesk):
    """Its pictures hold the newest fifty of what its pages hold."""

    def __init__(self) -> None:
        super().__init__(a_view(working_orders=(), recent_orders=(), recent_fills=()))
        self.fills = tuple(a_fill(1000 - number, client_order_id="fks-000007") for number in range(3))
        self.orders = tuple(an_order(900 + number, status=OrderStatus.CANCELED) for number in range(3))
        self.asked = 0
        self.show_newest()

    def show_newest(self, **changes: object) -> None:
        newest = {"recent_orders": self.orders[:RECENT], "recent_fills": self.fills[:RECENT]}
        self.show(a_view(**{"working_orders": (), **newest, **changes}))

    def burst(self, count: int) -> None:
        fills = tuple(
            a_fill(number, client_order_id="fks-000001", quantity=D("0.01"), ts_event=NOW - number)
            for number in range(1, count + 1)
        )
        orders = tuple(an_order(number + 1, status=OrderStatus.CANCELED) for number in range(1, count + 1))
        self.fills, self.orders = (*fills, *self.fills), (*orders, *self.orders)

    async def query(self, request: Request) -> Page:
        match request:
            case FillsRequest(limit=limit, offset=offset):
                self.asked += 1
                return FillsPage(self.fills[offset : offset + limit], len(self.fills))
            case OrdersRequest(limit=limit, offset=offset):
                return OrdersPage(self.orders[offset : offset + limit], len(self.orders))
            case _:
                return await super().query(request)


async def until_loaded(s: OpenOrders) -> None:
    await s.until(lambda: s.tabs.split()[-3:] == ["3", "Fills", "3"])


class TestLists:
    async def test_what_came_and_went_between_two_pictures_is_asked_for(self) -> None:
        desk = BurstDesk()
        async with opened(desk) as s:
            await until_loaded(s)
            desk.burst(260)
            desk.show_newest()
            await s.until(lambda: s.tabs.split() == ["Working", "0", "History", "263", "Fills", "263"])

    async def test_pictures_that_meet_ask_for_nothing(self) -> None:
        desk = BurstDesk()
        async with opened(desk) as s:
            await until_loaded(s)
            asked = desk.asked
            desk.burst(20)
            desk.show_newest()
            await s.until(lambda: s.tabs.split()[-1] == "23")
            assert desk.asked == asked


class TestDetails:
    async def test_they_hold_every_fill_of_the_order(self) -> None:
        desk = BurstDesk()
        order = an_order(1, status=OrderStatus.FILLED, quantity=D("0.56"), filled_quantity=D("0.56"))
        async with opened(desk) as s:
            await until_loaded(s)
            desk.burst(56)
            desk.show_newest(working_orders=(replace(order, status=OrderStatus.PARTIALLY_FILLED),))
            await s.until(lambda: s.table.cursor_key == "fks-000001")
            s.app.push_screen(OrderDetails(desk, order, desk.fills[:RECENT], s.screen._precision))
            await s.until(lambda: isinstance(s.app.screen, OrderDetails) and bool(s.app.screen.query(".facts")))
            facts = s.app.screen.query_one(".facts", SteadyText)
            await s.until(lambda: "56 fills" in str(facts.visual))
            assert "more is not" not in str(facts.visual)

    async def test_they_say_how_much_of_an_order_no_fill_is_known_of(self) -> None:
        desk = BurstDesk()
        order = an_order(1, status=OrderStatus.FILLED, quantity=D("0.5"), filled_quantity=D("0.5"))
        desk.fills = (a_fill(1, client_order_id="fks-000001", quantity=D("0.2")),)
        async with opened(desk) as s:
            s.app.push_screen(OrderDetails(desk, order, (), s.screen._precision))
            await s.until(lambda: isinstance(s.app.screen, OrderDetails) and bool(s.app.screen.query(".facts")))
            facts = s.app.screen.query_one(".facts", SteadyText)
            await s.until(lambda: "1 fill; 0.3 more is not in this session's list" in str(facts.visual))


class TestReplacement:
    async def test_the_cursor_goes_over_to_the_order_that_replaces_its_own(self) -> None:
        async with opened() as s:
            await s.press("down")
            assert s.table.cursor_key == "fks-000003"
            rest = [each for each in a_busy_view().working_orders if each.client_order_id != "fks-000003"]
            new = an_order(1, replaces="fks-000003")
            s.desk.show(a_view(working_orders=(*rest, new)))
            await s.until(lambda: s.table.cursor_key == "fks-000001")
            await s.press("c")
            await s.until(lambda: s.sent == [CancelOrder("fks-000001")])
