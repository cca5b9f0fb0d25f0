"""The words in the frame of a box, which stand as they are: nothing in them is read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from textual.widget import Widget


def entitle(box: Widget, title: str | None = None, subtitle: str | None = None) -> None:
    """Write what is not None into the upper and the lower edge, where it does not stand there already."""
    if title is not None and (words := Content(title)).markup != (box.border_title or ""):
        box.border_title = words
    if subtitle is not None and (words := Content(subtitle)).markup != (box.border_subtitle or ""):
        box.border_subtitle = words
