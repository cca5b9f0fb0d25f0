"""One order in full: ids, times, terms, fills and reason."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content

from fks_engine.api import ConnectionLost, FillsPage, FillsRequest, OrderStatus, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.history import DETAILS_ACTIONS, LIFE_OF_DETAILS
from fks_tui.actions.windows import CLOSE
from fks_tui.formatting import NOTHING, date_time, printable, quantity, worth
from fks_tui.frame_words import entitle
from fks_tui.order_words import DURATION_WORDS, TYPE_NAMES, UNKNOWN_REASON, side_words, status_words
from fks_tui.record_history import MOST, PAGE
from fks_tui.screens.base import DeskModal
from fks_tui.screens.order_life import OrderLife
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView, Fill, Order
    from fks_tui.precision import Precision


class OrderDetails(DeskModal[None]):
    """Everything known about one order; it follows the order's life while it is open."""

    BINDINGS = bindings(DETAILS_ACTIONS)

    def __init__(self, desk: Desk, order: Order, fills: tuple[Fill, ...], precision: Precision) -> None:
        super().__init__()
        self._desk = desk
        self._order = order
        self._fills = {(fill.instrument_id, fill.trade_id): fill for fill in fills}
        self._precision = precision
        self._asked_at: Decimal | None = None
        """How much of the order was filled when the engine was asked for its fills."""

    def compose(self) -> ComposeResult:
        """One text that scrolls where it is long."""
        with VerticalScroll(classes="modal") as box:
            entitle(box, "Order", f"{LIFE_OF_DETAILS.keys} life · {CLOSE.keys.split()[0]} close")
            yield SteadyText(classes="facts")

    def on_mount(self) -> None:
        """Show what is known now."""
        self.set_focus(self.query_one(VerticalScroll))
        self._paint()
        self._complete()

    def show(self, view: DeskView) -> None:
        """Take the order's latest state and fills out of a picture."""
        id = self._order.client_order_id  # noqa: A001
        for order in (*view.working_orders, *view.recent_orders):
            if order.client_order_id == id:
                self._order = order
                break
        for fill in view.recent_fills:
            if fill.client_order_id == id:
                self._fills[fill.instrument_id, fill.trade_id] = fill
        self._paint()
        self._complete()

    def action_life(self) -> None:
        """Show all that happened to it, step by step."""
        self.app.push_screen(OrderLife(self._desk, self._order.client_order_id, self._precision))

    @property
    def _missing(self) -> Decimal:
        """How much of what is filled is not among the fills that are known."""
        known = sum((fill.quantity for fill in self._fills.values()), Decimal(0))
        return max(Decimal(0), self._order.filled_quantity - known)

    def _complete(self) -> None:
        """Ask the engine for the fills that no picture held, once for every state of the order."""
        if self._missing and self._asked_at != self._order.filled_quantity:
            self._asked_at = self._order.filled_quantity
            self.run_worker(self._load(), group="fills", exclusive=True)

    async def _load(self) -> None:
        for offset in range(0, MOST, PAGE):
            try:
                page = await self._desk.query(FillsRequest(PAGE, offset))
            except ConnectionLost:
                return
            if not isinstance(page, FillsPage):
                return
            mine = [fill for fill in page.items if fill.client_order_id == self._order.client_order_id]
            self._fills |= {(fill.instrument_id, fill.trade_id): fill for fill in mine}
            if not self._missing or offset + PAGE >= page.total:
                break
        self._paint()

    def _paint(self) -> None:
        lines = [Content.assemble((f"{name:<14}", "$muted"), value) for name, value in self._facts()]
        fills = sorted(self._fills.values(), key=lambda fill: fill.ts_event)
        if fills:
            count = f"{len(fills)} fills" if len(fills) > 1 else "1 fill"
            rest = f"; {quantity(self._missing)} more is not in this session's list" if self._missing else ""
            lines += [Content(""), Content.assemble((count, "bold"), (rest, "$warning"))]
            lines += [self._fill_line(fill) for fill in fills]
        self.query_one(".facts", SteadyText).tell(*lines)

    def _facts(self) -> Iterator[tuple[str, str]]:
        order = self._order
        yield "Order", f"{side_words(order.side)} {quantity(order.quantity)} {market_of(order.instrument_id)}"
        yield "Status", status_words(order)
        if order.status is OrderStatus.UNKNOWN:
            yield "", UNKNOWN_REASON
        if order.reason:
            yield "Reason", printable(order.reason)
        yield from self._terms(order)
        flags = [
            word for word, is_set in (("post-only", order.post_only), ("reduce-only", order.reduce_only)) if is_set
        ]
        if flags:
            yield "", ", ".join(flags)
        yield "Filled", f"{quantity(order.filled_quantity)} of {quantity(order.quantity)}"
        yield "Average price", self._precision.average(order.instrument_id, order.average_price)
        yield "Our id", order.client_order_id
        yield "Exchange's id", order.exchange_order_id or NOTHING
        if order.external:
            yield "Origin", "EXTERNAL: found at the exchange, not sent by this FKS"
        for name, ts in (
            ("Created", order.ts_created),
            ("Sent", order.ts_submitted),
            ("Last change", order.ts_updated),
        ):
            yield name, f"{date_time(ts)} UTC" if ts else NOTHING

    def _terms(self, order: Order) -> Iterator[tuple[str, str]]:
        """Type and prices, and the list that the order belongs to."""
        limit = self._precision.price(order.instrument_id, order.limit_price)
        name = TYPE_NAMES[order.order_type]
        if order.order_type.has_limit:
            yield "Terms", f"{name} at {limit}, {DURATION_WORDS[order.time_in_force]}"
        else:
            cap = "" if order.limit_price is None else f", never worse than {limit}"
            yield "Terms", f"{name}{cap}"
        if order.order_type.has_stop:
            stop = self._precision.price(order.instrument_id, order.stop_price)
            yield "Trigger", f"{stop}, {'reached' if order.is_triggered else 'not reached yet'}"
        if order.waits_for is not None:
            yield "Waits for", f"{order.waits_for}: works once that entry has filled"
        if order.order_list_id is not None:
            yield "List", order.order_list_id
        if order.replaces is not None:
            yield "Replaces", order.replaces

    def _fill_line(self, fill: Fill) -> Content:
        price = self._precision.price(fill.instrument_id, fill.price)
        role = "maker" if fill.is_maker else "taker"
        return Content(
            f"{date_time(fill.ts_event)}  {quantity(fill.quantity)} at {price}"
            f"  fee {worth(fill.fee, fill.fee_asset)}  {role}  trade {fill.trade_id}"
        )
