"""The last line of every screen: the keys that do something here and now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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


class KeyFooter(LinePane):
    """Keys and what they do, in one line; a click on one presses it.

    Textual's Footer is a dozen widgets that it takes down and mounts again whenever the focus moves, and it keeps every
    one of them for ever.
    """

    STYLE_PREFIX = "footer"
    COMPONENT_CLASSES = {"footer--key", "footer--title", "footer--disabled"}

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[_Key, ...] = ()

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self.call_after_refresh(self._bindings_changed, self.screen)

    def relay(self) -> None:
        """Write the keys, as many as there is room for."""
        if self.size.width:
            spans: list[Span] = []
            for each in self._keys:
                style = "key" if each.enabled else "disabled"
                spans += [(each.display, style), (f" {each.title}", "title" if each.enabled else "disabled"), (" ", "")]
            self.paint([Line(tuple(spans))])

    def on_click(self, event: Click) -> None:
        """Press the key under the mouse."""
        right = 0
        for each in self._keys:
            left, right = right, right + len(each.display) + len(each.title) + 2
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
