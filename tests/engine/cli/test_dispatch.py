from __future__ import annotations

import errno

import pytest

from fks_engine.cli.dispatch import INTERRUPTED, reporting
from fks_engine.errors import ConfigError, EngineAlreadyRunning, SocketRefused


def raising(error: BaseException) -> int:
    raise error


def test_an_error_of_ours_is_a_message_and_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert reporting(lambda: raising(EngineAlreadyRunning("one runs already"))) == 1
    assert capsys.readouterr().err == "fks: one runs already\n"


def test_each_problem_with_the_settings_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert reporting(lambda: raising(ConfigError(["fks.toml: a: found 1", "FKS_B: found 2"]))) == 1
    assert capsys.readouterr().err == "fks: fks.toml: a: found 1\nfks: FKS_B: found 2\n"


def test_errors_out_of_a_task_group_are_told_alike(capsys: pytest.CaptureFixture[str]) -> None:
    group = ExceptionGroup("unhandled", [ExceptionGroup("inner", [SocketRefused("not ours")])])
    assert reporting(lambda: raising(group)) == 1
    assert capsys.readouterr().err == "fks: not ours\n"


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        reporting(lambda: raising(ZeroDivisionError()))
    with pytest.raises(ExceptionGroup):
        reporting(lambda: raising(ExceptionGroup("both", [SocketRefused("not ours"), ZeroDivisionError()])))


def test_an_interrupt_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert reporting(lambda: raising(KeyboardInterrupt())) == INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_disk_that_is_full_is_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert reporting(lambda: raising(OSError(errno.ENOSPC, "No space left on device"))) == 1
    assert reporting(lambda: raising(OSError(errno.EROFS, "Read-only file system", "/x/y"))) == 1
    assert capsys.readouterr().err == "fks: No space left on device\nfks: /x/y: Read-only file system\n"
