"""What the order line says under what is typed: where a doubt is, how an order stands, and the words to go on with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from fks_engine.api import SubmitOco, SubmitOrder, market_of
from fks_tui.actions.ticket import COMPLETE, RECALL, SEND
from fks_tui.actions.windows import CLOSE
from fks_tui.formatting import printable, quantity, sentence, worth
from fks_tui.order_line.help_words import GRAMMAR
from fks_tui.order_line.markets import Unlooked
from fks_tui.order_line.reading import Reading
from fks_tui.order_line.words import Doubt
from fks_tui.screens.ticket_words import NO_ANSWER, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import Denied, Preview, Previewable
    from fks_tui.order_line.completion import Completion

_ESCAPE: Final = CLOSE.keys.split()[0]
HINTS: Final = {
    Stage.EDITING: f"{SEND.keys} review, send   {COMPLETE.keys} complete   {RECALL.keys}↓ history   {_ESCAPE} close",
    Stage.REVIEWING: f"{SEND.keys} or y send   {_ESCAPE} or n back to the line",
    Stage.SENDING: f"{_ESCAPE} close; the answer will be told",
    Stage.LOST: f"{SEND.keys} show Orders   {_ESCAPE} close",
}


def doubt_line(doubt: Doubt, length: int) -> Content:
    """A caret under the word that is in doubt; where the line stops short, under its end."""
    start = min(doubt.start, length)
    return Content.assemble(" " * start, ("^" * max(1, min(doubt.end, length) - start), "$warning"))


def verdict_line(
    stage: Stage,
    said: Reading | Unlooked | Doubt | None,
    preview: Preview | None,
    denied: Denied | None,
    *,
    is_gone: bool,
    is_read_only: bool,
    is_answered: bool,
) -> tuple[str, str]:
    """What stands in the way, or what would happen; and its colour. `said` is None for an empty line."""
    if stage is Stage.LOST:
        return f"No answer: {NO_ANSWER}", "$sell"
    if stage is Stage.SENDING:
        return "Handed to the engine; waiting for its answer.", "$muted"
    if is_gone:
        return "✗ The engine is gone. Nothing was sent; the line can be sent once the engine is back.", "$sell"
    if denied is not None:
        return f"✗ Denied: {printable(denied.message)}", "$sell"
    match said:
        case None:
            return "Type what to do: buy 0.1 btc @ 64000 · sell 50% eth market · cancel all · help", "$muted"
        case Doubt(message=message):
            return sentence(message), "$warning"
        case Unlooked(text=text):
            return f"Looking for {printable(text)} …", "$muted"
        case Reading(order=None):
            return ("", "") if stage is Stage.EDITING else ("Do this?", "bold")
        case Reading():
            return _order_verdict(stage, said, preview, is_read_only=is_read_only, is_answered=is_answered)


def _order_verdict(
    stage: Stage, said: Reading, preview: Preview | None, *, is_read_only: bool, is_answered: bool
) -> tuple[str, str]:
    if preview is not None and preview.denial is not None:
        return f"✗ Denied: {printable(preview.denial.message)}", "$sell"
    if is_read_only:
        return "✗ This engine is read-only: it sends no orders.", "$sell"
    warnings = [*said.cautions, *(preview.warnings if preview is not None else ())]
    if stage is Stage.REVIEWING:
        asks = "Send this order?"
        return (f"! {printable('; '.join(warnings))}. {asks}", "$warning") if warnings else (asks, "bold")
    if not is_answered:
        return "Asking the gate …", "$muted"
    if preview is None:
        return "The engine does not answer: no preview. Nothing was sent.", "$sell"
    figures = printable(_figures(preview, said.order))
    if warnings:
        return f"! {printable('; '.join(warnings))} · {figures}", "$warning"
    return f"✓ {figures}", "$buy"


def _figures(preview: Preview, command: Previewable | None) -> str:
    """Cap, fee, position and means of a preview, as far as they are known."""
    base = ""
    if isinstance(command, SubmitOrder | SubmitOco):
        base = f" {market_of(command.instrument_id).partition('/')[0]}"
    parts = []
    if preview.cap_price is not None:
        parts.append(f"never worse than {quantity(preview.cap_price)}")
    if preview.unfilled:
        parts.append(f"{quantity(preview.unfilled)}{base} would stay unfilled")
    if preview.fee is not None:
        parts.append(f"fee about {worth(preview.fee, preview.fee_asset)}")
    if preview.exits_quantity is not None:
        parts.append(f"exits for {quantity(preview.exits_quantity)}{base}")
    if preview.position_after is not None:
        parts.append(f"held {quantity(preview.position_before)} → {quantity(preview.position_after)}{base}")
    if preview.available is not None:
        parts.append(f"available {worth(preview.available, preview.available_asset)}")
    return " · ".join(parts) or "passes"


def completion_lines(offered: Sequence[Completion], taken: int, text: str) -> list[Content]:
    """The words to go on with, one a line, the taken one marked; the grammar where help is asked for."""
    if text.strip().lower() == "help":
        return [Content.assemble((f"{example:<38}", "$primary"), (meaning, "$muted")) for example, meaning in GRAMMAR]
    width = max((len(each.word) for each in offered), default=0)
    lines = []
    for index, each in enumerate(offered):
        mark = "›" if index == taken else " "
        style = "bold $primary" if index == taken else "$primary"
        lines.append(
            Content.assemble(f"{mark} ", (f"{printable(each.word):<{width}}", style), f"  {printable(each.meaning)}")
        )
    return lines
