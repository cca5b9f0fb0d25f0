"""Modes, keys, theme and the view clock; no trading logic: a table of contents."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fks_engine.api import Connection, TradingState
from fks_tui import themes
from fks_tui.actions.action import bindings
from fks_tui.actions.desk import DESK_ACTIONS
from fks_tui.line_history import LineHistory
from fks_tui.palette import DeskActions
from fks_tui.screens.base import DeskModal, DeskScreen
from fks_tui.screens.halting import Halting
from fks_tui.screens.help import HelpScreen
from fks_tui.screens.ladder import LadderScreen
from fks_tui.screens.modes import SCREENS
from fks_tui.screens.order_line import OrderLineScreen
from fks_tui.screens.quit import Farewell, QuitScreen
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.screens.reconciliation import ReconciliationScreen
from fks_tui.terminal_app import TerminalApp
from fks_tui.toasts import Toasts, tell_problems
from fks_tui.view_clock import ViewClock

if TYPE_CHECKING:
    from fks_engine.api import Desk, DeskView
    from fks_tui.messages import MarketRequested
    from fks_tui.options import DeskOptions

UNDER_MODAL_EVERY_NS = 1_000_000_000


class DeskApp(TerminalApp[Farewell]):
    """A trading desk in the terminal, over a desk that someone else opened and will close."""

    TITLE = "FKS"
    CSS_PATH = themes.STYLESHEET
    DEFAULT_MODE = QuotesScreen.MODE
    COMMANDS = {DeskActions}
    BINDINGS = bindings(DESK_ACTIONS)

    def __init__(self, desk: Desk, *, options: DeskOptions) -> None:
        super().__init__(hang_up=Farewell.LEFT_RUNNING)
        self.desk = desk
        self._lines = LineHistory()
        self._halting = Halting(self, desk)
        self._toasts = Toasts(self, desk, options.sounds, self._halting.is_shown)
        self._shown = 0
        self._shown_under_ts, self._shown_gate = 0, (Connection.STARTING, TradingState.ACTIVE)
        self.options = options
        for screen in SCREENS:
            self.add_mode(screen.MODE, partial(screen, desk, options))
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.opening(self.console, options.theme, options.layout.now.theme)
        if (mode := options.layout.now.mode) in {screen.MODE for screen in SCREENS}:
            self._current_mode, self._screen_stacks = mode, {mode: []}  # else another one is painted first

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

        What shines through under a modal gets one a second, and each turn of the gate: Textual paints all anew.
        """
        gate = (view.engine.connection, view.engine.trading_state)
        turned = gate != self._shown_gate or view.number == self._shown
        under_too = turned or abs(view.ts - self._shown_under_ts) >= UNDER_MODAL_EVERY_NS
        if under_too:
            self._shown_under_ts, self._shown_gate = view.ts, gate
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen | DeskModal) and (under_too or screen is self.screen):
                screen.take(view)
        if view.number != self._shown:
            self._shown = view.number
            self._halting.see(view)
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

    def action_halt(self) -> None:
        """Halt trading at once."""
        self._halting.halt()

    def action_reduce(self) -> None:
        """Let only what shrinks a position pass."""
        self._halting.reduce()

    def action_resume(self) -> None:
        """Open the gate again."""
        self._halting.resume()

    def action_reconciliation(self) -> None:
        """Show how our records stand to the exchange's."""
        self.push_screen(ReconciliationScreen(self.desk))

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
