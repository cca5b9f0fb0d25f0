"""The history screen: orders of all runs, searched, filtered and exported, and the life of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual import on
from textual.content import Content
from textual.widgets import Input

from fks_engine.api import Connection, ConnectionLost, HistoryPage, Refused
from fks_tui.actions.action import bindings
from fks_tui.actions.history import ALL_HISTORY, HISTORY_ACTIONS, NEXT_SIDE, NEXT_STATUS, SAME_MARKET, SEARCH_HISTORY
from fks_tui.formatting import printable
from fks_tui.history_choice import PAGE, HistoryChoice
from fks_tui.precision import Precision
from fks_tui.screens.base import DeskScreen
from fks_tui.screens.history_export import HistoryExport
from fks_tui.screens.order_life import OrderLife
from fks_tui.widgets.past_order_table import PastOrderTable
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import ScreenResume

    from fks_engine.api import DeskView, Order, Page

RELOAD_AFTER_NS: Final = 2_000_000_000
"""What is shown is read anew at most so often while orders change."""
_LOADING: Final = "The engine is reading its journal; the first time takes a second for every 50,000 records."


class HistoryScreen(DeskScreen):
    """One table that loads older orders as the cursor comes to its end, and a line of filters over it."""

    MODE = "history"
    BINDINGS = bindings(HISTORY_ACTIONS)

    def panes(self) -> ComposeResult:
        """Filters, the field for words, what is wrong, the table."""
        self._precision = Precision()
        self._choice = HistoryChoice()
        self._orders: dict[str, Order] = {}
        self._total: int | None = None
        self._fault = ""
        self._session = -1
        self._known: tuple[object, ...] = ()
        self._loaded_ts = 0
        self._is_loading = self._is_asked_again = False
        self._chips = SteadyText(classes="chips")
        self._field = Input(placeholder="words of market, ids, type, status, reason, origin", compact=True)
        self._problem = SteadyText(classes="history-problem")
        self._table = PastOrderTable(id="past")
        yield self._chips
        yield self._field
        yield self._problem
        yield self._table

    def on_mount(self) -> None:
        """Begin in the table."""
        self._field.cursor_blink = False
        super().on_mount()
        self.set_focus(self._table)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Read what was written while another screen was shown."""
        super().on_screen_resume(event)
        if self._session >= 0:
            self.action_reload()

    def show(self, view: DeskView) -> None:
        """Read anew where another engine answers, or where orders have changed and the top of the list is shown."""
        self._precision.learn(view.quotes)
        gone = view.engine.connection is Connection.DISCONNECTED
        if not gone and view.engine.started_ts != self._session:
            self._session = view.engine.started_ts
            self._load()
        known = tuple((each.client_order_id, each.status) for each in (*view.working_orders, *view.recent_orders))
        is_due = abs(view.ts - self._loaded_ts) >= RELOAD_AFTER_NS
        is_old = known != self._known or self._total is None  # an engine that starts has no history to tell yet
        if not gone and is_old and is_due and len(self._orders) <= PAGE:
            self._known, self._loaded_ts = known, view.ts
            self._load()
        self._paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is something to drop only where something is filtered."""
        if action == "all_orders" and self.is_mounted:
            return self._choice.is_narrowed or self._field.has_focus
        return True

    # Words and filters.

    def action_search(self) -> None:
        """Open the field for words."""
        self.add_class("-searching")
        self._field.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._choose(replace(self._choice, text=event.value.strip()))

    @on(Input.Submitted)
    def _leave_field(self) -> None:
        """Keep the words and go back to the table."""
        self.remove_class("-searching")
        self._table.focus()
        self.refresh_bindings()

    def action_all_orders(self) -> None:
        """Drop the words and every filter."""
        self._field.value = ""
        self._leave_field()
        self._choose(HistoryChoice())

    def action_same_market(self) -> None:
        """Only the market under the cursor, or all markets again."""
        order = self._orders.get(self._table.cursor_key or "")
        if order is not None:
            self._choose(self._choice.with_market_of(order.instrument_id))
        elif self._choice.instrument_id is not None:
            self._choose(replace(self._choice, instrument_id=None))

    def action_next_side(self) -> None:
        """From both sides to buys to sells."""
        self._choose(self._choice.with_next_side())

    def action_next_status(self) -> None:
        """Only orders of the next status."""
        self._choose(self._choice.with_next_status())

    def _choose(self, choice: HistoryChoice) -> None:
        if choice != self._choice:
            self._choice = choice
            self._load()
            self._paint()
            self.refresh_bindings()

    # One order, a file.

    def action_life(self) -> None:
        """Show all that happened to the order under the cursor."""
        if (order_id := self._table.cursor_key) is not None:
            self.app.push_screen(OrderLife(self.desk, order_id, self._precision))

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """A click on the cursor's line shows its life, too."""
        self.app.push_screen(OrderLife(self.desk, str(event.key), self._precision))

    def action_export(self) -> None:
        """Ask for a file, and write what is found."""
        self.app.push_screen(HistoryExport(self.desk, self._choice.request(), self._total))

    # Pages.

    def action_reload(self) -> None:
        """Read what was written since."""
        self._load()

    def on_record_table_end_reached(self, event: RecordTable.EndReached) -> None:
        """The cursor came to the end: load what is older."""
        if self._total is not None and len(self._orders) < self._total:
            self.run_worker(self._load_older(), group="older", exclusive=True)

    def _load(self) -> None:
        """Ask for the first page; one question at a time, the last choice wins."""
        if self._is_loading:
            self._is_asked_again = True
            return
        self._is_loading = True
        self.run_worker(self._load_first(), group="first")

    async def _load_first(self) -> None:
        try:
            page = await self._page(0, None)
            while self._is_asked_again:
                self._is_asked_again = False
                page = await self._page(0, None)
            self._take_page(page, begins=True)
        finally:
            self._is_loading = False
        self._paint()

    async def _load_older(self) -> None:
        choice = self._choice
        newest = next(iter(self._orders.values()))
        page = await self._page(len(self._orders), newest.ts_created)
        if choice == self._choice and not self._is_loading:
            self._take_page(page, begins=False)
            self._paint()

    async def _page(self, offset: int, until_ts: int | None) -> Page:
        try:
            return await self.desk.query(self._choice.request(offset, until_ts))
        except ConnectionLost as error:
            return Refused(str(error))

    def _take_page(self, page: Page, *, begins: bool) -> None:
        if isinstance(page, HistoryPage):
            before = {} if begins else self._orders
            self._orders = before | {order.client_order_id: order for order in page.items}
            self._total, self._fault = page.total, page.warning
        elif isinstance(page, Refused):
            self._fault = page.message

    def _paint(self) -> None:
        parts = []
        keys = (SAME_MARKET.keys, NEXT_SIDE.keys, NEXT_STATUS.keys, SEARCH_HISTORY.keys)
        for (words, is_on), key in zip(self._choice.chips(), keys, strict=True):
            text = f"[{words}]" if is_on else f" {words} "
            parts.append(Content.assemble((f" {key}", "$primary"), (text, "bold" if is_on else "$muted")))
        parts.append(Content.assemble((f"  {_counted(len(self._orders), self._total)}", "")))
        self._chips.tell(Content("").join(parts))
        self._problem.display = bool(self._fault)
        self._problem.tell(f"! {printable(self._fault)}" if self._fault else "")
        self._table.set_empty(self._empty())
        self._table.show_orders(self._orders.values(), self._precision)

    def _empty(self) -> str:
        if self._fault and not self._total:
            return "The history could not be read."
        if self._total is None:
            return _LOADING
        if self._choice.is_narrowed:
            return f"No order is like that. {ALL_HISTORY.keys} shows all of them."
        return "No order was ever made with this account's journal."


def _counted(shown: int, total: int | None) -> str:
    if total is None:
        return ""
    orders = f"{total:,} order{'s' * (total != 1)}"
    return orders if shown >= total else f"{shown:,} of {orders}"
