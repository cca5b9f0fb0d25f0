"""`fks halt` and `fks resume`: trading stopped until the exchange is clear of our orders, and resumed by a word."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.api import Connection, Denied, HaltStage, SetTradingState, TradingState
from fks_engine.cli.engine_process import engine_for, running, wait_until_gone
from fks_engine.errors import ConnectionLost, EngineError, EngineNotRunning, NothingSent
from fks_engine.wire import connect

if TYPE_CHECKING:
    from fks_engine.api import Desk, HaltView
    from fks_engine.cli.arguments import Arguments
    from fks_engine.config import Folders, Settings

WORD: Final = "resume"
_NO_REASON: Final = "by hand"


def halt(settings: Settings, folders: Folders, arguments: Arguments) -> int:
    """Halt, and tell every stage until the exchange has said that nothing of ours is open; code 0 only then.

    Raises EngineError where no engine can be spoken to or started.
    """
    command = SetTradingState(
        TradingState.HALTED, arguments.reason or _NO_REASON, flatten=arguments.flatten, origin="fks halt"
    )
    try:
        while True:
            try:
                return anyio.run(_halted, folders, command)
            except (EngineNotRunning, NothingSent):
                print("no engine runs: one is started, halted", flush=True)
                engine_for(settings, folders, replace(arguments, halted=command.reason))
            except _StoppingError:
                wait_until_gone(folders)
    except KeyboardInterrupt:
        print("the halt goes on in the engine; `fks halt` looks at it again", file=sys.stderr)
        raise


class _StoppingError(Exception):
    """The engine was stopping and has gone; another one has to go on with the halt."""


async def _halted(folders: Folders, command: SetTradingState) -> int:
    async with connect(folders.socket) as desk:
        answer = await desk.submit(command)
        if isinstance(answer, Denied):
            raise EngineError(answer.message)
        print("halt: no order leaves any more", flush=True)
        try:
            return await _followed(desk)
        except ConnectionLost as error:
            if desk.view().engine.connection is Connection.STOPPING:
                raise _StoppingError from error
            raise EngineError(
                "the engine went away while it was halting; the halt is kept: `fks halt` goes on with it"
            ) from error


async def _followed(desk: Desk) -> int:
    """Tell how far the halt gets, each thing once."""
    told = ""
    view = desk.view()
    was_halted = False
    while True:
        found = view.risk.halt if view.risk is not None else None
        if found is not None:
            was_halted = True
            words = told_of(found)
            if words != told:
                print(words, flush=True)
                told = words
            if found.stage is HaltStage.DONE and found.verified_ts is not None:
                return 0
        elif was_halted:
            print("fks: the halt was lifted before it was done", file=sys.stderr)
            return 1
        view = await desk.changed(view.number)


def told_of(found: HaltView) -> str:
    """One line on how far a halt has got."""
    count = found.open_orders
    working = f" [{count} of ours may be open]" if count else ""
    return f"{found.stage.value}: {found.detail}{working}"


def resume(folders: Folders, reason: str, *, reducing: bool) -> int:
    """Lift the halt once the word was typed. Raises EngineError where no engine runs or none is halted."""
    try:
        view = anyio.run(running, folders, 1)
        if view is None:
            raise EngineNotRunning("no engine runs; `fks engine start` starts one, as halted as the last")
        if view.engine.trading_state is not TradingState.HALTED:
            print(f"trading is not halted: it is {view.engine.trading_state.value}")
            return 0
        why = f" ({view.engine.trading_state_reason})" if view.engine.trading_state_reason else ""
        print(f"trading is halted{why}. Type {WORD} to lift it: ", end="", flush=True)
        if sys.stdin.readline().strip() != WORD:
            print("nothing changed: trading stays halted")
            return 1
        state = TradingState.REDUCING if reducing else TradingState.ACTIVE
        return anyio.run(_lifted, folders, SetTradingState(state, reason, origin="fks resume"))
    except ConnectionLost as error:
        raise EngineError(f"{error}; look with `fks engine status`") from error


async def _lifted(folders: Folders, command: SetTradingState) -> int:
    async with connect(folders.socket) as desk:
        answer = await desk.submit(command)
    if isinstance(answer, Denied):
        raise EngineError(answer.message)
    print(f"trading is {command.state.value}")
    return 0
