"""The orders screen: working orders, history and fills; cancel and cancel all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from textual.widgets import ContentSwitcher

from fks_engine.api import (
    CancelAllOrders,
    CancelOrder,
    Connection,
    ConnectionLost,
    Fill,
    FillsPage,
    FillsRequest,
    InstrumentId,
    Order,
    OrdersPage,
    OrdersRequest,
    OrderStatus,
    Refused,
    Side,
    market_of,
)
from fks_tui.actions.action import bindings
from fks_tui.actions.desk import QUOTES
from fks_tui.actions.markets import BUY, SELL
from fks_tui.actions.orders import ORDERS_ACTIONS
from fks_tui.formatting import NOTHING
from fks_tui.order_words import in_lists
from fks_tui.precision import Precision
from fks_tui.record_history import PAGE, RecordHistory
from fks_tui.screens.base import DeskScreen
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.order_details import OrderDetails
from fks_tui.screens.order_edit import OrderEdit
from fks_tui.widgets.audit_line import AuditLine
from fks_tui.widgets.fill_table import FillTable
from fks_tui.widgets.list_tabs import ListTabs
from fks_tui.widgets.order_table import HistoryTable, WorkingOrderTable
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import DeskView, EngineView, Page

LISTS: Final = ("working", "history", "fills")
_WAYS: Final = f"{QUOTES.keys.split()[0]} shows the markets; {BUY.keys} buys and {SELL.keys} sells there."
_EMPTY: Final = {
    "working": f"No working orders. {_WAYS}",
    "history": "No order of this session is over yet.",
    "fills": f"No fills in this session. {_WAYS}",
}


class OrdersScreen(DeskScreen):
    """Three lists, one shown at a time; the cursor of each stays on its record."""

    MODE = "orders"
    BINDINGS = bindings(ORDERS_ACTIONS)

    _view: DeskView | None = None
    _session = 0

    def panes(self) -> ComposeResult:
        """Tabs, a line for what is wrong, and the three tables."""
        self._precision = Precision()
        self._past = RecordHistory[str, Order](lambda order: order.client_order_id, lambda order: order.ts_updated)
        self._fills = RecordHistory[tuple[InstrumentId, str], Fill](
            lambda fill: (fill.instrument_id, fill.trade_id), lambda fill: fill.ts_event
        )
        self._canceling: set[str] = set()
        self._painted_past: tuple[tuple[Order, ...], set[str]] = ((), set())
        self._painted_fills: tuple[Fill, ...] = ()
        yield ListTabs()
        yield AuditLine()
        yield SteadyText(classes="unknown-orders")
        with ContentSwitcher(initial="working"):
            yield WorkingOrderTable(id="working")
            yield HistoryTable(id="history")
            yield FillTable(id="fills")

    def on_mount(self) -> None:
        """Begin with the working orders."""
        super().on_mount()
        self.set_focus(self._table)

    def show(self, view: DeskView) -> None:
        """Paint a picture: all three lists, so that the counts are true and a turn costs nothing."""
        self._view = view
        if view.engine.connection is not Connection.DISCONNECTED and view.engine.started_ts != self._session:
            self._session = view.engine.started_ts
            self._past.clear()
            self._fills.clear()
            self._load("orders", quietly=True)
            self._load("fills", quietly=True)
        self._precision.learn(view.quotes)
        if self._past.add_newest(view.recent_orders):
            self._load("orders", quietly=True)
        if self._fills.add_newest(view.recent_fills):
            self._load("fills", quietly=True)
        self._paint(view)

    @property
    def _table(self) -> RecordTable[object]:
        return self.query_one(f"#{self._list}", RecordTable)

    @property
    def _list(self) -> str:
        return self.query_one(ContentSwitcher).current or LISTS[0]

    def _paint(self, view: DeskView) -> None:
        gone = view.engine.connection in (Connection.DISCONNECTED, Connection.STARTING)
        working = in_lists(view.working_orders)
        back = {order.client_order_id for order in working}
        past, fills = self._past.newest_first, self._fills.newest_first
        self.query_one(WorkingOrderTable).show_orders(working, self._precision, view.ts, is_old=gone)
        if (past, back) != self._painted_past:
            self._painted_past = (past, back)
            over = [order for order in past if order.client_order_id not in back]
            self.query_one(HistoryTable).show_orders(over, self._precision)
        if fills != self._painted_fills:
            self._painted_fills = fills
            self.query_one(FillTable).show_fills(fills, self._precision)
        known = view.engine.orders_known
        counts = {
            "working": str(len(working)) if known else NOTHING,
            "history": _counted(len(self.query_one(HistoryTable).records), self._past) if known else NOTHING,
            "fills": _counted(len(fills), self._fills) if known else NOTHING,
        }
        self.query_one(ListTabs).show(self._list, counts)
        self.query_one(AuditLine).show(view)
        unknown = sum(order.status is OrderStatus.UNKNOWN for order in working)
        line = self.query_one(".unknown-orders", SteadyText)
        line.display = bool(unknown)
        line.tell(_unknown_words(unknown) if unknown else "")
        for name, text in _EMPTY.items():
            self.query_one(f"#{name}", RecordTable).set_empty(text if known and not gone else _unread(view.engine))

    # Which list is shown.

    def action_turn(self, steps: int) -> None:
        """Show the next or the previous list."""
        self.action_show_list(LISTS[(LISTS.index(self._list) + steps) % len(LISTS)])

    def action_show_list(self, name: str) -> None:
        """Show the list of that name."""
        self.query_one(ContentSwitcher).current = name
        self.set_focus(self._table)
        if self._view is not None:
            self._paint(self._view)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a working order can be canceled or replaced."""
        return self._list == "working" if action in {"cancel", "edit"} and self.is_mounted else True

    # Cancel.

    def action_cancel(self) -> None:
        """Cancel the order under the cursor, without a question."""
        id = self.query_one(WorkingOrderTable).cursor_key  # noqa: A001
        if id is None:
            self.notify("Move the cursor onto an order with ↑ ↓ first.", title="Nothing canceled", severity="warning")
        elif id not in self._canceling:
            self._canceling.add(id)
            self.run_worker(self._cancel(id))

    async def _cancel(self, id: str) -> None:  # noqa: A002
        try:
            await self.submitted(CancelOrder(id))
        finally:
            self._canceling.discard(id)

    def action_cancel_all(self) -> None:
        """Cancel every working order, after a question that counts them."""
        self._ask_to_cancel(None)

    def action_cancel_side(self, side: str) -> None:
        """Cancel every working order of one side, after a question that counts them."""
        self._ask_to_cancel(Side(side))

    def _ask_to_cancel(self, side: Side | None) -> None:
        working = () if self._view is None else self._view.working_orders
        command = CancelAllOrders(side=side)
        orders = tuple(order for order in working if command.takes(order))
        what = f"working {side} order" if side else "working order"
        if not orders:
            known = self._view is not None and self._view.engine.orders_known
            text = f"There is no {what}." if known else "The working orders are not read yet."
            self.notify(text, title="Nothing to cancel" if known else "Nothing canceled")
            return
        count = f"the one {what}" if len(orders) == 1 else f"all {len(orders)} {what}s"
        lines = _per_market(orders)
        if left := sum(order.side is side and order not in orders for order in working):
            lines.append(f"{'1 exit' if left == 1 else f'{left} exits'} of entries that still work stay with them.")
        question = Confirm(f"Cancel {count}?", lines, yes="Cancel them", no="Keep them")

        def cancel(answer: bool | None) -> None:
            if answer:
                self.run_worker(self.submitted(command))

        self.app.push_screen(question, cancel)

    async def action_edit(self) -> None:
        """Open the order under the cursor for a change; returns once that takes the keys."""
        id = self.query_one(WorkingOrderTable).cursor_key  # noqa: A001
        order = None if id is None else self._order(id)
        if order is None or not order.status.is_working:
            self.notify("Move the cursor onto an order with ↑ ↓ first.", title="Nothing to edit", severity="warning")
        else:
            await self.app.push_screen(OrderEdit(self.desk, order, confirm=self.options.confirm_orders))

    # Details and older records.

    def action_details(self) -> None:
        """Show everything about the order or fill under the cursor."""
        key = self._table.cursor_key
        if key is not None:
            self._show_details(key)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """A click on the cursor's line shows its details, too."""
        self._show_details(event.key)

    def _show_details(self, key: object) -> None:
        fill = next((each for each in self._fills.newest_first if (each.instrument_id, each.trade_id) == key), None)
        id = fill.client_order_id if fill else str(key)  # noqa: A001
        order = self._order(id)
        if order is not None:
            fills = tuple(each for each in self._fills.newest_first if each.client_order_id == id)
            self.app.push_screen(OrderDetails(self.desk, order, fills, self._precision))
        elif fill is not None:
            self.notify("The order of this fill is not among those loaded.", title="No details")

    def _order(self, id: str) -> Order | None:  # noqa: A002
        working = () if self._view is None else self._view.working_orders
        return next((each for each in (*working, *self._past.newest_first) if each.client_order_id == id), None)

    def on_record_table_end_reached(self, event: RecordTable.EndReached) -> None:
        """The cursor came to the end of a list: load what is older."""
        if event.table.id == "history" and not self._past.is_complete:
            self._load("orders")
        elif event.table.id == "fills" and not self._fills.is_complete:
            self._load("fills")

    def _load(self, kind: str, *, quietly: bool = False) -> None:
        """Ask for the next page of `orders` or `fills`, one at a time."""
        load = self._load_orders if kind == "orders" else self._load_fills
        self.run_worker(load(quietly=quietly), group=f"older-{kind}", exclusive=True)

    async def _load_orders(self, *, quietly: bool) -> None:
        more = True
        while more:
            offset = self._past.asked
            page = await self._page(OrdersRequest(PAGE, offset), quietly=quietly)
            if not isinstance(page, OrdersPage):
                return
            self._past.add_page(offset, (order for order in page.items if order.status.is_terminal), page.total)
            self._repaint()
            more = self._past.has_gap

    async def _load_fills(self, *, quietly: bool) -> None:
        more = True
        while more:
            offset = self._fills.asked
            page = await self._page(FillsRequest(PAGE, offset), quietly=quietly)
            if not isinstance(page, FillsPage):
                return
            self._fills.add_page(offset, page.items, page.total)
            self._repaint()
            more = self._fills.has_gap

    async def _page(self, request: OrdersRequest | FillsRequest, *, quietly: bool) -> Page:
        try:
            page = await self.desk.query(request)
        except ConnectionLost as error:
            page = Refused(str(error))
        if isinstance(page, Refused) and not quietly:
            self.notify(page.message, title="Older records were not loaded", severity="warning", markup=False)
        return page

    def _repaint(self) -> None:
        if self._view is not None:
            self._paint(self._view)


def _unread(engine: EngineView) -> str:
    """Why a list is empty that may not be."""
    if engine.read_only:
        return "Read-only: there is no account, so there are no orders."
    what = "Not known" if engine.orders_known else "Not read yet"
    return f"{what}: {engine.detail}" if engine.detail else f"{what}."


def _counted(shown: int, history: RecordHistory[Any, Any]) -> str:
    """How many there are; a + where there may be more to load."""
    return f"{shown}" if history.is_complete else f"{shown}+"


def _unknown_words(count: int) -> str:
    orders = "1 UNKNOWN order" if count == 1 else f"{count} UNKNOWN orders"
    return f"{orders}: no answer came. Asking the exchange; nothing is sent again."


def _per_market(orders: tuple[Order, ...]) -> list[str]:
    """`BTC/USDT: 2 buy, 1 sell`, one line per market; of very many markets the first ones."""
    counts = Counter((market_of(order.instrument_id), order.side) for order in orders)
    markets = sorted({market for market, _ in counts})
    lines = [
        f"{market}: " + ", ".join(f"{counts[market, side]} {side}" for side in Side if counts[market, side])
        for market in markets[:_MOST_LINES]
    ]
    return [*lines, f"and {len(markets) - _MOST_LINES} more markets"] if len(markets) > _MOST_LINES else lines


_MOST_LINES: Final = 8
