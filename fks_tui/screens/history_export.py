"""A window that writes what the history shows to a file."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from fks_engine.api import ConnectionLost, Exported, ExportHistory, ExportWhat, Failed, Progress
from fks_tui.actions.action import bindings
from fks_tui.actions.history import BEGIN_EXPORT, EXPORT_ACTIONS, EXPORT_WHAT
from fks_tui.actions.windows import CLOSE
from fks_tui.formatting import date_time, printable
from fks_tui.frame_words import entitle
from fks_tui.screens.base import DeskModal
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.worker import Worker

    from fks_engine.api import Desk, HistoryRequest, JobPart

_WHAT = {each.value: each.value for each in ExportWhat}


class HistoryExport(DeskModal[None]):
    """File and contents; the engine writes. Escape cancels what is being written, else it closes."""

    BINDINGS = bindings(EXPORT_ACTIONS)

    def __init__(self, desk: Desk, chosen: HistoryRequest, count: int | None) -> None:
        """`count` orders are found, as far as that is known."""
        super().__init__()
        self._desk = desk
        self._chosen = chosen
        self._count = count
        day = date_time(desk.view().ts)[:10]
        self._names = {each.value: f"~/fks-{each.value}-{day}.csv" for each in ExportWhat}
        self._field = Input(self._names["orders"], compact=True, select_on_focus=False, id="file")
        self._what = ChoiceField(_WHAT, ExportWhat.ORDERS.value, id="what")
        self._note = SteadyText(classes="hint")
        self._writing: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """The file, what is written, and how far it is."""
        with Vertical(classes="modal search") as box:
            keys = ((BEGIN_EXPORT, "write"), (EXPORT_WHAT, "what"), (CLOSE, "close"))
            entitle(box, "Export", " · ".join(f"{action.keys.split()[0]} {word}" for action, word in keys))
            count = "what is found" if self._count is None else f"{self._count:,} order{'s' * (self._count != 1)}"
            yield Static(Content(f"Of {count}, write"), classes="label")
            yield self._what
            yield Static(Content("to a new file of the engine's machine, .csv or .parquet"), classes="label")
            yield self._field
            yield self._note

    def on_mount(self) -> None:
        """Begin in the name of the file."""
        self._field.cursor_blink = False
        self.set_focus(self._field)
        self._note.tell("A file that exists is never written over.")

    def action_turn_what(self) -> None:
        """Write something else."""
        self._what.action_turn(1)

    @on(ChoiceField.Changed)
    def _what_changed(self) -> None:
        """A name that nobody typed says what is in the file."""
        if self._field.value in self._names.values():
            self._field.value = self._names[self._what.value]

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_begin()

    def action_begin(self) -> None:
        """Let the engine write."""
        if self._writing is None:
            self._field.disabled = self._what.disabled = True
            self._writing = self.run_worker(self._write(), group="export")

    def action_close(self) -> None:
        """Cancel what is being written; else close."""
        if self._writing is None:
            self.dismiss(None)
            return
        self._writing.cancel()
        self._end("Canceled: nothing was written.")

    async def _write(self) -> None:
        what = ExportWhat(self._what.value)
        job = ExportHistory(path=self._field.value.strip(), what=what, chosen=self._chosen)
        self._note.tell("The engine is reading its journal …")
        try:
            async with aclosing(self._desk.run(job)) as parts:
                async for part in parts:
                    self._tell(part, what)
        except ConnectionLost as error:
            self._end(Content.assemble((f"✗ {error}", "bold $error")))

    def _tell(self, part: JobPart, what: ExportWhat) -> None:
        match part:
            case Progress(done=done, total=total, message=message):
                share = f"{done * 100 // total}% " if total else f"{done:,} "
                self._note.tell(f"{share}{printable(message)} …  {CLOSE.keys.split()[0]} cancels")
            case Exported(path=path, rows=rows):
                text = f"✓ {rows:,} {what.value if rows != 1 else what.value[:-1]} written to {printable(path)}"
                self._end(Content.assemble((text, "bold")))
            case Failed(message=message):
                self._end(Content.assemble((f"✗ {printable(message)}", "bold $error")))

    def _end(self, words: Content | str) -> None:
        self._writing = None
        self._field.disabled = self._what.disabled = False
        self.set_focus(self._field)
        self._note.tell(words)
