"""The journal of the engine's account: opened, told again to the stages, and kept from then on."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import Connection, StageStatus
from fks_engine.config.folders import made
from fks_engine.errors import ConfigError, JournalError, JournalUnavailable
from fks_engine.history import HistoryReader
from fks_engine.journal import Journal, locked, recovered
from fks_engine.model import JournalOpened
from fks_engine.ports import Unkept
from fks_engine.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fks_engine.clock import Clock
    from fks_engine.config import Folders, Settings
    from fks_engine.model import Checkpoint, JournalEntry, TradingStateSet
    from fks_engine.ports import OrderJournal


class Shut:
    """A journal that could not be opened: nothing is recorded, so that nothing is sent."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    async def record(self, *_: JournalEntry) -> None:
        """Refuse. Raises JournalUnavailable."""
        raise JournalUnavailable(self.fault)

    def note(self, *_: JournalEntry) -> None:
        """Let go of what is told: the exchange is asked for it when the journal is mended."""


@dataclass(slots=True)
class Records:
    """The journal of one account, and what it told when it was opened."""

    journal: OrderJournal
    entries: tuple[JournalEntry, ...] = ()
    cut: int = 0
    """Bytes of a half-written tail that were cut off."""
    switch: TradingStateSet | None = None
    """How a person last set the gate."""
    history: HistoryReader | None = None
    """What was ever written; None where no account has a journal."""
    checkpoint: Callable[[], Checkpoint] | None = None
    """How the stages stand, for the beginning of a new file; given once they are built."""
    _held: ExitStack = field(default_factory=ExitStack)

    def set_switch(self, switch: TradingStateSet) -> None:
        """Begin the next file with how the gate was set."""
        self.switch = switch

    async def run(self) -> None:
        """Write until canceled."""
        if isinstance(self.journal, Journal):
            await self.journal.run()
        await anyio.sleep_forever()

    async def close(self) -> None:
        """Write what is left and let go of the folder."""
        if isinstance(self.journal, Journal):
            await self.journal.close()
        if self.history is not None:
            await self.history.close()
        self._held.close()

    def _checkpoint(self) -> Checkpoint | None:
        """How the stages stand; None while they were not told all that was recorded, for it would be forgotten."""
        return None if self.entries or self.checkpoint is None else self.checkpoint()


def journal_status(records: Records) -> StageStatus:
    """What the status line says of the journal: while it takes nothing, nothing is sent."""
    fault = records.journal.fault
    connection = Connection.DISCONNECTED if fault else Connection.LIVE
    return StageStatus("journal", connection, fault, None, 0)


def journal_folder(settings: Settings, folders: Folders, key: str) -> Path:
    """Where the journal of an account lies: accounts, exchanges and modes never share one."""
    account = hashlib.sha256(key.encode()).hexdigest()[:12]
    return folders.of_mode(settings.mode) / "journal" / f"{settings.exchange.name}-{account}"


def opened(settings: Settings, folders: Folders, clock: Clock, key: str) -> Records:
    """The journal of the account of this key. Blocking. One that cannot be used is shut, and says why."""
    if settings.exchange.read_only:
        return Records(Unkept())
    folder, held = journal_folder(settings, folders, key), ExitStack()
    try:
        made(folder)
        held.enter_context(locked(folder))
        found = recovered(folder)
    except ConfigError as error:
        held.close()
        return Records(Shut(str(error)), history=HistoryReader(folder))
    except JournalError as error:
        held.close()
        return Records(Shut(f"{error}; `fks journal verify` tells more"), history=HistoryReader(folder))
    records = Records(Unkept(), found.entries, found.cut, history=HistoryReader(folder), _held=held)
    journal = Journal(folder, found.segment, found.last, records._checkpoint)
    journal.note(
        JournalOpened(
            ts=clock.now_ns(),
            mode=settings.mode,
            exchange=settings.exchange.name,
            account=folder.name,
            version=installed_version(),
        )
    )
    records.journal = journal
    return records
