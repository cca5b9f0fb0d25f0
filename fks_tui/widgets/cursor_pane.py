"""A pane with a cursor: the keys and the mouse move it, the subclass says what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from fks_tui.actions.action import bindings
from fks_tui.actions.desk import LIST_ACTIONS
from fks_tui.widgets.line_pane import LinePane

if TYPE_CHECKING:
    from textual.events import Click, MouseScrollDown, MouseScrollUp


class CursorPane(LinePane, can_focus=True):
    """Turns keys, clicks and the wheel into moves of a cursor over numbered rows."""

    BINDINGS = bindings(LIST_ACTIONS)
    HEAD_LINES: ClassVar[int] = 2
    """Lines over the first row."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self.top = 0
        """The number of the first row that is shown."""

    @property
    def cursor(self) -> int:
        """The number of the row under the cursor; under 0 where it is on none."""
        return 0

    @property
    def count(self) -> int:
        """How many rows there are."""
        return 0

    @property
    def page(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - self.HEAD_LINES)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row that exists; a subclass says how."""

    def scrolled(self) -> range:
        """The rows to show, so that the cursor is among them and no room is wasted."""
        at = self.cursor if self.cursor >= 0 else self.top
        self.top = max(0, min(self.top, self.count - self.page, at), at - self.page + 1)
        return range(self.top, min(self.top + self.page, self.count))

    def _move(self, row: int) -> None:
        """Put the cursor on the row nearest to `row`."""
        if self.count:
            self.move_to(min(max(row, 0), self.count - 1))

    def on_focus(self) -> None:
        """Show the cursor at full strength."""
        self.relay()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.relay()

    def on_click(self, event: Click) -> None:
        """Put the cursor on the row that was clicked on."""
        row = event.y - self.HEAD_LINES + self.top
        if event.y >= self.HEAD_LINES and row < self.count:
            self._move(row)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """One row down."""
        self._move(self.cursor + 1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """One row up."""
        self._move(self.cursor - 1)

    def action_cursor_up(self) -> None:
        """One row up."""
        self._move(self.cursor - 1)

    def action_cursor_down(self) -> None:
        """One row down."""
        self._move(self.cursor + 1)

    def action_page_up(self) -> None:
        """One page up."""
        self._move(self.cursor - self.page)

    def action_page_down(self) -> None:
        """One page down."""
        self._move(self.cursor + self.page)

    def action_first(self) -> None:
        """The first row."""
        self._move(0)

    def action_last(self) -> None:
        """The last row."""
        self._move(self.count - 1)
