"""The positions screen: positions, balances, and equity with its curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content

from fks_engine.api import Connection, FlattenPosition, Side, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.desk import QUOTES
from fks_tui.actions.markets import BUY
from fks_tui.actions.orders import POSITIONS_ACTIONS
from fks_tui.closing import is_open, steps, why_not
from fks_tui.formatting import NOTHING, STALE_MARK, fixed, money, percent, sentence, signed_money
from fks_tui.frame_words import entitle
from fks_tui.messages import MarketRequested
from fks_tui.precision import Precision
from fks_tui.screens.base import DeskScreen
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.ticket_opening import open_ticket
from fks_tui.widgets.audit_line import AuditLine
from fks_tui.widgets.balance_table import BalanceTable
from fks_tui.widgets.equity_chart import EquityChart
from fks_tui.widgets.position_table import PositionTable
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from decimal import Decimal

    from textual.app import ComposeResult

    from fks_engine.api import AccountView, DeskView, InstrumentId, PositionRow
    from fks_tui.widgets.record_table import RecordTable

_NO_POSITIONS = f"No positions. {QUOTES.keys.split()[0]} shows the markets; {BUY.keys} buys there."


class PositionsScreen(DeskScreen):
    """What is held, what it is worth, and what it has brought."""

    MODE = "positions"
    BINDINGS = bindings(POSITIONS_ACTIONS)

    _positions: tuple[PositionRow, ...] = ()

    def panes(self) -> ComposeResult:
        """Positions and balances, beside or over the equity."""
        self._precision = Precision()
        with Vertical(classes="panel positions") as box:
            box.border_title = "Positions"
            yield PositionTable(id="positions")
            yield AuditLine()
        with Vertical(classes="panel balances") as box:
            box.border_title = "Balances"
            yield BalanceTable(id="balances")
        with Vertical(classes="panel equity") as box:
            box.border_title = "Equity"
            yield SteadyText(classes="summary")
            yield EquityChart()

    def on_mount(self) -> None:
        """Begin with the positions."""
        super().on_mount()
        self.set_focus(self.query_one(PositionTable))

    def show(self, view: DeskView) -> None:
        """Paint a picture."""
        account = view.account
        self.query_one(AuditLine).show(view)
        self._precision.learn(view.quotes)
        self._positions = account.positions
        positions, balances = self.query_one(PositionTable), self.query_one(BalanceTable)
        positions.show_positions(account.positions, self._precision)
        balances.show_balances(account.balances, account.equity)
        unknown = account.equity is None or view.engine.connection is Connection.STARTING
        waiting = view.engine.detail or "waiting for the account"
        positions.set_empty(f"Not known yet: {waiting}" if unknown else _NO_POSITIONS)
        balances.set_empty(f"Not known yet: {waiting}" if unknown else "The account is empty.")
        stale = sum(row.mark_stale for row in account.positions)
        dusty = next((row for row in account.positions if row.dust), None)
        dust = f"{market_of(dusty.instrument_id)} is dust, {dusty.dust}" if dusty else ""
        self._caption(".positions", " · ".join(filter(None, (f"{stale} stale {STALE_MARK}" if stale else "", dust))))
        self._caption(".balances", f"value in {account.reporting_currency}")
        self.query_one(".summary", SteadyText).tell(_summary(account, is_old=bool(stale)))
        self._caption(".equity", f"drawn from stale prices {STALE_MARK}" if account.is_old else "")
        chart = self.query_one(EquityChart)
        chart.set_class(account.is_old, "-stale")
        chart.show(account.equity_curve)

    def _caption(self, panel: str, text: str) -> None:
        entitle(self.query_one(panel, Vertical), subtitle=text)

    @property
    def _selected(self) -> InstrumentId | None:
        return self.query_one(PositionTable).cursor_key

    async def action_buy(self) -> None:
        """Open a ticket that buys the market under the cursor."""
        await self._open_ticket(Side.BUY)

    async def action_sell(self) -> None:
        """Open a ticket that sells the market under the cursor."""
        await self._open_ticket(Side.SELL)

    async def _open_ticket(self, side: Side) -> None:
        if (id := self._selected) is not None:  # noqa: A001
            await open_ticket(self, id, side)

    async def action_close_position(self) -> None:
        """Open a market ticket that would bring the position under the cursor to nothing."""
        if (row := self._open_row()) is not None:
            await open_ticket(self, row.instrument_id, Side.SELL, quantity=row.quantity, reduce_only=True)

    def _open_row(self) -> PositionRow | None:
        """The position under the cursor; says why where nothing of it can be sold."""
        row = next((row for row in self._positions if row.instrument_id == self._selected), None)
        if row is not None and is_open(row):
            return row
        why = "There is no position under the cursor" if row is None or not row.quantity else sentence(why_not(row))
        self.notify(f"{why}.", title="Nothing to close", severity="warning", markup=False)
        return None

    def action_flatten(self) -> None:
        """Cancel the orders of the market under the cursor and sell its position, after a question."""
        row = self._open_row()
        if row is None:
            return
        question = Confirm(
            f"Flatten {market_of(row.instrument_id)}?",
            [_flattening(row, self.desk.view())],
            yes="Flatten it",
            no="Keep it",
        )
        self.app.push_screen(question, lambda answer: self._flatten(answer, row.instrument_id))

    def action_flatten_all(self) -> None:
        """Cancel the orders of every market with a position and sell all positions, after a question."""
        rows = [row for row in self._positions if is_open(row)]
        if not rows:
            self.notify("There is no position that can be sold.", title="Nothing to close", severity="warning")
            return
        view = self.desk.view()
        count = "the one position" if len(rows) == 1 else f"all {len(rows)} positions"
        words = [f"{market_of(row.instrument_id)}: {_flattening(row, view)}" for row in rows]
        kept = [row for row in self._positions if row.quantity and not is_open(row)]
        words += [f"{market_of(row.instrument_id)}: stays, {why_not(row)}" for row in kept]
        question = Confirm(f"Flatten {count}?", words, yes="Flatten", no="Keep", danger=True)
        self.app.push_screen(question, lambda answer: self._flatten(answer, None))

    def _flatten(self, answer: bool | None, instrument_id: InstrumentId | None) -> None:
        if answer:
            self.run_worker(self.submitted(FlattenPosition(instrument_id)))

    def action_open_market(self) -> None:
        """Show the market under the cursor on the Quotes screen."""
        if (id := self._selected) is not None:  # noqa: A001
            self.post_message(MarketRequested(id))

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """A click on the cursor's line opens the market, too."""
        if event.table.id == "positions":
            self.action_open_market()


def _flattening(row: PositionRow, view: DeskView) -> str:
    """What flattening a position does, in words."""
    about = "" if row.notional is None else f", about {money(row.notional)}"
    return f"{steps(view, row)} within the slippage cap{about}"


def _summary(account: AccountView, *, is_old: bool) -> Content:
    """Equity, and where it comes from, on one line."""
    start = None if account.equity is None or account.day_profit is None else account.equity - account.day_profit
    fraction = account.day_profit / start if account.day_profit is not None and start else None
    old = STALE_MARK if is_old and account.equity is not None else ""
    equity = NOTHING if account.equity is None else f"{old}{money(account.equity)} {account.reporting_currency}"
    parts = [
        Content.assemble((equity, "bold")),
        _labelled("day", account.day_profit, f" ({percent(fraction)})" if fraction is not None else ""),
    ]
    if account.equity is not None:  # before the account was read, 0 would be a guess
        parts += [
            _labelled("unrealised", account.unrealised),
            _labelled("realised", account.realised),
            _labelled("total", account.realised + account.unrealised),
        ]
    if account.exposure is not None:
        parts.append(Content.assemble(("exposed ", "$muted"), f"{fixed(account.exposure * 100, 1)}%"))
    if account.unpriced_assets:
        parts.append(Content.assemble((f"without {', '.join(account.unpriced_assets[:4])}: no price", "$warning")))
    return Content("   ").join(parts)


def _labelled(name: str, value: Decimal | None, suffix: str = "") -> Content:
    tone = "" if not value else "$buy" if value > 0 else "$sell"
    return Content.assemble((f"{name} ", "$muted"), (signed_money(value) + suffix, tone))
