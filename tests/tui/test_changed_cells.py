"""What goes out to the terminal is the difference, and the terminal then shows the whole."""

from __future__ import annotations

import random

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from fks_tui.changed_cells import ChangedCells
from tests.terminal_grid import Pen, TerminalGrid

COLUMNS, ROWS, CUT = 40, 8, 17
STYLES = [
    Style.parse(each)
    for each in ("", "#ff0000", "#ff0000 on #00ff00", "bold #ff0000", "on #00ff00", "underline", "reverse #0000ff")
]
TRUECOLOR = Console(color_system="truecolor", force_terminal=True)


def a_strip(width: int, chance: random.Random, glyphs: str = "01 ┃") -> Strip:
    """A line of random glyphs in random styles."""
    segments, left = [], width
    while left:
        size = min(left, chance.randint(1, 9))
        segments.append(Segment("".join(chance.choices(glyphs, k=size)), chance.choice(STYLES)))
        left -= size
    return Strip(segments, width)


def looks(cell: tuple[str, Pen]) -> object:
    """What a person sees of a cell: a blank's foreground is not seen, nor that it is bold."""
    glyph, (attributes, foreground, background) = cell
    if glyph == " " and not attributes & {4, 7}:
        return glyph, background
    return glyph, attributes, foreground, background


def written_whole(update: LayoutUpdate) -> TerminalGrid:
    """A terminal to which Textual itself wrote the update."""
    grid = TerminalGrid(COLUMNS, ROWS)
    grid.feed(update.render_segments(TRUECOLOR))
    return grid


def a_screen(rows: list[list[Strip]]) -> LayoutUpdate:
    return LayoutUpdate(list(rows), Region(0, 0, COLUMNS, ROWS))


def test_the_terminal_shows_every_screen_as_if_it_were_written_whole() -> None:
    chance = random.Random(7)
    grid, cells = TerminalGrid(COLUMNS, ROWS), ChangedCells()
    rows = [[a_strip(COLUMNS, chance)] for _ in range(ROWS)]
    for turn in range(200):
        for y in chance.sample(range(ROWS), 3):
            cut = chance.choice((0, CUT, 23))
            parts = (cut, COLUMNS - cut) if cut else (COLUMNS,)
            rows[y] = [a_strip(each, chance) for each in parts]
        if turn == 100:
            cells.forget()
        grid.feed(cells.written(a_screen(rows), TRUECOLOR))
        whole = written_whole(a_screen(rows))
        assert [[looks(cell) for cell in row] for row in grid.cells] == [
            [looks(cell) for cell in row] for row in whole.cells
        ]


def test_a_part_of_the_screen_is_written_where_it_stands() -> None:
    chance = random.Random(11)
    grid, cells = TerminalGrid(COLUMNS, ROWS), ChangedCells()
    rows = [[a_strip(CUT, chance), a_strip(COLUMNS - CUT, chance)] for _ in range(ROWS)]
    grid.feed(cells.written(a_screen(rows), TRUECOLOR))
    rows[3][1] = a_strip(COLUMNS - CUT, chance)
    chops = [{0: None, CUT: row[1]} for row in rows]
    update = ChopsUpdate(chops, [(3, CUT, COLUMNS)], [[CUT, COLUMNS]] * ROWS)
    grid.feed(cells.written(update, TRUECOLOR))
    assert [looks(cell) for cell in grid.cells[3]] == [looks(cell) for cell in written_whole(a_screen(rows)).cells[3]]


def test_what_stands_there_already_is_not_written_again() -> None:
    cells = ChangedCells()
    style = Style.parse("#ff0000 on #00ff00")
    before = [[Strip([Segment(f"price {64_000:>10}", style)])]]
    cells.written(a_screen(before), TRUECOLOR)
    assert cells.written(a_screen(before), TRUECOLOR) == ""
    after = [[Strip([Segment(f"price {64_001:>10}", style)])]]
    assert cells.written(a_screen(after), TRUECOLOR).count("6400") == 0
    assert cells.written(a_screen(before), TRUECOLOR) == "\x1b[0;48;2;0;255;0;38;2;255;0;0m\x1b[1;16H0\x1b[0m"


def test_a_style_is_spelled_out_once_for_all_of_its_runs() -> None:
    chance = random.Random(3)
    red = Style.parse("#ff0000")
    rows = [[Strip([Segment("".join(chance.choices("0123456789", k=COLUMNS)), red)])] for _ in range(ROWS)]
    assert ChangedCells().written(a_screen(rows), TRUECOLOR).count("38;2;255;0;0") == 1


def test_a_line_with_wide_glyphs_is_written_whole_each_time() -> None:
    cells = ChangedCells()
    wide = [[Strip([Segment("価格 64000")])]]
    assert "価格 64000" in cells.written(a_screen(wide), TRUECOLOR)
    assert "価格 64001" in cells.written(a_screen([[Strip([Segment("価格 64001")])]]), TRUECOLOR)
    plain = [[Strip([Segment("price64001")])]]
    assert "price64001" in cells.written(a_screen(plain), TRUECOLOR)


def test_updates_that_are_none_of_the_compositor_s_pass_as_they_are() -> None:
    assert ChangedCells().only(None) is None
