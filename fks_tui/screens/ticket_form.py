"""The fields of an order ticket, of which each type of order shows its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from fks_engine.api import OrderType, Side, TimeInForce, market_of
from fks_tui.actions.ticket import POST_ONLY, REDUCE_ONLY, TICKET_DURATION, TICKET_SIDE, TICKET_TYPE
from fks_tui.order_draft import OCO
from fks_tui.order_words import TYPE_NAMES, side_words
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.number_field import NumberField

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.widget import Widget

    from fks_tui.actions.action import Action
    from fks_tui.order_draft import OrderDraft

NUMBERS: Final = ("quantity", "price", "stop", "take_profit", "stop_loss", "stop_limit")
"""The fields that numbers are typed into, named as the draft names them."""
_NO_YES: Final = {"no": "no", "yes": "yes"}
_SIDE_TONES: Final = {Side.BUY.value: "$buy", Side.SELL.value: "$sell"}


class TicketForm(Vertical):
    """One line per field; those that mean nothing for the type are not there."""

    def __init__(self, draft: OrderDraft) -> None:
        super().__init__(classes="fields")
        self._draft = draft
        self._shown: tuple[str, ...] | None = None

    def compose(self) -> ComposeResult:
        """Every field of every type."""
        draft = self._draft
        base, _, quote = market_of(draft.instrument_id).partition("/")
        sides = {each.value: side_words(each) for each in Side}
        yield from _row("Side", ChoiceField(sides, draft.side, id="side", tones=_SIDE_TONES), TICKET_SIDE)
        types = {**{each.value: TYPE_NAMES[each] for each in OrderType}, OCO: "OCO"}
        yield from _row("Type", ChoiceField(types, draft.type_choice, id="type", one_only=True), TICKET_TYPE)
        yield from _row("Quantity", NumberField(draft.quantity, id="quantity"), base)
        yield from _row("Trigger", NumberField(draft.stop, id="stop"), quote)
        yield from _row("Price", NumberField(draft.price, id="price"), quote)
        durations = {each.value: each.upper() for each in TimeInForce}
        yield from _row("Duration", ChoiceField(durations, draft.time_in_force, id="duration"), TICKET_DURATION)
        yield from _row("Post-only", ChoiceField(_NO_YES, "no", id="post_only"), POST_ONLY)
        reduce_only = "yes" if draft.reduce_only else "no"
        yield from _row("Reduce-only", ChoiceField(_NO_YES, reduce_only, id="reduce_only"), REDUCE_ONLY)
        for field, name, note in (
            ("take_profit", "Take profit", f"{quote}/%"),
            ("stop_loss", "Stop loss", f"{quote}/%"),
            ("stop_limit", "Stop limit", quote),
        ):
            yield from _row(name, NumberField(getattr(draft, field), id=field, placeholder="none"), note)

    def show(self, draft: OrderDraft) -> None:
        """Show the fields that `draft`'s type has."""
        if draft.fields == self._shown:
            return
        self._shown = draft.fields
        for field in (
            "price",
            "stop",
            "duration",
            "post_only",
            "reduce_only",
            "take_profit",
            "stop_loss",
            "stop_limit",
        ):
            widget = self.query_one(f"#{field}")
            widget.disabled = field not in draft.fields
            if isinstance(widget.parent, Horizontal):
                widget.parent.display = field in draft.fields


def _row(name: str, field: Widget, note: str | Action) -> Iterator[Widget]:
    """One line of the form: its name, the field, and its unit or the key that turns it."""
    with Horizontal(classes="row"):
        yield Static(Content(name), classes="name")
        yield field
        yield Static(Content(note if isinstance(note, str) else note.keys), classes="note")
