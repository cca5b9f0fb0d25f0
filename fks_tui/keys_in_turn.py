"""Keys taken one at a time: each is handled to its end before the next one is looked at, however fast they come."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App
    from textual.events import Key
    from textual.message_pump import MessagePump

LONGEST_TURN_S: Final = 0.5
"""A key whose end is not seen for so long, for its widget was removed meanwhile, holds up the others no longer."""


class KeysInTurn:
    """The order of keys.

    Textual hands a key to the widget that has the focus and goes on to the next key at once, while the first one may
    still be on its way up to the binding it is for. Typed in one burst, as over a slow link, `b 0 . 1` would then lose
    its digits before the ticket is there, and a backspace would come too late. Here the next key waits until a token
    sent after the first one has passed every queue that the key may pass.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[Key] = deque()
        self._due: Key | None = None
        self._busy = False
        self._turn = 0

    def begins(self, key: Key) -> bool:
        """Whether the key may be handled now; else it is kept, and posted again when its turn comes."""
        if self._busy and key is not self._due:
            self._waiting.append(key)
            return False
        self._busy, self._due = True, None
        return True

    def handed_over(self, path: Sequence[MessagePump]) -> None:
        """The key was handed to the first of `path`, the app being the last it can come to."""
        self._turn += 1
        self._app.set_timer(LONGEST_TURN_S, lambda turn=self._turn: self._end(turn))
        self._pass_on(path, self._turn)

    def _pass_on(self, path: Sequence[MessagePump], turn: int) -> None:
        """Send the token through the next queue; one that is closed takes no more keys either."""
        for place, node in enumerate(path):
            if node.call_later(self._pass_on, path[place + 1 :], turn):
                return
        self._end(turn)

    def _end(self, turn: int) -> None:
        """That key was handled: the next one's turn."""
        if turn != self._turn or not self._busy or self._due is not None:
            return
        if self._waiting:
            self._due = self._waiting.popleft()
            self._app.post_message(self._due)
        else:
            self._busy = False
