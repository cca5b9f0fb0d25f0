"""The reconciliation window: the steps of the start, every difference, and taking the exchange's word."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content

from fks_engine.api import AcceptDifferences, Difference
from fks_tui.actions.action import bindings
from fks_tui.actions.safety import ACCEPT, RECONCILIATION_ACTIONS
from fks_tui.actions.windows import CLOSE
from fks_tui.audit_words import ages_line, step_lines
from fks_tui.formatting import clock_time, printable
from fks_tui.frame_words import entitle
from fks_tui.screens.base import DeskModal, accepted
from fks_tui.screens.confirm import Confirm
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView

_COLUMNS: Final = (
    Column("when", "UTC", 5),
    Column("kind", "What", 4),
    Column("subject", "Of", 0, most=22),
    Column("ours", "Ours", 2, most=26),
    Column("theirs", "The exchange's", 3, most=26),
    Column("outcome", "Outcome", 1, grows=True, least=10),
)


class ReconciliationScreen(DeskModal[None]):
    """What was held against the exchange's records, and what differed."""

    BINDINGS = bindings(RECONCILIATION_ACTIONS)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._view = desk.view()
        self._refused = ""

    def compose(self) -> ComposeResult:
        """The ages, the steps, the differences, and everything about the one under the cursor."""
        self._table: RecordTable[int] = RecordTable(_COLUMNS, "", id="differences")
        with Vertical(classes="modal") as box:
            entitle(box, "Reconciliation")
            yield SteadyText(classes="ages")
            yield SteadyText(classes="steps")
            yield self._table
            yield SteadyText(classes="about")
            yield SteadyText(classes="hint")

    def on_mount(self) -> None:
        """Begin in the differences."""
        self.show(self._desk.view())
        self.set_focus(self._table)

    def show(self, view: DeskView) -> None:
        """Paint a picture."""
        self._view = view
        told = view.reconciliation
        self.query_one(".ages", SteadyText).tell(ages_line(view))
        width = self.query_one(".modal").content_size.width or 74
        steps = () if told is None else told.steps
        self.query_one(".steps", SteadyText).tell(*(line for each in steps for line in step_lines(each, width)))
        if told is None:
            none = "Nothing was held against the exchange's records yet."
        elif told.orders_audited_ts is None:
            none = "No difference was found so far."
        else:
            none = "Our records and the exchange's told the same."
        self._table.set_empty(none)
        self._table.show([_record(each) for each in self._differences])
        self._paint()

    @property
    def _differences(self) -> tuple[Difference, ...]:
        return () if self._view.reconciliation is None else self._view.reconciliation.differences

    @property
    def _stops(self) -> tuple[Difference, ...]:
        return () if self._view.reconciliation is None else self._view.reconciliation.stops

    def _paint(self) -> None:
        chosen = next((each for each in self._differences if each.number == self._table.cursor_key), None)
        self.query_one(".about", SteadyText).tell(*([] if chosen is None else _about(chosen)))
        close = f"{CLOSE.keys.split()[0]} close"
        stops = len(self._stops)
        accept = f"{ACCEPT.keys} accept the {stops} that keep{'s' * (stops == 1)} the gate shut   " if stops else ""
        words = f"✗ {printable(self._refused)}" if self._refused else f"{accept}↑↓ choose   {close}"
        hint = self.query_one(".hint", SteadyText)
        hint.set_class(bool(self._refused), "-refused")
        hint.tell(words)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what keeps the gate shut is accepted."""
        return action != "accept" or bool(self._stops)

    def action_accept(self) -> None:
        """Take the exchange's word for everything that keeps the gate shut, after a question that names it."""
        stops = self._stops
        words = [f"{each.subject}: {each.ours or 'nothing'} becomes {each.theirs or 'nothing'}" for each in stops]
        words.append("The gate opens after that; what was accepted is kept in the journal.")
        question = Confirm("Take the exchange's word?", words, yes="Accept", no="Keep it shut", danger=True)
        command = AcceptDifferences(tuple(each.number for each in stops))

        def accept(answer: bool | None) -> None:
            if answer:
                self.run_worker(self._submit(command), group="accept")

        self.app.push_screen(question, accept)

    async def _submit(self, command: AcceptDifferences) -> None:
        self._refused = ""
        taken = await accepted(self._desk, command, denied=self._refuse, gone=self._refuse)
        if taken is not None:
            tell = partial(self.app.notify, title="Accepted")
            tell("The exchange's word was taken.")
        self._paint()

    def _refuse(self, words: str) -> None:
        self._refused = words


def _record(found: Difference) -> Record[int]:
    outcome = Cell(" ✖ STOPS ", "alarm") if found.remedy else Cell(found.explanation or "not explained")
    cells = {
        "when": Cell(clock_time(found.ts), "muted"),
        "kind": Cell(found.kind.value, "muted"),
        "subject": Cell(found.subject, "strong"),
        "ours": Cell(found.ours),
        "theirs": Cell(found.theirs),
        "outcome": outcome,
    }
    return Record(found.number, cells)


def _about(found: Difference) -> list[Content]:
    """Everything about one difference, in lines that wrap."""
    words = [("ours", found.ours), ("theirs", found.theirs), ("why", found.explanation or "nobody knows")]
    if found.remedy:
        words.append(("to do", found.remedy))
    return [Content.assemble((f"{name:<7}", "$muted"), printable(text)) for name, text in words]
