"""What the ladder says: the lines under it, its head, and what its emptiness means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import Connection, ReplaceOrder, SubmitOrder, market_of
from fks_tui.actions.ladder import (
    ARM,
    CANCEL_HERE,
    CANCEL_MARKET,
    FLATTEN_HERE,
    GO_ON,
    HIT_BID,
    JOIN_ASK,
    JOIN_BID,
    LADDER_CENTRE,
    LADDER_COARSER,
    LADDER_FINER,
    LADDER_POST_ONLY,
    LET_GO,
    LIMIT_BUY,
    LIMIT_SELL,
    NEXT_MARKET,
    NUDGE_DOWN,
    NUDGE_UP,
    PICK_UP,
    PREVIOUS_MARKET,
    STOP_HERE,
    TAKE_ASK,
)
from fks_tui.arming import BANNED, UNREACHABLE
from fks_tui.formatting import NOTHING, quantity, sentence, worth
from fks_tui.ladder_orders import order_words, quantity_at, side_at
from fks_tui.ladder_picture import MARKS
from fks_tui.order_sizes import written
from fks_tui.typed_numbers import Problem, plain
from fks_tui.widgets.ladder_head import HeadFacts

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.api import DeskView, InstrumentId, Preview
    from fks_tui.ladder_orders import Terms
    from fks_tui.ladder_trading import LadderTrading
    from fks_tui.widgets.line_pane import Span
    from fks_tui.widgets.price_ladder import PriceLadder

_KEYS: Final = (
    f"{LIMIT_BUY.keys} {LIMIT_SELL.keys} limit  {JOIN_BID.keys} {JOIN_ASK.keys} join  {TAKE_ASK.keys} {HIT_BID.keys} "
    f"cross  {STOP_HERE.keys} stop  {PICK_UP.keys} move  {CANCEL_HERE.keys} cancel  {FLATTEN_HERE.keys} flat  "
    f"{ARM.keys} one-press"
)
NOTES: Final = (
    (f"{LIMIT_BUY.keys} {LIMIT_SELL.keys}", "limit at the cursor's price"),
    (f"{JOIN_BID.keys} {JOIN_ASK.keys}", "join the best bid, ask"),
    (f"{TAKE_ASK.keys} {HIT_BID.keys}", "cross: take the ask, hit the bid"),
    (STOP_HERE.keys, "stop at the cursor's price"),
    (PICK_UP.keys, f"pick up; {GO_ON.keys} drops"),
    (f"{NUDGE_UP.keys.split()[0]} {NUDGE_DOWN.keys}", "the order here one tick up, down"),
    (f"{CANCEL_HERE.keys} {CANCEL_MARKET.keys}", "cancel here, in this market"),
    ("< >", "cancel all buys, all sells"),
    (FLATTEN_HERE.keys, "cancel all and sell the position"),
    (LADDER_POST_ONLY.keys, "post-only on, off"),
    (f"{LADDER_FINER.keys} {LADDER_COARSER.keys}", "fewer, more ticks a line"),
    (LADDER_CENTRE.keys, "back to the middle"),
    (f"{NEXT_MARKET.keys} {PREVIOUS_MARKET.keys}", "next market, the one before"),
    (ARM.keys, "one-press: keys send at once"),
    *((mark, words) for mark, words in MARKS.items()),
    ("A E", "mean price, break-even"),
)
"""The keys and the marks, where there is room for them."""


def head_facts(
    view: DeskView, ladder: PriceLadder, terms: Terms | None, sizes: tuple[str, ...], chosen: int, state: str
) -> HeadFacts:
    """What the head says of the market, the ladder and the sizes."""
    focus, grid, price = view.focus, ladder.grid, ladder.price
    instrument = focus.instrument if focus is not None else None
    quantity = ""
    if terms is not None and instrument is not None and price is not None:
        found = quantity_at(terms, side_at(terms, price), price)
        quantity = "nothing" if isinstance(found, Problem) else f"{plain(found)} {instrument.base}"
    return HeadFacts(
        market=instrument.market if instrument is not None else "",
        state=state,
        age_s=focus.book_age_s if focus is not None else None,
        ticks=None if grid is None else grid.ticks,
        centres_itself=ladder.centres_itself,
        cursor_out_of_sight=ladder.hidden_price,
        sizes=tuple(written(size, instrument) for size in sizes),
        chosen=chosen,
        quantity=quantity,
    )


def trade_lines(
    trading: LadderTrading, cursor: Decimal | None, state: str, *, gone: bool
) -> tuple[list[Span], list[Span], bool]:
    """The two lines under the ladder, and whether they wait for an answer; `state` says why nothing can be sent now."""
    enter, escape = GO_ON.keys, LET_GO.keys
    if trading.pending is not None:
        command = trading.pending.command
        asked = isinstance(command, SubmitOrder)
        keys: Span = (f"{enter} {'sends' if asked else 'does it'}  {escape} not  ", "")
        second = [keys, *([_gate(trading.preview)] if isinstance(command, SubmitOrder | ReplaceOrder) else [])]
        if trading.told.tone == "bad":
            second = [(f"{trading.told.text}  ", "bad"), keys]
        elif trading.preview is not None and trading.preview.denial is not None:
            second = [(f"{second[1][0]}  ", "bad"), keys]
        return [("SEND? " if asked else "DO IT? ", "strong"), (trading.pending.words, "strong")], second, True
    if trading.carried is not None:
        to = NOTHING if cursor is None else plain(cursor)
        return (
            [("MOVE ", "strong"), (f"{order_words(trading.carried)} → {to}", "strong")],
            [
                *([(f"{trading.told.text}  ", "bad")] if trading.told.tone == "bad" else []),
                (f"{enter} drops it there  {escape} lets go  {PICK_UP.keys} the next order of its price", ""),
            ],
            True,
        )
    told: list[Span] = [(trading.told.text, trading.told.tone)]
    if gone:
        return told, [("! The engine is gone: no key sends anything; the figures are old", "bad")], False
    if state:
        return told, [(f"! {sentence(state)}: the gate keeps orders back; {_cancels_now(state)}", "warn")], False
    return told, [(_KEYS, "muted")], False


def _cancels_now(state: str) -> str:
    """What becomes of a cancel in a state in which no order passes."""
    if state.startswith(BANNED):
        return "cancels wait and go first"
    return "cancels are tried" if state == UNREACHABLE else "cancels pass"


def _gate(preview: Preview | None) -> Span:
    """The gate's word on what is pending."""
    if preview is None:
        return ("asking the gate …", "muted")
    if preview.denial is not None:
        return (f"✗ Gate: {preview.denial.message}", "bad")
    words = ["✓ gate passes", f"fee {worth(preview.fee, preview.fee_asset)}"]
    if preview.position_after is not None:
        words.append(f"then holds {quantity(preview.position_after)}")
    return (" · ".join([*words, *preview.warnings]), "warn" if preview.warnings else "good")


def empty_words(view: DeskView, wanted: InstrumentId | None) -> tuple[str, str]:
    """Why there is no ladder, and what happens about it."""
    if view.engine.is_gone:
        return "No engine", view.engine.detail
    if view.engine.connection is Connection.DISCONNECTED:
        return "No book", UNREACHABLE
    if wanted is not None:
        return "No book yet", f"waiting for {market_of(wanted)}"
    if view.focus is not None:
        return "No book yet", f"waiting for {view.focus.instrument.market}"
    return "No market yet", view.engine.detail or f"{NEXT_MARKET.keys} takes the first of the watchlist"
