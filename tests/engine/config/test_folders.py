"""Where files go, who may open them, and where the socket stands when its path grows too long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fks_engine.config import user_folders
from fks_engine.config.folders import LONGEST_SOCKET_PATH, made
from fks_engine.errors import ConfigError
from fks_engine.model import Mode


def test_fks_home_holds_all_four_folders() -> None:
    folders = user_folders({"FKS_HOME": "/somewhere"})
    assert folders.config == Path("/somewhere/config")
    assert folders.data == Path("/somewhere/data")
    assert folders.cache == Path("/somewhere/cache")
    assert folders.logs == Path("/somewhere/logs")
    assert folders.settings_file == Path("/somewhere/config/fks.toml")
    assert folders.socket == Path("/somewhere/data/engine.sock")
    assert folders.socket_notice() is None


def test_without_fks_home_the_platform_says_where() -> None:
    folders = user_folders({})
    assert len({folders.config, folders.data, folders.cache}) == 3
    assert all("fks" in str(folder) for folder in (folders.config, folders.data, folders.cache, folders.logs))


def test_a_home_with_a_tilde_or_a_relative_path_becomes_absolute() -> None:
    assert user_folders({"FKS_HOME": "~/desk"}).data == Path.home() / "desk" / "data"
    assert user_folders({"FKS_HOME": "desk"}).data == Path.cwd() / "desk" / "data"


def test_a_data_folder_with_a_long_path_gets_a_short_socket_of_its_own() -> None:
    first = user_folders({"FKS_HOME": "/" + "a" * 120})
    second = user_folders({"FKS_HOME": "/" + "b" * 120})
    assert len(os.fsencode(first.socket)) <= LONGEST_SOCKET_PATH
    assert first.socket != second.socket
    assert str(os.getuid()) in first.socket.parent.name
    notice = first.socket_notice()
    assert notice is not None
    assert str(first.socket) in notice


def test_each_mode_has_a_folder_of_its_own() -> None:
    folders = user_folders({"FKS_HOME": "/somewhere"})
    assert folders.of_mode(Mode.SIM) == Path("/somewhere/data/sim")
    assert folders.of_mode(Mode.TESTNET) == Path("/somewhere/data/testnet")


def test_a_new_folder_is_open_to_its_owner_only(tmp_path: Path) -> None:
    folder = made(tmp_path / "one" / "two")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert made(folder) == folder


def test_a_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    occupied = tmp_path / "data"
    occupied.write_text("")
    with pytest.raises(ConfigError, match="cannot make this folder"):
        made(occupied)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    os.chown(foreign, 12_345, -1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        made(foreign)
