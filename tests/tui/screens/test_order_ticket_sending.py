"""The order ticket: review, sending, and what comes back."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.widgets import Input

from fks_engine.api import (
    Accepted,
    Command,
    Denied,
    NothingSent,
    OrderType,
    Side,
    SubmitOrder,
    TimeInForce,
)
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.quotes import QuotesScreen
from tests.desk_views import BTC, ETH, a_disconnected_view
from tests.tui.screens.tickets import TOO_MUCH, GatedDesk, LostDesk, OpenTicket, opened

D = Decimal


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
                    origin="ticket",
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

    async def test_a_held_enter_sends_nothing_before_the_review_can_be_read(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(OrderTicket, "READING_S", 3600.0)
        async with opened() as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            await t.press("enter", "enter", "y")
            assert (t.is_reviewing, t.sent) == (True, [])

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

    async def test_what_was_certainly_not_sent_can_be_sent_again(self) -> None:
        class GoneDesk(LostDesk):
            async def submit(self, command: Command) -> Accepted | Denied:
                raise NothingSent("nothing was sent: the engine is gone")

        async with opened(GoneDesk()) as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            await t.press("y")
            await t.until(lambda: any("nothing was sent" in each.message for each in t.app._notifications))
            assert (t.is_open, t.is_reviewing, t.text("quantity")) == (True, False, "1")

    async def test_a_review_without_an_engine_says_so_and_sends_nothing(self) -> None:
        async with opened() as t:
            await t.type_quantity("1")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            t.desk.show(a_disconnected_view())
            await t.until_it_says("The engine is gone")
            await t.press("enter", "y")
            assert (t.is_reviewing, t.sent) == (True, [])

    async def test_a_picture_for_a_ticket_that_is_taken_apart_harms_nothing(self) -> None:
        async with opened() as t:
            await t.type_quantity("1")
            await t.ticket.query("*").remove()
            t.ticket.take(t.desk.view())
            assert t.is_open

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
