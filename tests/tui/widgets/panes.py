"""Shows one pane in an app of its own, and counts what it repaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.geometry import Region

from fks_tui import themes
from fks_tui.themes import STYLESHEET

if TYPE_CHECKING:
    from textual.strip import Strip
    from textual.widget import Widget

    from fks_tui.widgets.line_pane import LinePane


class PaneApp(App[None]):
    """One pane that fills the terminal, in the desk's look."""

    CSS_PATH = STYLESHEET

    def __init__(self, pane: LinePane) -> None:
        super().__init__()
        self.pane = pane
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.VARIABLE_DEFAULTS

    def compose(self) -> ComposeResult:
        yield self.pane


def text_of(pane: LinePane) -> list[str]:
    """The pane's lines as a person reads them, without what fills them up."""
    return ["".join(text for text, _ in line.spans).rstrip() for line in pane._lines]


class Repaints:
    """Notes which lines of a pane are asked to be painted again, and which strips are made anew."""

    def __init__(self, pane: LinePane) -> None:
        self.lines: set[int] = set()
        self.made: list[str] = []
        refresh, strip = pane.refresh, pane._strip

        def noting_refresh(*regions: Region, **options: bool) -> Widget:
            for region in regions or (Region(0, 0, *pane.size),):
                self.lines.update(region.line_range)
            return refresh(*regions, **options)

        def noting_strip(line: object) -> Strip:
            made = strip(line)  # type: ignore[arg-type]
            self.made.append(made.text.rstrip())
            return made

        pane.refresh = noting_refresh  # type: ignore[method-assign, assignment]
        pane._strip = noting_strip  # type: ignore[method-assign]
