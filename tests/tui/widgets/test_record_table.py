"""The table of records: cursor, scroll, and what is painted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from fks_tui.themes import VARIABLE_DEFAULTS
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable

pytestmark = pytest.mark.anyio
COLUMNS = (
    Column("name", "Name", 0),
    Column("number", "Number", 1, right=True),
    Column("extra", "Extra", 3, most=20),
    Column("remark", "Remark", 2, most=60, grows=True, least=10),
)


class TableApp(App[None]):
    def compose(self) -> ComposeResult:
        yield RecordTable[str](COLUMNS, "Nothing here: press b.")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLE_DEFAULTS


def record(name: str, number: int = 0, **more: str) -> Record[str]:
    cells = {"name": Cell(name), "number": Cell(str(number)), **{key: Cell(text) for key, text in more.items()}}
    return Record(name, cells)


def records(names: Sequence[str]) -> list[Record[str]]:
    return [record(name) for name in names]


def numbered(first: int, last: int) -> list[Record[str]]:
    return records([f"r{number:03}" for number in range(first, last)])


def lines(table: RecordTable[str]) -> list[str]:
    return [table.render_line(y).text.rstrip() for y in range(table.size.height)]


@asynccontextmanager
async def opened(width: int = 60, height: int = 12) -> AsyncIterator[tuple[RecordTable[str], Pilot[None]]]:
    app = TableApp()
    async with app.run_test(size=(width, height)) as pilot:
        table = app.query_one(RecordTable)
        table.focus()
        await pilot.pause()
        yield table, pilot


class TestCursor:
    async def test_it_is_told_by_a_mark_that_moves_no_column(self) -> None:
        async with opened() as (table, pilot):
            table.show(records("abc"))
            before = lines(table)[1:4]
            await pilot.press("down")
            after = lines(table)[1:4]
            assert [line[0] for line in before] == ["▸", " ", " "]
            assert [line[0] for line in after] == [" ", "▸", " "]
            assert [line[1:] for line in before] == [line[1:] for line in after]

    async def test_it_stays_on_its_record_when_lines_come_before_it(self) -> None:
        async with opened() as (table, pilot):
            table.show(records("abc"))
            await pilot.press("down")
            table.show(records("xyzabc"))
            assert table.cursor_key == "b"

    async def test_it_never_falls_onto_the_neighbour_of_a_record_that_went_away(self) -> None:
        async with opened() as (table, pilot):
            table.show(records("abc"))
            await pilot.press("down")
            table.show(records("ac"))
            assert table.cursor_key is None
            await pilot.press("down")
            assert table.cursor_key == "c"

    async def test_it_begins_at_the_top_of_the_first_records(self) -> None:
        async with opened() as (table, _):
            table.show([])
            table.show(records("ab"))
            assert table.cursor_key == "a"

    async def test_it_stays_inside(self) -> None:
        async with opened() as (table, pilot):
            table.show(records("ab"))
            await pilot.press("up", "up")
            assert table.cursor_key == "a"
            await pilot.press("down", "down", "down")
            assert table.cursor_key == "b"

    async def test_keys_move_it_by_pages_and_to_the_edges(self) -> None:
        async with opened(height=12) as (table, pilot):
            table.show(numbered(0, 100))
            await pilot.press("pagedown")
            assert table.cursor_key == "r010"
            await pilot.press("end")
            assert table.cursor_key == "r099"
            assert lines(table)[-1].strip("▸ ").startswith("r099")
            await pilot.press("home")
            assert table.cursor_key == "r000"

    async def test_lines_that_come_above_leave_the_view_where_it_is(self) -> None:
        async with opened(height=12) as (table, pilot):
            table.show(numbered(100, 200))
            await pilot.press("pagedown", "pagedown", "pagedown")
            await pilot.pause()
            before = lines(table)[1:]
            table.show(numbered(90, 200))
            await pilot.pause()
            assert lines(table)[1:] == before
            assert table.cursor_key == "r130"

    async def test_a_click_moves_it_and_a_second_click_chooses(self) -> None:
        async with opened() as (table, pilot):
            table.show(records("abc"))
            await pilot.click(RecordTable, offset=(3, 3))
            assert table.cursor_key == "c"


class TestDrawing:
    async def test_what_cannot_be_shown_gives_way_by_rank(self) -> None:
        async with opened(width=30) as (table, _):
            table.show([record("a", 1, extra="an extra", remark="a long remark that needs room")])
            head, line, *_ = lines(table)
            assert head.split() == ["Name", "Number", "Remark"]
            assert line.endswith("…")

    async def test_numbers_stand_to_the_right(self) -> None:
        async with opened() as (table, _):
            table.show([record("a", 5), record("b", 1234567)])
            _, first, second, *_ = lines(table)
            assert first.index("5") == second.index("7")

    async def test_an_empty_table_says_what_to_do(self) -> None:
        async with opened() as (table, _):
            assert "Nothing here: press b." in lines(table)[2]

    async def test_a_text_from_outside_cannot_act_upon_the_terminal(self) -> None:
        async with opened() as (table, _):
            table.show([record("a", remark="bad\x1b[2Jtext\n")])
            assert all(line.isprintable() for line in lines(table))

    async def test_equal_records_paint_nothing_and_a_change_paints_one_line(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with opened() as (table, pilot):
            table.show([record("a", 1), record("b", 1)])
            await pilot.pause()
            painted: list[tuple[object, ...]] = []
            monkeypatch.setattr(table, "refresh", lambda *regions, **_: painted.append(regions))
            table.show([record("a", 1), record("b", 1)])
            assert painted == []
            table.show([record("a", 1), record("b", 2)])
            assert [region.height for (region,) in painted] == [1]  # type: ignore[attr-defined]
