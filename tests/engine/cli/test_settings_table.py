from __future__ import annotations

from pathlib import Path

import pytest

from fks_engine.cli.settings_table import run
from fks_engine.config import load_settings, user_folders
from fks_engine.config.rows import shown
from fks_engine.config.settings import keys


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FKS_HOME", str(tmp_path))
    return tmp_path


def test_every_setting_is_listed_with_its_source(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FKS_RISK__MAX_OPEN_ORDERS", "7")
    settings = load_settings({"desk.confirm_orders": "false"})
    assert run(settings, user_folders(), describe=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert str(home) in lines[0]
    assert [line.split()[0] for line in lines[1:]] == list(keys())
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert rows["risk.max_open_orders"] == ["7", "FKS_RISK__MAX_OPEN_ORDERS"]
    assert rows["desk.confirm_orders"] == ["false", "command", "line"]
    assert rows["simulator.seed"] == ["1", "default"]


def test_secrets_are_masked_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    settings = load_settings({"exchange.api_key": "KEYKEYKEY", "exchange.api_secret": "HUSHHUSH"})
    run(settings, user_folders(), describe=True)
    told = capsys.readouterr().out
    assert "KEYKEYKEY" not in told
    assert "HUSHHUSH" not in told
    assert shown(settings, "exchange.api_key") == "set, not shown"


def test_each_setting_can_be_described(capsys: pytest.CaptureFixture[str]) -> None:
    run(load_settings(), user_folders(), describe=True)
    told = capsys.readouterr().out
    assert all(field.description in told for field in keys().values() if field.description)
