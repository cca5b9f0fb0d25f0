"""Starts the engine as a process of its own, and waits for it to answer or to be gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import Connection, SettingsPage, SettingsRequest
from fks_engine.cli.settings_compared import refuse_unmet_options, unmet, words
from fks_engine.config.folders import made
from fks_engine.config.settings import ENVIRONMENT_PREFIX, NESTED_DELIMITER, secret_keys
from fks_engine.errors import ConfigError, ConnectionLost, EngineError, EngineNotRunning, WireError
from fks_engine.exchange.names import check_exchange_name
from fks_engine.wire import claim_holder, connect

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from fks_engine.api import DeskView, EngineView, SettingRow
    from fks_engine.cli.arguments import Arguments
    from fks_engine.config import Folders, Settings

LOOK_EVERY_S = 0.05
GONE_S = 60.0
"""How long an engine that stops may take: canceling orders and ending the simulator take their time."""
LAST_LINES = 8
OUTPUT_FILE, LOG_FILE = "engine.out", "engine.log"
FULL_BYTES = 1_000_000
"""A disk with less free than this keeps an engine from saying why it ended."""


@dataclass(frozen=True, slots=True)
class Found:
    """The engine that answers."""

    view: DeskView
    was_started: bool
    """True where it did not run before."""
    unmet: tuple[SettingRow, ...] = ()
    """What the settings ask of it and it, having read them earlier, does not do."""
    differences: tuple[str, ...] = ()
    """The same in words."""


def start(settings: Settings, folders: Folders, arguments: Arguments) -> int:
    """`fks engine start`: start the engine unless one runs."""
    found = engine_for(settings, folders, arguments)
    engine = found.view.engine
    word = "started" if found.was_started else "already runs"
    print(f"engine {word}: pid {engine.pid}, {kind(engine)}")
    for difference in found.differences:
        print(f"fks: {difference}; `fks engine stop`, then `fks engine start` takes it", file=sys.stderr)
    return 0


def engine_for(settings: Settings, folders: Folders, arguments: Arguments) -> Found:
    """The running engine, started first where none runs.

    Raises EngineError where the one that runs is of another mode than was asked for, or runs with another value of a
    setting than the command line asks for, or none can be started; ConfigError for an exchange that does not exist.
    """
    check_exchange_name(settings.exchange.name)
    view = anyio.run(running, folders)
    if view is not None and view.engine.connection is Connection.STOPPING:
        wait_until_gone(folders)
        view = None
    found = Found(view, was_started=False) if view is not None else _started(settings, folders, arguments)
    engine = found.view.engine
    if engine.mode is not settings.mode and settings.source_of("mode") != "default":
        raise EngineError(
            f"the engine that runs (pid {engine.pid}) is in mode {engine.mode.value}, not {settings.mode.value}: stop "
            f"it with `fks engine stop` first, or attach to it with `fks --mode {engine.mode.value}`"
        )
    refuse_another_exchange(engine, settings)
    return found if found.was_started else _compared(found, settings, folders)


def _compared(found: Found, settings: Settings, folders: Folders) -> Found:
    """The engine that ran already, with what it does otherwise than asked. Raises EngineError for an option."""
    running_rows = anyio.run(_settings_of, folders)
    asked = unmet(running_rows, settings)
    refuse_unmet_options(running_rows, asked)
    return replace(found, unmet=asked, differences=words(running_rows, asked))


async def _settings_of(folders: Folders) -> tuple[SettingRow, ...]:
    """What the engine runs with; nothing where it ends meanwhile."""
    try:
        async with connect(folders.socket) as desk:
            page = await desk.query(SettingsRequest())
    except (ConnectionLost, EngineNotRunning):
        return ()
    return page.items if isinstance(page, SettingsPage) else ()


def refuse_another_exchange(engine: EngineView, settings: Settings) -> None:
    """Raise EngineError where the engine that runs shows another exchange than the one that was asked for."""
    wanted, shown = settings.exchange, engine.exchange.partition(" ")[0]
    others = shown != wanted.name and settings.source_of("exchange.name") != "default"
    other_access = engine.read_only != wanted.read_only and settings.source_of("exchange.read_only") != "default"
    if others or other_access:
        access = " read-only" if engine.read_only else ""
        asked = " read-only" if wanted.read_only else ""
        raise EngineError(
            f"the engine that runs (pid {engine.pid}) shows {shown}{access}, not {wanted.name}{asked}: stop it with "
            "`fks engine stop` first, or run a second one in a folder of its own with --home DIR"
        )


def kind(engine: EngineView) -> str:
    """What the engine trades on, in words: `mode sim`, or what it only looks at."""
    return f"read-only on {engine.exchange}" if engine.read_only else f"mode {engine.mode.value}"


async def running(folders: Folders, pictures: int = 1) -> DeskView | None:
    """What the running engine shows, once it has made so many pictures for us; None where none runs.

    Raises EngineError where it cannot be spoken to.
    """
    try:
        async with connect(folders.socket) as desk:
            with anyio.move_on_after(5.0):
                while (view := desk.view()).number < pictures:
                    await desk.changed(view.number)
            if view.number == 0:
                raise WireError(f"the engine (pid {view.engine.pid}) answers, but shows nothing of itself")
            return view
    except EngineNotRunning:
        return None


def wait_until_gone(folders: Folders) -> None:
    """Wait until no engine holds the data folder. Raises EngineError after a deadline."""
    deadline = time.monotonic() + GONE_S
    while (pid := claim_holder(folders.socket)) is not None:
        if time.monotonic() > deadline:
            raise EngineError(f"the engine (pid {pid}) is still there; `kill -9 {pid}` ends it the hard way")
        time.sleep(LOOK_EVERY_S)


def _started(settings: Settings, folders: Folders, arguments: Arguments) -> Found:
    if notice := folders.socket_notice():
        print(f"fks: {notice}", file=sys.stderr)
    print(f"Starting the engine (mode {settings.mode.value}) ...", file=sys.stderr)
    log = folders.logs / LOG_FILE
    logged = log.stat().st_size if log.is_file() else 0
    process = _spawned(settings, folders, arguments)
    deadline = time.monotonic() + arguments.wait_s
    while time.monotonic() < deadline:
        view = anyio.run(_first_word, folders)
        if view is not None:
            return Found(view, was_started=True)
        if process.poll() is not None:
            said = _last_words(folders, logged)
            raise EngineError(f"the engine ended at its start (code {process.returncode}){said}")
        time.sleep(LOOK_EVERY_S)
    raise EngineError(
        f"the engine (pid {process.pid}) does not answer after {arguments.wait_s:g} s; it may still be starting: "
        f"`fks engine status` looks again{_last_words(folders, logged)}"
    )


async def _first_word(folders: Folders) -> DeskView | None:
    try:
        return await running(folders)
    except (ConnectionLost, WireError):
        return None  # it is only just there


def _spawned(settings: Settings, folders: Folders, arguments: Arguments) -> subprocess.Popen[bytes]:
    """A detached engine: in a session of its own, with its output in the folder of logs."""
    data, logs = made(folders.data), made(folders.logs)
    output = _own_output(logs / OUTPUT_FILE)
    command = [sys.executable, "-m", "fks_engine.cli", "engine", "run", f"--log-file={logs / LOG_FILE}"]
    command += arguments.forwarded(hidden=secret_keys())
    if arguments.halted is not None:
        command.append(f"--halted={arguments.halted}")
    if settings.simulator.file is not None:  # a relative name means this folder, not the engine's
        command.append(f"--set=simulator.file={settings.simulator.file}")
    environment = dict(os.environ)
    for name in ("FKS_HOME", "FKS_CONFIG"):
        if environment.get(name, "").strip():
            environment[name] = os.path.abspath(os.path.expanduser(environment[name].strip()))
    for key in secret_keys() & arguments.overrides.keys():  # a command line can be read by every user
        environment[variable_of(key)] = str(arguments.overrides[key])
    with output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=data,
            env=environment,
            start_new_session=True,
        )


def variable_of(key: str) -> str:
    """The variable that sets `key`: FKS_EXCHANGE__API_KEY for `exchange.api_key`."""
    return ENVIRONMENT_PREFIX + key.upper().replace(".", NESTED_DELIMITER)


def _own_output(path: Path) -> BinaryIO:
    """The file that takes what the engine says outside its log. Raises ConfigError where it cannot be written."""
    try:
        return path.open("wb")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}; FKS_HOME names another folder"]) from error


def _last_words(folders: Folders, logged: int) -> str:
    """The end of what the engine said since its log was `logged` bytes long, and where the rest stands."""
    for name, before in ((OUTPUT_FILE, 0), (LOG_FILE, logged)):
        path = folders.logs / name
        said = path.read_bytes() if path.is_file() else b""
        said = said[before:] if len(said) >= before else said  # a shorter log is a new one
        lines = said.decode("utf-8", "replace").strip().splitlines()[-LAST_LINES:]
        if lines:
            return f"; it said ({path}):\n" + "\n".join(line.removeprefix("fks: ") for line in lines)
    if folders.logs.is_dir() and shutil.disk_usage(folders.logs).free < FULL_BYTES:
        return f"; it could not say why: the disk of {folders.logs} is full, make room there"
    return f"; its log is {folders.logs / LOG_FILE}"
