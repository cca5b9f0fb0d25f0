"""Every order of a journal, each once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fks_engine.api import HistoryRequest
from fks_engine.history import HistoryIndex
from fks_engine.history.life import life, life_in
from fks_engine.journal.codec import encoded
from fks_engine.journal.frames import MAGIC, framed
from fks_engine.journal.segment import segment_path
from fks_engine.model import Checkpoint, OrderStatus, ReportTaken, Side
from tests.engine.builders import BTC, ETH, NOW, a_report, an_order
from tests.engine.history.journals import (
    SECOND,
    a_canceled_life,
    a_denied_one,
    a_whole_life,
    add,
    planned,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path) -> HistoryIndex:
    index = HistoryIndex(folder)
    index.refresh()
    return index


def ids(index: HistoryIndex, **chosen: object) -> list[str]:
    return [order.client_order_id for order in index.page(HistoryRequest(**chosen)).items]  # type: ignore[arg-type]


class TestOrders:
    def test_they_are_told_newest_first_as_they_ended(self, tmp_path: Path) -> None:
        write(tmp_path, (*a_whole_life(1), *a_canceled_life(2), *a_denied_one(3)))
        page = read(tmp_path).page(HistoryRequest())
        assert [(each.client_order_id, each.status.value) for each in page.items] == [
            ("fks-3", "denied"),
            ("fks-2", "canceled"),
            ("fks-1", "filled"),
        ]
        assert page.total == 3
        assert page.items[2].filled_quantity == Decimal("0.1")
        assert page.items[2].average_price == Decimal(60_000)

    def test_one_that_a_checkpoint_repeats_is_one_row_whose_steps_stand_once(self, tmp_path: Path) -> None:
        first, second = a_whole_life(1)[:3], a_whole_life(1)[3:]
        checkpoint = Checkpoint(ts=NOW, orders=(planned(1, status=OrderStatus.ACCEPTED, exchange_order_id="91"),))
        write(tmp_path, first, (checkpoint, *second))
        index = read(tmp_path)
        assert ids(index) == ["fks-1"]
        row = index.row("fks-1")
        assert row is not None
        kinds = [step.kind.value for step in life(row.order, index.entries(row))]
        assert kinds == ["asked", "checked", "checked", "written", "sent", "replied", "filled", "replied"]

    def test_one_that_only_a_checkpoint_knows_is_told_too(self, tmp_path: Path) -> None:
        write(tmp_path, (Checkpoint(ts=NOW, orders=(an_order(client_order_id="fks-old"),)),))
        index = read(tmp_path)
        row = index.row("fks-old")
        assert row is not None
        assert "checkpoint" in life(row.order, index.entries(row))[0].text

    def test_one_made_elsewhere_is_adopted(self, tmp_path: Path) -> None:
        report = a_report(order=an_order(client_order_id="web_1", exchange_order_id="77"))
        write(tmp_path, (ReportTaken(ts=NOW, report=report),))
        (order,) = read(tmp_path).page(HistoryRequest()).items
        assert (order.client_order_id, order.external) == ("web_1", True)


class TestChoosing:
    @pytest.fixture
    def index(self, tmp_path: Path) -> HistoryIndex:
        eth = a_whole_life(4, instrument_id=ETH, side=Side.SELL)[:1]
        write(tmp_path, (*a_whole_life(1), *a_canceled_life(2)), (*a_denied_one(3), *eth))
        return read(tmp_path)

    def test_words_stand_in_any_of_what_is_told_of_an_order(self, index: HistoryIndex) -> None:
        assert ids(index, text="eth/") == ["fks-4"]
        assert ids(index, text="OVER denied") == ["fks-3"]
        assert ids(index, text="ladder") == ["fks-2"]
        assert ids(index, text="91") == ["fks-1"]
        assert ids(index, text="nowhere") == []

    def test_filters_must_all_hold(self, index: HistoryIndex) -> None:
        assert ids(index, side=Side.SELL) == ["fks-4"]
        assert ids(index, instrument_id=BTC, statuses=(OrderStatus.FILLED, OrderStatus.DENIED)) == ["fks-3", "fks-1"]
        assert ids(index, since_ts=NOW + 2 * SECOND, until_ts=NOW + 3 * SECOND) == ["fks-3", "fks-2"]

    def test_a_page_is_a_part_and_tells_how_many_there_are(self, index: HistoryIndex) -> None:
        page = index.page(HistoryRequest(limit=2, offset=1))
        assert [each.client_order_id for each in page.items] == ["fks-3", "fks-2"]
        assert page.total == 4


class TestGrowing:
    def test_only_what_is_new_is_read(self, tmp_path: Path) -> None:
        (path,) = write(tmp_path, a_whole_life(1)[:3])
        index = read(tmp_path)
        add(path, 4, *a_whole_life(1)[3:], *a_denied_one(2))
        index.refresh()
        assert index.records == 7
        assert ids(index) == ["fks-2", "fks-1"]
        assert index.page(HistoryRequest()).items[1].status is OrderStatus.FILLED

    def test_a_tail_that_is_being_written_is_no_damage(self, tmp_path: Path) -> None:
        (path,) = write(tmp_path, a_whole_life(1))
        whole = path.read_bytes()
        path.write_bytes(whole[:-7] + bytes(4_096))
        index = read(tmp_path)
        assert (index.records, index.warning) == (5, "")
        path.write_bytes(whole + bytes(4_096))
        index.refresh()
        assert (index.records, index.warning) == (6, "")

    def test_a_damaged_segment_is_told_and_the_rest_is_shown(self, tmp_path: Path) -> None:
        first, _ = write(tmp_path, (*a_whole_life(1), *a_denied_one(2)), a_whole_life(3))
        data = bytearray(first.read_bytes())
        data[60] ^= 0xFF
        first.write_bytes(data)
        page = read(tmp_path).page(HistoryRequest())
        assert [each.client_order_id for each in page.items] == ["fks-3"]
        assert "record 1 is damaged" in page.warning
        assert "fks journal verify" in page.warning

    def test_the_life_of_an_order_says_which_part_of_it_cannot_be_read_and_what_to_do(self, tmp_path: Path) -> None:
        started, ended = a_whole_life(1)[:3], a_whole_life(1)[3:]
        _, second, _ = write(tmp_path, started, ended, a_denied_one(2))
        whole = second.read_bytes()
        second.write_bytes(whole[:-7])
        index = read(tmp_path)
        assert "cannot be read" in index.warning
        row, other = index.row("fks-1"), index.row("fks-2")
        assert row is not None
        assert other is not None
        *_, last = life_in(index, row)
        assert last.is_fault
        assert last.text.startswith(f"steps may be missing here: part of the journal cannot be read ({second.name}: ")
        assert f"a copy of the file put back into {tmp_path}" in last.text
        assert not any("missing" in step.text for step in life_in(index, other))
        second.write_bytes(whole)
        index = read(tmp_path)
        row = index.row("fks-1")
        assert row is not None
        assert not any("missing" in step.text for step in life_in(index, row))

    def test_a_file_that_is_no_journal_is_told(self, tmp_path: Path) -> None:
        (path,) = write(tmp_path, a_whole_life(1))
        path.write_bytes(b"something else entirely")
        assert "no journal" in read(tmp_path).warning

    def test_no_journal_is_an_empty_history(self, tmp_path: Path) -> None:
        assert read(tmp_path / "none").page(HistoryRequest()).total == 0


def test_an_order_is_found_by_a_part_of_its_id_that_no_other_has(tmp_path: Path) -> None:
    write(tmp_path, (*a_denied_one(12), *a_denied_one(13)))
    index = read(tmp_path)
    row = index.row("s-12")
    assert row is not None
    assert row.order.client_order_id == "fks-12"
    assert index.row("fks-1") is None


@pytest.mark.parametrize("is_read_before", [False, True])
def test_what_was_never_durable_before_a_segment_that_was_begun_in_its_place_is_no_order(
    tmp_path: Path, *, is_read_before: bool
) -> None:
    sure, refused = a_whole_life(1), a_denied_one(2)
    write(tmp_path, (*sure, *refused))
    index = HistoryIndex(tmp_path)
    if is_read_before:
        index.refresh()
        assert ids(index) == ["fks-2", "fks-1"]
    first = len(sure) + 1
    records = b"".join(
        framed(first + at, first - 1 + at, encoded(entry)) for at, entry in enumerate(a_canceled_life(3))
    )
    segment_path(tmp_path, first).write_bytes(MAGIC + records)
    index.refresh()
    assert ids(index) == ["fks-3", "fks-1"]
    assert index.warning == ""
