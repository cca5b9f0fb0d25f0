"""The order ticket: opening, typing, preview."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest
from textual.widgets import Input

from fks_engine.api import (
    Side,
)
from fks_tui.widgets.preview_panel import PreviewPanel
from tests.desk_views import NOW, SECOND, a_disconnected_view, a_view
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL
from tests.tui.screens.tickets import TOO_MUCH, GatedDesk, LostDesk, opened

D = Decimal


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
            await t.until_it_says("The engine is gone")
            await t.press("enter", "enter")
            await t.pilot.pause()
            assert not t.is_reviewing
            assert t.sent == []
