"""Fuzzy search over the names of markets: letters in order, the closest match first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.model import InstrumentId

_MISS = 1_000_000


def matching(text: str, listed: Iterable[InstrumentId], currency: str) -> list[InstrumentId]:
    """The instruments whose name has the letters of `text` in their order, best first; all by name for no text.

    An asset named whole beats the start of a name, that beats a part of it, and that beats scattered letters; among
    equals markets in `currency` come first, then short names.
    """
    wanted = "".join(text.upper().split())
    if not wanted:
        return sorted(listed)
    scored = [(_score(wanted, each.partition(":")[2], currency), each) for each in listed]
    return [each for score, each in sorted(scored) if score[0] < _MISS]


def _score(wanted: str, market: str, currency: str) -> tuple[int, int, int, str]:
    """Smaller is closer: the kind of match, the gaps between its letters, the currency, the name's length."""
    base, _, quote = market.partition("/")
    joined = base + quote
    bare = wanted.replace("/", "")
    if wanted in {base, market} or bare == joined:
        kind, gaps = 0, 0
    elif joined.startswith(bare) or market.startswith(wanted):
        kind, gaps = 1, len(joined) - len(bare)
    elif bare in joined or wanted in market:
        kind, gaps = 2, joined.find(bare)
    else:
        gaps = _gaps(bare, joined)
        kind = 3 if gaps < _MISS else _MISS
    return kind, 0 if quote == currency else 1, gaps, market


def _gaps(wanted: str, text: str) -> int:
    """How many letters of `text` lie between the first and the last of `wanted`, found in order; a miss is huge."""
    place = first = -1
    for letter in wanted:
        place = text.find(letter, place + 1)
        if place < 0:
            return _MISS
        first = place if first < 0 else first
    return place - first + 1 - len(wanted)
