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


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_desk_without_standard_input_or_output_says_what_it_needs(tmp_path: Path, closed: str) -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m fks_tui {closed}', sys.executable],
        env=os.environ | {"FKS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == "fks: the desk needs a terminal; `fks engine start` runs the engine without one\n"


def test_an_engine_whose_log_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "logs" / "engine.out").mkdir(parents=True)
    ended = fks(tmp_path, "engine", "start")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"fks: {tmp_path}/logs/engine.out: cannot be written: ")
    ended = fks(tmp_path, "engine", "run", "--log-file", str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr == f"fks: {tmp_path}: the log cannot be written there: Is a directory\n"


def test_an_engine_that_cannot_start_is_quoted_without_the_words_of_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "engine.log").write_text("an engine of yesterday\n")
    (tmp_path / "data" / "engine.lock").mkdir(parents=True)
    ended = fks(tmp_path, "engine", "start")
    assert ended.returncode == 1
    assert "yesterday" not in ended.stderr
    assert ended.stderr.splitlines()[-1] == f"fks: {tmp_path}/data/engine.lock: cannot be opened: Is a directory"
