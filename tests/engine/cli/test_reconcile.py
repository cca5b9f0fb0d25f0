"""What `fks reconcile` prints and accepts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from anyio import to_thread

from fks_engine.api import (
    AcceptDifferences,
    DenialReason,
    Denied,
    Difference,
    DifferenceKind,
    ReconciliationStep,
    ReconciliationView,
    StepState,
)
from fks_engine.cli import reconcile
from fks_engine.cli.arguments import parse
from fks_engine.config import user_folders
from fks_engine.config.folders import made
from tests.desk_views import a_view
from tests.engine.wire.serving import serving, short_folder, the_same
from tests.fake_desk import FakeDesk

STOP = Difference(
    number=3,
    ts=1_700_000_000_000_000_000,
    kind=DifferenceKind.BALANCE,
    subject="USDT",
    ours="100",
    theirs="150",
    explanation="",
    remedy="a deposit? accept it: `fks reconcile accept 3`",
)
STEP = ReconciliationStep(name="fills", state=StepState.DONE, detail="12 of 40 markets read")


def test_steps_differences_and_audits_are_lines() -> None:
    explained = replace(STOP, number=2, explanation="2 fills since then explain it", remedy="")
    view = ReconciliationView(steps=(STEP,), differences=(STOP, explained), orders_audited_ts=STOP.ts)
    assert reconcile.lines(view) == [
        "fills  done     12 of 40 markets read",
        "audits  orders 2023-11-14 22:13:20, balances not yet",
        "differences:",
        "!   3  2023-11-14 22:13:20  balance   USDT: ours 100, theirs 150; "
        "a deposit? accept it: `fks reconcile accept 3`",
        "    2  2023-11-14 22:13:20  balance   USDT: ours 100, theirs 150; 2 fills since then explain it",
    ]
    assert reconcile.lines(replace(view, differences=()))[-1] == "no differences"


def test_the_command_line_takes_numbers() -> None:
    assert parse(["reconcile"]).command == "reconcile"
    found = parse(["reconcile", "accept", "3", "4"])
    assert (found.command, found.numbers) == ("reconcile accept", (3, 4))
    assert parse(["reconcile", "accept"]).command == "reconcile accept"
    with pytest.raises(SystemExit):
        parse(["reconcile", "accept", "none"])


@pytest.mark.anyio
async def test_a_running_engine_is_shown_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    desk = FakeDesk(replace(a_view(), reconciliation=ReconciliationView(steps=(STEP,), differences=(STOP,))))
    with short_folder() as home:
        folders = user_folders({"FKS_HOME": str(home)})
        made(folders.socket.parent)
        assert await to_thread.run_sync(reconcile.show, folders) == 1
        async with serving(the_same(desk), path=folders.socket):
            assert await to_thread.run_sync(reconcile.show, folders) == 1
            assert await to_thread.run_sync(reconcile.accept, folders, (3,)) == 0
            desk.denial = Denied(DenialReason.DIFFERENCE_UNEXPLAINED, "difference 3 waits no more")
            assert await to_thread.run_sync(reconcile.accept, folders, (3,)) == 1
            desk.show(replace(a_view(), reconciliation=ReconciliationView(steps=(STEP,))))
            assert await to_thread.run_sync(reconcile.show, folders) == 0
    assert desk.submitted == [AcceptDifferences((3,))] * 2
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "no engine runs"
    assert "accepted: 3" in lines
    assert lines[-1] == "no differences"
    assert "difference 3 waits no more" in err


@pytest.mark.anyio
async def test_accepting_without_a_number_tells_which_differences_wait_and_the_next_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    another = replace(STOP, number=7, subject="BTC")
    desk = FakeDesk(replace(a_view(), reconciliation=ReconciliationView(steps=(STEP,), differences=(STOP, another))))
    with short_folder() as home:
        folders = user_folders({"FKS_HOME": str(home)})
        made(folders.socket.parent)
        assert await to_thread.run_sync(reconcile.accept, folders, ()) == 1
        async with serving(the_same(desk), path=folders.socket):
            assert await to_thread.run_sync(reconcile.accept, folders, ()) == 1
            desk.show(replace(a_view(), reconciliation=ReconciliationView(steps=(STEP,))))
            assert await to_thread.run_sync(reconcile.accept, folders, ()) == 0
    assert not desk.submitted
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "no engine runs"
    assert lines[1] == "these 2 differences keep the gate shut until the exchange's word is taken:"
    assert lines[2].startswith("!   3  ")
    assert lines[3].startswith("!   7  ")
    assert lines[4:] == ["to accept all of them: fks reconcile accept 3 7", "no difference waits to be accepted"]
