"""What the engine runs with, against what is asked for now."""

from __future__ import annotations

from pathlib import Path

import pytest

from fks_engine.api import SettingRow
from fks_engine.cli.settings_compared import desk_rows, refuse_unmet_options, unmet, words
from fks_engine.config import load_settings
from fks_engine.config.rows import setting_lines
from fks_engine.errors import EngineError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FKS_HOME", str(tmp_path))
    return tmp_path


def rows(overrides: dict[str, object] | None = None) -> list[SettingRow]:
    return [SettingRow(*line) for line in setting_lines(load_settings(overrides or {}))]


def test_an_option_that_the_engine_does_not_run_with_is_refused_with_both_values() -> None:
    running = rows()
    asked = unmet(running, load_settings({"risk.max_order_notional": "100"}))
    with pytest.raises(EngineError) as refused:
        refuse_unmet_options(running, asked)
    told = str(refused.value)
    assert "risk.max_order_notional: the engine runs with 25000, you asked for 100" in told
    assert "fks engine stop" in told


def test_a_variable_or_a_file_is_told_and_not_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = rows()
    monkeypatch.setenv("FKS_RISK__MAX_OPEN_ORDERS", "3")
    file = home / "fks.toml"
    file.write_text("[market]\nstale_after_s = 9\n")
    asked = unmet(running, load_settings(config_file=file))
    refuse_unmet_options(running, asked)
    assert words(running, asked) == (
        "market.stale_after_s: the engine runs with 5.0, fks.toml now says 9.0",
        "risk.max_open_orders: the engine runs with 50, FKS_RISK__MAX_OPEN_ORDERS now says 3",
    )


def test_asking_for_nothing_takes_the_engine_as_it_is_but_for_a_line_that_left_the_file() -> None:
    by_option = rows({"risk.max_order_notional": "100", "simulator.seed": "7"})
    assert unmet(by_option, load_settings()) == ()
    by_file = [SettingRow("risk.max_order_notional", "100", "25000", "fks.toml", "")]
    told = words(by_file, unmet(by_file, load_settings()))
    assert told == ("risk.max_order_notional: the engine runs with 100, it is now the default, 25000",)


def test_what_the_desk_reads_itself_and_what_is_refused_elsewhere_is_no_difference() -> None:
    asked = load_settings({"desk.theme": "fks-light", "desk.sounds": "fill", "exchange.read_only": "true"})
    assert unmet(rows(), asked) == ()
    assert {row.key: row.value for row in desk_rows(asked)}["desk.theme"] == "fks-light"
    assert unmet(rows(), load_settings({"desk.views_per_second": "5"}))
