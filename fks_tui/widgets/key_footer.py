"""The last line of every screen: the keys that do something here and now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from fks_tui.actions.safety import HALT
from fks_tui.widgets.line_pane import Line, LinePane, Span

if TYPE_CHECKING:
    from textual.events import Click
    from textual.screen import Screen


class _Key(NamedTuple):
    """One key as it is shown."""

    key: str
    display: str
    title: str
    enabled: bool

    @property
    def width(self) -> int:
        """Cells that it takes, with the gap behind it."""
        return len(self.display) + len(self.title) + 2


_HALT: Final = f" {HALT.keys.split()[0]} {HALT.title} "
"""How the halt is shown on every screen."""


class KeyFooter(LinePane):
    """Keys and what they do, in one line, at its right end the halt; a click on one presses it.

    Textual's Footer is a dozen widgets that it takes down and mounts again whenever the focus moves, and it keeps every
    one of them for ever.
    """

    STYLE_PREFIX = "footer"
    COMPONENT_CLASSES = {"footer--key", "footer--title", "footer--disabled", "footer--halt"}

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[_Key, ...] = ()

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self.call_after_refresh(self._bindings_changed, self.screen)

    def relay(self) -> None:
        """Write the keys, as many as there is room for, and the halt behind them."""
        if self.size.width:
            spans: list[Span] = []
            for each in self._shown():
                style = "key" if each.enabled else "disabled"
                spans += [(each.display, style), (f" {each.title}", "title" if each.enabled else "disabled"), (" ", "")]
            room = self.size.width - sum(len(text) for text, _ in spans) - len(_HALT)
            self.paint([Line((*spans, (" " * max(0, room), ""), (_HALT, "halt")))])

    def _shown(self) -> list[_Key]:
        """The keys that there is room for before the halt, none of them cut."""
        shown, right = [], len(_HALT)
        for each in self._keys:
            right += each.width
            if right > self.size.width:
                break
            shown.append(each)
        return shown

    def on_click(self, event: Click) -> None:
        """Press the key under the mouse."""
        if event.x >= self.size.width - len(_HALT):
            self.app.simulate_key(HALT.bound.split(",")[0].strip())
            return
        right = 0
        for each in self._shown():
            left, right = right, right + each.width
            if left <= event.x < right - 1:
                self.app.simulate_key(each.key) if each.enabled else self.app.bell()

    def _bindings_changed(self, screen: Screen[object]) -> None:
        """Take up the keys that work now."""
        if not self.is_attached or screen is not self.screen or not screen.app.app_focus:
            return
        seen: set[str] = set()
        keys = []
        for _, binding, enabled, _ in screen.active_bindings.values():
            if binding.show and binding.action not in seen:
                seen.add(binding.action)
                keys.append(_Key(binding.key, self.app.get_key_display(binding), binding.description, enabled))
        self._keys = tuple(keys)
        self.relay()
