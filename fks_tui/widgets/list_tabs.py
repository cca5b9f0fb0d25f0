"""One line of tabs: the names of a screen's lists with their counts, the shown one in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Mapping


class ListTabs(Static):
    """Names and counts; a click on a name calls `show_list` of the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[str, tuple[tuple[str, str], ...]] | None = None

    def show(self, active: str, counts: Mapping[str, str]) -> None:
        """Mark `active` among the names of `counts`."""
        shown = (active, tuple(counts.items()))
        if shown == self._shown:
            return
        self._shown = shown
        parts = []
        for name, count in shown[1]:
            title = f"{name.capitalize()} {count}"
            if name == active:
                parts.append(Content(f"[{title}]").stylize("bold on $cursor"))
            else:
                parts.append(Content(f" {title} ").stylize(f"@click=screen.show_list('{name}')"))
        self.update(Content(" ").join(parts))
