"""What an order ticket says: how far it has got, what stands in its way, and the keys that go on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fks_tui.actions import CLOSE, SEND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import Denied
    from fks_tui.order_draft import Problem


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
) -> tuple[str, str]:
    """What stands in the way of the order, or that nothing does; and its tone, one of TONES.

    `is_gone`: there is no engine; `is_answered`: it has answered for what is typed; `is_previewed`: with a preview.
    """
    if stage is Stage.LOST:
        return f"No answer: {NO_ANSWER}", "error"
    if stage is Stage.SENDING:
        return "Handed to the engine; waiting for its answer.", "muted"
    if is_gone:
        return "✗ The engine is gone. Nothing was sent; this ticket can be sent once the engine is back.", "error"
    if problems:
        return f"{problems[0].message[:1].upper()}{problems[0].message[1:]}.", "problem"
    if denied is not None:
        return f"✗ Denied: {denied.message}", "error"
    if not is_answered:
        return "Asking the gate …", "muted"
    if not is_previewed:
        return "The engine does not answer: no preview. Nothing was sent.", "error"
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
