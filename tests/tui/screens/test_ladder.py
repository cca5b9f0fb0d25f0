"""The ladder's keys: what they send, when they ask, and what ends one-press trading."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from textual.events import AppBlur

from fks_engine.api import (
    Accepted,
    CancelAllOrders,
    CancelOrder,
    Command,
    Denied,
    DeskView,
    FlattenPosition,
    Follow,
    OrderStatus,
    OrderType,
    ReplaceOrder,
    Side,
    SubmitOrder,
)
from fks_tui.screens.ladder import LadderScreen
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.widgets.price_ladder import PriceLadder
from tests.desk_views import (
    BTC,
    SOL,
    a_disconnected_view,
    a_fill,
    a_focus,
    a_stale_view,
    a_view,
    an_empty_view,
)
from tests.fake_desk import FakeDesk
from tests.tui.ladder_views import OURS, TOO_MUCH, a_ladder_view, opened
from tests.tui.pilots import desk_app, until
from tests.tui.widgets.panes import Repaints

pytestmark = pytest.mark.anyio
D = Decimal


def an_order_to(side: Side, price: str, quantity: str = "0.00156", **changes: object) -> SubmitOrder:
    order = SubmitOrder(
        instrument_id=BTC,
        side=side,
        order_type=OrderType.LIMIT,
        quantity=D(quantity),
        limit_price=D(price),
        origin="ladder",
    )
    return replace(order, **changes)  # type: ignore[arg-type]


STOP = an_order_to(Side.BUY, "1", order_type=OrderType.STOP, limit_price=None, stop_price=D("64000.10"))
SENDING_KEYS = [
    ("b", an_order_to(Side.BUY, "64000.00")),
    ("s", an_order_to(Side.SELL, "64000.00")),
    ("down b", an_order_to(Side.BUY, "63999.99")),
    ("B", an_order_to(Side.BUY, "63999.99")),
    ("S", an_order_to(Side.SELL, "64000.01")),
    ("A", an_order_to(Side.BUY, "64000.01")),
    ("H", an_order_to(Side.SELL, "63999.99")),
    ("2 P S", an_order_to(Side.SELL, "64000.01", "0.00781", post_only=True)),
    ("5 B", an_order_to(Side.BUY, "63999.99", "0.14625")),
    ("pageup exclamation_mark", STOP),
    ("F", FlattenPosition(BTC)),
    ("C", CancelAllOrders(BTC)),
    ("less_than_sign", CancelAllOrders(BTC, Side.BUY)),
    ("greater_than_sign", CancelAllOrders(BTC, Side.SELL)),
    ("down down down plus", ReplaceOrder(client_order_id="fks-000002", limit_price=D("63999.98"), origin="ladder")),
    ("down down down minus", ReplaceOrder(client_order_id="fks-000002", limit_price=D("63999.96"), origin="ladder")),
]


class TestUnarmed:
    async def test_every_key_asks_what_exactly_is_sent_and_enter_sends_it(self) -> None:
        async with opened() as ladder:
            for number, (keys, command) in enumerate(SENDING_KEYS):
                if "P" in keys.split():
                    assert "post-only off" in ladder.head
                await ladder.press("home", "1", *keys.split())
                assert len(ladder.sent) == number, keys
                await ladder.until_it_says("?")
                await ladder.press("enter")
                await ladder.until_sent(number + 1)
                assert ladder.sent[-1] == command, keys
                if "P" in keys.split():
                    await ladder.press("P")
                ladder.screen.trading._on_its_way.clear()

    async def test_the_question_names_price_quantity_worth_and_the_gates_word(self) -> None:
        async with opened() as ladder:
            await ladder.press("2", "b")
            await ladder.until_it_says("SEND? ▲ BUY 0.00781 BTC/USDT LIMIT 64000.00 = 499.84 USDT")
            await ladder.until_it_says("gate passes")
            ladder.desk.denial = TOO_MUCH
            await ladder.press("3")
            await ladder.until_it_says("SEND? ▲ BUY 0.01562")
            await ladder.until_it_says("✗ Gate: the order is worth 64,000.00 USDT")

    async def test_escape_sends_nothing(self) -> None:
        async with opened() as ladder:
            await ladder.press("b", "escape")
            await ladder.until_it_says("Let go: nothing was sent")
            await ladder.press("escape")
            assert ladder.sent == []

    async def test_a_question_follows_the_cursor(self) -> None:
        async with opened() as ladder:
            await ladder.press("b", "down", "down", "enter")
            await ladder.until_sent(1)
            assert ladder.sent == [an_order_to(Side.BUY, "63999.98")]

    async def test_a_denial_is_told_in_the_gates_words(self) -> None:
        async with opened() as ladder:
            ladder.desk.denial = TOO_MUCH
            await ladder.press("b", "enter")
            await ladder.until_it_says("up to 0.39062 BTC would pass")

    async def test_enter_opens_a_ticket_at_the_cursors_price(self) -> None:
        async with opened() as ladder:
            await ladder.press("down", "down", "2", "enter")
            await until(ladder.pilot, lambda: isinstance(ladder.app.screen, OrderTicket))
            await until(ladder.pilot, lambda: bool(ladder.desk.previewed))
            assert ladder.desk.previewed[-1] == an_order_to(Side.BUY, "63999.98", "0.00781", origin="ticket")


class TestOrdersUnderTheCursor:
    async def test_c_cancels_all_of_them_at_once(self) -> None:
        async with opened() as ladder:
            await ladder.press(*["down"] * 5, "c")
            await ladder.until_sent(2)
            assert ladder.sent == [CancelOrder("fks-000003"), CancelOrder("fks-000004")]
            await ladder.press("c")
            assert len(ladder.sent) == 2

    async def test_one_is_picked_up_and_dropped_elsewhere(self) -> None:
        async with opened() as ladder:
            await ladder.press(*["down"] * 5, "g")
            await ladder.until_it_says("MOVE ▲ BUY 0.10000 LIMIT 63999.95 → 63999.95")
            await ladder.press("g")
            await ladder.until_it_says("MOVE ▲ BUY 0.20000")
            await ladder.press("up", "up", "enter")
            await ladder.until_sent(1)
            assert ladder.sent == [
                ReplaceOrder(client_order_id="fks-000004", limit_price=D("63999.97"), origin="ladder")
            ]

    async def test_escape_leaves_it_where_it_is(self) -> None:
        async with opened() as ladder:
            await ladder.press(*["down"] * 5, "g", "up", "escape")
            await ladder.until_it_says("Let go")
            assert (ladder.sent, ladder.screen.trading.carried) == ([], None)

    @pytest.mark.parametrize("key", ["c", "g", "plus"])
    async def test_without_one_the_key_answers_in_words(self, key: str) -> None:
        async with opened() as ladder:
            await ladder.press(key)
            await ladder.until_it_says("No order of ours under the cursor")
            assert ladder.sent == []


THE_ORDER = ("home", "down", "down", "down")
"""Keys that bring the cursor to the order at 63999.97."""


def nudged_to(price: str) -> ReplaceOrder:
    return ReplaceOrder(client_order_id="fks-000002", limit_price=D(price), origin="ladder")


class TestNudging:
    async def test_unarmed_each_nudge_goes_on_from_the_move_that_waits(self) -> None:
        async with opened() as ladder:
            await ladder.press(*THE_ORDER, "plus", "plus", "plus")
            await ladder.until_it_says("63999.97 → 64000.00")
            await ladder.press("minus", "enter")
            await ladder.until_sent(1)
            assert ladder.sent == [nudged_to("63999.99")]

    async def test_a_nudge_with_the_cursor_where_the_order_would_go_is_of_that_order(self) -> None:
        async with opened() as ladder:
            await ladder.press(*THE_ORDER, "plus", "plus", "up", "up", "plus", "enter")
            await ladder.until_sent(1)
            assert ladder.sent == [nudged_to("64000.00")]

    async def test_nudged_back_to_where_it_is_nothing_waits_any_more(self) -> None:
        async with opened() as ladder:
            await ladder.press(*THE_ORDER, "plus", "minus")
            await ladder.until_it_says("The order is at 63999.97 already")
            assert (ladder.screen.trading.pending, ladder.sent) == (None, [])

    async def test_a_move_that_waits_shows_the_gates_word_and_keeps_it(self) -> None:
        async with opened() as ladder:
            await ladder.press(*THE_ORDER, "plus")
            await ladder.until_it_says("gate passes")
            ladder.desk.denial = TOO_MUCH
            await ladder.press("plus")
            await ladder.until_it_says("✗ Gate: the order is worth 64,000.00 USDT")
            assert ladder.desk.previewed_changes == [nudged_to("63999.98"), nudged_to("63999.99")]

    async def test_armed_the_second_of_two_quick_nudges_is_refused_in_words(self) -> None:
        async with opened() as ladder:
            await ladder.arm()
            await ladder.press(*THE_ORDER, "plus", "plus")
            await ladder.until_it_says("That order is on its way already")
            await ladder.press(*THE_ORDER, "plus")
            await ladder.until_it_says("That order is on its way already")
            assert (ladder.sent, ladder.is_armed) == ([nudged_to("63999.98")], True)

    async def test_armed_the_next_nudge_goes_on_from_where_the_new_order_stands(self) -> None:
        async with opened() as ladder:
            await ladder.arm()
            await ladder.press(*THE_ORDER, "plus")
            await ladder.until_sent(1)
            new_id = f"fks-{len(ladder.desk.submitted):06d}"
            old = replace(OURS[0], status=OrderStatus.PENDING_CANCEL)
            new = replace(OURS[0], client_order_id=new_id, limit_price=D("63999.98"), status=OrderStatus.SUBMITTED)
            await ladder.shows(a_ladder_view(working_orders=(new, old)))
            await ladder.press("plus")
            await ladder.until_it_says("That order is sending: it can be moved once the exchange has answered")
            await ladder.press(*THE_ORDER, "plus")
            await ladder.until_it_says("That order is canceling")
            assert (len(ladder.sent), ladder.is_armed) == (1, True)
            await ladder.shows(a_ladder_view(working_orders=(replace(new, status=OrderStatus.ACCEPTED),)))
            await ladder.press("up", "plus")
            await ladder.until_sent(2)
            assert ladder.sent[-1] == ReplaceOrder(client_order_id=new_id, limit_price=D("63999.99"), origin="ladder")

    async def test_a_refusal_stands_while_pictures_come_until_the_next_key(self) -> None:
        async with opened() as ladder:
            await ladder.arm()
            ladder.desk.denial = TOO_MUCH
            await ladder.press(*THE_ORDER, "plus")
            await ladder.until_it_says("✗ Denied: the order is worth 64,000.00 USDT")
            await ladder.shows(a_ladder_view(recent_fills=(a_fill(9), a_fill(1))))
            await ladder.shows(a_ladder_view())
            assert "✗ Denied" in ladder.line
            ladder.desk.denial = None
            await ladder.press(*THE_ORDER, "c")
            await ladder.until_it_says("Cancel")
            assert "✗ Denied" not in ladder.line


class TestArmed:
    async def test_every_key_sends_at_once(self) -> None:
        async with opened() as ladder:
            await ladder.arm()
            for number, (keys, command) in enumerate(SENDING_KEYS):
                ladder.clock.now += 1.0
                await ladder.press("home", "1", *keys.split())
                await ladder.until_sent(number + 1)
                assert ladder.sent[-1] == command, keys
                if "P" in keys.split():
                    await ladder.press("P")
                ladder.screen.trading._on_its_way.clear()

    async def test_the_head_says_so_with_the_size_and_the_seconds(self) -> None:
        async with opened() as ladder:
            await ladder.arm()
            await until(ladder.pilot, lambda: "ARMED" in ladder.head)
            ladder.clock.now += 18.0
            await ladder.shows(ladder.desk.view())
            assert "42 s left" in ladder.head
            assert "BTC/USDT" in ladder.head
            assert "size $100" in ladder.head

    async def test_silence_disarms_before_the_next_key(self) -> None:
        async with opened() as ladder:
            await ladder.arm()
            ladder.clock.now += 60.0
            await ladder.press("b")
            await ladder.until_it_says("SEND?")
            assert ladder.sent == []
            await ladder.shows(ladder.desk.view())
            await ladder.press("escape")
            assert "ARMED" not in ladder.head

    @pytest.mark.parametrize("how", ["escape", "O", "o", "?", "n"])
    async def test_keys_that_disarm(self, how: str) -> None:
        async with opened() as ladder:
            await ladder.arm()
            await ladder.press(how)
            if how == "n":
                await ladder.shows(a_view(focus=a_focus(SOL)))
            await until(ladder.pilot, lambda: not ladder.is_armed)
            assert ladder.sent == []

    @pytest.mark.parametrize("view", [a_stale_view(), a_disconnected_view(), an_empty_view()])
    async def test_a_market_that_is_not_live_disarms(self, view: DeskView) -> None:
        async with opened() as ladder:
            await ladder.arm()
            await ladder.shows(view)
            assert not ladder.is_armed
            assert "Disarmed" in ladder.line
            await ladder.press("O")
            await ladder.until_it_says("Not armed")

    async def test_a_terminal_without_focus_disarms(self) -> None:
        async with opened() as ladder:
            await ladder.arm()
            ladder.app.post_message(AppBlur())
            await until(ladder.pilot, lambda: not ladder.is_armed)

    async def test_a_denial_disarms(self) -> None:
        async with opened() as ladder:
            await ladder.arm()
            ladder.desk.denial = TOO_MUCH
            await ladder.press("b")
            await ladder.until_it_says("Denied")
            assert not ladder.is_armed

    async def test_an_order_is_out_before_anything_is_painted(self) -> None:
        desk = PaintNotingDesk(a_ladder_view())
        async with opened() as ladder:
            await ladder.arm()
            desk.repaints = Repaints(ladder.screen.query_one(PriceLadder))
            ladder.screen.trading._desk = desk
            await ladder.press("b")
            await until(ladder.pilot, lambda: bool(desk.painted))
            assert desk.painted == [set()]
            await until(ladder.pilot, lambda: bool(desk.repaints and desk.repaints.lines))


class PaintNotingDesk(FakeDesk):
    """Notes which lines had been painted when a command came."""

    def __init__(self, view: DeskView) -> None:
        super().__init__(view)
        self.repaints: Repaints | None = None
        self.painted: list[set[int]] = []

    async def submit(self, command: Command) -> Accepted | Denied:
        assert self.repaints is not None
        self.painted.append(set(self.repaints.lines))
        return await super().submit(command)


class TestStates:
    async def test_a_ladder_without_a_market_asks_for_the_first_of_the_watchlist(self) -> None:
        async with opened(replace(a_ladder_view(), focus=None)) as ladder:
            await until(ladder.pilot, lambda: ladder.screen.wanted == BTC)
            assert {each.instrument_id for each in ladder.desk.submitted if isinstance(each, Follow)} == {BTC}
            await ladder.shows(a_ladder_view())
            assert (ladder.screen.market, ladder.screen.wanted) == (BTC, None)

    async def test_without_a_market_keys_answer_in_words(self) -> None:
        app, desk = desk_app(an_empty_view())
        async with app.run_test() as pilot:
            await pilot.press("l", "b", "c", "g", "C", "F", "up", "home", "enter", "A", "exclamation_mark", "O")
            assert isinstance(app.screen, LadderScreen)
            assert "Not armed" in app.screen.trading.told.text
            assert desk.submitted == []

    async def test_a_stale_market_is_refused_in_the_gates_words(self) -> None:
        async with opened(a_stale_view()) as ladder:
            assert "cancels pass" in ladder.line
            assert "42s" in ladder.head
            ladder.desk.denial = replace(TOO_MUCH, message="the quote is 42 s old")
            await ladder.press("b", "enter")
            await ladder.until_it_says("the quote is 42 s old")

    async def test_a_cursor_that_is_out_of_sight_sends_nothing(self) -> None:
        async with opened() as ladder:
            focus = a_focus()
            far = replace(
                focus,
                bids=tuple(replace(each, price=each.price + 9) for each in focus.bids),
                asks=tuple(replace(each, price=each.price + 9) for each in focus.asks),
            )
            await ladder.shows(a_ladder_view(focus=far))
            assert "cursor 64000.00 out of sight" in ladder.head
            await ladder.press("b")
            await ladder.until_it_says("in sight is under the cursor")

    async def test_one_changed_order_repaints_few_lines(self) -> None:
        async with opened() as ladder:
            repaints = Repaints(ladder.ladder)
            await ladder.shows(a_ladder_view(working_orders=OURS[1:]))
            assert len(repaints.lines) <= 1
