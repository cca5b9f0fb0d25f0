"""Keys in turn: a burst is handled key by key, and a widget that goes away holds nothing up."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.events import Event, Key
from textual.widgets import Button, Input

from fks_tui.keys_in_turn import KeysInTurn
from tests.tui.pilots import until

pytestmark = pytest.mark.anyio


class Typing(App[None]):
    """A field, and a button that removes itself when it is pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = KeysInTurn(self)

    def compose(self) -> ComposeResult:
        yield Input()
        yield Button("gone")

    async def on_event(self, event: Event) -> None:
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
        elif self.keys.begins(event):
            path = (self.focused or self.screen).ancestors_with_self
            await super().on_event(event)
            self.keys.handed_over(path)

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        await event.button.remove()
        self.query_one(Input).focus()

    def burst(self, *keys: str) -> None:
        for key in keys:
            self.post_message(Key(key, key if len(key) == 1 else None))


async def test_a_backspace_in_a_burst_takes_the_character_before_it() -> None:
    app = Typing()
    async with app.run_test() as pilot:
        app.burst("1", "2", "backspace", "3", "home", "4", "delete", "end", "5")
        await until(pilot, lambda: app.query_one(Input).value == "435")


async def test_keys_after_one_that_removes_its_widget_are_not_lost() -> None:
    app = Typing()
    async with app.run_test() as pilot:
        app.query_one(Button).focus()
        app.burst("enter", "7")
        await until(pilot, lambda: not app.query(Button))
        app.burst("8")
        await until(pilot, lambda: app.query_one(Input).value.endswith("8"))
