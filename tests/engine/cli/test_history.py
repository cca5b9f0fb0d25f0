"""The history on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fks_engine.cli import history
from fks_engine.cli.arguments import parse
from fks_engine.config import Folders, load_settings, user_folders
from fks_engine.errors import FksError, JournalUnavailable
from fks_engine.model import Mode
from tests.engine.history.journals import a_canceled_life, a_denied_one, a_whole_life, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    found = user_folders({"FKS_HOME": str(tmp_path)})
    folder = found.of_mode(Mode.SIM) / "journal" / "binance-1"
    write(folder, (*a_whole_life(1), *a_canceled_life(2)), a_denied_one(3))
    return found


def run(folders: Folders, *words: str) -> int:
    arguments = parse(["history", *words])
    return history.run(load_settings(), folders, arguments.history, as_json=arguments.as_json)


def test_orders_are_found_by_words_market_and_status(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folders, "over", "worth") == 0
    out = capsys.readouterr().out
    assert "fks-3  buy  limit  0 of 0.1 BTC/USDT at 59000  denied: worth 64000, over 25000" in out
    assert "1 of 1 orders" in out
    run(folders, "--market", "btc/usdt", "--status", "filled", "--status", "canceled", "--json")
    assert [json.loads(each)["client_order_id"] for each in capsys.readouterr().out.splitlines()] == ["fks-2", "fks-1"]


def test_a_life_is_told_step_by_step(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folders, "show", "fks-3") == 0
    out = capsys.readouterr().out
    assert "! checked      order notional: not passed (worth 64000, limit 25000)" in out
    with pytest.raises(FksError, match="no order of the journal"):
        run(folders, "show", "fks-9")


def test_an_export_says_the_file_and_its_rows(
    folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fills.csv"
    assert run(folders, "export", str(path), "--what", "fills") == 0
    assert f"{path}: 1 rows" in capsys.readouterr().out
    with pytest.raises(JournalUnavailable, match="exists already"):
        run(folders, "export", str(path))


def test_damage_is_told_and_ends_with_code_1(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    (first, _) = sorted((folders.of_mode(Mode.SIM) / "journal" / "binance-1").iterdir())
    data = bytearray(first.read_bytes())
    data[60] ^= 0xFF
    first.write_bytes(data)
    assert run(folders) == 1
    said = capsys.readouterr()
    assert "fks-3" in said.out
    assert "fks journal verify" in said.err
