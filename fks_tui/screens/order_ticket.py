"""The order ticket: typed, previewed, reviewed, and sent once."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.widgets import ContentSwitcher, Static

from fks_engine.api import (
    Accepted,
    Connection,
    ConnectionLost,
    Denied,
    InstrumentsPage,
    InstrumentsRequest,
    Mode,
    NothingSent,
    OrderType,
    Side,
    TimeInForce,
    market_of,
)
from fks_tui.actions import (
    NO,
    ORDERS,
    POST_ONLY,
    REDUCE_ONLY,
    TICKET_ACTIONS,
    TICKET_DURATION,
    TICKET_SIDE,
    TICKET_TYPE,
    YES,
    bindings,
)
from fks_tui.formatting import printable
from fks_tui.order_draft import OrderDraft, nudged, plain, touch
from fks_tui.order_words import headline, side_words
from fks_tui.precision import Precision
from fks_tui.preview_feed import PreviewFeed
from fks_tui.screens.base import DeskModal
from fks_tui.screens.ticket_words import HINTS, NO_ANSWER, TONES, Stage, verdict
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.number_field import NumberField
from fks_tui.widgets.order_review import OrderReview
from fks_tui.widgets.preview_panel import PreviewPanel
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from textual.app import ComposeResult
    from textual.widget import Widget
    from textual.widgets import Input

    from fks_engine.api import Desk, DeskView, EngineView, Instrument, InstrumentId, Preview, QuoteRow, SubmitOrder
    from fks_tui.actions import Action

PREVIEW_EVERY_NS: Final = 1_000_000_000
"""How old a preview may grow before the market has moved on and it is asked for again."""
SHOW_SENDING_S: Final = 0.1
"""An answer that takes longer than this is seen to be waited for."""
_NO_YES: Final = {"no": "no", "yes": "yes"}
_SIDE_TONES: Final = {Side.BUY.value: "$buy", Side.SELL.value: "$sell"}


class OrderTicket(DeskModal[None]):
    """One order on its way from the keyboard to the engine.

    What is sent is the very command that the preview was made for and the review repeated.
    """

    BINDINGS = bindings(TICKET_ACTIONS, (YES, NO))
    READING_S: ClassVar[float] = 0.3
    """For so long a review takes no answer: a key that is held or bounces has not read it."""

    def __init__(
        self,
        desk: Desk,
        instrument_id: InstrumentId,
        side: Side,
        *,
        confirm: bool,
        quantity: Decimal | None = None,
        limit_price: Decimal | None = None,
        reduce_only: bool = False,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._confirm = confirm
        self._picture = desk.view()
        self._precision = Precision()
        self._precision.learn(self._picture.quotes)
        self._instrument: Instrument | None = None
        self._touch = touch(self._quote(instrument_id), side)
        self._draft = OrderDraft(
            instrument_id=instrument_id,
            side=side,
            order_type=OrderType.MARKET if reduce_only and limit_price is None else OrderType.LIMIT,
            quantity="" if quantity is None else plain(quantity),
            price=self._touch if limit_price is None else plain(limit_price),
            reduce_only=reduce_only,
        )
        self._stage = Stage.EDITING
        self._previews = PreviewFeed(desk, self._take_preview)
        self._previewed: tuple[SubmitOrder, Preview | None] | None = None
        self._preview_ts = self._picture.ts
        self._reviewed: SubmitOrder | None = None
        """What the review repeats, and what is sent."""
        self._readable_at = 0.0
        self._denied: Denied | None = None
        self._goes_on = False
        """Enter was pressed and waits for the preview of what is typed."""

    def compose(self) -> ComposeResult:
        """The form beside its preview, or the review in their place; below, the verdict and the keys."""
        draft = self._draft
        base, _, quote = market_of(draft.instrument_id).partition("/")
        with Vertical(classes="modal ticket"):
            with ContentSwitcher(initial="form"):
                with Horizontal(id="form"):
                    with Vertical(classes="fields"):
                        sides = {each.value: side_words(each) for each in Side}
                        yield from _row(
                            "Side", ChoiceField(sides, draft.side, id="side", tones=_SIDE_TONES), TICKET_SIDE
                        )
                        types = {each.value: each.upper() for each in OrderType}
                        yield from _row("Type", ChoiceField(types, draft.order_type, id="type"), TICKET_TYPE)
                        yield from _row("Quantity", NumberField(draft.quantity, id="quantity"), base)
                        yield from _row("Price", NumberField(draft.price, id="price"), quote)
                        durations = {each.value: each.upper() for each in TimeInForce}
                        yield from _row(
                            "Duration", ChoiceField(durations, draft.time_in_force, id="duration"), TICKET_DURATION
                        )
                        yield from _row("Post-only", ChoiceField(_NO_YES, "no", id="post_only"), POST_ONLY)
                        reduce_only = "yes" if draft.reduce_only else "no"
                        yield from _row("Reduce-only", ChoiceField(_NO_YES, reduce_only, id="reduce_only"), REDUCE_ONLY)
                    yield PreviewPanel()
                yield OrderReview(id="review")
            yield SteadyText(classes="verdict")
            yield SteadyText(classes="hint")

    def on_mount(self) -> None:
        """Begin at the quantity, and learn the market's steps."""
        self.set_focus(self.query_one("#quantity", NumberField))
        self.run_worker(self._previews.run(), group="previews")
        self.run_worker(self._learn_instrument(), group="instrument")
        self._changed()

    def show(self, view: DeskView) -> None:
        """Follow the market: the touch at once, the preview every second."""
        self._picture = view
        self._precision.learn(view.quotes)
        if abs(view.ts - self._preview_ts) >= PREVIEW_EVERY_NS and self._stage is not Stage.SENDING:
            self._preview_ts = view.ts
            self._previews.want(self._draft.command(self._instrument))
        self._paint()

    async def _learn_instrument(self) -> None:
        id = self._draft.instrument_id  # noqa: A001
        focus = self._picture.focus
        if focus is not None and focus.instrument.id == id:
            self._instrument = focus.instrument
        else:
            try:
                page = await self._desk.query(InstrumentsRequest(market_of(id)))
            except ConnectionLost:
                return
            if isinstance(page, InstrumentsPage):
                self._instrument = next((each for each in page.items if each.id == id), None)
        self._changed()

    # What is typed.

    def on_input_submitted(self) -> None:
        """Enter in a number field, behind all that was typed into it before."""
        self.action_go_on()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The text of a number changed."""
        if event.input.id == "quantity":
            self._draft = replace(self._draft, quantity=event.value)
        else:
            self._draft = replace(self._draft, price=event.value)
        self._changed()

    def on_number_field_nudged(self, event: NumberField.Nudged) -> None:
        """Move a number along the market's steps; the field's own message tells that it changed."""
        if self._instrument is not None:
            is_price = event.field.id == "price"
            step = self._instrument.tick_size if is_price else self._instrument.step_size
            event.field.value = nudged(event.field.value, step, event.steps)
            event.field.cursor_position = len(event.field.value)

    def on_choice_field_changed(self, event: ChoiceField.Changed) -> None:
        """Another word was taken."""
        value = event.value
        match event.field.id:
            case "side":
                self._turn_side(Side(value))
            case "type":
                self._draft = replace(self._draft, order_type=OrderType(value))
            case "duration":
                self._draft = replace(self._draft, time_in_force=TimeInForce(value))
            case "post_only":
                self._draft = replace(self._draft, post_only=value == "yes")
            case "reduce_only":
                self._draft = replace(self._draft, reduce_only=value == "yes")
        self._changed()

    def action_turn(self, field: str) -> None:
        """Take a field's next choice, wherever the focus is."""
        if self._stage is Stage.EDITING:
            self.query_one(f"#{field}", ChoiceField).action_turn(1)

    def _turn_side(self, side: Side) -> None:
        """Change the side; a price that nobody touched goes to the other side of the market, too."""
        old, self._touch = self._touch, touch(self._quote(self._draft.instrument_id), side)
        self._draft = replace(self._draft, side=side)
        if self._draft.price == old and self._touch:
            self.query_one("#price", NumberField).value = self._touch

    def _quote(self, instrument_id: InstrumentId) -> QuoteRow | None:
        return next((row for row in self._picture.quotes if row.instrument_id == instrument_id), None)

    def _changed(self) -> None:
        """The draft is another one: what was said of the last one no longer holds."""
        self._denied = None
        self._goes_on = False
        self._previews.want(self._draft.command(self._instrument))
        self._paint()

    def _take_preview(self, command: SubmitOrder, preview: Preview | None) -> None:
        self._previewed = (command, preview)
        if self._goes_on and preview is not None:
            self._goes_on = False
            self._proceed(command, preview)
        self._paint()

    # From the keyboard to the engine.

    def action_go_on(self) -> None:
        """Review what is typed, send what was reviewed, or leave a ticket that is lost."""
        if self._stage is Stage.EDITING:
            self._review()
        elif self._stage is Stage.REVIEWING and self._reviewed is not None:
            if time.monotonic() >= self._readable_at and not self._is_gone:
                self._send(self._reviewed)
        elif self._stage is Stage.LOST:
            self.dismiss(None)
            self.app.call_later(self.app.run_action, ORDERS.action)

    def action_answer(self, answer: bool) -> None:
        """Yes or no to the review."""
        if self._stage is Stage.REVIEWING:
            self.action_go_on() if answer else self.action_close()

    def action_close(self) -> None:
        """Go back from the review to the ticket, or close it."""
        if self._stage is Stage.REVIEWING:
            self._enter(Stage.EDITING)
        else:
            self.dismiss(None)

    def _review(self) -> None:
        problems = self._draft.problems(self._instrument)
        if problems:
            self.set_focus(self.query_one(f"#{problems[0].field}"))
            return
        command = self._draft.command(self._instrument)
        answered, preview = self._previewed or (None, None)
        if command is not None and command == answered and preview is not None and preview.denial is None:
            self._proceed(command, preview)
            return
        self._goes_on = True
        self._previews.want(command)
        self._paint()

    def _proceed(self, command: SubmitOrder, preview: Preview) -> None:
        """Enter, and the preview of what is typed: go on with its rounded numbers, unless the gate would deny them."""
        if self._stage is not Stage.EDITING or preview.denial is not None or preview.quantity <= 0:
            return
        limit_price = None if command.limit_price is None else preview.limit_price
        self._reviewed = replace(command, quantity=preview.quantity, limit_price=limit_price)
        if self._confirm:
            self._readable_at = time.monotonic() + self.READING_S
            self.set_timer(self.READING_S, self._paint)
            self._enter(Stage.REVIEWING)
        else:
            self._send(self._reviewed)

    def _send(self, command: SubmitOrder) -> None:
        """Hand the order over, once; the app waits for the answer, so that closing the ticket loses nothing."""
        self._stage = Stage.SENDING
        self.app.run_worker(self._submit(command), group="orders")
        # Laying out another window takes longer than most answers: the order goes first.
        self.set_timer(SHOW_SENDING_S, lambda: self._enter(self._stage))

    async def _submit(self, command: SubmitOrder) -> None:
        try:
            answer = await self._desk.submit(command)
        except NothingSent as error:
            self._enter(Stage.EDITING)
            self.app.notify(str(error), title="Nothing was sent", severity="error", markup=False)
            return
        except ConnectionLost:
            self._enter(Stage.LOST)
            if not self.is_current:
                self.app.notify(f"{headline(command)}: {NO_ANSWER}", title="No answer", severity="error", timeout=30)
            return
        if isinstance(answer, Accepted):
            self.app.notify(headline(command), title="Order sent", markup=False)
            if self.is_current:
                self.dismiss(None)
        elif self.is_current:
            self._denied = answer
            self._enter(Stage.EDITING)
        else:
            self.app.notify(answer.message, title="Order denied", severity="error", markup=False)

    # What is shown.

    @property
    def _is_gone(self) -> bool:
        """Whether there is no engine to hand an order to."""
        return self._picture.engine.connection is Connection.DISCONNECTED

    def _enter(self, stage: Stage) -> None:
        """Go to a stage; its part of the window gets the keys."""
        self._stage = stage
        if not self.is_attached:
            return
        editing = stage is Stage.EDITING
        with suppress(NoMatches):
            self.query_one(ContentSwitcher).current = "form" if editing else "review"
            self.set_focus(self.query_one("#quantity" if editing else "#review"))
        self._paint()

    def _paint(self) -> None:
        """Show how things stand, unless an answer came while the window is being taken apart."""
        with suppress(NoMatches):
            self._draw()

    def _draw(self) -> None:
        for id in ("price", "duration", "post_only"):  # noqa: A001
            self.query_one(f"#{id}").disabled = not self._draft.is_limit
        command = self._draft.command(self._instrument)
        answered, preview = self._previewed or (None, None)
        quote = self._quote(self._draft.instrument_id)
        panel = self.query_one(PreviewPanel)
        panel.show(answered, preview if command else None, quote, self._instrument, self._precision)
        panel.set_class(command != answered, "-old")
        if self._reviewed is not None and self._stage is not Stage.EDITING:
            sending = self._stage is Stage.SENDING
            self.query_one(OrderReview).show(self._reviewed, preview, self._picture.engine, is_sending=sending)
        problems = self._draft.problems(self._instrument)
        is_answered = answered == command
        denied = self._denied or (preview.denial if preview and is_answered else None)
        text, tone = verdict(
            self._stage,
            problems,
            denied,
            is_gone=self._is_gone,
            is_answered=is_answered,
            is_previewed=preview is not None,
        )
        line = self.query_one(".verdict", SteadyText)
        line.tell(*map(printable, text.split("\n")))
        for each in TONES:
            line.set_class(each == tone, each)
        _entitle(self.query_one(".ticket"), self._picture.engine, self._draft)
        reading = self._stage is Stage.REVIEWING and time.monotonic() < self._readable_at
        self.query_one(".hint", SteadyText).tell("Read it …" if reading else HINTS[self._stage])


def _row(name: str, field: Widget, note: str | Action) -> Iterator[Widget]:
    """One line of the form: its name, the field, and its unit or the key that turns it."""
    with Horizontal(classes="row"):
        yield Static(Content(name), classes="name")
        yield field
        yield Static(Content(note if isinstance(note, str) else note.keys), classes="note")


def _entitle(box: Widget, engine: EngineView, draft: OrderDraft) -> None:
    """Write what is traded and where into the frame, and colour it; only where that has changed."""
    title = f"{side_words(draft.side)} {market_of(draft.instrument_id)}"
    place = f"{engine.mode.upper()} on {engine.exchange}"
    if (box.border_title, box.border_subtitle) != (title, place):
        box.border_title, box.border_subtitle = title, place
    box.set_class(engine.mode is Mode.LIVE, "-live")
    box.set_class(draft.side is Side.SELL, "-sell")
