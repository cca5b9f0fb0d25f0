"""Modes, keys, theme and the view clock; no trading logic: a table of contents."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fks_engine.api import Connection
from fks_tui import themes
from fks_tui.actions.action import bindings
from fks_tui.actions.desk import DESK_ACTIONS
from fks_tui.line_history import LineHistory
from fks_tui.palette import DeskActions
from fks_tui.screens.alerts import AlertsScreen
from fks_tui.screens.base import DeskModal, DeskScreen
from fks_tui.screens.help import HelpScreen
from fks_tui.screens.ladder import LadderScreen
from fks_tui.screens.order_line import OrderLineScreen
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.positions import PositionsScreen
from fks_tui.screens.quit import Farewell, QuitScreen
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.screens.settings import SettingsScreen
from fks_tui.terminal_app import TerminalApp
from fks_tui.toasts import Toasts, tell_problems
from fks_tui.view_clock import ViewClock

if TYPE_CHECKING:
    from fks_engine.api import Desk, DeskView
    from fks_tui.messages import MarketRequested
    from fks_tui.options import DeskOptions

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED_STYLESHEET = _PACKAGE / "fks.tcss"
STYLESHEET = _INSTALLED_STYLESHEET if _INSTALLED_STYLESHEET.is_file() else _PACKAGE.parent / "fks.tcss"
SCREENS: tuple[type[DeskScreen], ...] = (
    QuotesScreen,
    OrdersScreen,
    PositionsScreen,
    LadderScreen,
    AlertsScreen,
    SettingsScreen,
)
UNDER_MODAL_EVERY_NS = 1_000_000_000


class DeskApp(TerminalApp[Farewell]):
    """A trading desk in the terminal, over a desk that someone else opened and will close."""

    TITLE = "FKS"
    CSS_PATH = STYLESHEET
    DEFAULT_MODE = QuotesScreen.MODE
    COMMANDS = {DeskActions}
    BINDINGS = bindings(DESK_ACTIONS)

    def __init__(self, desk: Desk, *, options: DeskOptions) -> None:
        super().__init__(hang_up=Farewell.LEFT_RUNNING)
        self.desk = desk
        self._lines = LineHistory()
        self._toasts = Toasts(self, desk, options.sounds)
        self._shown = 0
        self._shown_under_ts = 0
        self._shown_connection = Connection.STARTING
        self.options = options
        for screen in SCREENS:
            self.add_mode(screen.MODE, partial(screen, desk, options))
        for theme in themes.THEMES:
            self.register_theme(theme)
        kept = options.layout.now
        if kept.mode in {screen.MODE for screen in SCREENS}:
            self._current_mode, self._screen_stacks = kept.mode, {kept.mode: []}  # else another one is painted first
        known = kept.theme if kept.theme in self.available_themes and not self.console.no_color else ""
        shown = themes.theme_for(self.console.color_system).name
        self.theme = shown if self.console.color_system is None else options.theme or known or shown

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Values for the desk's own colours under a theme that does not name them."""
        return themes.VARIABLE_DEFAULTS

    def on_mount(self) -> None:
        """Start the view clock."""
        clock = ViewClock(self.desk, self.show, heartbeat_s=self.options.heartbeat_s)
        self.run_worker(clock.run(), group="views")
        tell_problems(self, "Key not bound", "Keys not bound", self.options.key_problems)
        tell_problems(self, "Another setting is in force", "Other settings are in force", self.options.differences)

    def on_unmount(self) -> None:
        """Keep what the desk looked like."""
        self.options.layout.note(mode=self.current_mode)
        self.options.layout.save()

    def show(self, view: DeskView) -> None:
        """Hand a picture to whatever can be seen, and tell its notices.

        What shines through under a modal gets one a second: each of its changes makes Textual paint the whole terminal.
        """
        turned = view.engine.connection is not self._shown_connection
        under_too = turned or view.number == self._shown or abs(view.ts - self._shown_under_ts) >= UNDER_MODAL_EVERY_NS
        if under_too:
            self._shown_under_ts, self._shown_connection = view.ts, view.engine.connection
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen | DeskModal) and (under_too or screen is self.screen):
                screen.take(view)
        if view.number != self._shown:
            self._shown = view.number
            self._toasts.tell(view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The mode that is shown is not offered."""
        return not (action == "go" and parameters == (self.current_mode,))

    async def action_go(self, mode: str) -> None:
        """Show the screen of `mode`."""
        await self.switch_mode(mode)

    def action_help(self) -> None:
        """Show every key of the current screen."""
        self.push_screen(HelpScreen())

    async def action_order_line(self) -> None:
        """Open the line that orders and commands are typed into; returns once it takes the keys."""
        await self.push_screen(OrderLineScreen(self.desk, self._lines, confirm=self.options.confirm_orders))

    def action_next_theme(self) -> None:
        """Change to the next theme, and say its name."""
        self.theme = themes.theme_after(self.theme, self.console.color_system).name
        self.notify(self.theme, title="Theme", timeout=2)
        self.options.layout.note(theme=self.theme)

    async def action_quit(self) -> None:
        """Ask what becomes of the engine; asked twice, leave it running."""
        if isinstance(self.screen, QuitScreen):
            self.exit(Farewell.LEFT_RUNNING)
        else:
            self.push_screen(QuitScreen(self.desk), self._leave)

    def _leave(self, farewell: Farewell | None) -> None:
        """Exit with the answer, if there is one."""
        if farewell is not None:
            self.exit(farewell)

    async def on_market_requested(self, message: MarketRequested) -> None:
        """Show that market on the ladder, if that is what is seen; else on the Quotes screen."""
        if self.current_mode != LadderScreen.MODE:
            await self.switch_mode(QuotesScreen.MODE)
        if isinstance(self.screen, QuotesScreen | LadderScreen):
            self.screen.follow(message.instrument_id)
