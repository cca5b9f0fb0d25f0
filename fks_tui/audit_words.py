"""How our records stand to the exchange's, in words: the line on Orders and Positions, the steps, the differences."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from textual.content import Content

from fks_engine.api import Connection, StepState
from fks_tui.actions.safety import RECONCILIATION
from fks_tui.formatting import STALE_MARK, printable, whole_age

if TYPE_CHECKING:
    from fks_engine.api import DeskView, ReconciliationStep, ReconciliationView

_MARKS: Final = {
    StepState.WAITING: ("·", "$muted"),
    StepState.RUNNING: ("▸", "bold $warning"),
    StepState.DONE: ("✓", "$buy"),
    StepState.STOPPED: ("✖", "bold $sell"),
}
_BEFORE_DETAIL: Final = 15
"""Columns before what a step says."""
_KEY: Final = RECONCILIATION.keys.split()[0]


def audit_line(view: DeskView) -> tuple[Content, bool]:
    """`audited 3s ago · balances 41s ago · 2 differences`, and whether it keeps the gate shut; empty where unknown."""
    told = view.reconciliation
    if told is None:
        return Content(""), False
    if told.stops:
        return _stopped(told), True
    step = next((each for each in told.steps if each.state in (StepState.STOPPED, StepState.RUNNING)), None)
    if step is not None and step.state is StepState.STOPPED:
        return Content(f"✖ STOPPED at {printable(step.name)}: {printable(step.detail)} · {_KEY} shows it"), True
    if step is not None:
        place = told.steps.index(step) + 1
        what = f"reconciling {place}/{len(told.steps)}: {step.name}{f', {step.detail}' if step.detail else ''}"
        return Content.assemble((f"▸ {printable(what)}", "$warning")), False
    gone = view.engine.connection is Connection.DISCONNECTED
    parts = [
        _age("audited", told.orders_audited_ts, view.ts, gone),
        _age("balances", told.balances_audited_ts, view.ts, gone),
    ]
    count = len(told.differences)
    tone = "$warning" if count else "$muted"
    parts.append(Content.assemble((f"{count or 'no'} difference{'s' * (count != 1)}", tone)))
    return Content.assemble(Content(" · ").join(parts), (f"   {_KEY} shows them" if count else "", "$muted")), False


def _stopped(told: ReconciliationView) -> Content:
    count = len(told.stops)
    first = told.stops[0]
    what = "1 difference" if count == 1 else f"{count} differences"
    remedy = printable(f"{first.subject}: {first.remedy}")
    return Content(f"✖ STOPPED: {what} nobody can explain; no order leaves. {_KEY} shows and accepts. {remedy}")


def _age(what: str, ts: int | None, now: int, gone: bool) -> Content:
    """How long ago something was looked at; marked where nothing newer can come."""
    if ts is None:
        return Content.assemble((f"{what} not yet", "$warning"))
    old = STALE_MARK if gone else ""
    return Content.assemble((f"{what} ", "$muted"), (f"{old}{whole_age(now - ts)} ago", "$stale" if gone else ""))


def ages_line(view: DeskView) -> Content:
    """When orders, fills and balances were last held against the exchange's."""
    told = view.reconciliation
    if told is None:
        return Content("Not known yet.")
    gone = view.engine.connection is Connection.DISCONNECTED
    orders = _age("orders and fills audited", told.orders_audited_ts, view.ts, gone)
    return Content(" · ").join([orders, _age("balances", told.balances_audited_ts, view.ts, gone)])


def step_lines(step: ReconciliationStep, width: int) -> list[Content]:
    """One step of the start with its mark; what has no room in one line goes on under its own words."""
    mark, tone = _MARKS[step.state]
    first, *rest = textwrap.wrap(printable(step.detail or step.state.value), max(20, width - _BEFORE_DETAIL)) or [""]
    head = Content.assemble((f"{mark} {printable(step.name):<12} ", tone), (first, "$muted"))
    return [head, *(Content.assemble(" " * _BEFORE_DETAIL, (each, "$muted")) for each in rest)]
