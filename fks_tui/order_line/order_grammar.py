"""How `buy` and `sell` are read: the size and the market in any order, then the terms in any order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from fks_engine.api import Side, TimeInForce
from fks_tui.order_line.figures import ALL_WORDS, ANCHORS, is_number_like, level, number, price, size
from fks_tui.order_line.lines import OrderLine, Size, SizeKind
from fks_tui.order_line.order_rules import check
from fks_tui.order_line.words import Doubted, Slot, Word, quoted
from fks_tui.typed_numbers import Field

if TYPE_CHECKING:
    from fks_tui.order_line.words import Words

AT_WORDS: Final = frozenset({"@", "at"})
MARKET_WORDS: Final = frozenset({"market", "mkt"})
FLAGS: Final[dict[str, tuple[str, object]]] = {
    "po": ("post_only", True),
    "post": ("post_only", True),
    "post-only": ("post_only", True),
    "reduce": ("reduce_only", True),
    "reduce-only": ("reduce_only", True),
    "oco": ("is_oco", True),
    **{each.value: ("time_in_force", each) for each in TimeInForce},
}
EXITS: Final = {"tp": "take_profit", "sl": "stop_loss"}
RESERVED: Final = AT_WORDS | MARKET_WORDS | FLAGS.keys() | EXITS.keys() | ALL_WORDS | ANCHORS.keys() | {"stop", "limit"}
"""Words that are no market where they stand alone; with its quote asset, as `bid/usdt`, every market can be written."""


def is_market_like(word: Word | None) -> bool:
    """Whether a word can be a market or an asset."""
    return (
        word is not None
        and word.low not in RESERVED
        and any(each.isalpha() for each in word.text)
        and all(each.isalnum() or each in "/:-_" for each in word.text)
        and word.text[0].isalnum()
    )


@dataclass
class OrderReader:
    """Reads the words behind `buy` or `sell`."""

    words: Words
    side: Side
    size: Size | None = None
    size_word: Word | None = None
    market: Word | None = None
    terms: OrderLine | None = None

    def read(self) -> OrderLine:
        """The order that the line says.

        Raises Doubted where it says none, or could say two.
        """
        line = OrderLine(side=self.side, size=Size(SizeKind.ALL), market="")
        while (word := self.words.peek()) is not None:
            line = self._term(line, word)
        if self.size is None:
            word = self.market
            if word is None:
                raise self.words.unfinished(f"how much is {self._bought}? Like 0.1, $500, 50% or all", Slot.SIZE)
            raise self.words.unfinished(f"how much {word.text.upper()}? Like 0.1, $500, 50% or all", Slot.SIZE)
        if self.market is None:
            raise self.words.unfinished(f"which market is {self._bought}? Like btc or btc/usdt", Slot.MARKET)
        line = replace(line, size=self.size, market=self.market.text.upper())
        check(self.words, line)
        return line

    @property
    def _bought(self) -> str:
        return "bought" if self.side is Side.BUY else "sold"

    def _term(self, line: OrderLine, word: Word) -> OrderLine:
        """`line` with what begins at `word`."""
        words, low = self.words, word.low
        if low in AT_WORDS or low == "limit":
            words.take("@", Slot.TERMS)
            follower = words.peek()
            if low in AT_WORDS and follower is not None and follower.low in MARKET_WORDS:
                return self._said(line, words.take("a price", Slot.PRICE), "is_market", value=True)
            return self._said(line, word, "price", value=price(words))
        if low in MARKET_WORDS:
            return self._said(line, words.take("market", Slot.TERMS), "is_market", value=True)
        if low == "stop":
            words.take("stop", Slot.TERMS)
            line = self._said(line, word, "stop", value=price(words, "the stop price"))
            return self._limit_of(line, "stop_limit")
        if low in EXITS:
            words.take(low, Slot.TERMS)
            line = self._said(line, word, EXITS[low], value=level(words, low))
            return self._limit_of(line, f"{EXITS[low]}_limit")
        if low in FLAGS:
            name, value = FLAGS[low]
            return self._said(line, words.take(low, Slot.TERMS), name, value=value)
        self._core(line, word)
        return line

    def _limit_of(self, line: OrderLine, name: str) -> OrderLine:
        """The `limit` directly behind a stop or an exit belongs to it."""
        word = self.words.peek()
        if word is None or word.low != "limit":
            return line
        self.words.take("limit", Slot.TERMS)
        return self._said(line, word, name, value=price(self.words, "the limit price"))

    def _said(self, line: OrderLine, word: Word, name: str, *, value: Any) -> OrderLine:
        if getattr(line, name) not in (None, False):
            raise self.words.doubt(word, f"{quoted(word.text)} is said twice; once is meant", Slot.NOTHING)
        return replace(line, **{name: value})

    def _core(self, line: OrderLine, word: Word) -> None:
        """A word of size and market."""
        words = self.words
        whole = None if is_market_like(word) and self.size is not None else size(words, word)
        if whole is None and word.text == "$":
            words.take("$", Slot.SIZE)
            word = words.take("how much", Slot.SIZE)
            whole = Size(SizeKind.QUOTE, number(words, word, word.text, Field.QUANTITY))
        elif whole is not None:
            words.take("a size", Slot.SIZE)
        elif is_number_like(word.text):
            whole = self._bare(line, word)
        if whole is not None:
            if self.size is not None:
                raise words.doubt(word, f"{quoted(word.text)} is a second size; one is meant", Slot.NOTHING)
            self.size, self.size_word = whole, word
        elif not is_market_like(word):
            raise words.doubt(word, f"{quoted(word.text)} is not a word of an order", self._slot)
        elif self.market is not None:
            raise words.doubt(
                word,
                f"{quoted(word.text)} is not a word of an order, and the market is {self.market.text.upper()} already",
                Slot.TERMS,
            )
        else:
            self.market = words.take("a market", Slot.MARKET)

    @property
    def _slot(self) -> Slot:
        return Slot.SIZE if self.size is None else Slot.MARKET if self.market is None else Slot.TERMS

    def _bare(self, line: OrderLine, word: Word) -> Size:
        """A number without a mark: the size where one is expected; elsewhere it could be the price."""
        words = self.words
        if self.size is not None or self.market is not None:
            raise self._size_or_price(line, word)
        found = number(words, word, word.text, Field.QUANTITY)
        words.take("a size", Slot.SIZE)
        if is_market_like(words.peek()) and is_market_like(words.peek(1)):
            currency = words.take("a currency", Slot.MARKET)
            return Size(SizeKind.QUOTE, found, currency.text.upper())
        return Size(SizeKind.BASE, found)

    def _size_or_price(self, line: OrderLine, word: Word) -> Doubted:
        """The question what a bare number behind the market is."""
        words, text = self.words, word.text
        before, after = words.text[: word.start].rstrip(), words.text[word.end :].rstrip()
        if line.price is not None or line.is_market or line.stop is not None:
            return words.doubt(word, f"{quoted(text)} is one number too many: size and price are said already")
        as_price = f"{before} @ {text}{after}"
        if self.size is None or self.market is None or self.size_word is None:
            market = self.market.text if self.market else ""
            as_size = f"{self.side} {text} {market}{after}"
            message = f"{quoted(text)}: did you mean size {text}, or @ {text}? A size stands before the market"
            return words.asked(word, message, as_size, as_price)
        middle = words.text[self.size_word.end : word.start].rstrip()
        as_size = f"{words.text[: self.size_word.start]}{text}{middle}{after}"
        return words.asked(word, f"{quoted(text)}: did you mean size {text}, or @ {text}?", as_price, as_size)
