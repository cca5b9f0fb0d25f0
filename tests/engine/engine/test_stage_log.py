"""What the log says of connections."""

from __future__ import annotations

import logging

import pytest

from fks_engine.api import Connection, StageStatus
from fks_engine.clock import ManualClock
from fks_engine.engine.stage_log import StageLog


def a_stage(connection: Connection, detail: str = "", restarts: int = 0) -> StageStatus:
    return StageStatus("account", connection, detail, None, restarts)


def test_every_change_is_one_line_with_its_cause_and_its_length(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    stages = [a_stage(Connection.STARTING)]
    log = StageLog(clock, lambda: tuple(stages))
    caplog.set_level(logging.INFO)
    for connection, detail in (
        (Connection.LIVE, "12 events"),
        (Connection.LIVE, "13 events"),
        (Connection.RECONNECTING, "connecting again: closed by the exchange"),
        (Connection.RECONNECTING, "connecting again: refused"),
        (Connection.RATE_LIMITED, "the exchange asks us to wait 9 s"),
        (Connection.LIVE, "14 events"),
    ):
        log.look()
        stages[:] = [a_stage(connection, detail)]
        clock.advance(10)
    log.look()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "account is starting"),
        ("INFO", "account is live after 10 s starting"),
        ("WARNING", "account is reconnecting after 20 s live: connecting again: closed by the exchange"),
        ("WARNING", "account is rate_limited after 20 s reconnecting: the exchange asks us to wait 9 s"),
        ("INFO", "account is live after 10 s rate_limited"),
    ]


def test_a_loss_between_two_looks_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    stages = [a_stage(Connection.LIVE)]
    log = StageLog(ManualClock(), lambda: tuple(stages))
    log.look()
    stages[:] = [a_stage(Connection.LIVE, restarts=2)]
    log.look()
    log.look()
    assert [record.getMessage() for record in caplog.records] == ["account was lost and is live again (2 times so far)"]
