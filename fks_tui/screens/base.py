"""Screens and modals that are shown the desk's pictures while they can be seen."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from textual.app import ScreenStackError
from textual.containers import Container
from textual.css.query import NoMatches
from textual.screen import ModalScreen, Screen

from fks_engine.api import Connection, ConnectionLost, Denied, without_life
from fks_tui.actions.action import bindings
from fks_tui.actions.windows import MODAL_ACTIONS
from fks_tui.underlay import Underlay
from fks_tui.widgets.connection_banner import ConnectionBanner
from fks_tui.widgets.key_footer import KeyFooter
from fks_tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import ComposeResult
    from textual.events import ScreenResume
    from textual.geometry import Region
    from textual.strip import Strip

    from fks_engine.api import Accepted, Command, Desk, DeskView
    from fks_tui.options import DeskOptions

    Tell = Callable[[str], object]

Answer = TypeVar("Answer")


async def accepted(desk: Desk, command: Command, *, denied: Tell, gone: Tell) -> Accepted | None:
    """Submit `command`; the words of a denial or of a lost engine are told, and answered with None."""
    try:
        answer = await desk.submit(command)
    except ConnectionLost as error:
        gone(str(error))
        return None
    if isinstance(answer, Denied):
        denied(answer.message)
        return None
    return answer


class DeskScreen(Screen[None]):
    """A whole screen: status bar, banner, the screen's own panes, footer.

    A screen says what it holds in `panes`, and paints a picture in `show`.
    """

    MODE: ClassVar[str]
    """The mode the screen is the base of, as in `app.switch_mode`."""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (170, "-broad")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]

    def __init__(self, desk: Desk, options: DeskOptions) -> None:
        super().__init__()
        self.desk = desk
        self.options = options
        self._status, self._banner = StatusBar(), ConnectionBanner()

    def compose(self) -> ComposeResult:
        """The frame that every screen shares, around its panes."""
        yield self._status
        yield self._banner
        with Container(classes="content"):
            yield from self.panes()
        yield KeyFooter()

    def panes(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    def show(self, view: DeskView) -> None:
        """Paint a picture. Called at most ten times a second, and only while the screen can be seen."""

    def take(self, view: DeskView) -> None:
        """Paint a picture, the shared frame included; the app's view clock calls this."""
        if not self.is_mounted:
            return
        with suppress(NoMatches):  # a picture may come while the screen is being taken apart
            self._take(view)

    def _take(self, view: DeskView) -> None:
        gone = view.engine.connection is Connection.DISCONNECTED
        if gone:
            view = without_life(view)
        self.set_class(gone, "-disconnected")
        self._status.show(view)
        self._banner.show(view)
        self.show(view)

    async def submitted(self, command: Command) -> Accepted | None:
        """Submit `command`; a denial or a lost engine is told in a toast and answered with None."""
        return await accepted(
            self.desk,
            command,
            denied=partial(self.notify, title="Denied", severity="warning"),
            gone=partial(self.notify, title="Engine gone", severity="error"),
        )

    def see_through(self, sending: Coroutine[Any, Any, None], then: Callable[[], None]) -> None:
        """Let the app see a command through: leaving the screen must not end it. `then` is called once it is out."""
        self.app.run_worker(sending, group="orders")
        asyncio.get_running_loop().call_soon(then)

    def on_mount(self) -> None:
        """Paint the picture that is there already."""
        self.take(self.desk.view())

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Catch up with what happened while another screen was shown."""
        self.options.layout.keep(self.MODE)
        self.take(self.desk.view())


class DeskModal(ModalScreen[Answer]):
    """A window over a screen. Escape closes it with no answer; it is shown pictures too."""

    BINDINGS = bindings(MODAL_ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self._underlay = Underlay()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint anew; regions are told by a screen below where it has changed, which shines through each modal."""
        if regions:
            with suppress(ScreenStackError):
                for screen in self.app.screen_stack:
                    if isinstance(screen, DeskModal):
                        screen._underlay.forget()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Forget what was tinted in the old colours."""
        super().notify_style_update()
        self._underlay.forget()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The screen below, tinted."""
        lines = self._underlay.lines(cast("Screen[object]", self), crop)
        return super().render_lines(crop) if lines is None else lines

    def show(self, view: DeskView) -> None:
        """Paint a picture; a modal that shows nothing live leaves this as it is."""

    def take(self, view: DeskView) -> None:
        """Paint a picture; the app's view clock calls this."""
        if self.is_mounted:
            with suppress(NoMatches):
                self.show(without_life(view) if view.engine.connection is Connection.DISCONNECTED else view)

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
