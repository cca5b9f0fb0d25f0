"""Actions on markets: quotes, watchlists, the search, alerts."""

from __future__ import annotations

from fks_tui.actions.action import Action

BUY = Action("order.buy", "b", "buy", "Buy", "Open an order ticket to buy the selected market.")
SELL = Action("order.sell", "s", "sell", "Sell", "Open an order ticket to sell the selected market.")
FOLLOW = Action("quotes.follow", "enter", "follow", "Follow", "Show book, tape and chart of this market.", False)
FILTER = Action("quotes.filter", "slash", "filter", "Filter", "Show only markets whose name contains a text.", False)
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
FIND = Action("quotes.find", "f", "find", "Find", "Find any market of the exchange by a few of its letters.", False)
NEXT_WATCHLIST = Action("quotes.next_watchlist", "w", "watchlist(1)", "Next list", "Show the next watchlist.", False)
WATCHLISTS = Action(
    "quotes.watchlists", "W", "watchlists", "Lists", "Choose, make, rename or delete watchlists.", False
)
SORT = Action(
    "quotes.sort", "z", "sort", "Sort", "Sort the markets by the next column; after the last as listed.", False
)
TURN_ORDER = Action("quotes.turn_order", "Z", "turn_order", "Turn order", "Sort the other way round.", False)
ADD_MARKET = Action("quotes.add", "plus", "add_market", "Add", "Find a market and put it on this watchlist.", False)
DROP_MARKET = Action("quotes.drop", "minus", "drop_market", "Drop", "Take the market off this watchlist.", False)
MOVE_UP = Action(
    "quotes.move_up", "K", "move_market(-1)", "Move up", "Move the market one line up the watchlist.", False
)
MOVE_DOWN = Action("quotes.move_down", "J", "move_market(1)", "Move down", "Move the market one line down.", False)
RENAME_LIST = Action("watchlists.rename", "r", "rename_list", "Rename list", "Give a watchlist a new name.", False)
NEW_ALERT = Action("alerts.new", "a", "new_alert", "Alert", "Be told when the market reaches a price.", False)
WATCHLIST_ACTIONS = (
    FIND,
    NEXT_WATCHLIST,
    WATCHLISTS,
    RENAME_LIST,
    SORT,
    TURN_ORDER,
    ADD_MARKET,
    DROP_MARKET,
    MOVE_UP,
    MOVE_DOWN,
    NEW_ALERT,
)

QUOTES_ACTIONS = (BUY, SELL, SHORTER, LONGER, NEXT_PANE)

TAKE_MARKET = Action("search.take", "enter", "take", "Take", "Take the market under the cursor.")
SEARCH_UP = Action("search.up", "up", "move(-1)", "Up", "One line up.", False, True)
SEARCH_DOWN = Action("search.down", "down", "move(1)", "Down", "One line down.", False, True)
SEARCH_ACTIONS = (TAKE_MARKET, SEARCH_UP, SEARCH_DOWN)

SHOW_LIST = Action("watchlists.show", "enter", "show_list", "Show", "Show the watchlist under the cursor.")
NEW_LIST = Action("watchlists.new", "n", "new_list", "New", "Make a watchlist that begins with the selected market.")
DELETE_LIST = Action("watchlists.delete", "d,delete", "delete_list", "Delete", "Delete the watchlist under the cursor.")
MANAGE_LIST_ACTIONS = (SHOW_LIST, NEW_LIST, RENAME_LIST, DELETE_LIST)

REMOVE_ALERT = Action("alerts.remove", "d,delete", "remove_alert", "Remove", "Forget the alert under the cursor.")
ALERT_MARKET = Action("alerts.market", "enter", "open_market", "Market", "Show this market on the Quotes screen.")
ALERTS_ACTIONS = (NEW_ALERT, REMOVE_ALERT, ALERT_MARKET)

SET_ALERT = Action("alert.set", "enter", "set_alert", "Set", "Set the alert.")
ALERT_CONDITION = Action("alert.condition", "f6", "turn_condition", "Condition", "From above to below to moves.", False)
ALERT_ENTRY_ACTIONS = (SET_ALERT, ALERT_CONDITION)
