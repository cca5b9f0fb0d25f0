"""A pane repaints what changed and nothing else."""

from __future__ import annotations

import pytest

from fks_tui.widgets.line_pane import Line, LinePane, centred, headed, width_of
from tests.tui.widgets.panes import PaneApp, Repaints

pytestmark = pytest.mark.anyio


def lines(*texts: str) -> list[Line]:
    return [Line(((text, ""),)) for text in texts]


class TestPainting:
    async def test_only_lines_that_differ_are_repainted(self) -> None:
        app = PaneApp(LinePane())
        async with app.run_test(size=(20, 5)) as pilot:
            app.pane.paint(lines("one", "two", "three"))
            await pilot.pause()
            repaints = Repaints(app.pane)
            app.pane.paint(lines("one", "2", "three"))
            await pilot.pause()
            assert repaints.lines == {1}
            assert repaints.made == ["2"]

    async def test_the_same_lines_repaint_nothing(self) -> None:
        app = PaneApp(LinePane())
        async with app.run_test(size=(20, 5)) as pilot:
            app.pane.paint(lines("one", "two"))
            await pilot.pause()
            repaints = Repaints(app.pane)
            app.pane.paint(lines("one", "two"))
            await pilot.pause()
            assert repaints.lines == set()

    async def test_lines_that_only_move_are_not_made_again(self) -> None:
        app = PaneApp(LinePane())
        async with app.run_test(size=(20, 5)) as pilot:
            app.pane.paint(lines("b", "c", "d"))
            await pilot.pause()
            repaints = Repaints(app.pane)
            app.pane.paint(lines("a", "b", "c", "d"))
            await pilot.pause()
            assert repaints.made == ["a"]
            assert app.pane.render_line(3).text.rstrip() == "d"

    async def test_lines_that_are_gone_are_wiped(self) -> None:
        app = PaneApp(LinePane())
        async with app.run_test(size=(20, 5)) as pilot:
            app.pane.paint(lines("one", "two", "three"))
            await pilot.pause()
            app.pane.paint(lines("one"))
            await pilot.pause()
            assert app.pane.render_line(2).text == " " * 20

    async def test_every_line_is_as_wide_as_the_pane(self) -> None:
        app = PaneApp(LinePane())
        async with app.run_test(size=(20, 5)) as pilot:
            app.pane.paint(lines("short", "a line that is longer than the pane"))
            await pilot.pause()
            assert {app.pane.render_line(y).cell_length for y in range(5)} == {20}


class TestLines:
    def test_a_head_gives_the_right_side_its_room(self) -> None:
        head = headed(20, [("A LONG TITLE ON THE LEFT", "")], [("42s", "")])
        assert width_of(head.spans) == 20
        assert "".join(text for text, _ in head.spans).endswith("42s ")

    def test_emptiness_is_in_the_middle(self) -> None:
        middle = centred(11, 3, [("abc", "")])
        assert [width_of(line.spans) for line in middle] == [0, 7]
