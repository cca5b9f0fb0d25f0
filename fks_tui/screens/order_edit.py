"""A working order opened for a change: its quantity and prices, previewed as they are typed, sent as a replacement."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from fks_engine.api import ConnectionLost, InstrumentsPage, InstrumentsRequest, Mode, ReplaceOrder, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.ticket import SEND, TAKE_OVER
from fks_tui.actions.windows import NO, YES
from fks_tui.formatting import printable, quantity
from fks_tui.frame_words import entitle
from fks_tui.order_change import OrderChange, numbers_of
from fks_tui.order_words import kind_words, side_words
from fks_tui.passing_numbers import passing_number
from fks_tui.precision import Precision
from fks_tui.preview_feed import PREVIEW_EVERY_NS, PreviewFeed
from fks_tui.screens.sending import SendingModal
from fks_tui.screens.ticket_words import EDIT_HINTS, TONES, Stage, verdict
from fks_tui.typed_numbers import Field, nudged, plain
from fks_tui.widgets.number_field import NumberField
from fks_tui.widgets.preview_panel import PreviewPanel
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widgets import Input

    from fks_engine.api import Denied, Desk, DeskView, Order, Preview

_NAMES: Final = {Field.QUANTITY: "Quantity", Field.STOP: "Trigger", Field.PRICE: "Price"}
_PASSES: Final = "✓ The gate would let it through. Canceled first; the new order is sent only where that succeeded."
_MOVED_ON: Final = "The order moved on meanwhile: read it again."


class OrderEdit(SendingModal):
    """The numbers of one working order; what is changed goes out as one replacement.

    What is sent is the very command that the preview was made for and the review repeated.
    """

    BINDINGS = bindings((SEND, TAKE_OVER), (YES, NO))

    def __init__(self, desk: Desk, order: Order, *, confirm: bool) -> None:
        super().__init__(desk)
        self._confirm = confirm
        self._change = OrderChange.of(order)
        self._precision = Precision()
        self._precision.learn(self.picture.quotes)
        self._previews: PreviewFeed[ReplaceOrder] = PreviewFeed(desk, self._take_preview)
        self._previewed: tuple[ReplaceOrder | None, Preview | None] = (None, None)
        self._preview_ts = self.picture.ts
        self._goes_on: ReplaceOrder | None = None
        """What Enter was pressed for, and waits for its preview."""
        self._remark = ""
        """What became of the last Enter, or of the review; until something is typed."""

    def compose(self) -> ComposeResult:
        """One line per number and what it becomes, beside the preview; below, the verdict and the keys."""
        order = self._change.order
        base, _, quote = market_of(order.instrument_id).partition("/")
        with Vertical(classes="modal ticket"):
            yield Static(Content(f"{kind_words(order)}  our id {order.client_order_id}"), classes="what")
            with Horizontal(id="form"):
                with Vertical(classes="fields"):
                    for field, text in self._change.texts.items():
                        with Horizontal(classes="row"):
                            yield Static(Content(_NAMES[field]), classes="name")
                            yield NumberField(text, id=field.value)
                            yield Static(Content(base if field is Field.QUANTITY else quote), classes="note")
                    yield SteadyText(classes="change")
                yield PreviewPanel()
            yield SteadyText(classes="verdict")
            yield SteadyText(classes="hint")

    def on_mount(self) -> None:
        """Begin at the price, and learn the market's steps."""
        self.run_worker(self._previews.run(), group="previews")
        self.run_worker(self._learn_instrument(), group="instrument")
        self.focus_stage(Stage.EDITING)
        self.paint()

    async def _learn_instrument(self) -> None:
        id = self._change.order.instrument_id  # noqa: A001
        try:
            page = await self.desk.query(InstrumentsRequest(market_of(id)))
        except ConnectionLost:
            return
        if isinstance(page, InstrumentsPage):
            found = next((each for each in page.items if each.id == id), None)
            self._change = replace(self._change, instrument=found)
        self._changed()

    def show(self, view: DeskView) -> None:
        """Follow the order: what has filled since, or that it is over; and the market, every second."""
        self.picture = view
        self._precision.learn(view.quotes)
        for order in (*view.working_orders, *view.recent_orders):
            if order.client_order_id == self._change.order.client_order_id:
                self._change = replace(self._change, order=order)
                break
        if self.stage is Stage.REVIEWING and self._change.command != self.reviewed:
            self._remark = _MOVED_ON
            self.enter(Stage.EDITING)
        since = abs(view.ts - self._preview_ts)
        is_due = since >= PREVIEW_EVERY_NS or self._wanted != self._previews.wanted
        if is_due and self.stage in {Stage.EDITING, Stage.REVIEWING} and self._goes_on is None:
            self._preview_ts = view.ts
            self._previews.want(self._wanted)
        self.paint()

    @property
    def _wanted(self) -> ReplaceOrder | None:
        """What is typed, or the change that was typed to its end, once it is reviewed or sent."""
        if self.stage is not Stage.EDITING and isinstance(self.reviewed, ReplaceOrder):
            return self.reviewed
        return self._change.command

    # What is typed.

    def on_input_submitted(self) -> None:
        """Enter in a field."""
        self.action_go_on()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The text of a number changed."""
        texts = {**self._change.texts, Field(event.input.id or ""): event.value}
        if texts != self._change.texts:
            self._change = replace(self._change, texts=texts)
            self._changed()

    def on_number_field_nudged(self, event: NumberField.Nudged) -> None:
        """Move a number along the market's steps."""
        instrument = self._change.instrument
        if instrument is not None:
            step = instrument.step_size if event.field.id == Field.QUANTITY else instrument.tick_size
            event.field.value = nudged(event.field.value, step, event.steps)
            event.field.cursor_position = len(event.field.value)

    def action_take_over(self) -> None:
        """Put the number that would pass into its field."""
        passing = self._passing
        if self.stage is Stage.EDITING and passing is not None:
            field = self.query_one(f"#{passing[0]}", NumberField)
            field.value = passing[1]
            field.cursor_position = len(field.value)
            self.set_focus(field)

    def _changed(self) -> None:
        """The change is another one: what was said of the last one no longer holds."""
        self.denied, self._goes_on, self._remark = None, None, ""
        self._preview_ts = self.picture.ts
        self._previews.want(self._change.command)
        self.paint()

    def _take_preview(self, command: ReplaceOrder, preview: Preview | None) -> None:
        self._previewed = (command, preview)
        if self._goes_on == command:
            self._goes_on = None
            if preview is not None:
                self._proceed(command, preview)
        self.paint()

    # From the keyboard to the engine.

    def go_on(self) -> None:
        """Review the change, or send it where no review is wanted; not before its preview, nor against it."""
        problems, command = self._change.problems, self._change.command
        answered, preview = self._previewed
        if command is None:
            if problems[0].field in self._change.texts:
                self.set_focus(self.query_one(f"#{problems[0].field}"))
        elif command == answered and preview is not None:
            self._proceed(command, preview)
        else:
            self._goes_on = command
            self._previews.want(command)
        self.paint()

    def action_go_on(self) -> None:
        """Go on, but with a review only while the gate would still let it through."""
        denial = self._denial
        if self.stage is Stage.REVIEWING and denial is not None:
            self._refuse()
        else:
            super().action_go_on()

    def _proceed(self, command: ReplaceOrder, preview: Preview) -> None:
        if self.stage is not Stage.EDITING:
            return
        if preview.denial is not None:
            self._refuse()
            return
        self.denied, self._remark = None, ""
        if self._confirm or preview.warnings:
            self.review(command)
        else:
            self.send(command)

    def _refuse(self) -> None:
        self._remark = "Nothing was sent."
        self.paint()

    # What is shown.

    def focus_stage(self, stage: Stage) -> None:
        """The last field while it is typed into, else the window."""
        editing = stage is Stage.EDITING
        for field in self._change.texts:
            self.query_one(f"#{field.value}").disabled = not editing
        self.set_focus(self.query_one(f"#{list(self._change.texts)[-1].value}") if editing else None)

    @property
    def _is_answered(self) -> bool:
        """Whether the last preview is of what is typed or reviewed."""
        return self._previewed[0] == self._wanted

    @property
    def _denial(self) -> Denied | None:
        """The gate's word on what is typed or reviewed, as far as it has answered."""
        preview = self._previewed[1]
        return self.denied or (preview.denial if preview is not None and self._is_answered else None)

    @property
    def _passing(self) -> tuple[Field, str] | None:
        """The field and the number in it that the gate would let pass; a quantity with what is filled already."""
        found = passing_number(self._denial)
        if found is None or found[0] not in self._change.texts:
            return None
        field, number = found
        return (field, plain(Decimal(number) + self._change.order.filled_quantity) if field == "quantity" else number)

    def draw(self) -> None:
        """What changes, its figures, the verdict and the keys."""
        order, engine, preview = self._change.order, self.picture.engine, self._previewed[1]
        box = self.query_one(".ticket")
        entitle(box, f"Replace {side_words(order.side)} {market_of(order.instrument_id)}", engine.where)
        box.set_class(engine.mode is Mode.LIVE, "-live")
        box.set_class(order.side == "sell", "-sell")
        self.query_one(".change", SteadyText).tell(*self._change_lines())
        panel, shown = self.query_one(PreviewPanel), preview if self._wanted is not None else None
        quote = self.picture.quote(order.instrument_id)
        panel.show(order, shown, quote, self._change.instrument, self._precision)
        panel.set_class(not self._is_answered, "-old")
        text, tone = verdict(
            self.stage,
            self._change.problems if self.stage is Stage.EDITING else (),
            self._denial,
            is_gone=self.is_gone,
            is_answered=self._is_answered,
            is_previewed=preview is not None,
            warnings=preview.warnings if preview is not None else (),
            passing=self._passing if self.stage is Stage.EDITING else None,
        )
        text, tone = self._amended(text, tone)
        line = self.query_one(".verdict", SteadyText)
        line.tell(*map(printable, text.split("\n")))
        for each in TONES:
            line.set_class(each == tone, each)
        self.query_one(".hint", SteadyText).tell("Read it …" if self.is_being_read else EDIT_HINTS[self.stage])

    def _amended(self, text: str, tone: str) -> tuple[str, str]:
        """The verdict with what a replacement does, the question of a review, and what became of the last Enter."""
        text = _PASSES if tone == "passes" else text
        if self.stage is Stage.REVIEWING and tone in {"passes", "problem", "muted"}:
            text = f"Send this change? {text}"
        if self._remark and self.stage in {Stage.EDITING, Stage.REVIEWING}:
            return f"{self._remark} {text}", "problem" if tone == "passes" else tone
        return text, tone

    def _change_lines(self) -> list[str]:
        order, old = self._change.order, numbers_of(self._change.order)
        changes = [
            f"{_NAMES[field]} {plain(old[field])} → {plain(value)}" for field, value in self._change.changes.items()
        ]
        return [
            *(changes or ["nothing is changed yet"]),
            f"{quantity(order.filled_quantity)} of {quantity(order.quantity)} filled",
            "the place in the queue is lost",
        ]
