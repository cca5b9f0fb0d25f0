"""Numbers, sizes, prices and distances of a typed line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fks_tui.order_line.lines import Anchor, Distance, Price, Size, SizeKind, Unit
from fks_tui.order_line.words import Slot, Word, quoted
from fks_tui.typed_numbers import Field, Problem, number_of

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_tui.order_line.words import Words

ALL_WORDS: Final = frozenset({"all", "max"})
ANCHORS: Final = {each.value: each for each in Anchor if each.value}
UNITS: Final = {
    "t": Unit.TICKS,
    "tick": Unit.TICKS,
    "ticks": Unit.TICKS,
    "bp": Unit.BASIS_POINTS,
    "bps": Unit.BASIS_POINTS,
    "%": Unit.PERCENT,
}
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)
_COMMA = re.compile(r"[0-9]*,[0-9]+", re.ASCII)
_POINTS = re.compile(r"[1-9][0-9]{0,2}(\.000)+|[0-9]{1,3}(\.[0-9]{3}){2,}", re.ASCII)
_GLUED = re.compile(r"([0-9.,]+)(?![eE][0-9]+$)([A-Za-z][A-Za-z0-9]*)", re.ASCII)
_MARKET = re.compile(r"[0-9]*[A-Za-z][A-Za-z0-9]*/[A-Za-z0-9]+", re.ASCII)
_DISTANCE = re.compile(r"([0-9.,]+)(ticks?|t|bps?|%)", re.ASCII | re.IGNORECASE)


def is_number_like(text: str) -> bool:
    """Whether a word can only be meant as a number, well written or not."""
    if _MARKET.fullmatch(text):  # 1INCH/USDT
        return False
    return text[0] in "0123456789.,$+-" and any(each.isdigit() for each in text) and not _GLUED.fullmatch(text)


def number(words: Words, word: Word, text: str, field: Field) -> Decimal:
    """The positive number that `text`, the whole or a part of `word`, writes.

    Raises Doubted where it is none, or where its separators could mean two things.
    """
    if _THOUSANDS.fullmatch(text) or _COMMA.fullmatch(text) or _POINTS.fullmatch(text):
        raise _separators(words, word, text)
    found = number_of(text, field)
    if isinstance(found, Problem):
        raise words.doubt(word, found.message)
    return found


def _separators(words: Words, word: Word, text: str) -> Exception:
    """A question which of its two meanings a separator has."""
    whole = text.replace(",", "") if "," in text else text.replace(".", "")
    meanings = [whole]
    head, _, tail = text.replace(",", ".").partition(".")
    if "." not in tail:
        decimals = tail.rstrip("0")
        meanings.insert(0, f"{head or 0}.{decimals}" if decimals else head)
    if len(text.rpartition(",")[2]) != 3 and "," in text and "." not in text:
        meanings = meanings[:1]
    instead = [word.text.replace(text, each) for each in meanings if each.strip("0.")]
    meant = " or ".join(instead) or "digits with one point"
    message = f"{quoted(text)}: thousands or decimals? Write numbers without separators of thousands: {meant}"
    return words.doubt(word, message, Slot.NOTHING, *instead)


def size(words: Words, word: Word) -> Size | None:
    """The size that `word` writes all by itself: `$500`, `500usdt`, `50%`, `all`; None where it is none of them.

    Raises Doubted where it begins like one and is none.
    """
    text = word.text
    if word.low in ALL_WORDS:
        return Size(SizeKind.ALL)
    if text.startswith("$") and len(text) > 1:
        return Size(SizeKind.QUOTE, number(words, word, text[1:], Field.QUANTITY))
    if text.endswith("%") and text[0] not in "+-":
        share = number(words, word, text[:-1], Field.QUANTITY)
        if share > 100:
            raise words.doubt(word, f"{quoted(text)} is more than all there is; 100% is the most", Slot.SIZE, "100%")
        return Size(SizeKind.PERCENT, share)
    glued = _GLUED.fullmatch(text)
    if glued:
        return Size(SizeKind.QUOTE, number(words, word, glued[1], Field.QUANTITY), glued[2].upper())
    return None


def price(words: Words, what: str = "a price") -> Price:
    """The price that comes next: `64000`, `bid`, `bid+2t`, `ask -10bp`, `-10bp`.

    Raises Doubted where the next word is none.
    """
    word = words.take(what, Slot.PRICE)
    low = word.low
    anchor, sign_at = Anchor.TOUCH, 0
    for name, each in ANCHORS.items():
        if low == name or low.startswith((f"{name}+", f"{name}-")):
            anchor, sign_at = each, len(name)
    offset = word.text[sign_at:]
    if sign_at and not offset:
        follower = words.peek()
        if follower is None or follower.text[0] not in "+-":
            return Price(anchor=anchor)
        word = words.take("an offset", Slot.PRICE)
        offset = word.text
    if offset in {"+", "-"}:
        follower = words.take("an offset", Slot.PRICE)
        offset, word = offset + follower.text, Word(offset + follower.text, word.start, follower.end)
    if offset[0] in "+-":
        return Price(anchor=anchor, offset=_offset(words, word, offset))
    if not is_number_like(word.text):
        if _DISTANCE.fullmatch(word.text):
            raise words.doubt(
                word, f"{quoted(word.text)}: to which side? Write + or -", Slot.PRICE, f"-{word.text}", f"+{word.text}"
            )
        raise words.doubt(
            word, f"{quoted(word.text)} is no price: write a number, bid, ask, mid, last, or an offset", Slot.PRICE
        )
    if word.text.endswith("%"):
        raise words.doubt(
            word, f"{quoted(word.text)}: to which side? Write + or -", Slot.PRICE, f"-{word.text}", f"+{word.text}"
        )
    return Price(number(words, word, word.text, Field.PRICE))


def _offset(words: Words, word: Word, text: str) -> Distance:
    found = _DISTANCE.fullmatch(text[1:])
    if found is None:
        if text[1:].replace(".", "").isdigit():
            units = [f"{word.text}{each.value}" for each in Unit]
            raise words.doubt(
                word, f"{quoted(text)} of what? t counts ticks, bp hundredths of a percent", Slot.PRICE, *units
            )
        raise words.doubt(word, f"{quoted(text)} is no offset: write it like +2t, -10bp or +0.5%", Slot.PRICE)
    unit = UNITS[found[2].lower()]
    away = number(words, word, found[1], Field.PRICE)
    if unit is Unit.TICKS and away != away.to_integral_value():
        raise words.doubt(word, f"{quoted(text)}: ticks are whole", Slot.PRICE)
    return Distance(-away if text[0] == "-" else away, unit)


def level(words: Words, what: str) -> Price | Distance:
    """The price of an exit, or how far from the entry it is: `66000`, `2%`, `50bp`, `20t`.

    Raises Doubted where the next word is neither.
    """
    word = words.peek()
    if word is None:
        raise words.unfinished(f"{what} needs a price or a distance, like 2%", Slot.LEVEL)
    if word.text[0] in "+-":
        raise words.doubt(word, f"{quoted(word.text)}: the distance of an exit has no sign", Slot.LEVEL, word.text[1:])
    found = _DISTANCE.fullmatch(word.text)
    if found is None:
        return price(words, what)
    words.take(what, Slot.LEVEL)
    unit = UNITS[found[2].lower()]
    away = number(words, word, found[1], Field.PRICE)
    if unit is Unit.TICKS and away != away.to_integral_value():
        raise words.doubt(word, f"{quoted(word.text)}: ticks are whole", Slot.LEVEL)
    return Distance(away, unit)
