"""A working order opened for a change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from fks_engine.api import (
    CancelAllOrders,
    Command,
    Denied,
    DeskView,
    Order,
    OrderStatus,
    OrderType,
    ReplaceOrder,
    Side,
)
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.order_edit import OrderEdit
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.quit import Farewell
from fks_tui.screens.ticket_words import Stage
from fks_tui.widgets.preview_panel import PreviewPanel
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import NOW, a_view, an_order
from tests.fake_desk import FakeDesk
from tests.tui.pilots import SMALL, desk_app, until
from tests.tui.screens.tickets import TOO_MUCH, GatedDesk, LostDesk

pytestmark = pytest.mark.anyio
D = Decimal
MOVED = ReplaceOrder(client_order_id="fks-000002", limit_price=D("63950.00"), origin="edit")
PART_FILLED = an_order(2, status=OrderStatus.PARTIALLY_FILLED, filled_quantity=D("0.04"))


class OpenEdit:
    """An order's window under a pilot."""

    def __init__(self, pilot: Pilot[Farewell], desk: FakeDesk, screen: OrderEdit) -> None:
        self.pilot, self.desk, self.screen = pilot, desk, screen

    @property
    def sent(self) -> list[Command]:
        return [each for each in self.desk.submitted if isinstance(each, ReplaceOrder)]

    @property
    def is_open(self) -> bool:
        return self.pilot.app.screen is self.screen

    @property
    def verdict(self) -> str:
        return str(self.screen.query_one(".verdict", SteadyText).visual) if self.is_open else ""

    @property
    def figures(self) -> str:
        return str(self.screen.query_one(PreviewPanel).visual)

    async def types(self, field: str, text: str) -> None:
        self.screen.query_one(f"#{field}", Input).value = text
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], object]) -> None:
        await until(self.pilot, lambda: bool(condition()))

    async def until_it_says(self, words: str) -> None:
        await self.until(lambda: words in self.verdict)

    async def shows(self, view: DeskView) -> None:
        self.desk.show(view)
        number = self.desk.view().number
        await self.until(lambda: self.screen.picture.number == number)

    async def reviews(self) -> None:
        await self.press("enter")
        await self.until(lambda: self.screen.stage is Stage.REVIEWING and not self.screen.is_being_read)


@asynccontextmanager
async def opened(
    order: Order | None = None, desk: FakeDesk | None = None, *, confirm: bool = True
) -> AsyncIterator[OpenEdit]:
    order = order or an_order(2)
    desk = desk or FakeDesk()
    desk.show(a_view(working_orders=(order,)))
    app = DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=3600.0))
    async with app.run_test(size=SMALL) as pilot:
        screen = OrderEdit(desk, order, confirm=confirm)
        await app.push_screen(screen)
        window = OpenEdit(pilot, desk, screen)
        await window.until(lambda: screen._change.instrument is not None)
        yield window


def later(seconds: float, *orders: Order) -> DeskView:
    return a_view(working_orders=orders or (an_order(2),), ts=NOW + int(seconds * 1e9))


class TestEditing:
    async def test_only_what_was_changed_is_previewed_reviewed_and_replaced(self) -> None:
        async with opened() as edit:
            assert edit.screen.query_one("#price", Input).value == "63900.00"
            await edit.types("price", "63950")
            await edit.until_it_says("let it through. Canceled first")
            await edit.reviews()
            await edit.press("enter")
            await edit.until(lambda: not edit.is_open)
            assert edit.sent == [MOVED]
            assert set(edit.desk.previewed_changes) == {MOVED}

    async def test_nothing_changed_or_too_little_is_not_sent(self) -> None:
        async with opened(PART_FILLED) as edit:
            await edit.until_it_says("Nothing is changed")
            await edit.types("quantity", "0.04")
            await edit.until_it_says("filled already")
            await edit.press("enter", "enter")
            assert edit.screen.stage is Stage.EDITING
            assert edit.sent == []
            assert edit.desk.previewed_changes == []

    async def test_what_is_filled_is_taken_off_the_whole_quantity(self) -> None:
        async with opened(PART_FILLED, confirm=False) as edit:
            await edit.types("quantity", "0.2")
            await edit.until(lambda: "0.16 BTC" in edit.figures)
            await edit.press("enter")
            await edit.until(lambda: edit.sent)
            assert edit.sent == [ReplaceOrder(client_order_id="fks-000002", quantity=D("0.16"), origin="edit")]

    async def test_an_order_of_a_list_says_at_once_that_none_takes_its_place(self) -> None:
        async with opened(an_order(2, order_list_id="fks-list")) as edit:
            await edit.until_it_says("one of a list")

    async def test_a_stop_order_shows_its_trigger(self) -> None:
        stop = an_order(
            2, order_type=OrderType.STOP_LIMIT, side=Side.SELL, stop_price=D("63000.00"), limit_price=D("62900.00")
        )
        async with opened(stop) as edit:
            await edit.types("stop", "63100")
            await edit.until_it_says("let it through")
            assert edit.desk.previewed_changes[-1] == ReplaceOrder(
                client_order_id="fks-000002", stop_price=D("63100.00"), origin="edit"
            )

    async def test_the_toast_says_what_is_replaced_by_what(self) -> None:
        async with opened(confirm=False) as edit:
            await edit.types("price", "63950")
            await edit.until_it_says("✓")
            await edit.press("enter")
            await edit.until(lambda: edit.pilot.app._notifications)
            (toast,) = edit.pilot.app._notifications
            assert (toast.title, toast.message) == ("Replacing", "BUY BTC/USDT: price 63900.00 → 63950.00")

    async def test_one_side_can_be_canceled_whole(self) -> None:
        orders = (an_order(2), an_order(3, side=Side.SELL))
        app, desk = desk_app(a_view(working_orders=orders))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("f3", "B", "y")
            await until(pilot, lambda: CancelAllOrders(side=Side.BUY) in desk.submitted)

    async def test_the_key_of_the_orders_screen_opens_it(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("f3")
            await until(pilot, lambda: isinstance(app.screen, OrdersScreen))
            await pilot.press("down", "e")
            await until(pilot, lambda: isinstance(app.screen, OrderEdit))


class TestPreview:
    async def test_it_says_cost_balance_and_position_after(self) -> None:
        async with opened() as edit:
            await edit.types("price", "63950")
            await edit.until(lambda: "6,395.00 USDT" in edit.figures)
            assert "0.0999 → 0.1999 BTC" in edit.figures
            assert "Available  93,600.00 USDT" in edit.figures
            assert "Then free  87,205.00 USDT" in edit.figures

    async def test_enter_is_refused_in_words_while_the_preview_says_no(self) -> None:
        async with opened(confirm=False) as edit:
            edit.desk.denial = TOO_MUCH
            await edit.types("quantity", "1")
            await edit.until_it_says("Denied: the order is worth 64,000.00 USDT")
            await edit.press("enter", "enter")
            await edit.until_it_says("Nothing was sent. ✗ Denied")
            assert edit.sent == []
            edit.desk.denial = None
            await edit.types("quantity", "0.2")
            await edit.until_it_says("✓ The gate would let it through")

    async def test_enter_before_the_answer_waits_for_it(self) -> None:
        desk = GatedDesk()
        async with opened(desk=desk, confirm=False) as edit:
            await edit.types("price", "63950")
            await edit.press("enter")
            await edit.until_it_says("Asking the gate")
            assert edit.sent == []
            desk.previews.set()
            await edit.until(lambda: edit.sent)
            assert edit.sent == [MOVED]
            desk.answers.set()

    async def test_enter_before_an_answer_that_is_no_sends_nothing(self) -> None:
        desk = GatedDesk()
        async with opened(desk=desk, confirm=False) as edit:
            await edit.types("price", "63950")
            await edit.press("enter")
            desk.denial = TOO_MUCH
            desk.previews.set()
            await edit.until_it_says("Nothing was sent. ✗ Denied")
            assert edit.sent == []

    async def test_previews_are_asked_one_at_a_time_and_only_the_last_number_counts(self) -> None:
        desk = GatedDesk()
        async with opened(desk=desk) as edit:
            for text in ("63910", "63920", "63930", "63940"):
                await edit.types("price", text)
            assert (desk.most_at_once, len(desk.asked)) == (1, 1)
            desk.previews.set()
            await edit.until_it_says("let it through")
            assert len(desk.asked) == 2
            assert desk.asked[-1] == ReplaceOrder(
                client_order_id="fks-000002", limit_price=D("63940.00"), origin="edit"
            )
            assert "63940.00" in edit.figures

    async def test_it_is_asked_for_again_as_the_market_moves_on(self) -> None:
        async with opened() as edit:
            await edit.types("price", "63950")
            await edit.until_it_says("let it through")
            count = len(edit.desk.previewed_changes)
            edit.desk.denial = TOO_MUCH
            await edit.shows(later(0.5))
            assert len(edit.desk.previewed_changes) == count
            await edit.shows(later(1.5))
            await edit.until_it_says("Denied")

    async def test_without_an_engine_that_answers_nothing_is_sent(self) -> None:
        async with opened(desk=LostDesk(previews=False), confirm=False) as edit:
            await edit.types("price", "63950")
            await edit.press("enter")
            await edit.until_it_says("no preview. Nothing was sent")
            assert edit.sent == []

    async def test_the_number_that_would_pass_is_taken_over_with_what_is_filled_already(self) -> None:
        async with opened(PART_FILLED) as edit:
            edit.desk.denial = Denied(TOO_MUCH.reason, TOO_MUCH.message, {"quantity": "0.39"})
            await edit.types("quantity", "1")
            await edit.until_it_says("takes over 0.43 as the quantity")
            edit.desk.denial = None
            await edit.press("ctrl+g")
            assert edit.screen.query_one("#quantity", Input).value == "0.43"


class TestReviewing:
    async def test_warnings_are_reviewed_though_no_review_is_wanted(self) -> None:
        async with opened(confirm=False) as edit:
            edit.desk.warnings = ("0.00001 BTC would be left",)
            await edit.types("price", "63950")
            await edit.reviews()
            assert "Send this change?" in edit.verdict
            assert "would be left" in edit.verdict
            await edit.press("y")
            await edit.until(lambda: edit.sent)

    async def test_a_review_is_not_sent_once_the_gate_says_no(self) -> None:
        async with opened() as edit:
            await edit.types("price", "63950")
            await edit.reviews()
            edit.desk.denial = TOO_MUCH
            await edit.shows(later(1.5))
            await edit.until_it_says("Denied")
            await edit.press("enter", "y")
            await edit.until_it_says("Nothing was sent. ✗ Denied")
            assert (edit.sent, edit.screen.stage) == ([], Stage.REVIEWING)

    async def test_a_fill_meanwhile_takes_a_changed_quantity_back_to_be_read_again(self) -> None:
        async with opened() as edit:
            await edit.types("quantity", "0.2")
            await edit.reviews()
            await edit.shows(later(0.1, PART_FILLED))
            await edit.until_it_says("moved on meanwhile")
            assert edit.screen.stage is Stage.EDITING
            await edit.reviews()
            await edit.press("enter")
            await edit.until(lambda: edit.sent)
            assert edit.sent == [ReplaceOrder(client_order_id="fks-000002", quantity=D("0.16"), origin="edit")]

    async def test_an_order_that_is_over_meanwhile_is_not_replaced(self) -> None:
        async with opened() as edit:
            await edit.types("price", "63950")
            await edit.reviews()
            over = an_order(2, status=OrderStatus.FILLED, filled_quantity=D("0.10000"))
            await edit.shows(a_view(working_orders=(), recent_orders=(over,)))
            await edit.until_it_says("This order is over")
            await edit.press("enter", "enter")
            assert edit.sent == []

    async def test_a_denial_of_the_submit_stands_there_and_the_next_change_is_asked_anew(self) -> None:
        async with opened() as edit:
            await edit.types("price", "63950")
            await edit.reviews()
            edit.desk.denial = TOO_MUCH
            await edit.press("enter")
            await edit.until_it_says("would pass")
            assert edit.screen.stage is Stage.EDITING
            edit.desk.denial = None
            await edit.types("price", "63960")
            await edit.until_it_says("✓ The gate would let it through")
            await edit.reviews()
            await edit.press("enter")
            await edit.until(lambda: not edit.is_open)
            assert len(edit.sent) == 2
