"""Actions on the history of orders."""

from __future__ import annotations

from fks_tui.actions.action import Action

SEARCH_HISTORY = Action(
    "history.search", "slash", "search", "Search", "Only orders that hold words: a market, an id, a reason, a status."
)
ALL_HISTORY = Action("history.all", "escape", "all_orders", "All orders", "Drop the words and every filter.", False)
SAME_MARKET = Action(
    "history.market", "f", "same_market", "Market", "Only the market under the cursor; again for all markets."
)
NEXT_SIDE = Action("history.side", "s", "next_side", "Side", "From both sides to buys to sells.")
NEXT_STATUS = Action("history.status", "t", "next_status", "Status", "Only orders of the next status.")
ORDER_LIFE = Action("history.life", "enter", "life", "Life", "All that happened to an order, step by step.")
EXPORT_HISTORY = Action("history.export", "e", "export", "Export", "Write what is found to a CSV or Parquet file.")
RELOAD_HISTORY = Action("history.reload", "r", "reload", "Reload", "Read what was written since.", False)
HISTORY_ACTIONS = (
    ORDER_LIFE,
    SEARCH_HISTORY,
    SAME_MARKET,
    NEXT_SIDE,
    NEXT_STATUS,
    EXPORT_HISTORY,
    RELOAD_HISTORY,
    ALL_HISTORY,
)
LIFE_ACTIONS = (RELOAD_HISTORY,)
LIFE_OF_DETAILS = Action("details.life", "t", "life", "Life", "All that happened to this order, step by step.")
DETAILS_ACTIONS = (LIFE_OF_DETAILS,)

BEGIN_EXPORT = Action("export.begin", "enter", "begin", "Write", "Write the file.")
EXPORT_WHAT = Action("export.what", "f6", "turn_what", "What", "From orders to fills to steps.", False)
EXPORT_ACTIONS = (BEGIN_EXPORT, EXPORT_WHAT)
