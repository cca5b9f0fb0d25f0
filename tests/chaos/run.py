"""Runs of the rig: trade, die at a point, start again, compare to the last digit."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from fks_engine.errors import ConnectionLost
from tests.chaos.engine import AT_START, POINTS
from tests.chaos.rig import NeverUpError, rig
from tests.soak.run import SYMBOLS, instruments
from tests.soak.trader import Trader
from tests.soak.verdict import Books
from tests.soak.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.rig import Rig
    from tests.soak.exchange import ExchangeAccount

TRADE_S = 6.0
"""So long at most a point is waited for."""
KINDS = ("duplicates", "orphans", "lost_fills", "differences")


@dataclass
class Tally:
    """What the runs have shown."""

    runs: int = 0
    died: Counter[str] = field(default_factory=Counter)
    """By point, how often the engine died there."""
    missed: Counter[str] = field(default_factory=Counter)
    """By point, how often nothing passed it in time; the engine was killed at random then."""
    wrong: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)
    orders: int = 0
    fills: int = 0

    def line(self) -> str:
        """The last word."""
        return " ".join([f"runs {self.runs}", *(f"{kind} {self.wrong[kind]}" for kind in KINDS)])

    @property
    def holds(self) -> bool:
        """Whether nothing was wrong."""
        return not any(self.wrong[kind] for kind in KINDS)


def kind_of(difference: str, check: str) -> str:
    """Under which kind a difference between engine and exchange counts."""
    if "was sent" in difference and "times" in difference:
        return "duplicates"
    if "not known to the engine" in difference or "only at the exchange" in difference:
        return "lost_fills" if check.startswith("fills") else "orphans"
    return "differences"


async def chaos(runs: int, seed: int, say: Callable[[str], None]) -> Tally:
    """So many runs; `say` hears of each."""
    dice, tally = random.Random(seed), Tally()
    points = [name for name in POINTS if name != "at random"]
    async with rig(seed) as (made, account):
        made.start("at random", 1)
        while tally.runs < runs:
            number = tally.runs
            point = points[number // 2 % len(points)] if number % 2 == 0 else dice.choice(list(POINTS))
            await _one(made, account, point, dice, tally)
            say(f"run {tally.runs}: {point}: {tally.orders} orders, {tally.fills} fills; {tally.line()}")
        await _settle(made, account, tally)
    return tally


async def _one(made: Rig, account: ExchangeAccount, point: str, dice: random.Random, tally: Tally) -> None:
    """Compare what the last death left, trade on, and die at `point`."""
    await made.kill()
    made.start(point, dice.randint(1, 2) if point == AT_START else dice.randint(1, 6))
    is_over = await _lived(made, account, point, dice, tally)
    tally.runs += 1
    if not is_over:
        tally.missed[point] += 1
    await made.kill()


async def _lived(made: Rig, account: ExchangeAccount, point: str, dice: random.Random, tally: Tally) -> bool:
    """Whether the engine died by itself."""
    try:
        async with made.desk() as desk:
            if not await made.opened(desk):
                tally.died[point] += 1
                return True
            watch = Watch(desk)
            await _compare(watch, account, tally)
            trader = Trader(desk, dice.randrange(2**32), await instruments(watch), (0.0, 0.06))
            made.arm()
            if point == "at random":
                await _trade(made, trader, dice.uniform(0.2, 2.5))
                return True
            await _trade(made, trader, TRADE_S)
    except (ConnectionLost, NeverUpError) as error:
        if made.is_up:
            tally.wrong["differences"] += 1
            tally.details.append(f"{point}: {error}")
    if not made.is_up:
        tally.died[point] += 1
    return not made.is_up


async def _trade(made: Rig, trader: Trader, seconds: float) -> None:
    with anyio.move_on_after(seconds):
        while made.is_up:
            await trader.act()
            await anyio.sleep(0.02)


async def _settle(made: Rig, account: ExchangeAccount, tally: Tally) -> None:
    """Once more, without a death."""
    made.start("at random", 1)
    async with made.desk() as desk:
        if await made.opened(desk):
            await _compare(Watch(desk), account, tally)


async def _compare(watch: Watch, account: ExchangeAccount, tally: Tally) -> None:
    books = Books(watch, account, SYMBOLS, patience_s=20.0)
    checks = [await books.settled(), await books.working(), await books.fills(), await books.ends()]
    checks.append(await books.balances())
    tally.orders, tally.fills = len(watch.orders), len(watch.fills)
    for check in checks:
        for difference in check.details:
            tally.wrong[kind_of(difference, check.name)] += 1
            tally.details.append(f"{check.name}: {difference}")
