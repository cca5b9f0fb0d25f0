"""Keys with what they do and the ids by which they are bound anew, wrapped under their own column."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Resize

    from fks_tui.actions.action import Action

_GAP = 2
_NARROWEST = 20


class KeyList(Static):
    """One line per action: keys, title, help, id; the help goes on below itself where it is long."""

    def __init__(self, actions: Sequence[Action], *, keys: int) -> None:
        super().__init__()
        self._actions = tuple(actions)
        self._keys = keys
        self._titles = max(len(action.title) for action in self._actions)

    def on_resize(self, event: Resize) -> None:
        """Wrap for the new width."""
        indent = self._keys + self._titles + 2 * _GAP
        room = max(_NARROWEST, event.size.width - indent)
        lines = []
        for action in self._actions:
            head = (action.keys.ljust(self._keys + _GAP), "$primary"), (action.title.ljust(self._titles + _GAP), "bold")
            first, *more = _said(action, room)
            lines.append(Content.assemble(*head, first))
            lines += [Content.assemble(" " * indent, line) for line in more]
        self.update(Content("\n").join(lines))


def _said(action: Action, room: int) -> list[Content]:
    """The help and the id in lines no longer than `room`; the id is never broken."""
    *before, last = wrap(action.help, room)
    lines = [Content.styled(line, "$muted") for line in before]
    if len(last) + _GAP + len(action.id) <= room:
        return [*lines, Content.assemble((last, "$muted"), " " * _GAP, (action.id, "$primary"))]
    return [*lines, Content.styled(last, "$muted"), Content.styled(action.id, "$primary")]
