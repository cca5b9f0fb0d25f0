"""The question what becomes of the engine and the working orders when the desk is closed."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from textual import work
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from fks_engine.api import ConnectionLost, Denied, Mode, StopEngine
from fks_tui.actions.action import Action, bindings
from fks_tui.actions.windows import DETACH, QUIT_ACTIONS, STOP_CANCELING, STOP_KEEPING
from fks_tui.screens.base import DeskModal

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView


class Farewell(StrEnum):
    """How a desk was left."""

    LEFT_RUNNING = "left_running"
    STOPPED = "stopped"


class QuitScreen(DeskModal[Farewell]):
    """Offers to leave the engine running or to stop it. In LIVE mode the first choice is to leave it running."""

    BINDINGS = bindings(QUIT_ACTIONS)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        """A title, how things stand, and the choices."""
        view = self.desk.view()
        choices = _choices(view)
        with Vertical(classes="dialog"):
            yield Static("Leave the desk", classes="dialog-title")
            yield Static(_standing(view), classes="dialog-text", markup=False)
            yield OptionList(*(Option(_label(each), id=each.id) for each in choices), markup=False, compact=True)
            yield Static("", classes="dialog-problem", markup=False)
            yield Static("Enter chooses · Esc goes back to the desk", classes="dialog-hint")

    def on_mount(self) -> None:
        """Begin at the choice that is right most of the time."""
        view = self.desk.view()
        options = self.query_one(OptionList)
        stop_first = view.engine.mode is not Mode.LIVE and len(_choices(view)) > 1
        options.highlighted = 1 if stop_first else 0
        options.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is offered has a key."""
        if action != "stop":
            return True
        return f"stop({parameters[0]})" in {each.action for each in _choices(self.desk.view())}

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do the highlighted choice."""
        chosen = next(each for each in QUIT_ACTIONS if each.id == event.option_id)
        await self.run_action(chosen.action)

    def action_detach(self) -> None:
        """Close the desk and leave the engine as it is."""
        self.dismiss(Farewell.LEFT_RUNNING)

    @work(exclusive=True)
    async def action_stop(self, cancel_orders: bool) -> None:
        """Ask the engine to stop; it does so in its own order."""
        try:
            answer = await self.desk.submit(StopEngine(cancel_orders=cancel_orders))
        except ConnectionLost as error:
            self._tell(f"The engine did not hear it: {error}")
            return
        if isinstance(answer, Denied):
            self._tell(answer.message)
        else:
            self.dismiss(Farewell.STOPPED)

    def _tell(self, problem: str) -> None:
        """Say in the window what went wrong."""
        self.query_one(".dialog-problem", Static).update(problem)


def _choices(view: DeskView) -> tuple[Action, ...]:
    """What can be done now."""
    if view.engine.is_gone:
        return (DETACH,)
    if view.working_orders:
        return (DETACH, STOP_CANCELING, STOP_KEEPING)
    return (DETACH, replace(STOP_KEEPING, title="Stop", help="Nothing rests at the exchange."))


def _label(action: Action) -> str:
    """A choice as the list shows it."""
    return f" {action.keys[0]}  {action.title:<21}{action.help}"


def _standing(view: DeskView) -> str:
    """Where the engine stands, in one or two lines."""
    engine = view.engine
    if engine.is_gone:
        return "The engine cannot be reached, so it cannot be stopped from here."
    count = len(view.working_orders)
    orders = "no working orders" if not count else f"{count} working order{'s' * (count != 1)} at {engine.exchange}"
    held = sum(1 for row in view.account.positions if row.quantity)
    positions = f", {held} open position{'s' * (held != 1)}" if held else ""
    return f"{engine.mode.name} engine {engine.pid}: {orders}{positions}."
