"""`fks halt` and `fks resume` as a person uses them, with and without an engine."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.wire.serving import short_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fks = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def fks() -> Iterator[Fks]:
    with short_folder() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FKS_")}

        def run(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "fks_tui", *words],
                env=kept | {"FKS_HOME": str(folder)},
                input=typed,
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )

        try:
            yield run
        finally:
            run("engine", "stop", "--leave-orders")


def test_a_halt_starts_a_halted_engine_where_none_runs_and_a_typed_word_lifts_it(fks: Fks) -> None:
    nobody = fks("resume", typed="resume\n")
    assert (nobody.returncode, "no engine runs" in nobody.stderr) == (1, True)
    halted = fks("halt", "--reason", "too wild")
    assert halted.returncode == 0, halted.stderr
    assert "one is started, halted" in halted.stdout
    assert halted.stdout.splitlines()[-1].startswith("done: the exchange says that nothing of ours is open")
    status = fks("engine", "status").stdout
    assert "halted too wild" in status
    assert fks("resume").returncode == 1
    assert fks("resume", typed="yes\n").returncode == 1
    lifted = fks("resume", "--reducing", typed="resume\n")
    assert (lifted.returncode, "trading is reducing" in lifted.stdout) == (0, True)
    again = fks("halt", "--flatten")
    assert again.returncode == 0, again.stderr
    assert "no position is left that could be sold" in again.stdout
