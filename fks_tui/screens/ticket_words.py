"""What an order ticket says: how far it has got, what stands in its way, and the keys that go on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fks_tui.actions.ticket import SEND, TAKE_OVER
from fks_tui.actions.windows import CLOSE
from fks_tui.formatting import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import Denied
    from fks_tui.typed_numbers import Field, Problem


class Stage(StrEnum):
    """How far a ticket has got."""

    EDITING = "editing"
    REVIEWING = "reviewing"
    SENDING = "sending"
    LOST = "lost"
    """It was handed over and no answer came; it is never sent again from here."""


def verdict(
    stage: Stage,
    problems: Sequence[Problem],
    denied: Denied | None,
    *,
    is_gone: bool,
    is_answered: bool,
    is_previewed: bool,
    warnings: Sequence[str] = (),
    passing: tuple[Field, str] | None = None,
) -> tuple[str, str]:
    """What stands in the way of the order, or that nothing does; and its tone, one of TONES.

    `is_gone`: there is no engine; `is_answered`: it has answered for what is typed; `is_previewed`: with a preview;
    `passing`: the field and the number in it that the gate would let pass.
    """
    if stage is Stage.LOST:
        return f"No answer: {NO_ANSWER}", "error"
    if stage is Stage.SENDING:
        return "Handed to the engine; waiting for its answer.", "muted"
    if is_gone:
        return "✗ The engine is gone. Nothing was sent; this ticket can be sent once the engine is back.", "error"
    if problems:
        return f"{sentence(problems[0].message)}.", "problem"
    if denied is not None:
        offer = f"\n{TAKE_OVER.keys} takes over {passing[1]} as the {passing[0].words}." if passing else ""
        return f"✗ Denied: {denied.message}{offer}", "error"
    if not is_answered:
        return "Asking the gate …", "muted"
    if not is_previewed:
        return "The engine does not answer: no preview. Nothing was sent.", "error"
    if warnings:
        return f"! The gate would let it through, but: {'; '.join(warnings)}", "problem"
    return "✓ The gate would let it through.", "passes"


NO_ANSWER: Final = "the order may have been sent; it is not sent again. Check Orders"
_ESCAPE: Final = CLOSE.keys.split()[0]
TONES: Final = ("passes", "problem", "error", "muted")
HINTS: Final = {
    Stage.EDITING: f"{SEND.keys} review   Tab next field   ↑↓ one step   PgUp PgDn ten   {_ESCAPE} close",
    Stage.REVIEWING: f"{SEND.keys} or y send   {_ESCAPE} or n back to the ticket",
    Stage.SENDING: f"{_ESCAPE} close; the answer will be told",
    Stage.LOST: f"{SEND.keys} show Orders   {_ESCAPE} close",
}
EDIT_HINTS: Final = {
    **HINTS,
    Stage.EDITING: f"{SEND.keys} review, send   Tab next field   ↑↓ one step   {_ESCAPE} close",
    Stage.REVIEWING: f"{SEND.keys} or y send   {_ESCAPE} or n back to the numbers",
}
