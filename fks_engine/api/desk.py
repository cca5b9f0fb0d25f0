"""The Desk protocol: all that a screen or a command may know of the engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from fks_engine.api.commands import Accepted, Command, Denied, Preview, Previewable
from fks_engine.api.requests import AnswerPart, Job, JobPart, Page, Request
from fks_engine.api.views import DeskView

PROTOCOL_VERSION = 4
"""Grows with every change of what passes the door; desk and engine must agree."""


class Desk(Protocol):
    """One desk's door to the engine. Every method is called on the event loop that opened it.

    The engine in process, the socket client and FakeDesk all keep this contract. Only the asynchronous methods may
    raise: ConnectionLost when the engine has gone (its views then say DISCONNECTED until it is back).
    """

    def view(self) -> DeskView:
        """The latest picture; never waits and never raises."""
        ...

    async def changed(self, number: int) -> DeskView:
        """The latest picture, as soon as its number differs from `number`."""
        ...

    async def submit(self, command: Command) -> Accepted | Denied:
        """Ask for something to be done. Returns once it was taken or denied, not once it is done."""
        ...

    async def preview(self, command: Previewable) -> Preview:
        """What the order would be and do, and whether the gate would let it through."""
        ...

    async def query(self, request: Request) -> Page:
        """One page of records."""
        ...

    def run(self, job: Job) -> AsyncGenerator[JobPart]:
        """Run a job; closing the iterator cancels it."""
        ...

    def ask(self, question: str) -> AsyncGenerator[AnswerPart]:
        """Put a question to the assistant; closing the iterator cancels it."""
        ...
