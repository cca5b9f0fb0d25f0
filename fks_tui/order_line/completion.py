"""What a line can go on with: the next words and what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fks_engine.api import Side, market_of
from fks_tui.formatting import NOTHING, age, quantity
from fks_tui.order_line.figures import ALL_WORDS
from fks_tui.order_line.grammar import VERBS, read_line
from fks_tui.order_line.lines import OrderLine
from fks_tui.order_line.markets import fuzzy
from fks_tui.order_line.words import Doubt, Slot

if TYPE_CHECKING:
    from fks_engine.api import InstrumentId, PositionRow
    from fks_tui.order_line.markets import Markets

MOST: Final = 6
_SIZES: Final = {
    "all": "all that is free",
    "50%": "half of what is free",
    "25%": "a quarter of what is free",
    "$500": "worth 500 in the quote asset",
}
_TERMS: Final = {
    "@": "limit price",
    "market": "at the best price there is",
    "stop": "wait for a price, then take",
    "tp": "take profit at a price or distance",
    "sl": "stop loss at a price or distance",
    "po": "post-only: rest, never take",
    "ioc": "what is not filled at once is canceled",
    "fok": "all at once or nothing",
    "gtc": "good till canceled",
    "reduce": "only make the position smaller",
    "oco": "tp or sl: one cancels the other",
}
_LEVELS: Final = {"1%": "one percent away", "2%": "two percent away", "50bp": "half a percent away"}
_CONDITIONS: Final = {"above": "at or over a price", "below": "at or under it", "moves": "so many percent, either way"}


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on."""

    line: str
    """The whole line, once it is taken."""
    word: str
    meaning: str


def completions(text: str, markets: Markets) -> tuple[Completion, ...]:
    """The ways to go on with `text`, the likeliest first; answers to a question before all others."""
    said = read_line(text)
    head = text if not text or text[-1] in " @" else text[: _word_start(text)]
    begun = text[len(head) :].lower()
    before = read_line(head)
    slot = before.slot if isinstance(before, Doubt) else Slot.TERMS
    is_begun = slot is Slot.MARKET and begun and not isinstance(markets.find(text, begun), str)
    if isinstance(said, Doubt) and said.choices and not is_begun:
        return tuple(Completion(each, each, "?") for each in said.choices[:MOST])
    if isinstance(before, Doubt) and slot is Slot.SIZE and begun and is_named(head, begun):
        slot = Slot.MARKET
    found = [
        Completion(f"{head}{word} ", word, meaning)
        for word, meaning in _words(slot, head, before if isinstance(before, OrderLine) else None, begun, markets)
    ]
    return tuple(found[:MOST])


def is_named(head: str, begun: str) -> bool:
    """Whether a market is being written where a size would be expected."""
    return len(head.split()) == 1 and begun[0].isalpha() and not any(each.startswith(begun) for each in ALL_WORDS)


def _word_start(text: str) -> int:
    return max(text.rfind(" "), text.rfind("@")) + 1


def _words(slot: Slot, head: str, line: OrderLine | None, begun: str, markets: Markets) -> Iterator[tuple[str, str]]:
    match slot:
        case Slot.VERB:
            yield from _begun(VERBS, begun)
        case Slot.SIZE:
            yield from _begun(_SIZES, begun)
        case Slot.MARKET:
            yield from _markets(begun, markets)
        case Slot.PRICE:
            yield from _begun(_prices(head, markets), begun)
        case Slot.LEVEL:
            yield from _begun(_LEVELS, begun)
        case Slot.CONDITION:
            yield from _begun(_CONDITIONS, begun)
        case Slot.TARGET:
            yield from _targets(head, begun, markets)
        case Slot.TERMS:
            yield from _begun(_terms(head, line), begun)
        case Slot.NOTHING:
            return


def _begun(words: dict[str, str], begun: str) -> Iterator[tuple[str, str]]:
    return ((word, meaning) for word, meaning in words.items() if word.startswith(begun))


def _terms(head: str, line: OrderLine | None) -> dict[str, str]:
    """The terms that are not said yet and would still fit."""
    words = head.lower().split()
    if words[:1] == ["move"]:
        return {"@": "the new price"}
    if words[:1] not in (["buy"], ["sell"], ["b"], ["s"]):
        return {}
    said = {"limit": "@", "at": "@", "mkt": "market"}
    left = {word: meaning for word, meaning in _TERMS.items() if word not in {said.get(each, each) for each in words}}
    if line is not None and (line.price is not None or line.is_market or line.stop is not None):
        for word in ("@", "market", "stop", "oco"):
            left.pop(word, None)
    if line is not None and line.is_market:
        left = {word: meaning for word, meaning in left.items() if word == "reduce"}
    return left


def _markets(begun: str, markets: Markets) -> Iterator[tuple[str, str]]:
    names = {market_of(each): each for each in markets.ids}
    for name in fuzzy(begun, list(names)):
        yield name.lower(), _quoted_at(names[name], markets)


def _quoted_at(id: InstrumentId, markets: Markets) -> str:  # noqa: A002
    row = markets.view.quote(id)
    if row is None:
        return "not on a watchlist"
    old = f", {age(row.age_s)} old" if row.stale else ""
    bid, ask = (NOTHING if each is None else quantity(each) for each in (row.bid, row.ask))
    return f"{bid} / {ask}{old}"


def _prices(head: str, markets: Markets) -> dict[str, str]:
    """The places of the market with their prices now, for the market that the line names."""
    row = None
    for word in head.split():
        if len(word) > 1 and word.replace("/", "").isalnum():
            found = markets.find(head, word)
            if isinstance(found, str):
                row = markets.view.quote(found)
    anchors = {}
    for name in ("bid", "ask", "last"):
        price = None if row is None else getattr(row, name)
        since = f"{age(row.age_s)} old" if row is not None and row.stale else "now"
        anchors[name] = f"the {name}" if price is None else f"the {name}, {quantity(price)} {since}"
    own = "ask" if head.lower().split()[:1] in (["sell"], ["s"]) else "bid"
    return {
        **anchors,
        "mid": "between bid and ask",
        "-10bp": f"a tenth of a percent under the {own}",
        "+2t": f"two ticks over the {own}",
    }


def _targets(head: str, begun: str, markets: Markets) -> Iterator[tuple[str, str]]:
    verb = head.lower().split()[0]
    if verb == "close":
        held = {market_of(row.instrument_id).lower(): f"{quantity(row.quantity)} held" for row in _held(markets)}
        yield from _begun({"all": "every position", **held}, begun)
        return
    working = markets.view.working_orders
    if verb == "cancel":
        sides = {
            "bids": f"{sum(each.side is Side.BUY for each in working)} working",
            "asks": f"{sum(each.side is Side.SELL for each in working)} working",
        }
        yield from _begun({"all": f"{len(working)} working", **sides}, begun)
    of_markets = {market_of(each.instrument_id).lower(): "its working orders" for each in working}
    yield from _begun(of_markets, begun)
    for order in working:
        if begun in order.client_order_id:
            price = order.limit_price or order.stop_price
            at = "" if price is None else f" at {quantity(price)}"
            yield (
                order.client_order_id,
                f"{order.side} {quantity(order.leaves_quantity)} {market_of(order.instrument_id)}{at}",
            )


def _held(markets: Markets) -> Iterator[PositionRow]:
    return (row for row in markets.view.account.positions if row.quantity)
