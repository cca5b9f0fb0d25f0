"""A painted line is gone with the last that shows it."""

from __future__ import annotations

import gc

from rich.segment import Segment

from fks_tui.line_strip import LineStrip


def lines_there() -> int:
    return sum(type(each) is LineStrip for each in gc.get_objects())


def test_a_line_that_was_shown_whole_is_freed_without_a_collection() -> None:
    gc.collect()
    gc.disable()
    try:
        before = lines_there()
        line = LineStrip([Segment("64000.01")])
        assert line.divide([8]) == [line]
        del line
        assert lines_there() == before
    finally:
        gc.enable()


def test_a_line_is_divided_as_any_strip() -> None:
    pieces = LineStrip([Segment("64000.01")]).divide([5, 8, 20])
    assert [piece.text for piece in pieces] == ["64000", ".01"]
