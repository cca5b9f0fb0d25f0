from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fks_engine.cli.doctor_machine import Finding, Verdict, folder_findings, machine_findings, socket_finding
from fks_engine.config import Folders, user_folders
from fks_engine.wire import claimed
from fks_engine.wire.guard import bound
from tests.engine.wire.serving import short_folder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folders() -> Iterator[Folders]:
    with short_folder() as home:
        yield user_folders({"FKS_HOME": str(home)})


def found(subject: str, findings: Iterator[Finding]) -> Finding:
    return next(finding for finding in findings if finding.subject == subject)


def in_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, lines: int, **variables: str) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    size = os.terminal_size((columns, lines))
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: size)
    for name in ("TERM", "COLORTERM"):
        monkeypatch.setenv(name, variables.get(name, ""))


def test_this_python_will_do() -> None:
    assert found("python", machine_findings()).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("columns", "lines", "verdict"), [(80, 24, Verdict.OK), (200, 60, Verdict.OK), (79, 24, Verdict.WARN)]
)
def test_a_terminal_may_be_too_small(
    monkeypatch: pytest.MonkeyPatch, columns: int, lines: int, verdict: Verdict
) -> None:
    in_a_terminal(monkeypatch, columns, lines, TERM="xterm")
    finding = found("terminal", machine_findings())
    assert (finding.verdict, finding.text) == (verdict, f"{columns}x{lines}")


@pytest.mark.parametrize(
    ("term", "wide", "verdict", "text"),
    [
        ("xterm-256color", "truecolor", Verdict.OK, "16 million"),
        ("xterm-256color", "", Verdict.OK, "256"),
        ("xterm", "", Verdict.WARN, "16 "),
        ("dumb", "truecolor", Verdict.FAIL, "dumb"),
        ("", "", Verdict.FAIL, "not set"),
    ],
)
def test_the_colours_are_what_the_terminal_says(
    monkeypatch: pytest.MonkeyPatch, term: str, wide: str, verdict: Verdict, text: str
) -> None:
    in_a_terminal(monkeypatch, 80, 24, TERM=term, COLORTERM=wide)
    finding = found("colours", machine_findings())
    assert finding.verdict is verdict
    assert text in finding.text


def test_folders_that_are_not_there_yet_will_do_and_are_not_made(folders: Folders) -> None:
    findings = list(folder_findings(folders))
    assert [finding.verdict for finding in findings] == [Verdict.OK] * 4
    assert all("made when needed" in finding.text for finding in findings)
    assert not folders.data.exists()


def test_a_folder_that_cannot_be_written_to_fails(folders: Folders) -> None:
    on_no_disk = replace(folders, data=Path("/proc/fks"))  # where root, too, can make nothing
    assert found("data", folder_findings(on_no_disk)).verdict is Verdict.FAIL


def test_the_socket_is_told_in_each_of_its_states(folders: Folders) -> None:
    assert socket_finding(folders).verdict is Verdict.OK
    with claimed(folders.socket) as claim:
        silent = socket_finding(folders)
        assert silent.verdict is Verdict.WARN
        assert f"kill {os.getpid()}" in silent.remedy
        with bound(claim):
            assert "an engine listens" in socket_finding(folders).text
            folders.socket.chmod(0o666)
            assert socket_finding(folders).verdict is Verdict.FAIL
            folders.socket.chmod(0o600)
    assert "left over" in socket_finding(folders).text


@pytest.mark.parametrize(("free", "verdict"), [(50_000_000, Verdict.WARN), (0, Verdict.FAIL)])
def test_a_disk_with_no_room_left_is_a_failure(
    folders: Folders, monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, free))
    assert found("disk", folder_findings(folders)).verdict is verdict
