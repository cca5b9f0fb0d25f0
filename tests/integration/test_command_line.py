"""What the `fks` command says about itself, and how it refuses what it does not know."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest


def fks(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command with an empty home and no settings but these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FKS_")}
    return subprocess.run(
        [sys.executable, "-m", "fks_tui", *arguments],
        env=kept | {"FKS_HOME": str(home)} | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_version_is_the_distributions(tmp_path: Path) -> None:
    ended = fks(tmp_path, "--version")
    assert ended.returncode == 0
    assert ended.stdout.strip() == f"fks {version('fks')}"


@pytest.mark.parametrize("command", [(), ("engine",), ("sim",), ("doctor",)])
def test_help_is_there_for_every_command(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = fks(tmp_path, *command, "--help")
    assert ended.returncode == 0, ended.stderr
    assert "usage: fks" in ended.stdout


def test_asking_about_the_command_leaves_no_trace(tmp_path: Path) -> None:
    fks(tmp_path, "--version")
    fks(tmp_path, "--help")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_refused_in_few_lines(tmp_path: Path) -> None:
    ended = fks(tmp_path, "trade")
    assert ended.returncode == 2
    assert "trade" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", [("engine", "start"), ("config",), ("doctor",)])
def test_a_broken_setting_is_one_clear_message(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = fks(tmp_path, *command, FKS_RISK__MAX_OPEN_ORDERS="many")
    assert ended.returncode != 0
    told = ended.stderr + ended.stdout
    assert "FKS_RISK__MAX_OPEN_ORDERS: risk.max_open_orders: found 'many'" in told
    assert "Traceback" not in told


def test_a_desk_without_a_terminal_is_refused_with_the_way_out(tmp_path: Path) -> None:
    ended = fks(tmp_path)
    assert ended.returncode != 0
    assert "terminal" in ended.stderr
    assert "fks engine start" in ended.stderr
    assert list(tmp_path.iterdir()) == []
