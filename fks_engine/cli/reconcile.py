"""`fks reconcile`: how the engine's records stand against the exchange's, and accepting what nobody can explain."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import AcceptDifferences, Denied
from fks_engine.cli.engine_process import running
from fks_engine.clock import NANOS
from fks_engine.errors import EngineNotRunning
from fks_engine.wire import connect

if TYPE_CHECKING:
    from fks_engine.api import Difference, ReconciliationView
    from fks_engine.config import Folders

FAILED = 1
COMMAND = "fks reconcile accept"


def run(folders: Folders, numbers: tuple[int, ...] | None) -> int:
    """Accept the differences of these numbers; with None show how things stand."""
    return show(folders) if numbers is None else accept(folders, numbers)


def show(folders: Folders) -> int:
    """Print steps, differences and audits; the code is 1 where no engine runs or something is not explained."""
    view = anyio.run(running, folders, 1)
    if view is None:
        print("no engine runs")
        return FAILED
    found = view.reconciliation
    if found is None:
        print("the account is not read yet" if not view.engine.read_only else "this engine only looks: no account")
        return FAILED
    print("\n".join(lines(found)))
    return FAILED if found.stops else 0


def accept(folders: Folders, numbers: tuple[int, ...]) -> int:
    """Accept differences by their numbers; the code is 1 where one does not wait for it, or where none is named."""
    if not numbers:
        return _ask_which(folders)
    try:
        answer = anyio.run(_accepted, folders, numbers)
    except EngineNotRunning:
        print("no engine runs")
        return FAILED
    if isinstance(answer, Denied):
        print(f"fks: {answer.message}", file=sys.stderr)
        return FAILED
    print(f"accepted: {', '.join(map(str, numbers))}")
    return 0


def _ask_which(folders: Folders) -> int:
    """Say which differences wait to be accepted, and the command that does it."""
    view = anyio.run(running, folders, 1)
    if view is None:
        print("no engine runs")
        return FAILED
    stops = () if view.reconciliation is None else view.reconciliation.stops
    if not stops:
        print("no difference waits to be accepted")
        return 0
    wait = "this difference keeps" if len(stops) == 1 else f"these {len(stops)} differences keep"
    print(f"{wait} the gate shut until the exchange's word is taken:")
    print("\n".join(map(_difference, stops)))
    print(f"to accept{' all of them' * (len(stops) > 1)}: {COMMAND} {' '.join(str(each.number) for each in stops)}")
    return FAILED


async def _accepted(folders: Folders, numbers: tuple[int, ...]) -> Denied | None:
    async with connect(folders.socket) as desk:
        answer = await desk.submit(AcceptDifferences(numbers))
        return answer if isinstance(answer, Denied) else None


def lines(view: ReconciliationView) -> list[str]:
    """What people read."""
    width = max((len(step.name) for step in view.steps), default=0)
    text = [f"{step.name:<{width}}  {step.state.value:<7}  {step.detail}".rstrip() for step in view.steps]
    text.append(f"{'audits':<{width}}  orders {_time(view.orders_audited_ts)}, ")
    text[-1] += f"balances {_time(view.balances_audited_ts)}"
    if not view.differences:
        return [*text, "no differences"]
    return [*text, "differences:", *(_difference(each) for each in view.differences)]


def _difference(found: Difference) -> str:
    mark = "!" if found.remedy else " "
    words = found.remedy or found.explanation
    return (
        f"{mark} {found.number:>3}  {_time(found.ts)}  {found.kind.value:<8}  {found.subject}: "
        f"ours {found.ours}, theirs {found.theirs}; {words}"
    )


def _time(ts: int | None) -> str:
    if ts is None:
        return "not yet"
    return datetime.fromtimestamp(ts / NANOS, UTC).strftime("%Y-%m-%d %H:%M:%S")
