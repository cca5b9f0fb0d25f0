"""Actions on the gate: halt, reduce, resume, the limits, and what the audit found."""

from __future__ import annotations

from fks_tui.actions.action import Action

HALT = Action(
    "desk.halt",
    "f12",
    "halt",
    "HALT",
    "Stop trading at once: latch, cancel every order of ours, verify that none is open. No question.",
    False,
    True,
)
REDUCE = Action("desk.reduce", "f11", "reduce", "Reduce only", "Let only orders pass that shrink a position.", False)
RESUME = Action(
    "desk.resume", "f10", "resume", "Resume trading", "Open the gate again; after a halt the word is typed.", False
)
RISK = Action("desk.risk", "f8", "go('risk')", "Risk", "Each limit with its use, and the halt.", False)
RECONCILIATION = Action(
    "desk.reconciliation", "R", "reconciliation", "Reconciliation", "How our records stand to the exchange's.", False
)

FLATTEN_TOO = Action("halt.flatten", "f", "flatten", "Also flatten", "Sell what is held, once nothing is open.")
TYPE_RESUME = Action("halt.resume", "r", "resume", "Resume", "Lift the halt: the word resume is typed.")
HALT_ACTIONS = (FLATTEN_TOO, TYPE_RESUME)

EDIT_LIMIT = Action("risk.edit", "e,enter", "edit_limit", "Change", "Set the limit under the cursor.", key_display="e")
RISK_ACTIONS = (EDIT_LIMIT,)
SET_LIMIT = Action("limit.set", "enter", "set_limit", "Set", "Hand the limit to the engine.")
LIMIT_ACTIONS = (SET_LIMIT,)

ACCEPT = Action(
    "reconciliation.accept", "y", "accept", "Accept", "Take the exchange's word where nobody can explain a difference."
)
RECONCILIATION_ACTIONS = (ACCEPT,)
