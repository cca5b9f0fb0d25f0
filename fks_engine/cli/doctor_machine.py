"""The doctor's look at the machine: Python, terminal, folders, socket."""

from __future__ import annotations

import codecs
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fks_engine.errors import EngineNotRunning, SocketRefused
from fks_engine.version import installed_version
from fks_engine.wire.guard import claim_holder, reached

if TYPE_CHECKING:
    from pathlib import Path

    from fks_engine.config import Folders

OLDEST_PYTHON = (3, 11)
LEAST_COLUMNS, LEAST_LINES = 80, 24
LEAST_FREE = 100_000_000
LEAST_TO_START = 5_000_000
"""Bytes; with less the simulator's orders or the log cannot be kept."""
"""Bytes on the disk of the data folder."""


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    verdict: Verdict
    subject: str
    text: str
    remedy: str = ""
    """What to do about it."""


def machine_findings() -> Iterator[Finding]:
    """Python and the terminal."""
    version = ".".join(map(str, sys.version_info[:3]))
    text = f"{version} ({sys.executable}), fks {installed_version()}"
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding(Verdict.OK, "python", text)
    else:
        yield Finding(Verdict.FAIL, "python", text, "FKS needs Python 3.11 or newer")
    if sys.stdout.isatty():
        yield _size()
        yield _colours()
    else:
        yield Finding(Verdict.WARN, "terminal", "standard output is no terminal, so size and colours are not known")
    yield _encoding()


def _size() -> Finding:
    size = shutil.get_terminal_size()
    text = f"{size.columns}x{size.lines}"
    if size.columns >= LEAST_COLUMNS and size.lines >= LEAST_LINES:
        return Finding(Verdict.OK, "terminal", text)
    return Finding(Verdict.WARN, "terminal", text, f"the desk wants {LEAST_COLUMNS}x{LEAST_LINES} at least: enlarge it")


def _colours() -> Finding:
    term, wide = os.environ.get("TERM", ""), os.environ.get("COLORTERM", "")
    if term in {"", "dumb", "unknown"}:
        return Finding(Verdict.FAIL, "colours", f"TERM is {term or 'not set'}", "set TERM, like TERM=xterm-256color")
    if wide in {"truecolor", "24bit"} or term.endswith("-direct"):
        return Finding(Verdict.OK, "colours", f"16 million ({term})")
    if "256" in term:
        return Finding(Verdict.OK, "colours", f"256 ({term})")
    remedy = "TERM=xterm-256color, or COLORTERM=truecolor, shows more if the terminal can"
    return Finding(Verdict.WARN, "colours", f"16 ({term})", remedy)


def _encoding() -> Finding:
    name = (sys.stdout.encoding or "ascii").lower()
    if codecs.lookup(name).name == "utf-8":
        return Finding(Verdict.OK, "text", "UTF-8")
    return Finding(Verdict.WARN, "text", f"{name}, not UTF-8", "set LANG=C.UTF-8, or lines and arrows are not drawn")


def folder_findings(folders: Folders) -> Iterator[Finding]:
    """Whether each folder can be written to."""
    for name, folder in (
        ("config", folders.config),
        ("data", folders.data),
        ("cache", folders.cache),
        ("logs", folders.logs),
    ):
        yield _folder(name, folder)
    free = shutil.disk_usage(_nearest(folders.data)).free
    if free < LEAST_FREE:
        verdict = Verdict.WARN if free > LEAST_TO_START else Verdict.FAIL
        yield Finding(verdict, "disk", f"{free / 1e6:.0f} MB free", f"make room on the disk of {folders.data}")


def _folder(name: str, folder: Path) -> Finding:
    there = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        text = f"{folder}: cannot be written to: {error.strerror}"
        return Finding(Verdict.FAIL, name, text, "name another folder with FKS_HOME")
    return Finding(Verdict.OK, name, f"{folder}{'' if there == folder else ' (made when needed)'}")


def _nearest(folder: Path) -> Path:
    """The folder, or the one that is there and in which it would be made."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def socket_finding(folders: Folders) -> Finding:
    """Whose the socket is, and whether somebody listens."""
    path = folders.socket
    notice = folders.socket_notice() or ""
    try:
        reached(path).close()
    except EngineNotRunning:
        holder = claim_holder(path)
        if holder is not None:
            text = f"{path}: an engine (pid {holder}) holds it, but does not listen"
            return Finding(Verdict.WARN, "socket", text, f"it is starting or stopping; else `kill {holder}` ends it")
        left = " (left over; the next engine replaces it)" if path.exists() else ""
        return Finding(Verdict.OK, "socket", f"{path}{left}", notice)
    except SocketRefused as error:
        return Finding(Verdict.FAIL, "socket", str(error))
    return Finding(Verdict.OK, "socket", f"{path}, an engine listens", notice)
