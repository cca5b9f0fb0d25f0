"""Actions on orders and positions."""

from __future__ import annotations

from fks_tui.actions.action import Action
from fks_tui.actions.markets import BUY, SELL

CANCEL = Action("orders.cancel", "c", "cancel", "Cancel", "Cancel the selected working order.")
CANCEL_ALL = Action(
    "orders.cancel_all", "C,ctrl+x", "cancel_all", "Cancel all", "Cancel every working order.", key_display="C"
)
EDIT_ORDER = Action("orders.edit", "e", "edit", "Edit", "Replace the selected working order by a changed one.")
CANCEL_BIDS = Action("orders.cancel_bids", "B", "cancel_side('buy')", "Cancel bids", "Cancel all working buys.", False)
CANCEL_ASKS = Action(
    "orders.cancel_asks", "A", "cancel_side('sell')", "Cancel asks", "Cancel all working sells.", False
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
ORDERS_ACTIONS = (CANCEL, EDIT_ORDER, CANCEL_ALL, CANCEL_BIDS, CANCEL_ASKS, ORDER_DETAILS, NEXT_LIST, PREVIOUS_LIST)

CLOSE_POSITION = Action(
    "positions.close", "x", "close_position", "Close", "Open an order ticket that sells what is held."
)
OPEN_MARKET = Action(
    "positions.open_market", "enter", "open_market", "Market", "Show this market on the Quotes screen."
)
FLATTEN = Action(
    "positions.flatten", "f", "flatten", "Flatten", "Cancel the market's orders and sell all of the position."
)
FLATTEN_ALL = Action(
    "positions.flatten_all", "X", "flatten_all", "Flatten all", "Do so with every position.", key_display="X"
)
POSITIONS_ACTIONS = (BUY, SELL, CLOSE_POSITION, FLATTEN, FLATTEN_ALL, OPEN_MARKET)
