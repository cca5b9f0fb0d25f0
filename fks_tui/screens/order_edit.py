"""A working order opened for a change: its quantity and prices, sent as a replacement."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Final

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from fks_engine.api import (
    ConnectionLost,
    InstrumentsPage,
    InstrumentsRequest,
    Mode,
    Order,
    ReplaceOrder,
    market_of,
)
from fks_tui.actions.action import bindings
from fks_tui.actions.ticket import SEND
from fks_tui.actions.windows import NO, YES
from fks_tui.formatting import printable, quantity
from fks_tui.order_words import kind_words, side_words
from fks_tui.screens.sending import SendingModal
from fks_tui.screens.ticket_words import EDIT_HINTS, TONES, Stage, verdict
from fks_tui.typed_numbers import Field, Problem, nudged, number_of, plain
from fks_tui.widgets.number_field import NumberField
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widgets import Input

    from fks_engine.api import Desk, DeskView, Instrument

_NAMES: Final = {Field.QUANTITY: "Quantity", Field.STOP: "Trigger", Field.PRICE: "Price"}


class OrderEdit(SendingModal):
    """The numbers of one working order; what is changed goes out as one replacement."""

    BINDINGS = bindings((SEND,), (YES, NO))

    def __init__(self, desk: Desk, order: Order, *, confirm: bool) -> None:
        super().__init__(desk)
        self._order = order
        self._confirm = confirm
        self._instrument: Instrument | None = None
        self._old = {Field.QUANTITY: order.quantity}
        if order.stop_price is not None and order.order_type.has_stop:
            self._old[Field.STOP] = order.stop_price
        if order.limit_price is not None and order.order_type.has_limit:
            self._old[Field.PRICE] = order.limit_price
        self._texts = {field: plain(value) for field, value in self._old.items()}

    def compose(self) -> ComposeResult:
        """One line per number, what it becomes, the verdict and the keys."""
        base, _, quote = market_of(self._order.instrument_id).partition("/")
        with Vertical(classes="modal ticket"):
            yield Static(Content(f"{kind_words(self._order)}  our id {self._order.client_order_id}"), classes="what")
            for field, text in self._texts.items():
                with Horizontal(classes="row"):
                    yield Static(Content(_NAMES[field]), classes="name")
                    yield NumberField(text, id=field.value)
                    yield Static(Content(base if field is Field.QUANTITY else quote), classes="note")
            yield SteadyText(classes="change")
            yield SteadyText(classes="verdict")
            yield SteadyText(classes="hint")

    def on_mount(self) -> None:
        """Begin at the price, and learn the market's steps."""
        self.run_worker(self._learn_instrument(), group="instrument")
        self.focus_stage(Stage.EDITING)
        self.paint()

    async def _learn_instrument(self) -> None:
        id = self._order.instrument_id  # noqa: A001
        try:
            page = await self.desk.query(InstrumentsRequest(market_of(id)))
        except ConnectionLost:
            return
        if isinstance(page, InstrumentsPage):
            self._instrument = next((each for each in page.items if each.id == id), None)
        self.paint()

    def show(self, view: DeskView) -> None:
        """Follow the order: what has filled since, or that it is over."""
        self.picture = view
        for order in (*view.working_orders, *view.recent_orders):
            if order.client_order_id == self._order.client_order_id:
                self._order = order
                break
        self.paint()

    def on_input_submitted(self) -> None:
        """Enter in a field."""
        self.action_go_on()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The text of a number changed."""
        self._texts[Field(event.input.id or "")] = event.value
        self.denied = None
        self.paint()

    def on_number_field_nudged(self, event: NumberField.Nudged) -> None:
        """Move a number along the market's steps."""
        if self._instrument is not None:
            step = self._instrument.step_size if event.field.id == Field.QUANTITY else self._instrument.tick_size
            event.field.value = nudged(event.field.value, step, event.steps)
            event.field.cursor_position = len(event.field.value)

    def _value(self, field: Field) -> Decimal | Problem:
        number = number_of(self._texts[field], field)
        if isinstance(number, Problem) or self._instrument is None:
            return number
        with localcontext(prec=64):
            if field is Field.QUANTITY:
                rounded = self._instrument.quantity_to_step(number)
            else:
                rounded = self._instrument.price_within(self._order.side, number)
        return rounded or Problem(field, f"the {field.words} is less than one step")

    @property
    def _problems(self) -> tuple[Problem, ...]:
        """All that keeps the change from being sent."""
        order = self._order
        if not order.status.is_working:
            return (Problem(Field.QUANTITY, "this order is over; there is nothing left to replace"),)
        if order.order_list_id is not None:
            return (Problem(Field.QUANTITY, "the order is one of a list: cancel the list and send a new one"),)
        found = [each for field in self._texts if isinstance(each := self._value(field), Problem)]
        wanted = self._value(Field.QUANTITY)
        if isinstance(wanted, Decimal) and wanted <= order.filled_quantity:
            done = quantity(order.filled_quantity)
            found.append(Problem(Field.QUANTITY, f"{done} is filled already; the whole quantity must be more"))
        if not found and not self._changes:
            found.append(Problem(Field.PRICE, "nothing is changed yet"))
        return tuple(found)

    @property
    def _changes(self) -> dict[Field, Decimal]:
        values = {field: self._value(field) for field in self._texts}
        return {
            field: value for field, value in values.items() if isinstance(value, Decimal) and value != self._old[field]
        }

    def go_on(self) -> None:
        """Review the change, or send it where no review is wanted."""
        if self._problems:
            return
        changes = self._changes
        command = ReplaceOrder(
            client_order_id=self._order.client_order_id,
            quantity=changes.get(Field.QUANTITY),
            limit_price=changes.get(Field.PRICE),
            stop_price=changes.get(Field.STOP),
        )
        if self._confirm:
            self.review(command)
        else:
            self.send(command)

    def focus_stage(self, stage: Stage) -> None:
        """The last field while it is typed into, else the window."""
        editing = stage is Stage.EDITING
        for field in self._texts:
            self.query_one(f"#{field.value}").disabled = not editing
        self.set_focus(self.query_one(f"#{list(self._texts)[-1].value}") if editing else None)

    def draw(self) -> None:
        """What changes, the verdict and the keys."""
        order, engine = self._order, self.picture.engine
        box = self.query_one(".ticket")
        box.border_title = f"Replace {side_words(order.side)} {market_of(order.instrument_id)}"
        box.border_subtitle = f"{engine.mode.upper()} on {engine.exchange}"
        box.set_class(engine.mode is Mode.LIVE, "-live")
        box.set_class(order.side == "sell", "-sell")
        changes = [
            f"{_NAMES[field]} {plain(self._old[field])} → {plain(value)}" for field, value in self._changes.items()
        ]
        lines = [f"  {each}" for each in changes] if changes else ["  nothing is changed yet"]
        filled = f"{quantity(order.filled_quantity)} of {quantity(order.quantity)} filled"
        self.query_one(".change", SteadyText).tell(*lines, f"  {filled}; the place in the queue is lost")
        text, tone = verdict(
            self.stage, self._problems, self.denied, is_gone=self.is_gone, is_answered=True, is_previewed=True
        )
        if tone == "passes":
            text = "Canceled first; the new order is sent only where that succeeded, and passes the gate."
        if self.stage is Stage.REVIEWING and tone == "passes":
            text = f"Send this change? {text}"
        line = self.query_one(".verdict", SteadyText)
        line.tell(printable(text))
        for each in TONES:
            line.set_class(each == tone, each)
        self.query_one(".hint", SteadyText).tell("Read it …" if self.is_being_read else EDIT_HINTS[self.stage])
