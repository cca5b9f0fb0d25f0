"""A window that sets one limit at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from fks_engine.api import LimitName, SetLimit, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.safety import LIMIT_ACTIONS, SET_LIMIT
from fks_tui.actions.windows import CLOSE
from fks_tui.formatting import printable, quantity
from fks_tui.frame_words import entitle
from fks_tui.limit_words import MEANINGS, TITLES, limit_words, read_markets, read_number, value_words
from fks_tui.screens.base import DeskModal, accepted
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from decimal import Decimal

    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView, LimitRow

ORIGIN = "Risk screen"
_AGAIN: Final = f"{SET_LIMIT.keys.capitalize()} again"


class LimitEdit(DeskModal[None]):
    """The setting, what was set at run time, and a field for another number; what is refused is said here."""

    BINDINGS = bindings(LIMIT_ACTIONS)

    def __init__(self, desk: Desk, row: LimitRow) -> None:
        super().__init__()
        self._desk = desk
        self._row = row
        self._view = desk.view()
        self._is_markets = row.name is LimitName.INSTRUMENTS
        self._field = Input(_typed(row), compact=True, placeholder="empty: the setting alone", select_on_focus=False)
        self._now = SteadyText(classes="now")
        self._note = SteadyText(classes="hint")
        self._refused = ""
        self._cautioned = ""
        """What was typed when it was said what becomes of it: the next Enter sets it."""
        self._sending = False

    def compose(self) -> ComposeResult:
        """What it means, what holds now, the field, and what would hold."""
        with Vertical(classes="modal search") as box:
            words = f"{SET_LIMIT.keys} set · {CLOSE.keys.split()[0]} close"
            entitle(box, f"Limit: {TITLES[self._row.name]}", words)
            yield Static(Content(MEANINGS[self._row.name]), classes="label")
            yield self._now
            what = "Markets, with commas between them" if self._is_markets else f"At run time, in {self._row.unit}"
            yield Static(Content(f"{what} (empty: the setting alone)"), classes="label")
            yield self._field
            yield self._note

    def on_mount(self) -> None:
        """Begin in the field."""
        self.show(self._desk.view())
        self.set_focus(self._field)

    def show(self, view: DeskView) -> None:
        """Follow the use and the setting."""
        self._view = view
        self._row = (view.risk.row(self._row.name) if view.risk is not None else None) or self._row
        row = self._row
        parts = [("holds now", limit_words(row)), ("setting", value_words(row.setting, row.unit))]
        parts.append(("at run time", value_words(row.at_run_time, row.unit)))
        used = "" if row.used is None else f"{value_words(row.used, row.unit)}   {printable(row.subject)}".strip()
        self._now.tell(
            Content("   ").join(Content.assemble((f"{name} ", "$muted"), words) for name, words in parts),
            *([Content.assemble(("used now ", "$muted"), used)] if used else []),
        )
        self._paint()

    def _paint(self) -> None:
        self._note.set_class(bool(self._refused or self._cautioned), "-refused")
        self._note.tell(Content(printable(f"✗ {self._refused}") if self._refused else self._would_hold()))

    def _would_hold(self) -> str:
        """What would hold if what is typed were set: the stricter of it and the setting."""
        row, text = self._row, self._field.value.strip()
        if self._is_markets:
            ids, unread = read_markets(text, self._view)
            if unread:
                return f"{unread} is no market known here: write it like BTC/USDT."
            names = ", ".join(map(market_of, ids))
            return f"Allows {names}, as far as the setting does." if ids else "The setting alone will hold."
        if not text:
            return "The setting alone will hold."
        value = read_number(text)
        if value is None:
            return "Type a number."
        if row.setting is not None and row.setting < value:
            words = f"The setting, {value_words(row.setting, row.unit)}, is stricter: it goes on holding."
            return f"{words} {_AGAIN} notes it all the same." if self._cautioned == text else words
        if self._halts(value):
            words = f"{value_words(row.used, row.unit)} is used already: trading halts at once."
            return f"{words} {_AGAIN} sets it." if self._cautioned == text else words
        return f"{value_words(value, row.unit)} will hold, over restarts too."

    @on(Input.Changed)
    def _changed(self) -> None:
        self._refused = self._cautioned = ""
        self._paint()

    @on(Input.Submitted)
    async def _entered(self) -> None:
        await self.action_set_limit()

    async def action_set_limit(self) -> None:
        """Hand the limit to the engine; what was typed stays where it is refused."""
        command, text = self._command(), self._field.value.strip()
        if command is None or self._sending or (self._is_worth_a_word(command) and self._cautioned != text):
            self._cautioned = text
            self._paint()
            return
        self._sending = True
        taken = await accepted(self._desk, command, denied=self._refuse, gone=self._refuse)
        self._sending = False
        if taken is not None and self.is_current:
            self.dismiss(None)

    def _is_worth_a_word(self, command: SetLimit) -> bool:
        """Whether it changes nothing, as the setting is stricter, or halts at once: a second Enter sets it then."""
        setting, value = self._row.setting, command.value
        if self._is_markets or value is None:
            return False
        return (setting is not None and setting < value) or self._halts(value)

    def _halts(self, value: Decimal) -> bool:
        """Whether a loss is over `value` already; a drawdown counts from a new peak where nothing limited it before."""
        row, used = self._row, self._row.used
        counts = row.name is LimitName.MAX_DAILY_LOSS or (row.name is LimitName.MAX_DRAWDOWN_PERCENT and row.limit)
        return bool(counts) and used is not None and used > 0 and used >= value

    def _command(self) -> SetLimit | None:
        """What is typed as a command; None where it cannot be read, which the note says already."""
        name, text = self._row.name, self._field.value.strip()
        if self._is_markets:
            ids, unread = read_markets(text, self._view)
            return None if unread else SetLimit(name=name, instrument_ids=ids, origin=ORIGIN)
        value = read_number(text) if text else None
        return None if text and value is None else SetLimit(name=name, value=value, origin=ORIGIN)

    def _refuse(self, words: str) -> None:
        self._refused = words.replace(self._row.name.value, TITLES[self._row.name])
        self._paint()


def _typed(row: LimitRow) -> str:
    """What was set at run time, as it is typed."""
    if row.at_run_time is None:
        return ""
    if row.name is LimitName.INSTRUMENTS:
        return ", ".join(market_of(each) for each in row.instrument_ids)
    return quantity(row.at_run_time)
