"""Every action by the place where it works: what the help screen prints and the palette searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_tui.actions.desk import DESK_ACTIONS, LIST_ACTIONS
from fks_tui.actions.history import DETAILS_ACTIONS, EXPORT_ACTIONS, HISTORY_ACTIONS, LIFE_ACTIONS
from fks_tui.actions.ladder import ARM_ACTIONS, LADDER_ACTIONS, LADDER_CURSOR_ACTIONS
from fks_tui.actions.markets import (
    ALERT_ENTRY_ACTIONS,
    ALERTS_ACTIONS,
    END_FILTER,
    FILTER,
    FOLLOW,
    MANAGE_LIST_ACTIONS,
    QUOTES_ACTIONS,
    SEARCH_ACTIONS,
    WATCHLIST_ACTIONS,
)
from fks_tui.actions.orders import ORDERS_ACTIONS, POSITIONS_ACTIONS
from fks_tui.actions.safety import HALT_ACTIONS, LIMIT_ACTIONS, RECONCILIATION_ACTIONS, RISK_ACTIONS
from fks_tui.actions.ticket import LINE_ACTIONS, TAKE_OVER, TICKET_ACTIONS
from fks_tui.actions.windows import CHOICE_ACTIONS, CLOSE, CONFIRM_ACTIONS, FIELD_ACTIONS, QUIT_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_tui.actions.action import Action

ACTION_GROUPS: Mapping[str, tuple[Action, ...]] = {
    "Desk": DESK_ACTIONS,
    "Lists": LIST_ACTIONS,
    "Quotes": (*QUOTES_ACTIONS[:2], FOLLOW, *QUOTES_ACTIONS[2:], FILTER, END_FILTER, *WATCHLIST_ACTIONS),
    "Orders": ORDERS_ACTIONS,
    "Positions": POSITIONS_ACTIONS,
    "Alerts": ALERTS_ACTIONS,
    "Risk": RISK_ACTIONS,
    "Limit": (*LIMIT_ACTIONS, CLOSE),
    "Halt": (*HALT_ACTIONS, CLOSE),
    "Reconciliation": (*RECONCILIATION_ACTIONS, CLOSE),
    "History": HISTORY_ACTIONS,
    "Order": (*DETAILS_ACTIONS, CLOSE),
    "An order's life": (*LIFE_ACTIONS, CLOSE),
    "Export": (*EXPORT_ACTIONS, CLOSE),
    "Find a market": SEARCH_ACTIONS,
    "Watchlists": MANAGE_LIST_ACTIONS,
    "Alert": (*ALERT_ENTRY_ACTIONS, CLOSE),
    "Ladder": (*LADDER_ACTIONS, *LADDER_CURSOR_ACTIONS),
    "Arming": (*ARM_ACTIONS, CLOSE),
    "Order ticket": (*TICKET_ACTIONS, TAKE_OVER, *FIELD_ACTIONS, *CHOICE_ACTIONS, CLOSE),
    "Order line": LINE_ACTIONS,
    "Confirm": CONFIRM_ACTIONS,
    "Quit": QUIT_ACTIONS,
}
