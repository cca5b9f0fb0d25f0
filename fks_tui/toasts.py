"""The engine's notices as toasts, and a word on those that were missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fks_engine.api import NoticeLevel

if TYPE_CHECKING:
    from textual.app import App
    from textual.notifications import SeverityLevel

    from fks_engine.api import DeskView

_SEVERITIES: dict[NoticeLevel, SeverityLevel] = {NoticeLevel.WARNING: "warning", NoticeLevel.ERROR: "error"}


def tell(app: App[Any], view: DeskView, sounds: frozenset[str] = frozenset()) -> None:
    """Say each notice of a new picture in a toast, and how many of them came too fast for this desk.

    The terminal's bell rings once where one of them is of a kind in `sounds`.
    """
    if any(notice.kind.value in sounds for notice in view.notices):
        app.bell()
    for notice in view.notices:
        severity = _SEVERITIES.get(notice.level, "information")
        app.notify(notice.message, title=notice.title, severity=severity, markup=False)
    if view.missed_notices:
        app.notify(
            f"{view.missed_notices} messages were missed; the tables hold their outcomes.",
            title="The desk was too slow",
            severity="warning",
        )
