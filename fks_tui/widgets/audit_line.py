"""One line that says when our records were last held against the exchange's; loud where they keep the gate shut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_tui.audit_words import audit_line
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from fks_engine.api import DeskView


class AuditLine(SteadyText):
    """Not there while nothing is known of it."""

    def show(self, view: DeskView) -> None:
        """Say how things stand in this picture."""
        words, stops = audit_line(view)
        self.display = bool(words)
        self.set_class(stops, "-stopped")
        self.tell(words)
