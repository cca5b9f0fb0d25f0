"""The ladder: one market to trade by key from its prices."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical

from fks_engine.api import (
    CancelAllOrders,
    CancelOrder,
    ReplaceOrder,
    Side,
    SubmitOrder,
    market_of,
)
from fks_tui import ladder_orders
from fks_tui.actions.action import bindings
from fks_tui.actions.ladder import LADDER_ACTIONS
from fks_tui.arming import Arming, obstacle
from fks_tui.closing import closing
from fks_tui.formatting import sentence
from fks_tui.ladder_orders import Terms
from fks_tui.ladder_picture import Ghost, LadderSource, orders_in, orders_in_row
from fks_tui.ladder_trading import Intent, LadderTrading
from fks_tui.order_sizes import written
from fks_tui.preview_feed import PREVIEW_EVERY_NS, PreviewFeed
from fks_tui.screens.arm_trading import ArmTrading
from fks_tui.screens.ladder_words import NOTES, empty_words, head_facts, trade_lines
from fks_tui.screens.market_screen import MarketScreen
from fks_tui.screens.ticket_opening import open_ticket
from fks_tui.typed_numbers import Problem, plain
from fks_tui.widgets.ladder_head import LadderHead
from fks_tui.widgets.ladder_side import LadderSide
from fks_tui.widgets.price_ladder import PriceLadder
from fks_tui.widgets.trade_line import TradeLine
from fks_tui.widgets.trade_tape import TradeTape

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView, Order, Preview, Previewable
    from fks_tui.options import DeskOptions

    Make = Callable[[Terms], SubmitOrder | Problem]


class LadderScreen(MarketScreen):
    """Prices on the left, our side and the tape on the right, and under them what the next Enter would do.

    A key asks first; while armed it sends at once. Cancels of what is under the cursor never ask.
    """

    MODE = "ladder"
    TITLE = "Ladder"
    BINDINGS = bindings(LADDER_ACTIONS)
    AUTO_FOCUS = "PriceLadder"
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (80, "-narrow"), *MarketScreen.HORIZONTAL_BREAKPOINTS[1:]]
    SENDS = frozenset({"place", "cancel", "cancel_all", "flatten", "pick_up", "nudge", "go_on", "arm"})
    KINDS: ClassVar[dict[str, Callable[[Terms, Side], SubmitOrder | Problem]]] = {
        "join": ladder_orders.join,
        "cross": ladder_orders.cross,
    }

    def __init__(self, desk: Desk, options: DeskOptions) -> None:
        super().__init__(desk, options)
        self.arming = Arming(options.disarm_after_s)
        self.trading = LadderTrading(
            desk, self.arming, lambda sending: self.see_through(sending, self._paint), self._paint
        )
        self._previews: PreviewFeed[Previewable] = PreviewFeed(desk, self._previewed)
        self._preview_ts = 0
        self._view: DeskView | None = None
        self._chosen = 0
        self._began = False
        """Whether the first market was asked for, where none is followed when the ladder opens."""
        self._post_only = False
        self._make: Make | None = None
        """What made the pending order: it makes it anew when the cursor or the size changes."""
        self._head, self._ladder, self._side = LadderHead(), PriceLadder(), LadderSide()
        self._tape, self._line = TradeTape(), TradeLine()
        self.has_room = lambda: self._ladder.has_room

    def panes(self) -> ComposeResult:
        """The head, the ladder beside our side and the tape, and the two lines that answer keys."""
        yield self._head
        with Horizontal(id="trading"):
            yield self._ladder
            with Vertical(id="beside"):
                yield self._side
                yield self._tape
        yield self._line

    def on_mount(self) -> None:
        """Begin to preview, and listen for the terminal losing the focus."""
        self.run_worker(self._previews.run(), group="previews")
        self.watch(
            self.app,
            "app_focus",
            lambda has_focus: None if has_focus else self.trading.disarm("the terminal lost the focus"),
            init=False,
        )

    # What is shown.

    def show(self, view: DeskView) -> None:
        """Paint a picture, and disarm where it says that things are not as they were."""
        self._view = view
        if self.learn_market(view):
            self.trading.let_go()
            self.trading.disarm("the market changed")
        if self.market is None and self.wanted is None and view.quotes and not self._began:
            self._began = True
            self.follow_first(view)
            return
        self.trading.take(view, self.market)
        if self.arming.is_due:
            self.trading.disarm(f"{self.arming.after_s:g} s without a key")
        elif state := obstacle(view, self.market):
            self.trading.disarm(state)
        if view.ts - self._preview_ts >= PREVIEW_EVERY_NS:
            self._want_preview()
        self._paint()

    def _paint(self) -> None:
        """Show how things stand."""
        view = self._view
        if view is None or not self.is_attached:
            return
        focus, trading = view.focus, self.trading
        orders = orders_in(self._view, self.market)
        position = next((row for row in view.account.positions if row.instrument_id == self.market), None)
        self._ladder.held = trading.pending is not None or trading.carried is not None
        source = (
            None
            if focus is None
            else LadderSource(
                focus=focus,
                orders=orders,
                position=position,
                ghosts=trading.ghosts(self._ladder.price),
                canceling=trading.canceling(orders),
                carried=trading.carried.client_order_id if trading.carried else None,
            )
        )
        self._ladder.show(source, empty=empty_words(view, self.wanted))
        self._side.show(focus.instrument if focus is not None else None, position, orders, view.account.balances, NOTES)
        self._tape.show(focus)
        state = obstacle(view, self.market)
        gone = view.engine.is_gone
        if not self.has_room():
            trading.let_go()
            trading.disarm("the ladder has no room")
        first, second, asks = trade_lines(trading, self._ladder.price, state, gone=gone)
        if not self.has_room():
            second = [("! No room for the ladder: no key sends", "warn")]
        self._line.show(first, second, asks=asks)
        facts = head_facts(view, self._ladder, self._terms_of(view), self.options.sizes, self._chosen, state)
        armed_s = self.arming.seconds_left if self.arming.is_armed else None
        wanted = market_of(self.wanted) if self.wanted is not None else ""
        self._head.show(replace(facts, wanted=wanted, armed_s=armed_s, post_only=self._post_only))

    # Keys that make an order.

    def _terms_of(self, view: DeskView) -> Terms | None:
        return ladder_orders.terms_of(view, self.market, self.options.sizes[self._chosen], post_only=self._post_only)

    def _propose(self, make: Make) -> None:
        """Send what `make` makes of the moment, or ask; where it makes nothing, say why."""
        self.arming.prolong()
        view = self._view
        terms = self._terms_of(view) if view is not None and self.wanted is None else None
        if terms is None:
            self.trading.let_go()
            self.trading.say("Nothing was sent: the market is not there yet", "warn")
            return
        command = make(terms)
        if isinstance(command, Problem):
            self.trading.let_go()
            self.trading.say(sentence(command.message), "warn")
            return
        price = command.limit_price if command.stop_price is None else command.stop_price
        assert price is not None
        self._make = make
        words = ladder_orders.words_of(command, terms)
        self.trading.act(Intent(command, words, Ghost(command.side, price, command.quantity, "")))
        self._want_preview()

    def action_place(self, kind: str, side: str) -> None:
        """A limit order or a stop at the cursor's price, or one at the touch."""
        if kind in self.KINDS:
            self._propose(lambda terms: self.KINDS[kind](terms, Side(side)))
        elif kind == "stop":
            self._propose(lambda terms: ladder_orders.stop_at(terms, self._ladder.price))
        else:
            self._propose(lambda terms: ladder_orders.limit_at(terms, Side(side), self._ladder.price))

    def action_size(self, number: int) -> None:
        """Take another size, for what is pending, too."""
        self._chosen = number - 1
        self._cursor_moved()

    def action_post_only(self) -> None:
        """Let orders only rest, or take as well."""
        self._post_only = not self._post_only
        self._cursor_moved()

    @on(PriceLadder.CursorMoved)
    def _cursor_moved(self) -> None:
        """A pending order goes where the cursor goes; where that has no room, no key sends."""
        self.refresh_bindings()
        self.arming.prolong()
        if self.trading.pending is not None and isinstance(self.trading.pending.command, SubmitOrder) and self._make:
            self._propose(self._make)
        self._paint()

    def _want_preview(self) -> None:
        pending = self.trading.pending.command if self.trading.pending is not None else None
        self._preview_ts = self._view.ts if self._view is not None else 0
        self._previews.want(pending if isinstance(pending, SubmitOrder | ReplaceOrder) else None)

    def _previewed(self, command: Previewable, preview: Preview | None) -> None:
        if self.trading.pending is not None and self.trading.pending.command == command:
            self.trading.preview = preview
            self._paint()

    # Keys for the orders that are there.

    def _here(self) -> list[Order]:
        """Our orders under the cursor, without those that a command is on its way for; says so where there is none."""
        self.arming.prolong()
        row, grid = self._ladder.row, self._ladder.grid
        found = [] if row is None or grid is None else orders_in_row(orders_in(self._view, self.market), row, grid)
        busy = self.trading.canceling(orders_in(self._view, self.market))
        free = [order for order in found if order.client_order_id not in busy]
        if not free:
            is_busy = found or self.trading.is_coming(row, grid)
            words = "That order is on its way already: wait for it" if is_busy else "No order of ours under the cursor"
            self.trading.say(words, "warn")
        return free

    def action_cancel(self) -> None:
        """Cancel what is under the cursor, without a question."""
        if self.trading.let_go("Let go: nothing was sent"):
            self._paint()
            return
        for order in self._here():
            self.trading.send(Intent(CancelOrder(order.client_order_id), f"Cancel {ladder_orders.order_words(order)}"))

    def action_cancel_all(self, side: str) -> None:
        """Cancel this market's orders, or those of one side; asks first, unless armed."""
        self.arming.prolong()
        command = CancelAllOrders(self.market, Side(side) if side else None)
        orders = [order for order in orders_in(self._view, self.market) if command.takes(order)]
        if self.market is None or not orders:
            self.trading.say(f"There is no working {side or 'order'} in this market", "warn")
            return
        count = f"{len(orders)} {side or 'order'}{'s' if len(orders) > 1 else ''}"
        self.trading.act(Intent(command, f"Cancel {count} in {market_of(self.market)}"))

    def action_flatten(self) -> None:
        """Cancel this market's orders and sell its position at market, as far as there are any; asks, unless armed."""
        self.arming.prolong()
        if self.market is None or self._view is None:
            return
        what = closing(self._view, self.market)
        if what.command is None:
            self.trading.let_go()
            self.trading.say(f"Nothing to close: {what.words}", "warn")
        else:
            self.trading.act(Intent(what.command, f"Close {what.words}"))

    def action_pick_up(self) -> None:
        """Take the order under the cursor in hand; again, the next one of its price."""
        carried = self.trading.carried
        if carried is None:
            if found := self._here():
                self.trading.pick_up(found[0])
            return
        price, grid = ladder_orders.resting_price(carried), self._ladder.grid
        if price is not None and grid is not None:
            ids = orders_in_row(orders_in(self._view, self.market), grid.row(price, carried.side), grid)
            at = next((n for n, each in enumerate(ids) if each.client_order_id == carried.client_order_id), -1)
            self.trading.pick_up(ids[(at + 1) % len(ids)] if ids else carried)

    def action_nudge(self, ticks: int) -> None:
        """Move the order under the cursor by ticks, from where a move that waits for Enter would bring it.

        The cursor goes with it. What is on its way is not moved again before a picture shows where it stands.
        """
        grid = self._ladder.grid
        if grid is None:
            self._here()
            return
        moving = self.trading.moving(orders_in(self._view, self.market), self._ladder.row, grid)
        for order in (moving[0],) if moving is not None else self._here()[:1]:
            price = ladder_orders.resting_price(order) if moving is None else moving[1]
            if price is not None:
                self._replace(order, price + ticks * grid.tick, at_once=self.arming.is_armed)

    def _replace(self, order: Order, price: Decimal, *, at_once: bool) -> None:
        """Move an order, and the cursor with it once it is sent."""
        command = ladder_orders.moved(order, price)
        if isinstance(command, Problem):
            self.trading.let_go()
            self.trading.say(sentence(command.message), "warn")
            return
        words = f"{ladder_orders.order_words(order)} → {plain(price)}"
        intent = Intent(command, words, Ghost(order.side, price, order.leaves_quantity, ""))
        if at_once:
            self.trading.send(intent)
            asyncio.get_running_loop().call_soon(self._ladder.put_cursor, price, order.side)
        else:
            self.trading.act(intent)
            self._want_preview()

    # Enter, Escape and the armed state.

    async def action_go_on(self) -> None:
        """Send what is pending, drop what is picked up, or open a ticket at the cursor's price."""
        self.arming.prolong()
        price, carried, pending = self._ladder.price, self.trading.carried, self.trading.pending
        if pending is not None:
            self.trading.go_on()
            if pending.ghost is not None:
                put_cursor = self._ladder.put_cursor
                asyncio.get_running_loop().call_soon(put_cursor, pending.ghost.price, pending.ghost.side)
        elif carried is not None and price is not None:
            self._replace(carried, price, at_once=True)
        elif (terms := self._terms_of(self.desk.view())) is not None and price is not None:
            side = ladder_orders.side_at(terms, price)
            quantity = ladder_orders.quantity_at(terms, side, price)
            known = None if isinstance(quantity, Problem) else quantity
            await open_ticket(self, terms.focus.instrument.id, side, quantity=known, limit_price=price)

    def action_let_go(self) -> None:
        """Send nothing, put an order back where it is, and disarm."""
        self.trading.let_go("Let go: nothing was sent")
        self.trading.disarm("by key")
        self._paint()

    def action_arm(self) -> None:
        """Ask whether keys may send at once; while they may, end it."""
        view = self._view
        if self.arming.is_armed:
            self.trading.disarm("by key")
        elif view is None or self.market is None or (state := obstacle(view, self.market)):
            self.trading.say(f"Not armed: {state if view and self.market else 'there is no market yet'}", "warn")
        else:
            size = written(self.options.sizes[self._chosen], view.focus.instrument if view.focus else None)
            question = ArmTrading(view.engine, market_of(self.market), size=size, seconds=self.arming.after_s)
            self.app.push_screen(question, self._armed)

    def _armed(self, yes: bool | None) -> None:
        state = obstacle(self.desk.view(), self.market)
        if not yes or self.market is None:
            self.trading.say("One-press trading stays off")
        elif state:
            self.trading.say(f"Not armed: {state}", "warn")
        else:
            self.arming.arm(self.market)
            self.trading.say("Armed: keys send at once", "warn")

    def on_screen_suspend(self) -> None:
        """Nothing stays armed, pending or picked up where it cannot be seen."""
        self.trading.let_go()
        self.trading.disarm("the ladder was left")
