"""The alerts screen: prices that are watched, how far away they are, and those that have spoken."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from textual.containers import Vertical

from fks_engine.api import AlertCondition, RemoveAlert, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.markets import ALERTS_ACTIONS, NEW_ALERT
from fks_tui.alert_words import condition_words
from fks_tui.formatting import NOTHING, date_time, percent
from fks_tui.messages import MarketRequested
from fks_tui.precision import Precision
from fks_tui.screens.alert_entry import AlertEntry
from fks_tui.screens.base import DeskScreen
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import Alert, DeskView, InstrumentId

_COLUMNS = (
    Column("state", "State", 1),
    Column("market", "Market", 0),
    Column("condition", "Condition", 2),
    Column("now", "Now", 4, right=True),
    Column("away", "Away", 3, right=True),
    Column("spoke", "Spoke at", 6, right=True),
    Column("when", "When (UTC)", 7),
)


class AlertsScreen(DeskScreen):
    """Alerts live in the engine: they speak while no desk is open, and outlive a restart."""

    MODE = "alerts"
    TITLE = "Alerts"
    BINDINGS = bindings(ALERTS_ACTIONS)

    _alerts: tuple[Alert, ...] = ()

    def panes(self) -> ComposeResult:
        """The one table."""
        self._precision = Precision()
        self._table: RecordTable[int] = RecordTable(_COLUMNS, "", id="alerts")
        with Vertical(classes="panel") as box:
            box.border_title = "Alerts"
            yield self._table

    def on_mount(self) -> None:
        """Begin in the table."""
        super().on_mount()
        self.set_focus(self._table)

    def show(self, view: DeskView) -> None:
        """Paint a picture: those that wait first, then those that spoke, the latest first."""
        self._precision.learn(view.quotes)
        self._alerts = view.alerts
        mids = {row.instrument_id: row.mid for row in view.quotes}
        waiting = [alert for alert in view.alerts if alert.fired_price is None]
        spoken = sorted(
            (alert for alert in view.alerts if alert.fired_price is not None), key=lambda each: -each.fired_ts
        )
        is_known = bool(view.watchlists)  # an engine has lists from when it knows what it holds
        none = f"No alerts. {NEW_ALERT.keys} here or on the Quotes screen sets one."
        self._table.set_empty(none if is_known else f"Alerts are not known yet: {view.engine.detail}")
        self._table.show([self._record(alert, mids.get(alert.instrument_id)) for alert in (*waiting, *spoken)])

    def _record(self, alert: Alert, mid: Decimal | None) -> Record[int]:
        spoke = alert.fired_price is not None
        cells = {
            "state": Cell("✓ spoke", "gain") if spoke else Cell("waiting", "strong"),
            "market": Cell(market_of(alert.instrument_id), "strong"),
            "condition": Cell(condition_words(alert, self._precision)),
            "now": Cell(self._precision.price(alert.instrument_id, mid)),
            "away": Cell(NOTHING if spoke or mid is None else percent(_away(alert, mid))),
            "spoke": Cell(self._precision.price(alert.instrument_id, alert.fired_price)),
            "when": Cell(date_time(alert.fired_ts if spoke else alert.set_ts), "muted"),
        }
        return Record(alert.number, cells, dim=spoke)

    @property
    def _selected(self) -> Alert | None:
        return next((alert for alert in self._alerts if alert.number == self._table.cursor_key), None)

    def action_new_alert(self) -> None:
        """Ask for a price of the market under the cursor, else of the one that is followed."""
        focus = self.desk.view().focus
        chosen = self._selected
        instrument = chosen.instrument_id if chosen else focus.instrument.id if focus else None
        new_alert(self, instrument)

    def action_remove_alert(self) -> None:
        """Forget the alert under the cursor."""
        if (chosen := self._selected) is not None:
            self.run_worker(self.submitted(RemoveAlert(chosen.number)))

    def action_open_market(self) -> None:
        """Show the market under the cursor."""
        if (chosen := self._selected) is not None:
            self.post_message(MarketRequested(chosen.instrument_id))


def new_alert(screen: DeskScreen, instrument_id: InstrumentId | None) -> None:
    """Open the window that sets an alert on a market."""
    if instrument_id is None:
        screen.notify("Choose a market on the Quotes screen first.", title="No market", severity="warning")
    else:
        screen.app.push_screen(AlertEntry(screen.desk, instrument_id))


def _away(alert: Alert, mid: Decimal) -> Decimal | None:
    """How far the price must still go, as a fraction of where it is; None where the start is not known."""
    if alert.condition is not AlertCondition.MOVES:
        return alert.level / mid - 1
    if alert.set_price is None:
        return None
    reach = alert.set_price * alert.level / 100
    goal = alert.set_price + (reach if mid >= alert.set_price else -reach)
    return goal / mid - 1
