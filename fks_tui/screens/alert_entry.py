"""A window that sets an alert on one market."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from fks_engine.api import AlertCondition, SetAlert, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.markets import ALERT_CONDITION, ALERT_ENTRY_ACTIONS, SET_ALERT
from fks_tui.actions.windows import CLOSE
from fks_tui.frame_words import entitle
from fks_tui.precision import Precision
from fks_tui.screens.base import DeskModal, accepted
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.number_field import NumberField
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView, InstrumentId

_CONDITIONS = {
    AlertCondition.ABOVE.value: "▲ above",
    AlertCondition.BELOW.value: "▼ below",
    AlertCondition.MOVES.value: "± moves %",
}


class AlertEntry(DeskModal[None]):
    """Condition and level; the engine keeps the alert and tells when it is reached."""

    BINDINGS = bindings(ALERT_ENTRY_ACTIONS)

    def __init__(self, desk: Desk, instrument_id: InstrumentId) -> None:
        super().__init__()
        self._desk = desk
        self._instrument_id = instrument_id
        self._precision = Precision()
        self._condition = ChoiceField(_CONDITIONS, AlertCondition.ABOVE.value, id="condition")
        self._level = NumberField("", id="level", placeholder="price, or percent for moves")
        self._now = SteadyText(classes="muted")
        self._note = SteadyText(classes="hint")
        self._mid: Decimal | None = None

    def compose(self) -> ComposeResult:
        """The two fields, the price now, and what is wrong."""
        with Vertical(classes="modal search") as box:
            keys = ((SET_ALERT, "set"), (ALERT_CONDITION, "condition"), (CLOSE, "close"))
            words = " · ".join(f"{action.keys.split()[0]} {word}" for action, word in keys)
            entitle(box, f"Alert on {market_of(self._instrument_id)}", words)
            yield self._now
            yield Static(Content("Tell me when the middle of the market is"), classes="label")
            yield self._condition
            yield self._level
            yield self._note

    def on_mount(self) -> None:
        """Begin in the field for the level."""
        self.show(self._desk.view())
        self.set_focus(self._level)

    def show(self, view: DeskView) -> None:
        """Tell the price now."""
        self._precision.learn(view.quotes)
        row = view.quote(self._instrument_id)
        self._mid = None if row is None else row.mid
        old = " (stale)" if row is not None and row.stale else ""
        self._now.tell(f"now {self._precision.price(self._instrument_id, self._mid)}{old}")

    def action_turn_condition(self) -> None:
        """Take the next condition."""
        self._condition.action_turn(1)

    @on(NumberField.Nudged)
    def _nudged(self, event: NumberField.Nudged) -> None:
        """Move the level by a thousandth of the price, or half a percent."""
        is_move = self._condition.value == AlertCondition.MOVES
        level = self._number() or (Decimal(1) if is_move else self._mid)
        if level is None:
            return
        step = Decimal("0.5") if is_move else Decimal(1).scaleb(level.adjusted() - 3)
        moved = max(step, level + step * event.steps)
        self._level.value = f"{moved.quantize(step) if step < 1 else moved.quantize(Decimal(1)):f}"

    @on(Input.Submitted)
    async def _entered(self) -> None:
        await self.action_set_alert()

    async def action_set_alert(self) -> None:
        """Hand the alert to the engine; what is wrong with it is said here."""
        level = self._number()
        if level is None:
            self._note.tell("type a number, like 65000 or 2.5")
            return
        command = SetAlert(self._instrument_id, AlertCondition(self._condition.value), level)
        if await accepted(self._desk, command, denied=self._note.tell, gone=self._note.tell):
            self.dismiss(None)

    def _number(self) -> Decimal | None:
        try:
            found = Decimal(self._level.value.strip().rstrip("%").strip())
        except InvalidOperation:
            return None
        return found if found.is_finite() and found > 0 else None
