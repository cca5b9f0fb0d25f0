"""Actions of the ladder."""

from __future__ import annotations

from fks_tui.actions.action import Action

LADDER_UP = Action("ladder.up", "up,k", "step(1)", "Up", "The cursor one price up.", False)
LADDER_DOWN = Action("ladder.down", "down,j", "step(-1)", "Down", "The cursor one price down.", False)
LADDER_TEN_UP = Action("ladder.ten_up", "pageup", "step(10)", "10 up", "The cursor ten prices up.", False)
LADDER_TEN_DOWN = Action("ladder.ten_down", "pagedown", "step(-10)", "10 down", "The cursor ten prices down.", False)
LADDER_CENTRE = Action(
    "ladder.centre", "home,space", "centre", "Centre", "The cursor and the window to the middle of the market.", False
)
LADDER_FINER = Action(
    "ladder.finer", "left_square_bracket", "group(-1)", "Finer", "Fewer ticks taken together in a line.", False
)
LADDER_COARSER = Action(
    "ladder.coarser", "right_square_bracket", "group(1)", "Coarser", "More ticks taken together in a line.", False
)
LADDER_FIXED = Action(
    "ladder.fixed", "v", "self_centring", "Fix window", "Let the window follow a market that leaves it, or not.", False
)
LADDER_CURSOR_ACTIONS = (
    LADDER_UP,
    LADDER_DOWN,
    LADDER_TEN_UP,
    LADDER_TEN_DOWN,
    LADDER_CENTRE,
    LADDER_FINER,
    LADDER_COARSER,
    LADDER_FIXED,
)

LIMIT_BUY = Action("ladder.buy", "b", "place('limit', 'buy')", "Buy", "Buy with a limit at the cursor's price.", False)
LIMIT_SELL = Action(
    "ladder.sell", "s", "place('limit', 'sell')", "Sell", "Sell with a limit at the cursor's price.", False
)
JOIN_BID = Action("ladder.join_bid", "B", "place('join', 'buy')", "Join bid", "Buy at the best bid.", False)
JOIN_ASK = Action("ladder.join_ask", "S", "place('join', 'sell')", "Join ask", "Sell at the best ask.", False)
TAKE_ASK = Action("ladder.take_ask", "A", "place('cross', 'buy')", "Take ask", "Cross: buy at the best ask.", False)
HIT_BID = Action("ladder.hit_bid", "H", "place('cross', 'sell')", "Hit bid", "Cross: sell at the best bid.", False)
STOP_HERE = Action(
    "ladder.stop",
    "exclamation_mark",
    "place('stop', '')",
    "Stop",
    "A stop at the cursor's price: over the market it buys, under it it sells.",
    False,
)
SIZES = tuple(
    Action(f"ladder.size_{n}", f"{n}", f"size({n})", f"Size {n}", f"Take size {n} for the next orders.", False)
    for n in range(1, 6)
)
LADDER_POST_ONLY = Action(
    "ladder.post_only", "P", "post_only", "Post-only", "Only rest in the book, never take from it; on or off.", False
)
CANCEL_HERE = Action("ladder.cancel", "c", "cancel", "Cancel", "Cancel our orders at the cursor's price.", False)
CANCEL_BUYS = Action("ladder.cancel_buys", "less_than_sign", "cancel_all('buy')", "No buys", "Cancel all buys.", False)
CANCEL_SELLS = Action(
    "ladder.cancel_sells", "greater_than_sign", "cancel_all('sell')", "No sells", "Cancel all sells.", False
)
CANCEL_MARKET = Action("ladder.cancel_all", "C", "cancel_all('')", "Cancel all", "Cancel all orders of this market.")
PICK_UP = Action(
    "ladder.move", "g", "pick_up", "Move", "Pick up the order at the cursor; Enter drops it at another price.", False
)
NUDGE_UP = Action(
    "ladder.nudge_up", "plus,equals_sign", "nudge(1)", "Tick up", "Move the order at the cursor up one tick.", False
)
NUDGE_DOWN = Action(
    "ladder.nudge_down", "minus", "nudge(-1)", "Tick down", "Move the order at the cursor down one tick.", False
)
FLATTEN_HERE = Action(
    "ladder.flatten", "F", "flatten", "Flatten", "Cancel this market's orders and sell its position at market."
)
GO_ON = Action("ladder.go_on", "enter", "go_on", "Send, drop, ticket", "Send, drop, or open a ticket here.", False)
LET_GO = Action("ladder.let_go", "escape", "let_go", "Let go", "Send nothing, put the order back, disarm.", False)
ARM = Action("ladder.arm", "O", "arm", "One-press", "Arm keys to send at once, without a question; or disarm them.")
NEXT_MARKET = Action("ladder.next_market", "n", "market(1)", "Next market", "The next market of the watchlist.", False)
PREVIOUS_MARKET = Action(
    "ladder.previous_market", "N", "market(-1)", "Market before", "The market before it in the watchlist.", False
)
FIND_MARKET = Action("ladder.find_market", "slash", "find_market", "Find market", "Find a market by its name.", False)
LADDER_ACTIONS = (
    LIMIT_BUY,
    LIMIT_SELL,
    JOIN_BID,
    JOIN_ASK,
    TAKE_ASK,
    HIT_BID,
    STOP_HERE,
    *SIZES,
    LADDER_POST_ONLY,
    CANCEL_HERE,
    CANCEL_MARKET,
    CANCEL_BUYS,
    CANCEL_SELLS,
    PICK_UP,
    NUDGE_UP,
    NUDGE_DOWN,
    FLATTEN_HERE,
    ARM,
    GO_ON,
    LET_GO,
    NEXT_MARKET,
    PREVIOUS_MARKET,
    FIND_MARKET,
)

ARM_NOW = Action("arm.yes", "enter", "answer", "Arm", "Arm one-press trading.")
ARM_ACTIONS = (ARM_NOW,)
