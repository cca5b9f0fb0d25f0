"""What a user action is: id, key, action, title and help; its bindings, and the keys that the user gave it instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from fks_tui.key_names import SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do: its key, footer label, palette entry and help line are all made from this."""

    id: str
    """Stable name by which a key can be bound anew: `order.buy`."""
    key: str
    """Textual's names of the keys, with commas between them."""
    action: str
    """The method that does it: `buy` calls `action_buy` where the action is bound."""
    title: str
    """One to three words, for the footer and the palette."""
    help: str
    """One sentence, for the help screen, the tooltip and the palette."""
    in_footer: bool = True
    priority: bool = False
    """True for a key that must work while a field has the focus."""
    key_display: str | None = None
    """How the footer writes the key where Textual's own way is too long."""

    @property
    def bound(self) -> str:
        """Textual's names of the keys as they are now: the user's, else those of the table."""
        return _rebound.get(self.id, self.key)

    @property
    def default_keys(self) -> str:
        """The keys of the table, written alike."""
        return written(self.key)

    @property
    def keys(self) -> str:
        """The keys as the help screen writes them: `F1 ?`."""
        return written(self.bound)


_rebound: dict[str, str] = {}


def rebind(keys: Mapping[str, str]) -> None:
    """Give actions, by id, other keys. To be called before a screen is imported, for classes bind their keys then."""
    _rebound.clear()
    _rebound.update(keys)


def written(keys: str) -> str:
    """Textual's names of keys as a person writes them."""
    return " ".join(_written(each.strip()) for each in keys.split(","))


_KEY_NAMES = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "insert": "Ins",
    "backspace": "Backspace",
}


def _written(key: str) -> str:
    """One key as a person writes it."""
    *modifiers, last = key.split("+")
    if last in _KEY_NAMES:
        last = _KEY_NAMES[last]
    elif last in SIGNS:
        last = SIGNS[last]
    elif last[:1] == "f" and last[1:].isdigit():
        last = last.upper()
    return "+".join([*(each.capitalize() for each in modifiers), last])


def bindings(*groups: Iterable[Action]) -> list[BindingType]:
    """Textual bindings of the actions, in their order."""
    return [
        Binding(
            each.bound,
            each.action,
            each.title,
            show=each.in_footer,
            key_display=each.key_display if each.bound == each.key else written(each.bound).split(" ")[0],
            priority=each.priority,
            tooltip=each.help,
            id=each.id,
        )
        for group in groups
        for each in group
    ]
