"""A terminal that is too small for the ladder: it says so, and no key sends."""

from __future__ import annotations

import pytest

from fks_tui.screens.ladder import LadderScreen
from tests.tui.ladder_views import opened
from tests.tui.pilots import until
from tests.tui.widgets.panes import text_of

pytestmark = pytest.mark.anyio


async def test_without_room_the_ladder_says_so_and_no_key_sends() -> None:
    async with opened(size=(100, 30)) as ladder:
        await ladder.pilot.resize_terminal(40, 10)
        await until(ladder.pilot, lambda: "needs more room" in "\n".join(text_of(ladder.ladder)))
        await ladder.press("b", "enter", "A", "H", "!", "F", "enter", "C", "enter", "c", "g", "plus", "O", "enter")
        await ladder.until_it_says("no key sends")
        assert ladder.sent == []
        assert not ladder.is_armed
        assert isinstance(ladder.app.screen, LadderScreen)
        assert not any("flatten" in each.binding.action for each in ladder.screen.active_bindings.values())


async def test_a_terminal_that_shrinks_drops_the_question_and_disarms() -> None:
    async with opened(size=(100, 30)) as ladder:
        await ladder.press("b")
        await ladder.until_it_says("SEND?")
        await ladder.pilot.resize_terminal(40, 10)
        await ladder.until_it_says("no key sends")
        await ladder.press("enter")
        await ladder.pilot.resize_terminal(100, 30)
        await until(ladder.pilot, lambda: ladder.ladder.has_room)
        await ladder.arm()
        await ladder.pilot.resize_terminal(44, 30)
        await until(ladder.pilot, lambda: not ladder.is_armed)
        assert ladder.sent == []


@pytest.mark.parametrize("size", [(45, 12), (60, 20), (79, 24), (80, 24), (110, 24), (170, 40)])
async def test_with_room_price_both_books_and_both_sides_of_ours_are_read(size: tuple[int, int]) -> None:
    async with opened(size=size) as ladder:
        titles = text_of(ladder.ladder)[0].split()
        assert titles == ["BUY", "BID", "PRICE", "ASK", "SELL"]
        await ladder.press("b", "enter")
        await ladder.until_sent(1)
