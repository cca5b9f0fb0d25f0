"""A painted line that does not keep itself alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class LineStrip(Strip):
    """A strip that is freed as soon as nobody shows it.

    Textual's own remembers how it was divided, and where it was not, it remembers itself: a ring that only a garbage
    collection frees. Panes that change ten times a second leave half a million objects in half a minute that way.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The strip in pieces that end at `cuts`, in cells."""
        ends = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if ends == [self.cell_length] else super().divide(ends)
