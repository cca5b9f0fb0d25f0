"""Keys with what they do, wrapped under their own column."""

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
    """One line per action: keys, title, help; the help goes on below itself where it is long."""

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
            first, *more = wrap(action.help, room) or [""]
            lines.append(
                Content.assemble(
                    (action.keys.ljust(self._keys + _GAP), "$primary"),
                    (action.title.ljust(self._titles + _GAP), "bold"),
                    (first, "$muted"),
                )
            )
            lines += [Content.assemble((" " * indent + line, "$muted")) for line in more]
        self.update(Content("\n").join(lines))
