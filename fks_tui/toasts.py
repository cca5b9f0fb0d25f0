"""The engine's notices as toasts, and a word on those that were missed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fks_engine.api import ConnectionLost, HearAlerts, NoticeKind, NoticeLevel
from fks_tui.actions.desk import SETTINGS
from fks_tui.alert_words import MissedAlerts, missed_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.notifications import SeverityLevel

    from fks_engine.api import Desk, DeskView

_SEVERITIES: dict[NoticeLevel, SeverityLevel] = {NoticeLevel.WARNING: "warning", NoticeLevel.ERROR: "error"}
_TOLD_BY_THE_WINDOW = frozenset({"Trading halted", "Halt done"})
"""The engine's notices of a halt that its window shows with all the rest."""
_MISSED_ALERTS_S = 30.0
_PROBLEMS_S = 20.0
_PROBLEMS_TOLD = 2
"""So many problems with the settings are told in a toast; the Settings screen keeps them all."""


def tell_problems(app: App[Any], one: str, many: str, problems: tuple[str, ...]) -> None:
    """Tell what is wrong with the settings, in one toast however much it is."""
    if problems:
        rest = len(problems) - _PROBLEMS_TOLD
        lines = [*problems[:_PROBLEMS_TOLD], *([f"… and {rest} more"] if rest > 0 else [])]
        text = "\n".join([*lines, f"{SETTINGS.keys.split()[0]} keeps them all."])
        app.notify(text, title=one if len(problems) == 1 else many, severity="warning", timeout=_PROBLEMS_S)


class Toasts:
    """Tells what pictures carry; the terminal's bell rings once where one of the notices is of a kind in `sounds`."""

    def __init__(self, app: App[Any], desk: Desk, sounds: frozenset[str], shows_halt: Callable[[], bool]) -> None:
        self._app = app
        self._shows_halt = shows_halt
        self._desk = desk
        self._sounds = sounds
        self._missed_alerts = MissedAlerts()

    def tell(self, view: DeskView) -> None:
        """Say each notice of a new picture, how many of them came too fast, and which alerts spoke to nobody."""
        kinds = {notice.kind.value for notice in view.notices}
        shows_halt = self._shows_halt()
        for notice in view.notices:
            if shows_halt and notice.title in _TOLD_BY_THE_WINDOW:
                continue
            severity = _SEVERITIES.get(notice.level, "information")
            self._app.notify(notice.message, title=notice.title, severity=severity)
        if view.missed_notices:
            self._app.notify(
                f"{view.missed_notices} messages were missed; the tables hold their outcomes.",
                title="The desk was too slow",
                severity="warning",
            )
        missed, heard = self._missed_alerts.take(view)
        if missed:
            kinds.add(NoticeKind.ALERT.value)
            title = f"{len(missed)} alert{'s' if len(missed) > 1 else ''} spoke while no desk was open"
            self._app.notify(missed_words(missed, view), title=title, severity="warning", timeout=_MISSED_ALERTS_S)
        if heard:
            self._app.run_worker(self._hear(heard), group="alerts")
        if kinds & self._sounds:
            self._app.bell()

    async def _hear(self, numbers: tuple[int, ...]) -> None:
        """Let the engine know; one that is gone tells the next desk again."""
        with suppress(ConnectionLost):
            await self._desk.submit(HearAlerts(numbers))
