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
        """Show `lines`; lay out anew only where the text may take another room."""
        content = Content("\n").join(_contents(lines))
        before, self._told = self._told, content
        if before is None or not before.is_same(content):
            self.update(content, layout=before is None or not self._takes_the_same_room(before, content))

    def _takes_the_same_room(self, before: Content, after: Content) -> bool:
        """Whether both have as many lines, as long as each other or none of them wrapped in a width that stays."""
        old, new = _lengths(before), _lengths(after)
        width = self.styles.width
        stays = width is not None and not width.is_auto
        return old == new or (stays and len(old) == len(new) and max(*old, *new) <= self.content_size.width)


def _lengths(content: Content) -> list[int]:
    return [len(line) for line in content.plain.split("\n")]


def _contents(lines: Sequence[Content | str]) -> list[Content]:
    return [Content(line) if isinstance(line, str) else line for line in lines]
