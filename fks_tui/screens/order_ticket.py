"""The order ticket: typed, previewed, reviewed, and sent once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher

from fks_engine.api import (
    ConnectionLost,
    InstrumentsPage,
    InstrumentsRequest,
    Mode,
    OrderType,
    Side,
    SubmitOco,
    SubmitOrder,
    TimeInForce,
    market_of,
)
from fks_tui.actions.action import bindings
from fks_tui.actions.ticket import TAKE_OVER, TICKET_ACTIONS
from fks_tui.actions.windows import NO, YES
from fks_tui.formatting import printable
from fks_tui.frame_words import entitle
from fks_tui.order_draft import OCO, Means, OrderDraft, touch
from fks_tui.order_words import side_words
from fks_tui.passing_numbers import passing_number
from fks_tui.precision import Precision
from fks_tui.preview_feed import PREVIEW_EVERY_NS, PreviewFeed
from fks_tui.screens.sending import SendingModal
from fks_tui.screens.ticket_form import NUMBERS, TicketForm
from fks_tui.screens.ticket_words import HINTS, TONES, Stage, verdict
from fks_tui.typed_numbers import nudged, plain
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.number_field import NumberField
from fks_tui.widgets.order_review import OrderReview
from fks_tui.widgets.preview_panel import PreviewPanel
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from decimal import Decimal

    from textual.app import ComposeResult
    from textual.widget import Widget
    from textual.widgets import Input

    from fks_engine.api import (
        Denied,
        Desk,
        DeskView,
        EngineView,
        Instrument,
        InstrumentId,
        OrderCommand,
        Preview,
    )


class OrderTicket(SendingModal):
    """One order on its way from the keyboard to the engine.

    What is sent is the very command that the preview was made for and the review repeated.
    """

    BINDINGS = bindings((*TICKET_ACTIONS, TAKE_OVER), (YES, NO))
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]

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
        super().__init__(desk)
        self._confirm = confirm
        self._precision = Precision()
        self._precision.learn(self.picture.quotes)
        self._instrument: Instrument | None = None
        self._touch = touch(self.picture.quote(instrument_id), side)
        self._draft = OrderDraft(
            instrument_id=instrument_id,
            side=side,
            order_type=OrderType.MARKET if reduce_only and limit_price is None else OrderType.LIMIT,
            quantity="" if quantity is None else plain(quantity),
            price=self._touch if limit_price is None else plain(limit_price),
            reduce_only=reduce_only,
        )
        self._previews = PreviewFeed(desk, self._take_preview)
        self._previewed: tuple[OrderCommand, Preview | None] | None = None
        self._previewed_draft: OrderDraft | None = None
        """What was typed for that preview; a size that hangs on the market moves on while the text stays."""
        self._preview_ts = self.picture.ts
        self._command: OrderCommand | None = None
        """What is typed; where it is counted from the market it keeps its numbers until they are previewed."""
        self._goes_on: OrderCommand | None = None
        """What Enter was pressed for, and waits for its preview."""

    def compose(self) -> ComposeResult:
        """The form beside its preview, or the review in their place; below, the verdict and the keys."""
        with Vertical(classes="modal ticket"):
            with ContentSwitcher(initial="form"):
                with Horizontal(id="form"):
                    yield TicketForm(self._draft)
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
        self.picture = view
        self._precision.learn(view.quotes)
        since = abs(view.ts - self._preview_ts)
        if self._command is None or self._previews.may_follow(since):
            self._command = self._draft.command(self._instrument, self._means)
        wanted = self.reviewing or self._command
        is_due = since >= PREVIEW_EVERY_NS or wanted != self._previews.wanted
        if is_due and self.stage is not Stage.SENDING and self._goes_on is None:
            self._preview_ts = view.ts
            self._previews.want(wanted)
        self.paint()

    async def _learn_instrument(self) -> None:
        id = self._draft.instrument_id  # noqa: A001
        focus = self.picture.focus
        if focus is not None and focus.instrument.id == id:
            self._instrument = focus.instrument
        else:
            try:
                page = await self.desk.query(InstrumentsRequest(market_of(id)))
            except ConnectionLost:
                return
            if isinstance(page, InstrumentsPage):
                self._instrument = next((each for each in page.items if each.id == id), None)
        self._changed()

    @property
    def reviewing(self) -> OrderCommand | None:
        """The order that was typed to its end, once it is reviewed or sent."""
        reviewed = None if self.stage is Stage.EDITING else self.reviewed
        return reviewed if isinstance(reviewed, SubmitOrder | SubmitOco) else None

    @property
    def _means(self) -> Means:
        view = self.picture
        return Means(view.quote(self._draft.instrument_id), view.account.balances, view.engine.max_slippage_percent)

    # What is typed.

    def on_input_submitted(self) -> None:
        """Enter in a number field, behind all that was typed into it before."""
        self.action_go_on()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The text of a number changed."""
        if event.input.id in NUMBERS:
            changed: dict[str, Any] = {event.input.id: event.value}
            self._draft = replace(self._draft, **changed)
            self._changed()

    def on_number_field_nudged(self, event: NumberField.Nudged) -> None:
        """Move a number along the market's steps; the field's own message tells that it changed."""
        if self._instrument is not None:
            is_quantity = event.field.id == "quantity"
            step = self._instrument.step_size if is_quantity else self._instrument.tick_size
            event.field.value = nudged(event.field.value, step, event.steps)
            event.field.cursor_position = len(event.field.value)

    def on_choice_field_changed(self, event: ChoiceField.Changed) -> None:
        """Another word was taken."""
        value = event.value
        match event.field.id:
            case "side":
                self._turn_side(Side(value))
            case "type":
                kind = OrderType.LIMIT if value == OCO else OrderType(value)
                self._draft = replace(self._draft, order_type=kind, is_oco=value == OCO)
            case "duration":
                self._draft = replace(self._draft, time_in_force=TimeInForce(value))
            case "post_only":
                self._draft = replace(self._draft, post_only=value == "yes")
            case "reduce_only":
                self._draft = replace(self._draft, reduce_only=value == "yes")
        self._changed()

    def action_turn(self, field: str) -> None:
        """Take a field's next choice, wherever the focus is."""
        if self.stage is Stage.EDITING and not self.query_one(f"#{field}", ChoiceField).disabled:
            self.query_one(f"#{field}", ChoiceField).action_turn(1)

    def action_take_over(self) -> None:
        """Put the number that would pass into its field."""
        passing = passing_number(self._denial)
        if self.stage is Stage.EDITING and passing is not None:
            field = self.query_one(f"#{passing[0]}", NumberField)
            if not field.disabled:
                field.value = passing[1]
                field.cursor_position = len(field.value)
                self.set_focus(field)

    def _turn_side(self, side: Side) -> None:
        """Change the side; a price that nobody touched goes to the other side of the market, too."""
        old, self._touch = self._touch, touch(self.picture.quote(self._draft.instrument_id), side)
        self._draft = replace(self._draft, side=side)
        if self._draft.price == old and self._touch:
            self.query_one("#price", NumberField).value = self._touch

    def _changed(self) -> None:
        """The draft is another one: what was said of the last one no longer holds."""
        self.denied = None
        self._goes_on = None
        self._command = self._draft.command(self._instrument, self._means)
        self._preview_ts = self.picture.ts
        self._previews.want(self._command)
        self.paint()

    def _take_preview(self, command: OrderCommand, preview: Preview | None) -> None:
        self._previewed, self._previewed_draft = (command, preview), self._draft
        if self._goes_on is not None and self._goes_on == command and preview is not None:
            self._goes_on = None
            self._proceed(command, preview)
        self.paint()

    # From the keyboard to the engine.

    def go_on(self) -> None:
        """Review what is typed, with its preview."""
        problems = self._draft.problems(self._instrument, self._means)
        if problems:
            self.set_focus(self.query_one(f"#{problems[0].field}"))
            return
        command = self._command
        answered, preview = self._previewed or (None, None)
        if command is not None and command == answered and preview is not None and preview.denial is None:
            self._proceed(command, preview)
            return
        self._goes_on = command
        self._previews.want(command)
        self.paint()

    def _proceed(self, command: OrderCommand, preview: Preview) -> None:
        """Enter, and the preview of what is typed: go on with its rounded numbers, unless the gate would deny them."""
        if self.stage is not Stage.EDITING or preview.denial is not None or preview.quantity <= 0:
            return
        if isinstance(command, SubmitOrder):
            limit_price = None if command.limit_price is None else preview.limit_price
            command = replace(command, quantity=preview.quantity, limit_price=limit_price)
        else:
            command = replace(command, quantity=preview.quantity)
        if self._confirm or preview.warnings:
            self.review(command)
        else:
            self.send(command)

    # What is shown.

    def focus_stage(self, stage: Stage) -> None:
        """The form while it is typed into, else the review."""
        editing = stage is Stage.EDITING
        self.query_one(ContentSwitcher).current = "form" if editing else "review"
        self.set_focus(self.query_one("#quantity" if editing else "#review"))

    @property
    def _denial(self) -> Denied | None:
        """The gate's word on what is typed, as far as it has answered."""
        _, preview = self._previewed or (None, None)
        return self.denied or (preview.denial if preview and self._is_answered else None)

    @property
    def _is_answered(self) -> bool:
        """Whether the last preview is of what is typed or reviewed, but for numbers that follow the market."""
        answered, _ = self._previewed or (None, None)
        asked = self.reviewing or self._command
        is_followed = self.reviewing is None and asked is not None and self._previewed_draft == self._draft
        return answered == asked or is_followed

    def draw(self) -> None:
        """The fields of the type, the figures or the review, the verdict and the keys."""
        self.query_one(TicketForm).show(self._draft)
        command = self.reviewing or self._command
        answered, preview = self._previewed or (None, None)
        quote = self.picture.quote(self._draft.instrument_id)
        panel = self.query_one(PreviewPanel)
        panel.show(answered, preview if command else None, quote, self._instrument, self._precision)
        panel.set_class(not self._is_answered, "-old")
        if self.reviewing is not None:
            sending = self.stage is Stage.SENDING
            self.query_one(OrderReview).show(self.reviewing, preview, self.picture.engine, is_sending=sending)
        denial = self._denial
        text, tone = verdict(
            self.stage,
            () if self.reviewing else self._draft.problems(self._instrument, self._means),
            denial,
            is_gone=self.is_gone,
            is_answered=self._is_answered,
            is_previewed=preview is not None,
            warnings=preview.warnings if preview else (),
            passing=passing_number(denial),
        )
        line = self.query_one(".verdict", SteadyText)
        line.tell(*map(printable, text.split("\n")))
        for each in TONES:
            line.set_class(each == tone, each)
        _entitle(self.query_one(".ticket"), self.picture.engine, self._draft)
        self.query_one(".hint", SteadyText).tell("Read it …" if self.is_being_read else HINTS[self.stage])


def _entitle(box: Widget, engine: EngineView, draft: OrderDraft) -> None:
    """Write what is traded and where into the frame, and colour it; only where that has changed."""
    entitle(box, f"{side_words(draft.side)} {market_of(draft.instrument_id)}", engine.where)
    box.set_class(engine.mode is Mode.LIVE, "-live")
    box.set_class(draft.side is Side.SELL, "-sell")
