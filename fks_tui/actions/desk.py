"""Actions that work on every screen, and in every list."""

from __future__ import annotations

from fks_tui.actions.action import Action
from fks_tui.actions.safety import HALT, RECONCILIATION, REDUCE, RESUME, RISK

HELP = Action("desk.help", "f1,question_mark", "help", "Help", "Show every key of this screen.", key_display="F1")
QUOTES = Action(
    "desk.quotes", "f2,m", "go('quotes')", "Markets", "Quotes, book, tape and chart of the markets.", key_display="F2"
)
ORDERS = Action(
    "desk.orders", "f3,o", "go('orders')", "Orders", "Working orders, order history and fills.", key_display="F3"
)
ALERTS = Action("desk.alerts", "f6", "go('alerts')", "Alerts", "Prices that are watched.", False, key_display="F6")
HISTORY = Action(
    "desk.history", "f7", "go('history')", "History", "Orders of all runs and their lives.", False, key_display="F7"
)
SETTINGS = Action(
    "desk.settings", "f9", "go('settings')", "Settings", "Every setting, its value and where it comes from.", False
)
POSITIONS = Action(
    "desk.positions", "f4,p", "go('positions')", "Positions", "Positions, balances and equity.", key_display="F4"
)
LADDER = Action(
    "desk.ladder", "f5,l", "go('ladder')", "Ladder", "Trade one market by key from its prices.", key_display="F5"
)
PALETTE = Action(
    "desk.palette", "ctrl+p", "command_palette", "Commands", "Find any action by its name.", key_display="^p"
)
THEME = Action("desk.theme", "ctrl+t", "next_theme", "Theme", "Change to the next theme.", False)
REDRAW = Action(
    "desk.redraw",
    "ctrl+l",
    "redraw",
    "Redraw",
    "Write the whole terminal anew.",
    False,
    True,
)
QUIT = Action("desk.quit", "q", "quit", "Quit", "Leave the desk; you choose what becomes of the engine.")
QUIT_ANYWHERE = Action(
    "desk.quit_anywhere", "ctrl+q", "quit", "Quit", "Leave the desk, also while a field has the focus.", False, True
)
INTERRUPT = Action("desk.interrupt", "ctrl+c", "quit", "Quit", "Leave the desk.", False)
ORDER_LINE = Action(
    "desk.order_line", "colon", "order_line", "Type", "Type an order or a command, like buy 0.1 btc @ 64000."
)
DESK_ACTIONS = (
    HELP,
    ORDER_LINE,
    QUOTES,
    ORDERS,
    POSITIONS,
    LADDER,
    ALERTS,
    HISTORY,
    RISK,
    SETTINGS,
    HALT,
    REDUCE,
    RESUME,
    RECONCILIATION,
    PALETTE,
    THEME,
    REDRAW,
    QUIT,
    QUIT_ANYWHERE,
    INTERRUPT,
)

CURSOR_UP = Action("list.up", "up,k", "cursor_up", "Up", "One line up.", False)
CURSOR_DOWN = Action("list.down", "down,j", "cursor_down", "Down", "One line down.", False)
PAGE_UP = Action("list.page_up", "pageup", "page_up", "Page up", "One page up.", False)
PAGE_DOWN = Action("list.page_down", "pagedown", "page_down", "Page down", "One page down.", False)
FIRST = Action("list.first", "home", "first", "First", "The first line.", False)
LAST = Action("list.last", "end", "last", "Last", "The last line.", False)
LIST_ACTIONS = (CURSOR_UP, CURSOR_DOWN, PAGE_UP, PAGE_DOWN, FIRST, LAST)
