"""A field for a number, which the arrow keys move by whole steps."""

from __future__ import annotations

from textual.message import Message
from textual.widgets import Input

from fks_tui.actions.action import bindings
from fks_tui.actions.windows import FIELD_ACTIONS


class NumberField(Input):
    """Any text may be typed: what is wrong with it is said beside the field, not kept out of it."""

    BINDINGS = bindings(FIELD_ACTIONS)

    class Nudged(Message):
        """The number shall move by `steps` of its grid."""

        def __init__(self, field: NumberField, steps: int) -> None:
            super().__init__()
            self.field = field
            self.steps = steps

        @property
        def control(self) -> NumberField:
            """The field."""
            return self.field

    def __init__(self, value: str, *, id: str, placeholder: str = "") -> None:  # noqa: A002
        super().__init__(value, placeholder, id=id, compact=True, max_length=40)
        self.cursor_blink = False

    def action_nudge(self, steps: int) -> None:
        """Ask for a move of the number; who knows the grid does it."""
        self.post_message(self.Nudged(self, steps))
