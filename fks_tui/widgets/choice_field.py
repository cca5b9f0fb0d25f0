"""A field that takes one of a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from fks_tui.actions.action import bindings
from fks_tui.actions.windows import CHOICE_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events


class ChoiceField(Static, can_focus=True):
    """All its words on one line, the taken one marked. Arrows, space and first letters change it.

    With `one_only` just the taken one is seen, between arrows.
    """

    BINDINGS = bindings(CHOICE_ACTIONS)
    ALLOW_SELECT = False

    value: reactive[str] = reactive("", init=False)
    """The word that is taken, as a key of the choices."""

    class Changed(Message):
        """Another word was taken, by a key or a click."""

        def __init__(self, field: ChoiceField, value: str) -> None:
            super().__init__()
            self.field = field
            self.value = value

        @property
        def control(self) -> ChoiceField:
            """The field."""
            return self.field

    def __init__(
        self,
        choices: Mapping[str, str],
        value: str,
        *,
        id: str,  # noqa: A002
        tones: Mapping[str, str] | None = None,
        one_only: bool = False,
    ) -> None:
        super().__init__(id=id)
        self._one_only = one_only
        self._choices = dict(choices)
        self._tones = dict(tones or {})
        self.set_reactive(ChoiceField.value, value)

    def on_mount(self) -> None:
        """Draw the first time."""
        self.watch_value()

    def watch_value(self) -> None:
        """Mark the word that is taken."""
        if self._one_only:
            only = Content(f" {self._choices[self.value]} ").stylize("bold $primary reverse")
            self.update(Content.assemble(("‹ ", "@click=turn(-1)"), only, (" ›", "@click=turn(1)")))
            return
        parts = []
        for key, word in self._choices.items():
            taken = key == self.value
            style = f"bold {self._tones.get(key, '$primary')} reverse" if taken else f"@click=choose('{key}')"
            parts.append(Content(f" {word} ").stylize(style))
        self.update(Content(" ").join(parts))

    def action_turn(self, steps: int) -> None:
        """Take the next word, or the one before."""
        keys = list(self._choices)
        self.action_choose(keys[(keys.index(self.value) + steps) % len(keys)])

    def action_choose(self, key: str) -> None:
        """Take the word of that key."""
        if key in self._choices and key != self.value and not self.disabled:
            self.value = key
            self.post_message(self.Changed(self, key))

    def on_key(self, event: events.Key) -> None:
        """A word's first letter takes it; of several words the next one."""
        letter = (event.character or "").lower()
        keys = list(self._choices)
        after = keys.index(self.value) + 1
        for key in keys[after:] + keys[:after]:
            if letter and self._choices[key].lstrip("▲▼ ").lower().startswith(letter):
                event.stop()
                self.action_choose(key)
                return
