"""A question before something is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from fks_tui.app import DeskApp
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.quit import Farewell
from tests.tui.pilots import SMALL, desk_app

SnapCompare = Callable[..., bool]


def a_question(*, danger: bool = False) -> Confirm:
    return Confirm("Cancel all 3 working orders?", ["BTC/USDT: 2 buy", "ETH/USDT: 1 sell"], danger=danger)


async def answered(app: DeskApp, question: Confirm, *keys: str) -> list[bool | None]:
    """What the question was answered with after the keys."""
    answers: list[bool | None] = []
    async with app.run_test(size=SMALL) as pilot:
        await app.push_screen(question, answers.append)
        await pilot.press(*keys)
        await pilot.pause()
    return answers


@pytest.mark.anyio
class TestConfirm:
    @pytest.mark.parametrize(
        ("keys", "answer"),
        [("y", True), ("enter", True), ("n", False), ("escape", False), ("right,enter", False), ("tab,enter", False)],
    )
    async def test_each_key_has_its_answer(self, keys: str, answer: bool) -> None:
        app, _ = desk_app()
        assert await answered(app, a_question(), *keys.split(",")) == [answer]

    async def test_enter_is_a_no_where_there_is_danger(self) -> None:
        app, _ = desk_app()
        assert await answered(app, a_question(danger=True), "enter") == [False]

    async def test_danger_is_still_one_key_away(self) -> None:
        app, _ = desk_app()
        assert await answered(app, a_question(danger=True), "y") == [True]

    async def test_the_focus_shows_what_enter_does(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL):
            await app.push_screen(a_question(danger=True))
            assert app.focused is app.screen.query_one("#no", Button)


class TestConfirmLooks:
    @pytest.mark.parametrize("danger", [False, True], ids=["plain", "danger"])
    def test_snapshot(self, snap_compare: SnapCompare, danger: bool) -> None:
        app, _ = desk_app()

        async def ask(pilot: Pilot[Farewell]) -> None:
            await app.push_screen(a_question(danger=danger))

        assert snap_compare(app, terminal_size=SMALL, run_before=ask)
