"""Previews of the order that is being typed: the latest wins, one at a time, stale answers are dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

import anyio

from fks_engine.api import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import Desk, Preview, Previewable

Typed = TypeVar("Typed", bound="Previewable")
PREVIEW_EVERY_NS: Final = 1_000_000_000
"""How old a preview may grow before the market has moved on and it is asked for again."""

FOLLOW_EVERY_NS: Final = 250_000_000
"""For so long an order whose numbers hang on the market keeps them: what is shown, previewed and sent is one order."""
UNANSWERED_NS: Final = 5 * PREVIEW_EVERY_NS
"""For so long it keeps them while their preview is on its way."""


class PreviewFeed(Generic[Typed]):
    """Asks for a preview whenever one is wanted, and never for two at once."""

    def __init__(self, desk: Desk, deliver: Callable[[Typed, Preview | None], None]) -> None:
        self._desk = desk
        self._deliver = deliver
        self._command: Typed | None = None
        self._wanted = anyio.Event()
        self._is_answered = True

    def may_follow(self, since_ns: int) -> bool:
        """Whether an order that is `since_ns` old may take the market's new numbers: not before its preview came."""
        return since_ns >= (FOLLOW_EVERY_NS if self._is_answered else UNANSWERED_NS)

    @property
    def wanted(self) -> Typed | None:
        """The order whose preview was asked for last."""
        return self._command

    def want(self, command: Typed | None) -> None:
        """Ask anew, for `command`; None wants nothing, and drops what is on its way."""
        self._is_answered = command is None or (self._is_answered and command == self._command)
        self._command = command
        if command is not None:
            self._wanted.set()

    async def run(self) -> None:
        """Deliver previews until canceled; None where the engine gave no answer."""
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            command = self._command
            if command is None:
                continue
            try:
                preview = await self._desk.preview(command)
            except ConnectionLost:
                preview = None
            if command == self._command:
                self._is_answered = True
                self._deliver(command, preview)
