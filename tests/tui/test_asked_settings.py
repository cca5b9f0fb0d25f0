"""What the desk remembers of the settings it was opened with."""

from __future__ import annotations

from pathlib import Path

from fks_engine.api import SettingRow
from fks_tui.asked_settings import AskedSettings, changed_ns


def row(key: str, value: str, source: str = "fks.toml") -> SettingRow:
    return SettingRow(key, value, "", source, "")


def test_the_desks_own_settings_are_in_force_whatever_the_engine_has_read() -> None:
    asked = AskedSettings(desk=(row("desk.theme", "fks-light"),))
    shown = list(asked.in_force([row("mode", "sim"), row("desk.theme", "not set", "default")]))
    assert [each.value for each in shown] == ["sim", "fks-light"]


def test_a_difference_is_over_once_another_engine_runs_with_what_was_asked() -> None:
    asked = AskedSettings(unmet=(row("risk.max_order_notional", "100"),))
    assert asked.still_unmet([row("risk.max_order_notional", "25000")]).keys() == {"risk.max_order_notional"}
    assert not asked.still_unmet([row("risk.max_order_notional", "100")])
    assert not asked.still_unmet([])


def test_a_file_that_was_changed_made_or_removed_since_is_newer(tmp_path: Path) -> None:
    file = tmp_path / "fks.toml"
    assert not AskedSettings(file=file, file_ns=changed_ns(file)).is_file_newer
    file.write_text("")
    assert AskedSettings(file=file, file_ns=0).is_file_newer
    assert not AskedSettings(file=file, file_ns=changed_ns(file)).is_file_newer
    assert not AskedSettings().is_file_newer
