"""The tabs of lists."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from fks_tui.themes import VARIABLE_DEFAULTS
from fks_tui.widgets.list_tabs import ListTabs

pytestmark = pytest.mark.anyio


class TabsApp(App[None]):
    def compose(self) -> ComposeResult:
        yield ListTabs()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLE_DEFAULTS


async def test_the_shown_list_stands_in_brackets_and_nothing_moves_when_another_is_shown() -> None:
    app = TabsApp()
    async with app.run_test(size=(60, 3)):
        tabs = app.query_one(ListTabs)
        tabs.show("working", {"working": "5", "history": "100+"})
        assert str(tabs.visual) == "[Working 5]  History 100+ "
        tabs.show("history", {"working": "5", "history": "100+"})
        assert str(tabs.visual) == " Working 5  [History 100+]"
