"""What desks have chosen and the engine remembers over restarts: watchlists and alerts, in one small file."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from fks_engine.api import Alert, NoticeLevel, Watchlist
from fks_engine.config.folders import made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fks_engine.config import Folders, Settings

VERSION = 1


@dataclass(frozen=True, slots=True)
class Remembered:
    """The file's contents."""

    version: int = VERSION
    watchlists: tuple[Watchlist, ...] = ()
    alerts: tuple[Alert, ...] = ()


def memory_file(settings: Settings, folders: Folders) -> Path:
    """The file of this mode and exchange: prices of the simulator are no prices of the real market."""
    public = "-public" if settings.exchange.read_only else ""
    return folders.of_mode(settings.mode) / f"desk-{settings.exchange.name}{public}.json"


class Memory:
    """Reads the file once and replaces it whole after each change; a file that cannot be read is put aside."""

    def __init__(self, path: Path, notify: Callable[[NoticeLevel, str, str], None]) -> None:
        self._path = path
        self._notify = notify

    def read(self) -> Remembered:
        """What the file says; nothing where there is none."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Remembered)
        except FileNotFoundError:
            return Remembered()
        except (OSError, msgspec.MsgspecError, ValueError, ArithmeticError) as error:
            return self._put_aside(str(error))
        return found if found.version == VERSION else self._put_aside(f"it is of version {found.version}")

    def write(self, remembered: Remembered) -> None:
        """Replace the file, or say that it could not be done; what is there stays whole in any case."""
        beside = self._path.with_suffix(".new")
        try:
            made(self._path.parent)
            beside.write_bytes(msgspec.json.format(msgspec.json.encode(remembered), indent=2))
            beside.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                os.unlink(beside)
            text = f"{self._path} cannot be written ({error.strerror}): watchlists and alerts are lost with the engine"
            self._notify(NoticeLevel.ERROR, "Not remembered", text)

    def _put_aside(self, why: str) -> Remembered:
        aside = self._path.with_suffix(".broken")
        with suppress(OSError):
            self._path.replace(aside)
        text = f"{why[:120]}: watchlists begin anew and every alert is gone; the file is kept as {aside}"
        self._notify(NoticeLevel.WARNING, "Watchlists and alerts not read", text)
        return Remembered()
