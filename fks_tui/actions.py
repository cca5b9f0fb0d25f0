"""Every user action, declared once: id, key, action, title and help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do: its key, footer label, palette entry and help line are all made from this."""

    id: str
    """Stable name by which a key can be bound anew: `order.buy`."""
    key: str
    """Textual's names of the keys, with commas between them."""
    action: str
    """The method that does it: `buy` calls `action_buy` where the action is bound."""
    title: str
    """One to three words, for the footer and the palette."""
    help: str
    """One sentence, for the help screen, the tooltip and the palette."""
    in_footer: bool = True
    priority: bool = False
    """True for a key that must work while a field has the focus."""
    key_display: str | None = None
    """How the footer writes the key where Textual's own way is too long."""

    @property
    def keys(self) -> str:
        """The keys as the help screen writes them: `F1 ?`."""
        return " ".join(_written(each.strip()) for each in self.key.split(","))


_KEY_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "comma": ",",
    "full_stop": ".",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
}


def _written(key: str) -> str:
    """One key as a person writes it."""
    *modifiers, last = key.split("+")
    if last in _KEY_NAMES:
        last = _KEY_NAMES[last]
    elif last[:1] == "f" and last[1:].isdigit():
        last = last.upper()
    return "+".join([*(each.capitalize() for each in modifiers), last])


def bindings(*groups: Iterable[Action]) -> list[BindingType]:
    """Textual bindings of the actions, in their order."""
    return [
        Binding(
            each.key,
            each.action,
            each.title,
            show=each.in_footer,
            key_display=each.key_display,
            priority=each.priority,
            tooltip=each.help,
            id=each.id,
        )
        for group in groups
        for each in group
    ]


HELP = Action("desk.help", "f1,question_mark", "help", "Help", "Show every key of this screen.", key_display="F1")
QUOTES = Action(
    "desk.quotes", "f2,m", "go('quotes')", "Markets", "Quotes, book, tape and chart of the markets.", key_display="F2"
)
ORDERS = Action(
    "desk.orders", "f3,o", "go('orders')", "Orders", "Working orders, order history and fills.", key_display="F3"
)
POSITIONS = Action(
    "desk.positions", "f4,p", "go('positions')", "Positions", "Positions, balances and equity.", key_display="F4"
)
PALETTE = Action(
    "desk.palette", "ctrl+p", "command_palette", "Commands", "Find any action by its name.", key_display="^p"
)
THEME = Action("desk.theme", "ctrl+t", "next_theme", "Theme", "Change between the dark and the light theme.", False)
QUIT = Action("desk.quit", "q", "quit", "Quit", "Leave the desk; you choose what becomes of the engine.")
QUIT_ANYWHERE = Action(
    "desk.quit_anywhere", "ctrl+q", "quit", "Quit", "Leave the desk, also while a field has the focus.", False, True
)
INTERRUPT = Action("desk.interrupt", "ctrl+c", "quit", "Quit", "Leave the desk.", False)
DESK_ACTIONS = (HELP, QUOTES, ORDERS, POSITIONS, PALETTE, THEME, QUIT, QUIT_ANYWHERE, INTERRUPT)

CURSOR_UP = Action("list.up", "up,k", "cursor_up", "Up", "One line up.", False)
CURSOR_DOWN = Action("list.down", "down,j", "cursor_down", "Down", "One line down.", False)
PAGE_UP = Action("list.page_up", "pageup", "page_up", "Page up", "One page up.", False)
PAGE_DOWN = Action("list.page_down", "pagedown", "page_down", "Page down", "One page down.", False)
FIRST = Action("list.first", "home", "first", "First", "The first line.", False)
LAST = Action("list.last", "end", "last", "Last", "The last line.", False)
LIST_ACTIONS = (CURSOR_UP, CURSOR_DOWN, PAGE_UP, PAGE_DOWN, FIRST, LAST)

BUY = Action("order.buy", "b", "buy", "Buy", "Open an order ticket to buy the selected market.")
SELL = Action("order.sell", "s", "sell", "Sell", "Open an order ticket to sell the selected market.")
FOLLOW = Action("quotes.follow", "enter", "follow", "Follow", "Show book, tape and chart of this market.", False)
FILTER = Action("quotes.filter", "slash", "filter", "Filter", "Show only markets whose name contains a text.")
END_FILTER = Action("quotes.end_filter", "escape", "end_filter", "All markets", "Show all markets again.")
SHORTER = Action(
    "quotes.shorter",
    "left_square_bracket,comma",
    "timeframe(-1)",
    "Shorter",
    "Candles of the next shorter timeframe.",
    False,
)
LONGER = Action(
    "quotes.longer",
    "right_square_bracket,full_stop",
    "timeframe(1)",
    "Longer",
    "Candles of the next longer timeframe.",
    False,
)
NEXT_PANE = Action("quotes.next_pane", "v", "next_pane", "View", "Change between chart and tape where both do not fit.")
QUOTES_ACTIONS = (BUY, SELL, FILTER, END_FILTER, SHORTER, LONGER, NEXT_PANE)

CANCEL = Action("orders.cancel", "c", "cancel", "Cancel", "Cancel the selected working order.")
CANCEL_ALL = Action(
    "orders.cancel_all", "C,ctrl+x", "cancel_all", "Cancel all", "Cancel every working order.", key_display="C"
)
ORDER_DETAILS = Action(
    "orders.details", "enter", "details", "Details", "Show ids, times, fills and reason of one order."
)
NEXT_LIST = Action(
    "orders.next_list", "tab,right", "turn(1)", "Next list", "Go from Working to History to Fills.", key_display="Tab"
)
PREVIOUS_LIST = Action(
    "orders.previous_list", "shift+tab,left", "turn(-1)", "Previous list", "Go back one list.", False
)
ORDERS_ACTIONS = (CANCEL, CANCEL_ALL, ORDER_DETAILS, NEXT_LIST, PREVIOUS_LIST)

CLOSE_POSITION = Action(
    "positions.close", "x", "close_position", "Close", "Open an order ticket that sells what is held."
)
OPEN_MARKET = Action(
    "positions.open_market", "enter", "open_market", "Market", "Show this market on the Quotes screen."
)
POSITIONS_ACTIONS = (BUY, SELL, CLOSE_POSITION, OPEN_MARKET)

CLOSE = Action("modal.close", "escape,ctrl+c", "close", "Close", "Close this window and change nothing.")
MODAL_ACTIONS = (CLOSE,)

SEND = Action("ticket.send", "enter", "go_on", "Review, send", "Review the order, then send it.")
TICKET_SIDE = Action("ticket.side", "f5", "turn('side')", "Side", "Change between buy and sell.", False)
TICKET_TYPE = Action("ticket.type", "f6", "turn('type')", "Type", "Change between limit and market.", False)
TICKET_DURATION = Action("ticket.duration", "f7", "turn('duration')", "Duration", "Go from GTC to IOC to FOK.", False)
POST_ONLY = Action(
    "ticket.post_only", "f8", "turn('post_only')", "Post-only", "Only rest in the book, never take from it.", False
)
REDUCE_ONLY = Action(
    "ticket.reduce_only", "f9", "turn('reduce_only')", "Reduce-only", "Only make the position smaller.", False
)
TICKET_ACTIONS = (SEND, TICKET_SIDE, TICKET_TYPE, TICKET_DURATION, POST_ONLY, REDUCE_ONLY)

STEP_UP = Action("field.up", "up", "nudge(1)", "Up", "One tick or step up.", False)
STEP_DOWN = Action("field.down", "down", "nudge(-1)", "Down", "One tick or step down.", False)
TEN_UP = Action("field.ten_up", "pageup,shift+up", "nudge(10)", "10 up", "Ten ticks or steps up.", False)
TEN_DOWN = Action("field.ten_down", "pagedown,shift+down", "nudge(-10)", "10 down", "Ten ticks or steps down.", False)
FIELD_ACTIONS = (STEP_UP, STEP_DOWN, TEN_UP, TEN_DOWN)

NEXT_CHOICE = Action("choice.next", "right,space", "turn(1)", "Next", "Take the next choice.", False)
PREVIOUS_CHOICE = Action("choice.previous", "left", "turn(-1)", "Previous", "Take the choice before.", False)
CHOICE_ACTIONS = (NEXT_CHOICE, PREVIOUS_CHOICE)

YES = Action("confirm.yes", "y", "answer(True)", "Yes", "Do it.")
NO = Action("confirm.no", "n", "answer(False)", "No", "Do nothing.")
OTHER_ANSWER = Action("confirm.other", "left,right", "other_button", "Other answer", "Go to the other answer.", False)
CONFIRM_ACTIONS = (YES, NO, OTHER_ANSWER)

DETACH = Action("quit.detach", "d,ctrl+c", "detach", "Leave it running", "Close the desk; the engine trades on.")
STOP_KEEPING = Action(
    "quit.stop_keeping",
    "k",
    "stop(False)",
    "Stop, keep orders",
    "Working orders stay at the exchange.",
)
STOP_CANCELING = Action(
    "quit.stop_canceling", "c", "stop(True)", "Stop, cancel orders", "Cancel the working orders first."
)
QUIT_ACTIONS = (DETACH, STOP_KEEPING, STOP_CANCELING)

ACTION_GROUPS: Mapping[str, tuple[Action, ...]] = {
    "Desk": DESK_ACTIONS,
    "Lists": LIST_ACTIONS,
    "Quotes": (*QUOTES_ACTIONS[:2], FOLLOW, *QUOTES_ACTIONS[2:]),
    "Orders": ORDERS_ACTIONS,
    "Positions": POSITIONS_ACTIONS,
    "Order ticket": (*TICKET_ACTIONS, *FIELD_ACTIONS, *CHOICE_ACTIONS, CLOSE),
    "Confirm": CONFIRM_ACTIONS,
    "Quit": QUIT_ACTIONS,
}
"""Every action by the place where it works: what the help screen prints and the palette searches."""
