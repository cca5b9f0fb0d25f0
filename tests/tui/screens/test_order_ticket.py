"""The order ticket, from the first key to the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Input

from fks_engine.api import (
    Accepted,
    Command,
    ConnectionLost,
    DenialReason,
    Denied,
    DeskView,
    InstrumentId,
    Mode,
    OrderType,
    Preview,
    Side,
    SubmitOrder,
    TimeInForce,
)
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.quit import Farewell
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.number_field import NumberField
from fks_tui.widgets.order_review import OrderReview
from fks_tui.widgets.preview_panel import PreviewPanel
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import BTC, ETH, NOW, SECOND, a_disconnected_view, a_stale_view, a_view, an_engine
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until

D = Decimal
SnapCompare = Callable[..., bool]
TOO_MUCH = Denied(
    DenialReason.NOTIONAL_OVER_LIMIT,
    "the order is worth 64,000.00 USDT and the limit is 25,000.00 USDT; up to 0.39062 BTC would pass",
    {"notional": "64000.00", "limit": "25000.00"},
)


class GatedDesk(FakeDesk):
    """Answers previews and commands only when it is told to."""

    def __init__(self, view: DeskView | None = None) -> None:
        super().__init__(view)
        self.previews = anyio.Event()
        self.answers = anyio.Event()
        self.asked: list[SubmitOrder] = []
        self.at_once = 0
        self.most_at_once = 0

    async def preview(self, command: SubmitOrder) -> Preview:
        self.asked.append(command)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.previews.wait()
        finally:
            self.at_once -= 1
        return await super().preview(command)

    async def submit(self, command: Command) -> Accepted | Denied:
        self.submitted.append(command)
        await self.answers.wait()
        return self.denial or Accepted(("fks-000001",))


class LostDesk(FakeDesk):
    """The engine goes away at the moment the order is handed over; or was never there."""

    def __init__(self, view: DeskView | None = None, *, previews: bool = True) -> None:
        super().__init__(view)
        self._previews = previews

    async def preview(self, command: SubmitOrder) -> Preview:
        if not self._previews:
            raise ConnectionLost("the engine is gone")
        return await super().preview(command)

    async def submit(self, command: Command) -> Accepted | Denied:
        self.submitted.append(command)
        raise ConnectionLost("the engine is gone")


class OpenTicket:
    """A ticket under a pilot."""

    def __init__(self, app: DeskApp, pilot: Pilot[Farewell], desk: FakeDesk, ticket: OrderTicket) -> None:
        self.app, self.pilot, self.desk, self.ticket = app, pilot, desk, ticket

    @property
    def is_open(self) -> bool:
        return self.app.screen is self.ticket

    @property
    def sent(self) -> list[Command]:
        return [each for each in self.desk.submitted if isinstance(each, SubmitOrder)]

    @property
    def verdict(self) -> str:
        return str(self.ticket.query_one(".verdict", SteadyText).visual)

    @property
    def review(self) -> str:
        return str(self.ticket.query_one(OrderReview).visual)

    @property
    def figures(self) -> str:
        return str(self.ticket.query_one(PreviewPanel).visual)

    @property
    def is_reviewing(self) -> bool:
        return self.ticket.query_one(ContentSwitcher).current == "review"

    def text(self, field: str) -> str:
        return self.ticket.query_one(f"#{field}", NumberField).value

    def choice(self, field: str) -> str:
        return self.ticket.query_one(f"#{field}", ChoiceField).value

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type_quantity(self, text: str) -> None:
        self.ticket.query_one("#quantity", Input).value = text
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(self.pilot, condition)

    async def until_it_says(self, words: str) -> None:
        await self.until(lambda: self.is_open and words in self.verdict)


@asynccontextmanager
async def opened(
    desk: FakeDesk | None = None,
    side: Side = Side.BUY,
    id: InstrumentId = BTC,  # noqa: A002
    *,
    confirm: bool = True,
    size: tuple[int, int] = SMALL,
    **given_fields: object,
) -> AsyncIterator[OpenTicket]:
    desk = desk or FakeDesk()
    app = DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=3600.0, confirm_orders=confirm))
    async with app.run_test(size=size) as pilot:
        ticket = OrderTicket(desk, id, side, confirm=confirm, **given_fields)  # type: ignore[arg-type]
        await app.push_screen(ticket)
        open_ticket = OpenTicket(app, pilot, desk, ticket)
        await pilot.pause()
        yield open_ticket


@pytest.mark.anyio
class TestOpening:
    @pytest.mark.parametrize(("side", "touch"), [(Side.BUY, "63999.99"), (Side.SELL, "64000.01")])
    async def test_a_limit_order_begins_at_the_best_price_of_its_own_side(self, side: Side, touch: str) -> None:
        async with opened(side=side) as t:
            assert (t.text("price"), t.choice("type"), t.choice("side")) == (touch, "limit", side)
            assert t.app.focused is t.ticket.query_one("#quantity")

    async def test_a_price_that_nobody_touched_follows_the_side(self) -> None:
        async with opened() as t:
            await t.press("f5")
            await t.until(lambda: t.text("price") == "64000.01")
            assert t.choice("side") == "sell"

    async def test_a_price_that_was_typed_stays_when_the_side_turns(self) -> None:
        async with opened(limit_price=D("60000")) as t:
            await t.press("f5")
            assert t.text("price") == "60000"

    async def test_closing_a_position_begins_as_a_market_order_that_only_reduces(self) -> None:
        async with opened(side=Side.SELL, quantity=D("0.09990"), reduce_only=True) as t:
            assert (t.text("quantity"), t.choice("type"), t.choice("reduce_only")) == ("0.09990", "market", "yes")
            assert t.ticket.query_one("#price").disabled

    async def test_a_market_without_a_quote_leaves_the_price_to_the_person(self) -> None:
        async with opened(FakeDesk(a_view(quotes=(), focus=None))) as t:
            assert t.text("price") == ""
            await t.type_quantity("0.1")
            await t.until_it_says("Type a price")

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    async def test_all_of_it_can_be_seen(self, size: tuple[int, int]) -> None:
        desk = FakeDesk()
        desk.denial = TOO_MUCH
        async with opened(desk, size=size) as t:
            await t.type_quantity("1")
            await t.until_it_says("Denied")
            for part in (".ticket", "#reduce_only", ".verdict", ".hint"):
                region = t.ticket.query_one(part).region
                assert region.height > 0
                assert t.ticket.region.contains_region(region), part

    async def test_escape_closes_it_and_sends_nothing(self) -> None:
        async with opened() as t:
            await t.press("1", "escape")
            await t.until(lambda: not t.is_open)
            assert t.sent == []


@pytest.mark.anyio
class TestTyping:
    async def test_arrows_move_quantity_by_its_step_and_price_by_its_tick(self) -> None:
        async with opened() as t:
            await t.press("up", "up", "pageup", "shift+up", "down")
            await t.until(lambda: t.text("quantity") == "0.00021")
            await t.press("tab", "down", "pagedown")
            await t.until(lambda: t.text("price") == "63999.88")

    async def test_function_keys_turn_the_choices_from_any_field(self) -> None:
        async with opened() as t:
            await t.press("f5", "f7", "f8", "f9")
            assert [t.choice(each) for each in ("side", "duration", "post_only", "reduce_only")] == [
                "sell",
                "ioc",
                "yes",
                "yes",
            ]
            await t.press("f6")
            assert t.choice("type") == "market"
            await t.until(
                lambda: all(t.ticket.query_one(f"#{each}").disabled for each in ("price", "duration", "post_only"))
            )

    async def test_a_focused_choice_takes_arrows_and_first_letters(self) -> None:
        async with opened() as t:
            await t.press("shift+tab", "m")
            assert t.choice("type") == "market"
            await t.press("left")
            assert t.choice("type") == "limit"
            await t.press("shift+tab", "s")
            assert t.choice("side") == "sell"

    @pytest.mark.parametrize("text", ["12,5", "abc", "1e400", "nan", "-1", ""])
    async def test_bad_input_is_told_beside_the_form_and_enter_sends_nothing(self, text: str) -> None:
        async with opened() as t:
            await t.type_quantity(text)
            await t.press("enter", "enter")
            assert "uantity" in t.verdict
            assert not t.is_reviewing
            assert t.sent == []

    async def test_enter_goes_to_the_field_that_is_wrong(self) -> None:
        async with opened() as t:
            await t.type_quantity("1")
            t.ticket.query_one("#price", Input).value = "abc"
            await t.until_it_says("“abc” is not a number")
            await t.press("enter")
            assert t.app.focused is t.ticket.query_one("#price")


@pytest.mark.anyio
class TestPreview:
    async def test_every_change_shows_rounded_figures_and_the_verdict(self) -> None:
        async with opened() as t:
            await t.type_quantity("0.123456789")
            await t.until_it_says("The gate would let it through")
            assert "Sends      0.12345 BTC at 63999.99" in t.figures
            assert "7,900.80 USDT" in t.figures
            assert "0.0999 → 0.22335 BTC" in t.figures

    async def test_typing_never_waits_for_an_answer_and_the_latest_wins(self) -> None:
        desk = GatedDesk()
        async with opened(desk) as t:
            await t.press("1", ".", "2", "5")
            await t.until(lambda: len(desk.asked) == 1)
            assert t.text("quantity") == "1.25"
            assert "Asking the gate" in t.verdict
            desk.previews.set()
            await t.until_it_says("The gate would let it through")
            assert desk.most_at_once == 1
            assert desk.asked[-1].quantity == D("1.25")
            assert "1.25 BTC" in t.figures

    async def test_figures_of_an_older_text_are_not_shown_as_the_new_ones(self) -> None:
        desk = GatedDesk()
        async with opened(desk) as t:
            desk.previews.set()
            await t.type_quantity("1")
            await t.until_it_says("The gate would let it through")
            desk.previews = anyio.Event()
            await t.type_quantity("2")
            assert "Asking the gate" in t.verdict
            assert t.ticket.query_one(PreviewPanel).has_class("-old")

    async def test_a_denial_stands_there_with_its_numbers_and_what_would_pass(self) -> None:
        desk = FakeDesk()
        desk.denial = TOO_MUCH
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.until_it_says("up to 0.39062 BTC would pass")
            await t.press("enter", "enter")
            await t.pilot.pause()
            assert not t.is_reviewing
            assert t.sent == []

    async def test_it_is_asked_for_again_as_the_market_moves_on(self) -> None:
        async with opened() as t:
            await t.type_quantity("1")
            await t.until_it_says("The gate would let it through")
            t.desk.denial = TOO_MUCH
            t.desk.show(a_view(ts=NOW + 2 * SECOND))
            await t.until_it_says("Denied")

    async def test_without_an_engine_it_says_so_and_nothing_can_be_sent(self) -> None:
        desk = LostDesk(a_disconnected_view(), previews=False)
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.until_it_says("The engine does not answer")
            await t.press("enter", "enter")
            await t.pilot.pause()
            assert not t.is_reviewing
            assert t.sent == []


@pytest.mark.anyio
class TestSending:
    async def test_enter_reviews_and_enter_sends_exactly_what_was_reviewed(self) -> None:
        async with opened() as t:
            await t.type_quantity("0.100009")
            await t.press("f8", "enter")
            await t.until(lambda: t.is_reviewing)
            assert "BUY 0.10000 BTC/USDT" in t.review
            assert "LIMIT at 63999.99 USDT, good till canceled, post-only" in t.review
            assert "SIM account on binance: simulated money" in t.review
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            assert t.sent == [
                SubmitOrder(
                    instrument_id=BTC,
                    side=Side.BUY,
                    order_type=OrderType.LIMIT,
                    quantity=D("0.10000"),
                    limit_price=D("63999.99"),
                    time_in_force=TimeInForce.GTC,
                    post_only=True,
                )
            ]

    async def test_another_market_than_the_followed_one_has_its_own_steps(self) -> None:
        async with opened(id=ETH) as t:
            await t.type_quantity("1.23456")
            await t.until(lambda: "1.2345 ETH" in t.figures)
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            await t.press("y")
            await t.until(lambda: not t.is_open)
            (command,) = t.sent
            assert isinstance(command, SubmitOrder)
            assert (command.instrument_id, command.quantity) == (ETH, D("1.2345"))

    @pytest.mark.parametrize("key", ["escape", "n"])
    async def test_the_review_can_be_left_for_the_form(self, key: str) -> None:
        async with opened() as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            await t.press(key)
            assert not t.is_reviewing
            assert (t.is_open, t.text("quantity"), t.sent) == (True, "1", [])

    async def test_many_enters_send_once(self) -> None:
        desk = GatedDesk()
        desk.previews.set()
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            await t.press("enter", "enter", "y", "enter")
            assert len(t.sent) == 1
            desk.answers.set()
            await t.until(lambda: not t.is_open)
            await t.press("enter")
            assert len(t.sent) == 1

    async def test_without_confirmation_one_enter_sends(self) -> None:
        async with opened(confirm=False) as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            assert len(t.sent) == 1

    async def test_enter_before_the_preview_came_waits_for_it(self) -> None:
        desk = GatedDesk()
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.press("enter")
            assert not t.is_reviewing
            desk.previews.set()
            await t.until(lambda: t.is_reviewing)

    async def test_a_change_after_enter_takes_the_enter_back(self) -> None:
        desk = GatedDesk()
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.type_quantity("2")
            desk.previews.set()
            await t.until_it_says("The gate would let it through")
            assert not t.is_reviewing

    async def test_a_denial_of_the_engine_stays_in_the_ticket(self) -> None:
        desk = GatedDesk()
        desk.previews.set()
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            await t.press("enter")
            desk.denial = TOO_MUCH
            desk.answers.set()
            await t.until_it_says("up to 0.39062 BTC would pass")
            assert not t.is_reviewing
            assert t.text("quantity") == "1"

    async def test_an_order_without_an_answer_is_never_sent_again(self) -> None:
        desk = LostDesk()
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            await t.press("enter")
            await t.until_it_says("the order may have been sent")
            await t.press("y")
            assert len(t.sent) == 1
            await t.press("enter")
            await t.until(lambda: isinstance(t.app.screen, OrdersScreen))
            assert len(t.sent) == 1

    async def test_the_answer_to_a_closed_ticket_is_told(self) -> None:
        desk = GatedDesk()
        desk.previews.set()
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            await t.press("enter", "escape")
            await t.until(lambda: not t.is_open)
            desk.denial = TOO_MUCH
            desk.answers.set()
            await t.until(lambda: any("would pass" in each.message for each in t.app._notifications))


TYPED = st.one_of(
    st.text(max_size=30),
    st.text("0123456789.,-+e ", max_size=20),
    st.sampled_from(
        ["nan", "1e400", "-1", "12,5", "0.1", "64000", "999999999999", "0.00000001", "\x1b[2J", "[b]1[/b]"]
    ),
)


class TestAnything:
    @settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(st.lists(st.tuples(TYPED, TYPED), min_size=8, max_size=12))
    def test_no_text_crashes_it_or_sends_something_else_than_it_shows(self, texts: list[tuple[str, str]]) -> None:
        anyio.run(self._try_all, texts)

    async def _try_all(self, texts: list[tuple[str, str]]) -> None:
        async with opened() as first:
            await first.press("escape")
            for quantity, price in texts:
                first.desk.submitted.clear()
                ticket = OrderTicket(first.desk, BTC, Side.BUY, confirm=True)
                await first.app.push_screen(ticket)
                await self._try(OpenTicket(first.app, first.pilot, first.desk, ticket), quantity, price)
                while not isinstance(first.app.screen, QuotesScreen):
                    await first.press("escape")

    async def _try(self, t: OpenTicket, quantity: str, price: str) -> None:
        await t.type_quantity(quantity)
        t.ticket.query_one("#price", Input).value = price
        await t.pilot.pause()
        await t.press("enter")
        await t.until(lambda: t.is_reviewing or "Asking" not in t.verdict)
        shown = t.review if t.is_reviewing else ""
        await t.press("enter")
        await t.until(lambda: bool(shown) == bool(t.sent))
        for command in t.sent:
            assert isinstance(command, SubmitOrder)
            assert command.limit_price is not None
            assert f"BUY {command.quantity:f} BTC/USDT" in shown
            assert f"LIMIT at {command.limit_price:f} USDT" in shown
            assert 0 <= D(quantity.strip()) - command.quantity < D("0.00001")
            assert abs(D(price.strip()) - command.limit_price) <= D("0.005")


class TestTicketLooks:
    @staticmethod
    def _open(
        desk: FakeDesk, quantity: str, *keys: str, words: str = "let it through"
    ) -> Callable[[Pilot[Farewell]], object]:
        async def run(pilot: Pilot[Farewell]) -> None:
            ticket = OrderTicket(desk, BTC, Side.BUY, confirm=True)
            await pilot.app.push_screen(ticket)
            ticket.query_one("#quantity", Input).value = quantity
            verdict = ticket.query_one(".verdict", SteadyText)
            await until(pilot, lambda: words in str(verdict.visual))
            await pilot.press(*keys)
            await until(pilot, lambda: not keys or ticket.query_one(ContentSwitcher).current == "review")
            await pilot.pause()

        return run

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_live(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=size, run_before=self._open(desk, "0.1"))

    def test_stale(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app(a_stale_view())
        message = "the quote is 42 s old and may be 5 s at most; wait for the market"
        desk.denial = Denied(DenialReason.MARKET_STALE, message, {"age_s": "42", "limit_s": "5"})
        assert snap_compare(app, terminal_size=SMALL, run_before=self._open(desk, "0.1", words="42 s old"))

    def test_denied(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        desk.denial = TOO_MUCH
        assert snap_compare(app, terminal_size=SMALL, run_before=self._open(desk, "1", words="would pass"))

    def test_wrong_input(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=SMALL, run_before=self._open(desk, "12,5", words="no commas"))

    def test_review(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=SMALL, run_before=self._open(desk, "0.1", "enter"))

    def test_review_with_real_money(self, snap_compare: SnapCompare) -> None:
        view = a_view()
        app, desk = desk_app(replace(view, engine=an_engine(mode=Mode.LIVE)))
        assert snap_compare(app, terminal_size=SMALL, run_before=self._open(desk, "0.1", "enter"))
