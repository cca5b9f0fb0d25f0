"""The words of a typed line with their places, and the doubt that stops its reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fks_tui.formatting import printable

LONGEST: Final = 200
"""Characters that a line may have."""
_WORD = re.compile(r"@|[^\s@]+")


class Slot(StrEnum):
    """What a line may go on with at the place where its reading stopped."""

    VERB = "verb"
    SIZE = "size"
    MARKET = "market"
    TERMS = "terms"
    PRICE = "price"
    LEVEL = "level"
    TARGET = "target"
    CONDITION = "condition"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line and where it stands."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """The word in small letters."""
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a line is not read: what stands there, what is expected, and where."""

    message: str
    start: int
    end: int
    slot: Slot = Slot.NOTHING
    choices: tuple[str, ...] = ()
    """Whole lines that leave no doubt, where it is a question which of them is meant."""


class Doubted(Exception):
    """Raised where the reading of a line stops; never leaves the package."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt.message)
        self.doubt = doubt


class Words:
    """A line, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = [Word(each.group(), each.start(), each.end()) for each in _WORD.finditer(text)]
        self._next = 0

    def peek(self, ahead: int = 0) -> Word | None:
        """The word that comes next, or `ahead` words after it; None past the end."""
        at = self._next + ahead
        return self._words[at] if at < len(self._words) else None

    def take(self, expected: str, slot: Slot) -> Word:
        """The next word, which is `expected`.

        Raises Doubted at the end of the line.
        """
        word = self.peek()
        if word is None:
            raise self.unfinished(f"{expected} is missing", slot)
        self._next += 1
        return word

    def unfinished(self, message: str, slot: Slot, *endings: str) -> Doubted:
        """A doubt at the end of the line, with the endings that would settle it."""
        line = self.text.rstrip()
        end = len(line) + 1 if line else 0
        return Doubted(Doubt(message, end, end + 1, slot, tuple(f"{line} {each}" for each in endings)))

    def doubt(self, word: Word, message: str, slot: Slot = Slot.NOTHING, *instead: str) -> Doubted:
        """A doubt about `word`; each of `instead` would settle it in its place."""
        choices = tuple(f"{self.text[: word.start]}{each}{self.text[word.end :]}".strip() for each in instead)
        return Doubted(Doubt(message, word.start, word.end, slot, choices))

    def asked(self, word: Word, message: str, *lines: str) -> Doubted:
        """A question about `word`, and whole lines that would answer it."""
        return Doubted(Doubt(message, word.start, word.end, Slot.NOTHING, lines))

    def end(self) -> None:
        """Raises Doubted where something is left to be read."""
        word = self.peek()
        if word is not None:
            raise self.doubt(word, f"{quoted(word.text)} is one word too many: the line is complete before it")


def quoted(text: str) -> str:
    """`text` short enough for one line, with nothing in it that a terminal would act upon."""
    shown = printable(text)
    return f"“{shown[:15]}…”" if len(shown) > 16 else f"“{shown}”"
