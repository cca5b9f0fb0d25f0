"""How the stages stand as the journal left them, and what is kept from there on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import anyio

from fks_engine.api import NoticeLevel, StepState
from fks_engine.engine.reconciliation import Step
from fks_engine.model import Checkpoint, TradingStateSet

if TYPE_CHECKING:
    from fks_engine.engine.account import AccountReader
    from fks_engine.engine.notices import NoticeLog
    from fks_engine.engine.records import Records
    from fks_engine.engine.risk_stages import RiskStages
    from fks_engine.model import JournalEntry
    from fks_engine.orders import Halt, OrderManager, Protector
    from fks_engine.portfolio import Portfolio
    from fks_engine.risk import RiskGate

FAULT_LOOKED_AT_S: Final = 0.25
"""How often it is looked whether the journal takes entries."""


class Restored(Protocol):
    """The stages that go on from what the journal tells."""

    records: Records
    orders: OrderManager
    portfolio: Portfolio
    gate: RiskGate
    risk: RiskStages
    protector: Protector
    account: AccountReader
    halt: Halt


def tell_journal(records: Records, notices: NoticeLog) -> None:
    """Say what is not as it should be with the journal."""
    if records.journal.fault:
        words = f"{records.journal.fault}; nothing is sent, cancels pass; mend it and start the engine again"
        notices.add(NoticeLevel.ERROR, "Journal", words)
    if records.cut:
        words = f"{records.cut} bytes were half written when the engine died; they were cut off and kept beside it"
        notices.add(NoticeLevel.WARNING, "Journal", words)


async def keep_journal(records: Records, notices: NoticeLog) -> None:
    """Write the journal until canceled, and tell when it begins to take nothing, and when it takes entries again."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(records.run)
        known = records.journal.fault
        while True:
            await anyio.sleep(FAULT_LOOKED_AT_S)
            fault = records.journal.fault
            if fault and not known:
                words = f"{fault}; nothing is sent until it is written again, cancels pass"
                notices.add(NoticeLevel.ERROR, "Journal", words)
            elif known and not fault:
                notices.add(NoticeLevel.SUCCESS, "Journal", "it is written again: orders pass")
            known = fault


def take_up(parts: Restored) -> None:
    """Let orders and switch stand as the journal left them, and keep what happens from here on."""
    records = parts.records
    parts.orders.restore(records.entries)
    for entry in records.entries:
        records.switch = switch_in(entry) or records.switch
    parts.protector.restore(records.entries)
    parts.risk.restore(records.entries)
    if records.switch is not None:
        parts.gate.set_state(records.switch.state, records.switch.reason)
        parts.halt.restore(records.switch)
    parts.account.watch.restore(records.entries)
    parts.account.reconciliation.restore(records.entries)
    tell_replayed(parts)

    def checkpoint() -> Checkpoint:
        working, canceled = parts.orders.checkpoint()
        return replace(
            parts.portfolio.checkpoint(),
            orders=(*working, *parts.protector.kept()),
            cancels=canceled,
            state=records.switch,
            limits=parts.risk.limits.last_set(),
            equity=parts.risk.losses.marked,
            balances=parts.account.watch.known.checkpoint(),
        )

    records.checkpoint = checkpoint


def tell_replayed(parts: Restored) -> None:
    """Say that the journal was told again, or why it cannot be used."""
    count, fault = len(parts.records.entries), parts.records.journal.fault
    words = fault or (f"{count} records replayed" if count else "new: nothing was recorded before")
    state = StepState.STOPPED if fault else StepState.DONE
    parts.account.reconciliation.step(Step.JOURNAL, state, words)


def switch_in(entry: JournalEntry) -> TradingStateSet | None:
    """How an entry says that the gate was set; None where it tells nothing of it."""
    if isinstance(entry, Checkpoint):
        return entry.state
    return entry if isinstance(entry, TradingStateSet) else None
