"""The orders screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import anyio
import pytest
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher

from fks_engine.api import (
    Accepted,
    CancelAllOrders,
    CancelOrder,
    Command,
    ConnectionLost,
    DenialReason,
    Denied,
    DeskView,
    OrdersPage,
    OrdersRequest,
    OrderStatus,
    OrderType,
    Page,
    Request,
    Side,
    TimeInForce,
)
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.order_details import OrderDetails
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.quit import Farewell
from fks_tui.widgets.list_tabs import ListTabs
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import (
    ETH,
    NOW,
    PEPE,
    SECOND,
    SOL,
    a_disconnected_view,
    a_fill,
    a_stale_view,
    a_view,
    an_empty_view,
    an_engine,
    an_order,
)
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until

D = Decimal
SnapCompare = Callable[..., bool]


def a_busy_view() -> DeskView:
    """One order of every kind that a person has to tell apart."""
    return a_view(
        working_orders=(
            an_order(2),
            an_order(
                3,
                side=Side.SELL,
                limit_price=D("64500.00"),
                status=OrderStatus.PARTIALLY_FILLED,
                filled_quantity=D("0.04"),
                average_price=D("64500.00"),
            ),
            an_order(4, instrument_id=ETH, limit_price=D("2490.00"), quantity=D("1.5"), status=OrderStatus.UNKNOWN),
            an_order(5, instrument_id=SOL, side=Side.SELL, status=OrderStatus.PENDING_CANCEL, post_only=True),
            an_order(600, instrument_id=PEPE, limit_price=D("0.00000800"), quantity=D("1000000"), external=True),
        ),
        recent_orders=(
            an_order(
                10,
                order_type=OrderType.MARKET,
                limit_price=None,
                status=OrderStatus.FILLED,
                filled_quantity=D("0.1"),
                average_price=D("64000.01"),
            ),
            an_order(11, status=OrderStatus.REJECTED, reason="Account has insufficient balance for requested action."),
            an_order(12, status=OrderStatus.CANCELED),
            an_order(13, status=OrderStatus.EXPIRED, time_in_force=TimeInForce.IOC, reason="the rest of an IOC order"),
            an_order(14, status=OrderStatus.DENIED, reason="worth 64000 USDT, over the limit of 25000"),
        ),
        recent_fills=tuple(a_fill(number, is_maker=bool(number % 3)) for number in range(1, 12)),
    )


class PagingDesk(FakeDesk):
    """Holds more orders than a picture carries."""

    def __init__(self, count: int) -> None:
        orders = tuple(an_order(number, status=OrderStatus.CANCELED) for number in range(1, count + 1))
        super().__init__(a_view(working_orders=(), recent_orders=orders[:20]))
        self.orders = orders
        self.requests: list[OrdersRequest] = []

    async def query(self, request: Request) -> Page:
        if not isinstance(request, OrdersRequest):
            return await super().query(request)
        self.requests.append(request)
        return OrdersPage(self.orders[request.offset : request.offset + request.limit], len(self.orders))


class HangingDesk(FakeDesk):
    """Takes commands and never answers, or answers that the engine is gone."""

    def __init__(self, *, lost: bool = False) -> None:
        super().__init__()
        self._lost = lost

    async def submit(self, command: Command) -> Accepted | Denied:
        self.submitted.append(command)
        if self._lost:
            raise ConnectionLost("the engine is gone")
        await anyio.sleep_forever()
        raise AssertionError

    async def query(self, request: Request) -> Page:
        raise ConnectionLost("the engine is gone")


class OpenOrders:
    """The screen under a pilot."""

    def __init__(self, app: DeskApp, pilot: Pilot[Farewell], desk: FakeDesk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk
        assert isinstance(app.screen, OrdersScreen)
        self.screen = app.screen

    @property
    def sent(self) -> list[Command]:
        return [each for each in self.desk.submitted if isinstance(each, CancelOrder | CancelAllOrders)]

    @property
    def shown(self) -> str:
        return self.screen.query_one(ContentSwitcher).current or ""

    @property
    def table(self) -> RecordTable[object]:
        return self.screen.query_one(f"#{self.shown}", RecordTable)

    @property
    def tabs(self) -> str:
        return str(self.screen.query_one(ListTabs).visual).translate({ord(each): " " for each in "[]"})

    @property
    def lines(self) -> list[str]:
        return [self.table.render_line(y).text.strip() for y in range(self.table.size.height)]

    @property
    def toasts(self) -> list[str]:
        return [f"{each.title}: {each.message}" for each in self.app._notifications]

    def line_of(self, market: str) -> str:
        return next(line for line in self.lines if market in line)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(self.pilot, condition)


@asynccontextmanager
async def opened(desk: FakeDesk | None = None, size: tuple[int, int] = LARGE) -> AsyncIterator[OpenOrders]:
    desk = desk or FakeDesk(a_busy_view())
    app = DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=3600.0))
    async with app.run_test(size=size) as pilot:
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, OrdersScreen) and isinstance(app.focused, RecordTable))
        yield OpenOrders(app, pilot, desk)


@pytest.mark.anyio
class TestLists:
    async def test_keys_and_clicks_turn_them_and_each_tells_its_count(self) -> None:
        async with opened() as s:
            await s.until(lambda: s.tabs.split() == ["Working", "5", "History", "5", "Fills", "11"])
            await s.press("tab")
            assert s.shown == "history"
            await s.press("right")
            assert s.shown == "fills"
            await s.press("right")
            assert s.shown == "working"
            await s.press("shift+tab")
            assert s.shown == "fills"
            await s.pilot.click(ListTabs, offset=(2, 0))
            assert s.shown == "working"
            assert s.app.focused is s.table

    async def test_a_working_order_tells_everything_that_matters(self) -> None:
        async with opened() as s:
            words = " ".join(s.line_of("64500.00").split())
            assert words == "11:59:57 BTC/USDT ▼ SELL LIMIT GTC 0.1 0.04 64500.00 64500.00 part filled 40% 3s"

    async def test_an_unknown_order_cannot_be_overlooked(self) -> None:
        async with opened() as s:
            assert "?? UNKNOWN" in s.line_of("ETH/USDT")
            assert "it is not sent again" in s.line_of("ETH/USDT")
            line = s.screen.query_one(".unknown-orders", SteadyText)
            assert line.display
            assert "1 UNKNOWN order" in str(line.visual)
            s.desk.show(a_view())
            await s.until(lambda: not line.display)

    async def test_orders_and_inventory_of_others_are_marked(self) -> None:
        async with opened() as s:
            assert "working EXTERNAL" in s.line_of("PEPE/USDT")
            assert "PEPE/USDT ext" in s.line_of("PEPE/USDT")
            assert "0.00000800" in s.line_of("PEPE/USDT")

    async def test_the_age_counts_on_and_the_cursor_stays(self) -> None:
        async with opened() as s:
            await s.press("down", "down")
            assert s.table.cursor_key == "fks-000004"
            view = a_busy_view()
            s.desk.show(a_view(ts=NOW + 10 * SECOND, working_orders=(an_order(1), *view.working_orders)))
            await s.until(lambda: "14s" in s.line_of("ETH/USDT"))
            assert s.table.cursor_key == "fks-000004"

    async def test_history_tells_why_and_fills_tell_what_they_cost(self) -> None:
        async with opened() as s:
            await s.press("tab")
            assert "Account has insufficient balance for requested action." in "\n".join(s.lines)
            assert "worth 64000 USDT, over the limit of 25000" in "\n".join(s.lines)
            await s.press("tab")
            assert "6,400.00 USDT" in s.lines[1]
            assert "0.0001 BTC" in s.lines[1]

    async def test_an_order_that_came_back_to_life_is_not_history(self) -> None:
        order = an_order(7, status=OrderStatus.REJECTED)
        async with opened(FakeDesk(a_view(working_orders=(), recent_orders=(order,)))) as s:
            s.desk.show(a_view(working_orders=(an_order(7),), recent_orders=()))
            await s.until(lambda: s.tabs.split()[:4] == ["Working", "1", "History", "0"])

    async def test_what_left_the_picture_stays_in_the_history_until_another_session_begins(self) -> None:
        async with opened() as s:
            s.desk.show(a_view(recent_orders=(an_order(20, status=OrderStatus.CANCELED),)))
            await s.until(lambda: "History 6 " in s.tabs)
            s.desk.show(a_view(recent_orders=(), engine=an_engine(started_ts=NOW)))
            await s.until(lambda: "History 0 " in s.tabs)


@pytest.mark.anyio
class TestCancel:
    async def test_c_cancels_the_order_under_the_cursor_without_a_question(self) -> None:
        async with opened() as s:
            await s.press("down", "c")
            await s.until(lambda: s.sent == [CancelOrder("fks-000003")])

    async def test_a_held_key_asks_once(self) -> None:
        async with opened(HangingDesk()) as s:
            await s.press("c", "c", "c")
            await s.until(lambda: bool(s.sent))
            await s.pilot.pause()
            assert s.sent == [CancelOrder("fks-000002")]

    async def test_an_order_that_went_away_under_the_cursor_takes_no_other_with_it(self) -> None:
        async with opened() as s:
            s.desk.show(a_view(working_orders=a_busy_view().working_orders[1:]))
            await s.until(lambda: "Working 4" in s.tabs)
            await s.press("c")
            await s.until(lambda: any("Nothing canceled" in each for each in s.toasts))
            assert s.sent == []

    async def test_a_denial_and_a_lost_engine_are_told(self) -> None:
        desk = FakeDesk()
        desk.denial = Denied(DenialReason.ORDER_NOT_WORKING, "the order is filled already")
        async with opened(desk) as s:
            await s.press("c")
            await s.until(lambda: any("filled already" in each for each in s.toasts))
        async with opened(HangingDesk(lost=True)) as s:
            await s.press("c")
            await s.until(lambda: bool(s.toasts))
            assert len(s.sent) == 1

    async def test_elsewhere_c_does_nothing(self) -> None:
        async with opened() as s:
            await s.press("tab", "c")
            await s.pilot.pause()
            assert s.sent == []

    @pytest.mark.parametrize("key", ["C", "ctrl+x"])
    async def test_all_orders_are_canceled_after_a_question_that_counts_them(self, key: str) -> None:
        async with opened() as s:
            await s.press(key)
            await s.until(lambda: isinstance(s.app.screen, Confirm))
            text = "\n".join(str(each.visual) for each in s.app.screen.query("Static"))  # type: ignore[attr-defined]
            assert "Cancel all 5 working orders?" in text
            assert "BTC/USDT: 1 buy, 1 sell" in text
            assert s.sent == []
            await s.press("y")
            await s.until(lambda: s.sent == [CancelAllOrders()])

    async def test_a_no_keeps_them(self) -> None:
        async with opened() as s:
            await s.press("C", "escape")
            await s.until(lambda: s.app.screen is s.screen)
            assert s.sent == []

    async def test_without_orders_there_is_no_question(self) -> None:
        async with opened(FakeDesk(a_view(working_orders=()))) as s:
            await s.press("C")
            await s.until(lambda: any("Nothing to cancel" in each for each in s.toasts))
            assert s.app.screen is s.screen

    async def test_orders_that_were_not_read_are_not_said_to_be_none(self) -> None:
        async with opened(FakeDesk(an_empty_view())) as s:
            assert "0" not in str(s.screen.query_one(ListTabs).visual).partition("History")[0]
            await s.press("C")
            await s.until(lambda: any("not read yet" in each for each in s.toasts))


@pytest.mark.anyio
class TestDetails:
    async def test_enter_shows_ids_times_fills_and_reason(self) -> None:
        fills = (a_fill(11, price=D("63900.00")), a_fill(12))
        async with opened(FakeDesk(a_view(recent_orders=a_busy_view().recent_orders, recent_fills=fills))) as s:
            await s.press("tab", "down", "enter")
            await s.until(lambda: isinstance(s.app.screen, OrderDetails))
            text = str(s.app.screen.query_one(".facts", SteadyText).visual)
            for words in ("fks-000011", "5011", "insufficient balance", "2025-11-22 11:59:49 UTC", "1 fill", "7011"):
                assert words in text
            assert "7012" not in text
            await s.press("escape")
            await s.until(lambda: s.app.screen is s.screen)

    async def test_they_follow_the_life_of_the_order(self) -> None:
        async with opened(FakeDesk(a_view())) as s:
            await s.press("enter")
            await s.until(lambda: isinstance(s.app.screen, OrderDetails))
            done = an_order(2, status=OrderStatus.FILLED, filled_quantity=D("0.1"), ts_updated=NOW)
            s.desk.show(a_view(working_orders=(), recent_orders=(done,)))
            facts = s.app.screen.query_one(".facts", SteadyText)
            await s.until(lambda: "filled" in str(facts.visual))


@pytest.mark.anyio
class TestOlderRecords:
    async def test_the_end_of_the_list_loads_the_next_page(self) -> None:
        desk = PagingDesk(250)
        async with opened(desk) as s:
            await s.press("tab")
            await s.until(lambda: "History 100+" in s.tabs)
            await s.press("end")
            await s.until(lambda: "History 200+" in s.tabs)
            await s.press("end")
            await s.until(lambda: "History 250 " in s.tabs)
            await s.press("end", "end")
            assert [each.offset for each in desk.requests] == [0, 100, 200]
            assert s.table.cursor_key == "fks-000250"

    async def test_a_lost_engine_is_told_and_the_list_stays(self) -> None:
        async with opened(HangingDesk(lost=True)) as s:
            await s.press("tab", "end")
            await s.until(lambda: any("Older records were not loaded" in each for each in s.toasts))
            assert "History 1+" in s.tabs


class TestLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    @pytest.mark.parametrize("keys", [["f3"], ["f3", "tab"], ["f3", "tab", "tab"]], ids=["working", "history", "fills"])
    def test_live(self, snap_compare: SnapCompare, size: tuple[int, int], keys: list[str]) -> None:
        app, _ = desk_app(a_busy_view())
        assert snap_compare(app, press=keys, terminal_size=size)

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_empty(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app(an_empty_view())
        assert snap_compare(app, press=["f3"], terminal_size=size)

    def test_no_orders_say_what_to_press(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_view(working_orders=()))
        assert snap_compare(app, press=["f3"], terminal_size=SMALL)

    def test_stale(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_stale_view())
        assert snap_compare(app, press=["f3"], terminal_size=SMALL)

    def test_disconnected(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_disconnected_view())
        assert snap_compare(app, press=["f3"], terminal_size=SMALL)

    def test_details(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_busy_view())
        assert snap_compare(app, press=["f3", "tab", "enter"], terminal_size=SMALL)

    def test_cancel_all(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_busy_view())
        assert snap_compare(app, press=["f3", "C"], terminal_size=SMALL)
