"""How a line is read: its verb, and what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import AlertCondition, Side
from fks_tui.order_line.figures import number, price
from fks_tui.order_line.lines import (
    AlertLine,
    CancelLine,
    CloseLine,
    GateLine,
    GateVerb,
    GoLine,
    HelpLine,
    MoveLine,
    WatchLine,
)
from fks_tui.order_line.order_grammar import AT_WORDS, MARKET_WORDS, OrderReader, is_market_like
from fks_tui.order_line.words import LONGEST, Doubt, Doubted, Slot, Words, quoted
from fks_tui.typed_numbers import Field

if TYPE_CHECKING:
    from fks_tui.order_line.lines import Line

VERBS: Final = {
    "buy": "buy 0.1 btc @ 64000",
    "sell": "sell 50% eth market",
    "cancel": "working orders of a market, a side, or all",
    "close": "cancel a market's orders and sell its position",
    "move": "replace a working order at another price",
    "watch": "put a market on the watchlist",
    "alert": "tell when a price is above, below, or moves",
    "go": "show a market",
    "halt": "stop all trading at once",
    "reduce": "let only reductions pass",
    "resume": "open the gate again",
    "help": "the words and the keys",
}
_SHORT: Final = {"b": "buy", "s": "sell"}
_SIDES: Final = {"bids": Side.BUY, "asks": Side.SELL}
_CONDITIONS: Final = {
    **{each.value: each for each in AlertCondition},
    ">": AlertCondition.ABOVE,
    "<": AlertCondition.BELOW,
}


def read_line(text: str) -> Line | Doubt:
    """What `text` says, or where and why its reading stops. Never raises."""
    if len(text) > LONGEST:
        return Doubt(f"the line has more than {LONGEST} characters", LONGEST, len(text))
    try:
        return _read(Words(text))
    except Doubted as doubted:
        return doubted.doubt


def _read(words: Words) -> Line:
    verb = words.take("a verb", Slot.VERB)
    name = _SHORT.get(verb.low, verb.low)
    line: Line
    match name:
        case "buy" | "sell":
            return OrderReader(words, Side(name)).read()
        case "cancel":
            line = _cancel(words)
        case "close":
            line = CloseLine(_market(words, Slot.TARGET, all_is_empty=True))
        case "move":
            line = _move(words)
        case "watch":
            line = WatchLine(_market(words))
        case "go":
            line = GoLine(_market(words))
        case "alert":
            line = _alert(words)
        case "halt" | "reduce" | "resume":
            line = GateLine(GateVerb(name))
        case "help":
            line = HelpLine()
        case _:
            known = ", ".join(VERBS)
            raise words.doubt(verb, f"{quoted(verb.text)} is not a verb: {known}", Slot.VERB)
    words.end()
    return line


def _market(words: Words, slot: Slot = Slot.MARKET, *, all_is_empty: bool = False) -> str:
    word = words.take("a market", slot)
    if all_is_empty and word.low == "all":
        return ""
    if not is_market_like(word):
        raise words.doubt(word, f"{quoted(word.text)} is no market: write it like btc or btc/usdt", slot)
    return word.text.upper()


def _cancel(words: Words) -> CancelLine:
    word = words.take("what is canceled: a market, an order's id, bids, asks or all", Slot.TARGET)
    if word.low in _SIDES:
        follower = words.peek()
        return CancelLine(_market(words) if follower is not None else "", _SIDES[word.low])
    if word.low == "all":
        return CancelLine()
    return CancelLine(_target(words, word.text, word.start, word.end))


def _target(words: Words, text: str, start: int, end: int) -> str:
    """A market or an order's id."""
    if not all(each.isalnum() or each in "/:-_." for each in text) or text.lower() in AT_WORDS:
        raise Doubted(Doubt(f"{quoted(text)} is neither a market nor an order's id", start, end, Slot.TARGET))
    return text


def _move(words: Words) -> MoveLine:
    word = words.take("what is moved: a market or an order's id", Slot.TARGET)
    target = _target(words, word.text, word.start, word.end)
    at = words.take("@ and the new price", Slot.TERMS)
    if at.low not in AT_WORDS:
        raise words.doubt(at, f"{quoted(at.text)}: @ and the new price are expected", Slot.TERMS, f"@ {at.text}")
    follower = words.peek()
    if follower is not None and follower.low in MARKET_WORDS:
        raise words.doubt(follower, "an order is moved to a price; market is none", Slot.PRICE)
    return MoveLine(target, price(words, "the new price"))


def _alert(words: Words) -> AlertLine:
    market = _market(words)
    word = words.take("above, below or moves", Slot.CONDITION)
    condition = _CONDITIONS.get(word.low)
    if condition is None:
        raise words.doubt(word, f"{quoted(word.text)}: above, below or moves is expected", Slot.CONDITION)
    last = words.take("a percentage, like 2%" if condition is AlertCondition.MOVES else "a price", Slot.LEVEL)
    in_percent = last.text.endswith("%")
    if in_percent is not (condition is AlertCondition.MOVES):
        instead = f"{last.text.rstrip('%')}{'' if in_percent else '%'}"
        message = f"{condition} takes a {'price' if in_percent else 'percentage, like 2%'}"
        raise words.doubt(last, message, Slot.LEVEL, *(() if in_percent else (instead,)))
    return AlertLine(market, condition, number(words, last, last.text.rstrip("%"), Field.PRICE))
