"""A text that is painted only when it differs from what stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence


class SteadyText(Static):
    """Takes its text ten times a second and costs nothing while it stays the same."""

    ALLOW_SELECT = False

    _told: Content | None = None

    def tell(self, *lines: Content | str) -> None:
        """Show `lines`; lay out anew only where the text may take another height."""
        content = Content("\n").join(_contents(lines))
        before, self._told = self._told, content
        if before is None or not before.is_same(content):
            fits = before is not None and [*map(len, before.plain.split("\n"))] == [
                *map(len, content.plain.split("\n"))
            ]
            self.update(content, layout=not fits)


def _shape(content: Content) -> list[int]:
    return [len(line) for line in content.plain.split("\n")]


def _contents(lines: Sequence[Content | str]) -> list[Content]:
    return [Content(line) if isinstance(line, str) else line for line in lines]
