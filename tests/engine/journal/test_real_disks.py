"""The journal on file systems of its own: one that is full, one that turns read-only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WRITER = """
import subprocess
import sys
from pathlib import Path
import anyio
from fks_engine.errors import JournalError, JournalUnavailable
from fks_engine.journal import journal as journal_module, recovered, written
from tests.engine.journal.entries import a_journal, an_intent

folder, what = Path(sys.argv[1]), sys.argv[2]
journal_module.TRY_AGAIN_S = 0.01

async def write(count):
    recorded = 0
    try:
        async with a_journal(folder) as journal:
            while recorded < count:
                await journal.record(an_intent(recorded))
                recorded += 1
    except* JournalUnavailable as group:
        print(group.exceptions[0])
    return recorded

if what == "full":
    recorded = anyio.run(write, 10_000)
    entries = [each.entry for each in written(folder)]
    assert entries == [an_intent(number) for number in range(recorded)], (len(entries), recorded)
    assert recorded > 100
else:
    anyio.run(write, 5)
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    try:
        recovered(folder)
    except JournalError as error:
        print(error)
"""


def on_a_disk_of_its_own(folder: Path, what: str) -> str:
    """What a writer says whose journal lies on a small disk that nobody else sees."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk; run this as root")
    mounted = f"mount -t tmpfs -o size=512k none {folder}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mounted], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody mount a disk")
    done = subprocess.run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            f'{mounted} && exec "$0" -c "$1" "$2" "$3"',
            sys.executable,
            WRITER,
            folder,
            what,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_full_disk_is_named_and_holds_all_that_was_recorded(tmp_path: Path) -> None:
    assert "cannot be written: No space left on device" in on_a_disk_of_its_own(tmp_path, "full")


def test_a_read_only_disk_is_named(tmp_path: Path) -> None:
    assert "cannot be written: Read-only file system" in on_a_disk_of_its_own(tmp_path, "read-only")
