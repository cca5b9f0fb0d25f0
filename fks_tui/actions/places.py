"""Where actions answer to keys at the same time: one place for each screen and window, and those that are typed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from fks_tui.actions.desk import DESK_ACTIONS, LIST_ACTIONS
from fks_tui.actions.history import ALL_HISTORY, DETAILS_ACTIONS, EXPORT_ACTIONS, HISTORY_ACTIONS, LIFE_ACTIONS
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
from fks_tui.actions.ticket import LINE_ACTIONS, SEND, TAKE_OVER, TICKET_ACTIONS
from fks_tui.actions.windows import CHOICE_ACTIONS, CLOSE, CONFIRM_ACTIONS, FIELD_ACTIONS, NO, QUIT_ACTIONS, YES

if TYPE_CHECKING:
    from fks_tui.actions.action import Action


class Place(NamedTuple):
    """A screen or a window."""

    name: str
    actions: tuple[Action, ...]
    """All that has a key while it is shown."""
    typed: frozenset[str] = frozenset()
    """Ids of those that must answer while a text field has the focus, which keeps what can be typed for itself."""


_ANYWHERE: Final = tuple(action for action in DESK_ACTIONS if action.priority)
_REVIEW: Final = (YES, NO)


def _screen(name: str, *actions: Action, typed: tuple[Action, ...] = ()) -> Place:
    """A whole screen, where the desk's keys work too."""
    return Place(name, (*actions, *DESK_ACTIONS), frozenset(each.id for each in typed))


def _window(name: str, *actions: Action, typed: tuple[Action, ...] = ()) -> Place:
    """A window over a screen: of the desk's keys only those that work anywhere."""
    closes = (CLOSE, *_ANYWHERE)
    return Place(name, (*actions, *closes), frozenset(each.id for each in (*typed, *(closes if typed else ()))))


PLACES: Final = (
    _screen(
        "Quotes",
        *QUOTES_ACTIONS,
        FILTER,
        END_FILTER,
        *WATCHLIST_ACTIONS,
        *LIST_ACTIONS,
        FOLLOW,
        typed=(END_FILTER, *_ANYWHERE),
    ),
    _screen("Orders", *ORDERS_ACTIONS, *LIST_ACTIONS),
    _screen("Positions", *POSITIONS_ACTIONS, *LIST_ACTIONS),
    _screen("Ladder", *LADDER_ACTIONS, *LADDER_CURSOR_ACTIONS),
    _screen("Alerts", *ALERTS_ACTIONS, *LIST_ACTIONS),
    _screen("History", *HISTORY_ACTIONS, *LIST_ACTIONS, typed=(ALL_HISTORY, *_ANYWHERE)),
    _window("Order", *DETAILS_ACTIONS),
    _window("An order's life", *LIFE_ACTIONS),
    _window("Export", *EXPORT_ACTIONS, *CHOICE_ACTIONS, typed=EXPORT_ACTIONS),
    _screen("Settings", *LIST_ACTIONS),
    _screen("Risk", *RISK_ACTIONS, *LIST_ACTIONS),
    _window("Limit", *LIMIT_ACTIONS, typed=LIMIT_ACTIONS),
    _window("Halt", *HALT_ACTIONS, typed=(CLOSE,)),
    _window("Reconciliation", *RECONCILIATION_ACTIONS, *LIST_ACTIONS),
    _window(
        "Order ticket",
        *TICKET_ACTIONS,
        TAKE_OVER,
        *FIELD_ACTIONS,
        *CHOICE_ACTIONS,
        *_REVIEW,
        typed=(*TICKET_ACTIONS, TAKE_OVER, *FIELD_ACTIONS),
    ),
    _window("Changing an order", SEND, TAKE_OVER, *FIELD_ACTIONS, *_REVIEW, typed=(SEND, TAKE_OVER, *FIELD_ACTIONS)),
    _window("Order line", *LINE_ACTIONS, *_REVIEW, typed=LINE_ACTIONS),
    _window("Find a market", *SEARCH_ACTIONS, typed=SEARCH_ACTIONS),
    _window("Watchlists", *MANAGE_LIST_ACTIONS, typed=(CLOSE,)),
    _window(
        "Alert",
        *ALERT_ENTRY_ACTIONS,
        *FIELD_ACTIONS,
        *CHOICE_ACTIONS,
        typed=(*ALERT_ENTRY_ACTIONS, *FIELD_ACTIONS),
    ),
    _window("Arming", *ARM_ACTIONS, typed=ARM_ACTIONS),
    _window("Confirm", *CONFIRM_ACTIONS),
    _window("Quit", *QUIT_ACTIONS),
)
