"""Runs of the rig: trade in trouble, die at a point, start again, and compare to the last digit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from fks_engine.errors import ConnectionLost
from tests.chaos.agreement import Agreement
from tests.chaos.engine import AT_START
from tests.chaos.exchange import ExchangeNeverUpError
from tests.chaos.plan import ExchangeDeath, Plan, planned
from tests.chaos.rig import NeverUpError, rig
from tests.chaos.tally import Tally
from tests.chaos.trader import HurriedTrader
from tests.soak.run import SYMBOLS, instruments
from tests.soak.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.rig import Rig
    from tests.soak.exchange import ExchangeAccount

TROUBLE_S = 5.0
"""So long a fault stands while the engine trades; in the calm that follows the point is still waited for."""
DUE_S = 30.0
"""So long a death is waited for."""
TRADES_ON_S = 1.0
DIES_STARTING_S = 25.0
RUN_S = 300.0
AT_RANDOM = "at random"


@dataclass
class Run:
    """One run: its plan and what came of it."""

    plan: Plan
    made: Rig
    account: ExchangeAccount
    died: bool = False
    """The engine died at the point, and not at random in its place."""
    orders: int = 0
    fills: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """Each difference, with the check that found it."""

    async def carry_out(self) -> None:
        """Live, die, and be compared."""
        try:
            with anyio.fail_after(RUN_S):
                await self._until_dead()
                await self._as_compared()
                await self.made.kill()
                broken = await self.made.verified()
                self.wrong += [("fks journal verify", broken)] if broken else []
        except (NeverUpError, ExchangeNeverUpError, TimeoutError, ConnectionLost) as error:
            self.wrong.append(("came up again", f"{type(error).__name__} {error}"))
        self.wrong += [("tracebacks", each) for each in self.made.tracebacks()]

    async def _until_dead(self) -> None:
        """Every life but the last one."""
        plan, made = self.plan, self.made
        await self._first_life(AT_RANDOM if plan.point == AT_START else plan.point)
        await made.kill()
        if plan.exchange_death is ExchangeDeath.WITH_ENGINE:
            await self._exchange_dies()
        if plan.point == AT_START:
            if plan.episode is not None:
                await made.exchange.begin(plan.episode)
            made.start(plan.point, plan.passage)
            self.died = await self._dies_starting()
            await made.kill()

    async def _first_life(self, point: str) -> None:
        """Trade with the fault on until the point is passed; where it is not in time, the engine dies anyhow."""
        plan, made = self.plan, self.made
        made.start(point, plan.passage)
        try:
            async with made.desk() as desk:
                await made.opened(desk)
                trader = HurriedTrader(desk, plan.seed, await instruments(Watch(desk)), point=point)
                async with anyio.create_task_group() as beside:
                    beside.start_soon(self._befall)
                    with anyio.move_on_after(plan.trades_s):
                        await trader.while_up(lambda: made.is_up)
                    if point != AT_RANDOM:
                        made.arm()
                        with anyio.move_on_after(DUE_S):
                            await trader.while_up(lambda: made.is_up)
                    beside.cancel_scope.cancel()
        except ConnectionLost:
            pass
        self.died = point == AT_RANDOM or not made.is_up

    async def _befall(self) -> None:
        """What goes wrong while the engine trades."""
        plan, exchange = self.plan, self.made.exchange
        if plan.exchange_death is ExchangeDeath.TRADING:
            await anyio.sleep(plan.trades_s / 2)
            with anyio.CancelScope(shield=True):
                await self._exchange_dies()
        if plan.episode is not None:
            with anyio.CancelScope(shield=True):
                await exchange.begin(plan.episode)
            await anyio.sleep(TROUBLE_S)
            with anyio.CancelScope(shield=True):
                await exchange.calm()

    async def _dies_starting(self) -> bool:
        """Whether the engine dies by itself while it reconciles; after a while without the fault."""
        if not await self.made.has_gone(TROUBLE_S):
            await self.made.exchange.calm()
        return await self.made.has_gone(DIES_STARTING_S)

    async def _exchange_dies(self) -> None:
        exchange = self.made.exchange
        await exchange.kill()
        await exchange.start()
        exchange.struck[self.plan.exchange_death.value] += 1

    async def _as_compared(self) -> None:
        """The last life: it begins in trouble; then all is calm, and everything must agree."""
        plan, made = self.plan, self.made
        await made.exchange.calm()
        if plan.episode is not None:
            await made.exchange.begin(plan.episode)
        made.start(AT_RANDOM, 1)
        await anyio.sleep(plan.starts_in_trouble_s)
        if plan.exchange_death is ExchangeDeath.STARTING:
            await self._exchange_dies()
        await made.exchange.calm()
        async with made.desk() as desk:
            if not await made.opened(desk):
                raise NeverUpError(made.last_words())
            watch = Watch(desk)
            agreement = Agreement(watch, self.account, made.exchange, made.journals, SYMBOLS)
            await self._compare(agreement, "")
            if not self.wrong:
                self.wrong += await self._trades_on(watch)
                await self._compare(agreement, " after it traded on")
            self.orders, self.fills = len(watch.orders), len(watch.fills)

    async def _compare(self, agreement: Agreement, when: str) -> None:
        checks = await agreement.checks()
        self.wrong += [(f"{check.name}{when}", difference) for check in checks for difference in check.details]

    async def _trades_on(self, watch: Watch) -> list[tuple[str, str]]:
        """Trade in the calm: the gate is open, and what is new does not take the place of what there was."""
        trader = HurriedTrader(watch.desk, self.plan.seed + 1, await instruments(watch), point=AT_RANDOM)
        with anyio.move_on_after(TRADES_ON_S):
            await trader.while_up(lambda: self.made.is_up)
        with anyio.move_on_after(DUE_S):
            while not trader.accepted_ids:
                await trader.act()
        return [] if trader.accepted_ids else [("trades on", f"nothing is accepted: {dict(trader.answers)}")]


async def one(plan: Plan, tally: Tally, say: Callable[[str], None]) -> None:
    """One run from its folder to its verdict, counted."""
    async with rig(plan.seed, plan.rotate_at) as (made, account):
        run = Run(plan, made, account)
        await run.carry_out()
        made.is_kept = bool(run.wrong)
        _count(run, tally)
        ended = "died" if run.died else "killed, for it did not pass there"
        what = f"{plan.point} ({ended}), {', '.join(plan.faults)}"
        say(f"run {tally.runs}: seed {plan.seed}: {what}: {run.orders} orders, {run.fills} fills")
        for check, difference in run.wrong:
            say(f"  WRONG {check}: {difference}")
        if run.wrong:
            say(f"  kept in {made.folder}; again: {plan.replay}")


def _count(run: Run, tally: Tally) -> None:
    plan = run.plan
    tally.runs += 1
    (tally.died if run.died else tally.missed)[plan.point] += 1
    tally.stood += Counter(plan.faults)
    tally.struck += run.made.exchange.struck
    tally.exchange_deaths += run.made.exchange.deaths
    tally.orders += run.orders
    tally.fills += run.fills
    for check, difference in run.wrong:
        tally.add_wrong(difference, check)


async def chaos(runs: int, seed: int, say: Callable[[str], None], parallel: int = 1) -> Tally:
    """So many runs, `parallel` of them at a time; `say` hears of each."""
    tally = Tally()
    seeds = iter(range(seed, seed + runs))

    async def worker() -> None:
        for number in seeds:
            await one(planned(number, SYMBOLS), tally, say)

    async with anyio.create_task_group() as workers:
        for _ in range(parallel):
            workers.start_soon(worker)
    return tally
