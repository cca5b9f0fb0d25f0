"""The app towards its terminal: keys in turn, only what changed is written, and a good end when it goes away."""

from __future__ import annotations

import asyncio
import select
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual._compositor import LayoutUpdate
from textual.app import App
from textual.events import Event, Key, Mount, Resize, Unmount
from textual.geometry import Size

from fks_tui.changed_cells import ChangedCells
from fks_tui.keys_in_turn import KeysInTurn
from fks_tui.themes import Uncoloured
from fks_tui.toast_room import show_newest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType
    from textual.filter import LineFilter
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

Answer = TypeVar("Answer")
HANG_UP_LOOK_S = 2.0
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
_UNCOLOURED = Uncoloured()
_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class TerminalApp(App[Answer]):
    """An app that exits with `hang_up` when its terminal is closed or it is told to end."""

    def __init__(self, *, hang_up: Answer) -> None:
        super().__init__()
        self._hang_up = hang_up
        self._last_key_at = time.monotonic()
        self._keys = KeysInTurn(self)
        self._cells = ChangedCells()

    @on(Mount)
    def _listen_to_signals(self) -> None:
        """Leave in good order when the terminal goes away."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.exit, self._hang_up)
        if not self.is_headless:
            self.set_interval(HANG_UP_LOOK_S, self._look_at_terminal)

    def _look_at_terminal(self) -> None:
        """Leave when the terminal is gone without a signal: reading on from one that was hung up takes half a core."""
        terminal = select.poll()
        terminal.register(sys.__stdin__.fileno() if sys.__stdin__ else 0, 0)
        if any(state & _GONE for _, state in terminal.poll(0)):
            self.exit(self._hang_up)

    @on(Unmount)
    def _give_signals_back(self) -> None:
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)

    async def on_event(self, event: Event) -> None:
        """Take keys in turn; everything else as it comes."""
        if isinstance(event, Key):
            self._last_key_at = time.monotonic()
        elif isinstance(event, Resize):
            event = self._as_it_is(event)
            self._cells.forget()
            if event.size == self._size:  # it was another one in between, and nothing is laid out anew
                self.action_redraw()
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._keys.begins(event):
            path = (self.focused or self.screen).ancestors_with_self
            await super().on_event(event)
            self._keys.handed_over(path)

    def _as_it_is(self, event: Resize) -> Resize:
        """News of the terminal's size with the size that it has now.

        The signals of two changes may come so close that the second one's handler runs within the first one's, and
        what it tells is told first. Terminals that tell their size in the stream of keys do so in order.
        """
        if self.is_headless or getattr(self._driver, "_in_band_window_resize", False):
            return event
        size = Size(*shutil.get_terminal_size())
        return event if size == event.size else Resize(size, size)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Write to the terminal what an update changes; Textual would write all of it.

        An update of another size than the terminal's would land on cells that the terminal does not have, and so on
        others. It is left out: the first one of the right size writes everything. Where no news of the size is under
        way to the screen, that news was overtaken (a screen tells itself the size that it was laid out for, and of two
        sizes in its queue the later one counts), and it is told again.
        """
        if not self.is_inline:
            if screen._compositor.size != self.size:
                renderable = None
                if self._resize_event is None:
                    screen.post_message(Resize(self.size, self.size))
            elif self._cells.size != self.size and not isinstance(renderable, LayoutUpdate):
                renderable = self._whole(screen)
        super()._display(screen, self._cells.only(renderable))

    def _whole(self, screen: Screen[object]) -> RenderableType | None:
        """Everything that the screen shows."""
        return screen._compositor.render_update(full=True, screen_stack=self._background_screens)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What the sixteen colours go through: where none are wanted, they are left out and not turned into greys."""
        plain = self.native_ansi_color and (self.no_color or self.console.color_system is None)
        return (_UNCOLOURED,) if plain else super().get_line_filters()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast. Its words stand as they are, whatever is asked: many of them come from outside."""
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def _refresh_notifications(self) -> None:
        """Show no more toasts than there is room for."""
        show_newest(self, self._notifications)

    def busy_until(self) -> float:
        """When somebody was last in the middle of something, by time.monotonic(); under a modal somebody always is."""
        return time.monotonic() if len(self.screen_stack) > 1 else self._last_key_at

    def action_redraw(self) -> None:
        """Write every cell anew: what another program wrote into the terminal goes."""
        self._cells.forget()
        self._display(self.screen, self._whole(self.screen))
