"""As many toasts as there is room for: the newest, over a window and over the limits one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from textual.app import ScreenStackError
from textual.css.query import NoMatches
from textual.screen import ModalScreen
from textual.widgets._toast import ToastRack

if TYPE_CHECKING:
    from textual.app import App
    from textual.notifications import Notifications

_TALLEST: Final = 9
"""Lines of the tallest toast, with the one over it."""
ONE_TOAST: Final = "-one-toast"
"""The class of a screen that has room for one."""
_KEPT_FREE: Final = 4
"""Lines of the screen that no toast lies over: the status bar and heads at its top, the footer."""


def show_newest(app: App[Any], notifications: Notifications) -> None:
    """Show the newest of `notifications` on the screen that is seen."""
    with suppress(ScreenStackError, NoMatches):
        rack = app.screen.get_child_by_type(ToastRack)
        is_full = isinstance(app.screen, ModalScreen) or app.screen.has_class(ONE_TOAST)
        room = 1 if is_full else max(1, (app.size.height - _KEPT_FREE) // _TALLEST)
        app.call_later(_fill, rack, notifications, room)


def _fill(rack: ToastRack, notifications: Notifications, room: int) -> None:
    newest = list(notifications)[-room:]
    wanted = {rack._toast_id(each) for each in newest}
    for holder in rack.children:
        if holder.id not in wanted:
            holder.remove()
    rack.show(cast("Notifications", newest))
