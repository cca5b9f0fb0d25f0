"""The settings screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fks_engine.api import SettingRow
from fks_tui.app import DeskApp
from fks_tui.asked_settings import AskedSettings
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
        problems = ("keys.order.buy = 's': s is 'Sell'", *(f"keys.no.{n}: there is no such action" for n in range(7)))
        options = DeskOptions(key_problems=problems, heartbeat_s=3600.0)
        app = DeskApp(FakeDesk(), options=options)
        async with app.run_test(size=LARGE) as pilot:
            await until(pilot, lambda: any(each.title == "Keys not bound" for each in app._notifications))
            assert len(app._notifications) == 1, "they would cover the desk"
            await pilot.press("f9")
            await until(pilot, lambda: isinstance(app.screen, SettingsScreen) and app.focused is not None)
            assert "s is 'Sell'" in str(app.screen.query_one(".key-problems").render())

    async def test_what_the_desk_runs_with_is_shown_and_what_the_engine_does_otherwise_is_told(
        self, tmp_path: Path
    ) -> None:
        theme = SettingRow("mode", "sim and mine", "sim", "FKS_MODE", "")
        wanted = SettingRow("risk.max_order_notional", "100", "25000", "fks.toml", "")
        file = tmp_path / "fks.toml"
        asked = AskedSettings((theme,), (wanted,), file, 0)
        differences = ("risk.max_order_notional: the engine runs with 50000, fks.toml now says 100",)
        app = DeskApp(
            FakeDesk(), options=DeskOptions(settings=asked, differences=differences, heartbeat_s=3600.0, theme="fks-16")
        )
        async with app.run_test(size=LARGE) as pilot:
            await until(pilot, lambda: any("fks.toml now says 100" in each.message for each in app._notifications))
            await pilot.press("f9")
            await until(pilot, lambda: isinstance(app.screen, SettingsScreen) and app.focused is not None)
            table = app.screen.query_one(RecordTable)
            await until(pilot, lambda: len(table.records) == 2)
            assert "sim and mine" in table.render_line(1).text
            assert "50000 (asked: 100)" in table.render_line(2).text
            problems = app.screen.query_one(".key-problems")
            assert "the engine runs with 50000, fks.toml says 100" in str(problems.render())
            assert "was changed after" not in str(problems.render())
            file.write_text("")
            await pilot.press("f2", "f9")
            await until(pilot, lambda: "fks.toml was changed after it was read" in str(problems.render()))
