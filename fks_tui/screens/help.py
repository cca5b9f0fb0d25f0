"""The help screen: every key, printed from the action table, the current screen's first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from fks_tui.actions.groups import ACTION_GROUPS
from fks_tui.actions.windows import CLOSE
from fks_tui.frame_words import entitle
from fks_tui.screens.base import DeskModal, DeskScreen
from fks_tui.widgets.key_list import KeyList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from fks_tui.actions.action import Action


class HelpScreen(DeskModal[None]):
    """All actions with their keys, grouped by the place where they work."""

    def compose(self) -> ComposeResult:
        """One block of lines per group."""
        with VerticalScroll(classes="modal") as box:
            entitle(box, "Keys", f"↑↓ scroll · {CLOSE.keys.split()[0]} close")
            everything = [action for actions in ACTION_GROUPS.values() for action in actions]
            keys = max(len(action.keys) for action in everything)
            for name, actions in self._groups():
                yield Static(Content(name), classes="group")
                yield KeyList(actions, keys=keys)

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.set_focus(self.query_one(VerticalScroll))

    def _groups(self) -> Iterator[tuple[str, tuple[Action, ...]]]:
        """The group of the screen that help was asked for on, then the others."""
        below = next((screen for screen in reversed(self.app.screen_stack) if isinstance(screen, DeskScreen)), None)
        first = below.MODE.capitalize() if below else ""
        for name in sorted(ACTION_GROUPS, key=lambda name: name != first):
            if ACTION_GROUPS[name]:
                yield name, ACTION_GROUPS[name]
