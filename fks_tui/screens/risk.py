"""The risk screen: each limit with its use, the halt, and who changed a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content

from fks_engine.api import Connection, LimitChange, LimitName, TradingState
from fks_tui.actions.action import bindings
from fks_tui.actions.safety import EDIT_LIMIT, HALT, RESUME, RISK_ACTIONS
from fks_tui.formatting import NOTHING, STALE_MARK, clock_time, date_time, money, printable, signed_money
from fks_tui.frame_words import entitle
from fks_tui.halt_words import halt_of, short
from fks_tui.limit_words import MEANINGS, NEAR, TITLES, gauge, limit_words, part_used, set_words, value_words
from fks_tui.screens.base import DeskScreen
from fks_tui.screens.limit_edit import LimitEdit
from fks_tui.toast_room import ONE_TOAST
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import DeskView, LimitRow

_LIMITS: Final = (
    Column("name", "Limit", 0),
    Column("use", "Use", 1),
    Column("used", "Used", 3, right=True),
    Column("limit", "Holds", 2, right=True),
    Column("state", "State", 1),
    Column("unit", "Unit", 6),
    Column("setting", "Setting", 7, right=True),
    Column("run_time", "Run time", 5, right=True),
    Column("subject", "Most by", 8),
)
_CHANGES: Final = (
    Column("when", "When (UTC)", 1),
    Column("name", "Limit", 0),
    Column("before", "Before", 3, right=True, most=24),
    Column("after", "After", 2, right=True, most=24),
    Column("by", "By", 4),
)
_EDIT_KEY: Final = EDIT_LIMIT.keys.split()[0]


class RiskScreen(DeskScreen):
    """What stands between an order and the exchange, and how much of it is used."""

    MODE = "risk"
    BINDINGS = bindings(RISK_ACTIONS)
    DEFAULT_CLASSES = ONE_TOAST

    _view: DeskView | None = None

    def panes(self) -> ComposeResult:
        """Equity and the gate, the limits, the meaning of the one under the cursor, and the changes."""
        self._limits: RecordTable[LimitName] = RecordTable(_LIMITS, "", id="limits")
        self._changes: RecordTable[int] = RecordTable(_CHANGES, "", id="changes")
        self._equity, self._gate = SteadyText(classes="summary"), SteadyText(classes="gate")
        self._meaning = SteadyText(classes="meaning")
        yield self._equity
        yield self._gate
        with Vertical(classes="panel limits") as box:
            entitle(box, "Limits", "the stricter of setting and run time holds")
            yield self._limits
        yield self._meaning
        with Vertical(classes="panel changes") as box:
            entitle(box, "Changes at run time")
            yield self._changes

    def on_mount(self) -> None:
        """Begin with the limits."""
        super().on_mount()
        self.set_focus(self._limits)

    def show(self, view: DeskView) -> None:
        """Paint a picture."""
        self._view = view
        risk = view.risk
        gone = view.engine.connection in (Connection.DISCONNECTED, Connection.STARTING)
        unknown = _unknown(view)
        self._limits.set_empty(unknown)
        self._changes.set_empty(unknown if risk is None else f"None. {_EDIT_KEY} changes the limit under the cursor.")
        self._limits.show([] if risk is None else [_limit(row, is_old=gone) for row in risk.rows])
        changes = () if risk is None else risk.changes
        rows = {} if risk is None else {row.name: row for row in risk.rows}
        told = [_change(len(changes) - at, each, rows.get(each.name)) for at, each in enumerate(changes)]
        self._changes.show(told)
        self._equity.tell(_equity_line(view, is_old=gone))
        self._gate.tell(_gate_line(view))
        self._explain()

    def _explain(self) -> None:
        """What the limit under the cursor means."""
        name = self._limits.cursor_key
        self._meaning.tell(Content(MEANINGS[name]) if name is not None else Content(""))

    def action_edit_limit(self) -> None:
        """Open the limit under the cursor for another number."""
        name = self._limits.cursor_key
        risk = None if self._view is None else self._view.risk
        row = None if risk is None or name is None else risk.row(name)
        if row is None:
            self.notify("Move the cursor onto a limit with ↑ ↓ first.", title="Nothing to change", severity="warning")
        else:
            self.app.push_screen(LimitEdit(self.desk, row))

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """A click on the cursor's line opens it, too."""
        if event.table.id == "limits":
            self.action_edit_limit()


def _unknown(view: DeskView) -> str:
    """Why no limit is shown."""
    if view.engine.read_only:
        return "Read-only: no order leaves, so nothing is limited."
    detail = printable(view.engine.detail)
    return f"Limits are not known yet: {detail}" if detail else "Limits are not known yet."


def _limit(row: LimitRow, *, is_old: bool) -> Record[LimitName]:
    part = part_used(row)
    state = Cell("no limit", "muted") if row.limit is None else Cell("")
    if row.is_breached:
        state = Cell(" ✖ BREACHED ", "alarm")
    elif part is not None and part >= NEAR:
        state = Cell("! near", "warning")
    tone = "error" if row.is_breached else "warning" if part is not None and part >= NEAR else ""
    old = STALE_MARK if is_old and row.used is not None else ""
    cells = {
        "name": Cell(TITLES[row.name], "strong"),
        "use": Cell(gauge(part), tone if part is not None else "muted"),
        "used": Cell(old + value_words(row.used, row.unit)),
        "limit": Cell(limit_words(row), "strong" if row.limit is not None else "muted"),
        "state": state,
        "unit": Cell("" if row.unit in {"%", "s"} else row.unit, "muted"),
        "setting": Cell(value_words(row.setting, row.unit), "muted"),
        "run_time": Cell(value_words(row.at_run_time, row.unit), "" if row.at_run_time is not None else "muted"),
        "subject": Cell(row.subject, "muted"),
    }
    return Record(row.name, cells, dim=is_old)


def _change(number: int, change: LimitChange, row: LimitRow | None) -> Record[int]:
    cells = {
        "when": Cell(date_time(change.ts), "muted"),
        "name": Cell(TITLES[change.name], "strong"),
        "before": Cell(set_words(change.before, row), "muted"),
        "after": Cell(set_words(change.after, row)),
        "by": Cell(change.origin, "muted"),
    }
    return Record(number, cells)


def _equity_line(view: DeskView, *, is_old: bool) -> Content:
    """Equity now, at the day's start, and at its peak."""
    account, risk = view.account, view.risk
    old = STALE_MARK if is_old or account.is_old else ""
    day, currency = account.day_profit, account.reporting_currency
    tone = "" if not day else "$buy" if day > 0 else "$sell"
    peak = None if risk is None else risk.peak_equity
    if peak is not None and account.equity is not None and not old:
        peak = max(peak, account.equity)  # equity is told oftener
    parts = [
        ("equity", f"{old if account.equity is not None else ''}{money(account.equity)} {currency}", "bold"),
        ("day", f"{old if day is not None else ''}{signed_money(day)}", tone),
        ("began", money(None if risk is None else risk.day_start_equity), ""),
        ("peak", money(peak), ""),
    ]
    words = [Content.assemble((f"{name} ", "$muted"), (value, style)) for name, value, style in parts]
    return Content("  ").join(words)


def _gate_line(view: DeskView) -> Content:
    """Whether orders pass; of a halt who, when, why and how far it got."""
    halt, engine = halt_of(view), view.engine
    if halt is not None:
        who = f" {clock_time(halt.since_ts)} UTC by {halt.origin}: {halt.reason or NOTHING}"
        what = f"{who} · {short(halt)} · {RESUME.keys.split()[0]} to resume"
        return Content.assemble((" ■ HALTED ", "bold $alarm-text on $alarm"), printable(what))
    if engine.trading_state is TradingState.HALTED:
        return Content.assemble(
            (" ■ HALTED ", "bold $alarm-text on $alarm"), f" {printable(engine.trading_state_reason)}"
        )
    if engine.trading_state is TradingState.REDUCING:
        why = engine.trading_state_reason or "no position may grow"
        return Content.assemble((" ▼ REDUCING ", "bold $alert-text on $alert"), f" {printable(why)}")
    return Content.assemble(
        ("gate ", "$muted"), ("open", "bold"), (f"   {HALT.keys.split()[0]} halts at once", "$muted")
    )
