"""What people should be told once: a bounded log that every desk reads at its own pace."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from fks_engine.api import Notice, NoticeKind, NoticeLevel

if TYPE_CHECKING:
    from fks_engine.clock import Clock

KEPT = 200
_log = logging.getLogger(__name__)
_LEVELS = {NoticeLevel.WARNING: logging.WARNING, NoticeLevel.ERROR: logging.ERROR}


class NoticeLog:
    """The last notices of the engine, numbered from 1."""

    def __init__(self, clock: Clock, kept: int = KEPT) -> None:
        self._clock = clock
        self._notices: deque[Notice] = deque(maxlen=kept)
        self.last_number = 0

    def add(self, level: NoticeLevel, title: str, message: str, kind: NoticeKind = NoticeKind.OTHER) -> None:
        """Tell every desk, and the log."""
        self.last_number += 1
        self._notices.append(Notice(self.last_number, level, title, message, self._clock.now_ns(), kind))
        _log.log(_LEVELS.get(level, logging.INFO), "%s: %s", title, message)

    def since(self, number: int) -> tuple[tuple[Notice, ...], int]:
        """Notices after `number`, and how many of those were already forgotten."""
        kept = tuple(notice for notice in self._notices if notice.number > number)
        return kept, self.last_number - number - len(kept)
