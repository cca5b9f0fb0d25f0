"""Lists of options: the cursor can be read."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.widgets.option_list import Option

from fks_tui.widgets.marked_options import MarkedOptions

pytestmark = pytest.mark.anyio


class OptionsApp(App[None]):
    def compose(self) -> ComposeResult:
        yield MarkedOptions(*(Option(name) for name in ("first", "second", "third " * 8)), compact=True)


def lines(options: MarkedOptions) -> list[str]:
    return [options.render_line(y).text.rstrip() for y in range(options.size.height)]


async def test_a_mark_stands_before_the_first_line_of_the_option_under_the_cursor() -> None:
    app = OptionsApp()
    async with app.run_test(size=(30, 8)) as pilot:
        options = app.query_one(MarkedOptions)
        options.focus()
        await pilot.press("down")
        await pilot.pause()
        assert lines(options)[:3] == ["  first", "▸ second", "  third third third third"]
        await pilot.press("down")
        await pilot.pause()
        assert [line[:2] for line in lines(options)[:4]] == ["  ", "  ", "▸ ", "  "]
        assert all(options.render_line(y).cell_length == 30 for y in range(8))
