"""The settings screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.settings import SettingsScreen
from fks_tui.widgets.record_table import RecordTable
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, desk_app, until

SnapCompare = Callable[..., bool]


@pytest.mark.anyio
class TestTable:
    async def test_each_setting_tells_its_value_and_where_it_comes_from(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=LARGE) as pilot:
            await pilot.press("f9")
            await until(pilot, lambda: isinstance(app.screen, SettingsScreen) and app.focused is not None)
            table = app.screen.query_one(RecordTable)
            await until(pilot, lambda: len(table.records) == 2)
            assert table.render_line(2).text.split() == ["risk.max_order_notional", "50000", "●", "fks.toml", "25000"]
            assert "1 changed" in str(app.screen.query_one(".panel").border_subtitle)

    async def test_keys_that_could_not_be_bound_are_told_at_once_and_stand_here(self) -> None:
        options = DeskOptions(key_problems=("keys.order.buy = 's': s is 'Sell'",), heartbeat_s=3600.0)
        app = DeskApp(FakeDesk(), options=options)
        async with app.run_test(size=LARGE) as pilot:
            await until(pilot, lambda: any(each.title == "Key not bound" for each in app._notifications))
            await pilot.press("f9")
            await until(pilot, lambda: isinstance(app.screen, SettingsScreen) and app.focused is not None)
            assert "s is 'Sell'" in str(app.screen.query_one(".key-problems").render())
