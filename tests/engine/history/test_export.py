"""What is found, as a file."""

from __future__ import annotations

import csv
import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from fks_engine.api import ExportHistory, ExportWhat, HistoryRequest
from fks_engine.errors import JournalUnavailable
from fks_engine.history import Export, HistoryIndex, refused_path
from fks_engine.model import OrderStatus
from tests.engine.history.journals import a_canceled_life, a_denied_one, a_whole_life, write

if TYPE_CHECKING:
    from pathlib import Path


def exported(folder: Path, path: Path, what: ExportWhat = ExportWhat.ORDERS, **chosen: object) -> int:
    index = HistoryIndex(folder)
    index.refresh()
    request = HistoryRequest(**chosen)  # type: ignore[arg-type]
    return Export(index, ExportHistory(path=str(path), what=what, chosen=request), lambda *_: None).run()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    folder = tmp_path / "journal"
    write(folder, (*a_whole_life(1), *a_canceled_life(2)), a_denied_one(3, "=HYPERLINK(1)"))
    return folder


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class TestCsv:
    def test_orders_have_plain_decimals_and_iso_times(self, journal: Path, tmp_path: Path) -> None:
        path = tmp_path / "orders.csv"
        assert exported(journal, path) == 3
        line = lines(path)[2]
        assert line["client_order_id"] == "fks-1"
        assert (line["quantity"], line["limit_price"], line["origin"]) == ("0.1", "59000.00", "ticket")
        assert line["created"] == "2023-11-14T22:13:21.000000000Z"

    def test_a_text_that_a_spreadsheet_would_take_as_a_formula_is_none(self, journal: Path, tmp_path: Path) -> None:
        path = tmp_path / "orders.csv"
        exported(journal, path)
        assert lines(path)[0]["reason"] == "'=HYPERLINK(1)"

    def test_fills_and_steps_stand_once_each(self, journal: Path, tmp_path: Path) -> None:
        assert exported(journal, tmp_path / "fills.csv", ExportWhat.FILLS) == 1
        assert lines(tmp_path / "fills.csv")[0]["price"] == "60000"
        exported(journal, tmp_path / "steps.csv", ExportWhat.STEPS)
        steps = lines(tmp_path / "steps.csv")
        mine = [each["kind"] for each in steps if each["client_order_id"] == "fks-1"]
        assert mine == ["asked", "checked", "checked", "written", "sent", "replied", "filled", "replied"]
        assert [each["fault"] for each in steps if each["client_order_id"] == "fks-3"] == ["false", "true", "true"]

    def test_only_what_was_chosen_is_written(self, journal: Path, tmp_path: Path) -> None:
        assert exported(journal, tmp_path / "some.csv", statuses=(OrderStatus.CANCELED,), limit=0, offset=9) == 1
        assert exported(journal, tmp_path / "fills.csv", ExportWhat.FILLS, text="ladder") == 0


class TestParquet:
    def test_decimals_are_exact_and_times_are_utc(self, journal: Path, tmp_path: Path) -> None:
        path = tmp_path / "orders.parquet"
        assert exported(journal, path) == 3
        frame = pl.read_parquet(path)
        assert isinstance(frame.schema["limit_price"], pl.Decimal)
        assert frame.schema["created"] == pl.Datetime("ns", "UTC")
        assert frame["quantity"].to_list() == [Decimal("0.1")] * 3
        assert frame["average_price"].to_list() == [None, None, Decimal(60_000)]
        assert frame["created"][2] == datetime.datetime(2023, 11, 14, 22, 13, 21, tzinfo=datetime.UTC)

    def test_a_column_whose_digits_do_not_fit_is_text(self, tmp_path: Path) -> None:
        folder, path = tmp_path / "journal", tmp_path / "orders.parquet"
        write(folder, (*a_whole_life(1, limit_price=Decimal("1e-35")), *a_whole_life(2, limit_price=Decimal("12345"))))
        exported(folder, path)
        assert pl.read_parquet(path)["limit_price"].to_list() == ["12345", f"{Decimal('1e-35'):f}"]

    def test_nothing_found_is_a_file_with_its_columns(self, journal: Path, tmp_path: Path) -> None:
        assert exported(journal, tmp_path / "none.parquet", text="nowhere") == 0
        assert "client_order_id" in pl.read_parquet(tmp_path / "none.parquet").columns


class TestRefusals:
    def test_they_say_what_is_in_the_way(self, tmp_path: Path) -> None:
        (tmp_path / "there.csv").write_text("mine")
        assert "exists already" in refused_path(str(tmp_path / "there.csv"))
        assert "neither" in refused_path(str(tmp_path / "file.xlsx"))
        assert "no folder" in refused_path(str(tmp_path / "none" / "file.csv"))
        assert "needs a name" in refused_path(" ")
        assert refused_path(str(tmp_path / "new.csv")) == ""

    def test_a_file_that_came_meanwhile_is_not_written_over(
        self, journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "orders.csv"
        path.write_text("mine")
        monkeypatch.setattr("fks_engine.history.export.refused_path", lambda _: "")
        with pytest.raises(JournalUnavailable, match="cannot be written"):
            exported(journal, path)
        assert path.read_text() == "mine"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["journal", "orders.csv"]
