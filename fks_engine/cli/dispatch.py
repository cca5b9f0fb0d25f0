"""Runs the headless commands and turns errors into messages and exit codes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from fks_engine.cli.reading import find_folders, read_settings
from fks_engine.errors import ConfigError, FksError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.cli.arguments import Arguments

INTERRUPTED = 130


def run(arguments: Arguments) -> int:
    """Run one headless command to its end; the exit code."""
    return reporting(lambda: _run(arguments))


def reporting(work: Callable[[], int]) -> int:
    """Run `work`; an error of ours or of a file becomes one line for each of its problems and code 1."""
    try:
        return work()
    except FksError as error:
        return _report(error)
    except BaseExceptionGroup as group:
        ours, others = group.split(FksError)
        if ours is None or others is not None:
            raise
        return max(map(_report, _leaves(ours)))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes
        return 1
    except OSError as error:  # a full or read-only disk, say; what FKS can name better it has named
        return _report_os_error(error)


def _run(arguments: Arguments) -> int:
    """Each command loads only what it needs."""
    match arguments.command:
        case "sim":
            sys.stdout.flush()
            os.execv(sys.executable, [sys.executable, "-m", "fks_engine.simulator", *arguments.rest])
        case "doctor":
            from fks_engine.cli import doctor

            return doctor.run(arguments)
        case "config":
            from fks_engine.cli import settings_table

            return settings_table.run(*read_settings(arguments), describe=arguments.describe)
        case "engine run":
            from fks_engine.cli import engine_run

            return engine_run.run(*read_settings(arguments), arguments.log_file, arguments.halted)
        case "engine start":
            from fks_engine.cli import engine_process

            return engine_process.start(*read_settings(arguments), arguments)
        case "engine stop":
            from fks_engine.cli import engine_stop

            return engine_stop.run(find_folders(arguments), arguments.cancel_orders)
        case "engine status":
            from fks_engine.cli import engine_status

            return engine_status.run(find_folders(arguments), as_json=arguments.as_json)
        case "halt":
            from fks_engine.cli import halt

            return halt.halt(*read_settings(arguments), arguments)
        case "resume":
            from fks_engine.cli import halt

            return halt.resume(find_folders(arguments), arguments.reason, reducing=arguments.reducing)
        case "journal show":
            from fks_engine.cli import journal_show

            settings, folders = read_settings(arguments)
            return journal_show.show(settings, folders, arguments.last, arguments.order, as_json=arguments.as_json)
        case "history":
            from fks_engine.cli import history

            settings, folders = read_settings(arguments)
            return history.run(settings, folders, arguments.history, as_json=arguments.as_json)
        case "journal verify":
            from fks_engine.cli import journal_show

            return journal_show.verify(find_folders(arguments))
        case "reconcile" | "reconcile accept" as command:
            from fks_engine.cli import reconcile

            return reconcile.run(find_folders(arguments), arguments.numbers if command != "reconcile" else None)
        case other:
            raise AssertionError(f"no such command: {other}")


def _report(error: BaseException) -> int:
    lines = error.problems if isinstance(error, ConfigError) else str(error).splitlines()
    for line in lines:
        print(f"fks: {line}", file=sys.stderr)
    return 1


def _report_os_error(error: OSError) -> int:
    where = f"{error.filename}: " if error.filename else ""
    print(f"fks: {where}{error.strerror or error}", file=sys.stderr)
    with suppress(OSError):
        sys.stdout.flush()
        return 1
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes
    return 1


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
