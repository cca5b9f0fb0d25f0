"""The question what becomes of the engine and the working orders when the desk is closed."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from textual import work
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from fks_engine.api import Mode, StopEngine
from fks_tui.actions.action import Action, bindings
from fks_tui.actions.windows import CLOSE, DETACH, QUIT_ACTIONS, STOP_CANCELING, STOP_KEEPING
from fks_tui.closing import is_open
from fks_tui.screens.base import DeskModal, accepted
from fks_tui.widgets.marked_options import MarkedOptions

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
        self._choices: tuple[Action, ...] = ()

    def compose(self) -> ComposeResult:
        """A title, how things stand, and the choices."""
        with Vertical(classes="dialog"):
            yield Static("Leave the desk", classes="dialog-title")
            yield Static("", classes="dialog-text", markup=False)
            yield MarkedOptions(markup=False, compact=True)
            yield Static("", classes="dialog-problem", markup=False)
            hint = f"Enter chooses · {CLOSE.keys.split()[0]} goes back to the desk"
            yield Static(Content(hint), classes="dialog-hint")

    def on_mount(self) -> None:
        """Begin at the choice that is right most of the time; while little is known that is to change nothing."""
        view = self.desk.view()
        self.show(view)
        options = self.query_one(OptionList)
        knows = view.engine.orders_known or view.engine.read_only
        stop_first = view.engine.mode is not Mode.LIVE and knows and len(self._choices) > 1
        options.highlighted = 1 if stop_first else 0
        options.focus()

    def show(self, view: DeskView) -> None:
        """Tell how things stand now, and offer what can be done now; the cursor stays on its choice."""
        self.query_one(".dialog-text", Static).update(_standing(view))
        choices = _choices(view)
        if choices == self._choices:
            return
        options = self.query_one(OptionList)
        at = None if options.highlighted is None else options.get_option_at_index(options.highlighted).id
        self._choices = choices
        options.set_options([Option(Content(_label(each)), id=each.id) for each in choices])
        options.highlighted = next((place for place, each in enumerate(choices) if each.id == at), 0)

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
        if await accepted(
            self.desk,
            StopEngine(cancel_orders=cancel_orders),
            denied=self._tell,
            gone=lambda error: self._tell(f"The engine did not hear it: {error}"),
        ):
            self.dismiss(Farewell.STOPPED)

    def _tell(self, problem: str) -> None:
        """Say in the window what went wrong."""
        self.query_one(".dialog-problem", Static).update(problem)


def _choices(view: DeskView) -> tuple[Action, ...]:
    """What can be done now."""
    if view.engine.is_gone:
        return (DETACH,)
    if view.engine.read_only:
        return (DETACH, replace(STOP_KEEPING, title="Stop", help="It only looks: there are no orders of ours."))
    if not view.engine.orders_known:
        return (
            DETACH,
            replace(STOP_CANCELING, help="Refused until the working orders have been read."),
            STOP_KEEPING,
        )
    if view.working_orders:
        return (DETACH, STOP_CANCELING, STOP_KEEPING)
    return (DETACH, replace(STOP_KEEPING, title="Stop", help="Nothing rests at the exchange."))


def _label(action: Action) -> str:
    """A choice as the list shows it."""
    return f"{action.keys.split()[0]:<2} {action.title:<21}{action.help}"


def _standing(view: DeskView) -> str:
    """Where the engine stands, in one or two lines."""
    engine = view.engine
    if engine.is_gone:
        return "The engine cannot be reached, so it cannot be stopped from here."
    if engine.read_only:
        return f"READ ONLY engine {engine.pid} on {engine.exchange}: it holds no account and sends no orders."
    if not engine.orders_known:
        why = f" ({engine.detail})" if engine.detail else ""
        return f"{engine.mode.name} engine {engine.pid}: orders and positions are not read yet{why}."
    count = len(view.working_orders)
    orders = "no working orders" if not count else f"{count} working order{'s' * (count != 1)} at {engine.exchange}"
    held = sum(is_open(row) for row in view.account.positions)
    positions = f", {held} open position{'s' * (held != 1)}" if held else ""
    return f"{engine.mode.name} engine {engine.pid}: {orders}{positions}."
