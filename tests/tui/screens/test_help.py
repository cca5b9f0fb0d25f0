"""The help screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import Static

from fks_tui.actions.groups import ACTION_GROUPS
from fks_tui.screens.help import HelpScreen
from fks_tui.widgets.key_list import KeyList
from tests.tui.pilots import LARGE, SMALL, desk_app, until

SnapCompare = Callable[..., bool]


@pytest.mark.anyio
class TestHelp:
    @pytest.mark.parametrize(("key", "first"), [("f2", "Quotes"), ("f3", "Orders"), ("f4", "Positions")])
    async def test_the_keys_of_the_current_screen_come_first(self, key: str, first: str) -> None:
        app, _ = desk_app()
        async with app.run_test(size=LARGE) as pilot:
            await pilot.press(key, "f1")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen))
            assert str(app.screen.query(".group").first(Static).visual) == first

    async def test_every_action_stands_there_with_its_keys(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=LARGE) as pilot:
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen) and bool(app.screen.query(KeyList)))
            await pilot.pause()
            text = "\n".join(str(each.visual) for each in app.screen.query(KeyList))
            for actions in ACTION_GROUPS.values():
                for action in actions:
                    assert f"{action.keys} " in text
                    assert action.title in text
                    assert f"  {action.id}\n" in f"{text}\n", "the name by which its key is changed"

    async def test_it_scrolls_and_escape_closes_it(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("f1", "down", "end")
            await until(pilot, lambda: app.focused is not None and app.focused.scroll_offset.y > 0)
            await pilot.press("escape")
            assert not isinstance(app.screen, HelpScreen)


class TestHelpLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_snapshot(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app()
        assert snap_compare(app, press=["f3", "f1"], terminal_size=size)
