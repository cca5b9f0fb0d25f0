"""Where FKS keeps its files on this machine, and where its socket stands."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from fks_engine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.model import Mode

SETTINGS_FILE = "fks.toml"
SOCKET_FILE = "engine.sock"
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's limit is 107 on Linux and 103 on macOS."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The four folders of one user; nothing is made until it is asked for by `made`."""

    config: Path
    data: Path
    cache: Path
    logs: Path

    @property
    def settings_file(self) -> Path:
        """The fks.toml that is read when no other is named; it need not exist."""
        return self.config / SETTINGS_FILE

    @property
    def socket(self) -> Path:
        """The engine's socket: in the data folder, or where that path is too long for a socket, under /tmp."""
        return self._short_socket if self.socket_is_elsewhere else self.data / SOCKET_FILE

    @property
    def socket_is_elsewhere(self) -> bool:
        """True when the data folder's path is too long to hold a socket."""
        return len(os.fsencode(self.data / SOCKET_FILE)) > LONGEST_SOCKET_PATH

    @property
    def _short_socket(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path("/tmp") / f"fks-{os.getuid()}" / f"{digest}.sock"

    def of_mode(self, mode: Mode) -> Path:
        """The data folder of one mode: accounts, orders and journals of two modes never meet."""
        return self.data / mode.value

    def socket_notice(self) -> str | None:
        """What to tell the user when the socket does not stand in the data folder."""
        if not self.socket_is_elsewhere:
            return None
        return f"the path of {self.data} is too long for a socket; the engine listens on {self.socket}"


def made(folder: Path) -> Path:
    """The folder, made with its missing parents and open to its owner only (mode 0700) where it is new.

    Raises ConfigError when it cannot be made, is not a folder, or belongs to another user.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise ConfigError(
            [f"{folder}: cannot make this folder: {error.strerror}; name another with FKS_HOME"]
        ) from error
    if owner != os.getuid():
        raise ConfigError([f"{folder}: belongs to another user (uid {owner}); name another with FKS_HOME"])
    return folder


def user_folders(environment: Mapping[str, str] = os.environ) -> Folders:
    """The folders of this user: all under FKS_HOME where it is set, else where the platform keeps such things."""
    home = environment.get("FKS_HOME", "").strip()
    if home:
        root = Path(home).expanduser().absolute()
        return Folders(config=root / "config", data=root / "data", cache=root / "cache", logs=root / "logs")
    place = platformdirs.PlatformDirs("fks", appauthor=False)
    return Folders(
        config=place.user_config_path,
        data=place.user_data_path,
        cache=place.user_cache_path,
        logs=place.user_log_path,
    )
