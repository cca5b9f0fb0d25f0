"""Halts by seed among faults while a trader trades: `python -m tests.chaos.halts --runs 200 --seed 1`."""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import anyio
from aiohttp.http_writer import StreamWriter

from fks_engine.api import Accepted, Denied, HaltStage, SetTradingState, TradingState
from fks_engine.ports import HaltSale
from tests.chaos.trader import HurriedTrader
from tests.integration.faulty import FaultyDesk, faulty_desk
from tests.soak.exchange import ExchangeAccount
from tests.soak.faults import episodes
from tests.soak.run import SYMBOLS, instruments
from tests.soak.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.soak.faults import Episode

SETTINGS = {
    "simulator.symbols": str(len(SYMBOLS)),
    "simulator.balance": "USDT=100000,BTC=0.1,ETH=2",
    "market.watchlist": ",".join(f"{symbol.removesuffix('USDT')}/USDT" for symbol in SYMBOLS),
    "exchange.recv_window_ms": "500",
    "exchange.rest_timeout_s": "1",
    "risk.max_open_orders": "100",
}
DONE_WITHIN_S = 90.0
FLATTENS = 0.1
"""So large a part of the halts sells what is held, too."""
_NEW_ID = re.compile(rb"(\w*ClientOrderId)=(fks-[0-9a-z-]+)", re.IGNORECASE)


@dataclass
class Wire:
    """When the bytes of every new order were written to a socket of ours."""

    written_ns: dict[str, int] = field(default_factory=dict)

    def note(self, data: bytes) -> None:
        """Note the new orders in what is written now."""
        for name, order_id in _NEW_ID.findall(data):
            if b"orig" not in name.lower():
                self.written_ns.setdefault(order_id.decode(), time.monotonic_ns())

    @contextmanager
    def tapped(self) -> Iterator[None]:
        """Hear every request of this process for the length of the block."""
        write, write_lines = StreamWriter._write, StreamWriter._writelines

        def one(writer: StreamWriter, chunk: Any) -> None:
            self.note(bytes(chunk))
            write(writer, chunk)

        def many(writer: StreamWriter, chunks: Any) -> None:
            chunks = tuple(chunks)
            self.note(b"".join(bytes(chunk) for chunk in chunks))
            write_lines(writer, chunks)

        StreamWriter._write, StreamWriter._writelines = one, many  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            StreamWriter._write, StreamWriter._writelines = write, write_lines  # type: ignore[method-assign]


@dataclass
class Tally:
    """What came of the tries."""

    halts: int = 0
    left_after_latch: list[str] = field(default_factory=list)
    open_at_the_end: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    orders: int = 0
    in_flight: int = 0
    """Orders whose bytes had left at a latch and whose answer had not come."""
    latch_us: list[float] = field(default_factory=list)
    done_s: list[float] = field(default_factory=list)

    def last_line(self) -> str:
        """The verdict."""
        left, still = len(self.left_after_latch), len(self.open_at_the_end)
        return f"halts {self.halts} left_after_latch {left} open_at_the_end {still}"

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.left_after_latch or self.open_at_the_end or self.wrong)


@dataclass
class Tries:
    """One engine with its simulator, halted again and again."""

    desk: FaultyDesk
    account: ExchangeAccount
    wire: Wire
    seed: int
    tally: Tally
    sales: set[str] = field(default_factory=set)
    """The orders by which a halt has flattened."""
    seen: set[str] = field(default_factory=set)
    """The orders that the simulator had received before this try."""

    async def one(self, number: int, episode: Episode) -> None:
        """Trade, halt in the middle of it, and look at what the exchange has received and what is open there."""
        desk, dice = self.desk, random.Random(self.seed * 10_000 + number)
        self.seen = set((await desk.control.stats()).orders)
        trader = HurriedTrader(desk.desk, self.seed + number, await instruments(Watch(desk.desk)), point="after send")
        async with anyio.create_task_group() as trading:
            trading.start_soon(trader.while_up, lambda: True)
            await anyio.sleep(dice.uniform(0.15, 0.6))
            await self._begin(episode)
            await anyio.sleep(dice.uniform(0.0, 0.4))
            latched_ns = await self._halt(dice, number)
            await anyio.sleep(dice.uniform(0.2, 1.2))
            await self._calm(episode)
            await self._until_done(latched_ns)
            await self._look(latched_ns, episode)
            trading.cancel_scope.cancel()
        await self._resume()

    async def _halt(self, dice: random.Random, number: int) -> int:
        """Halt; the moment at which the gate was latched."""
        parts, moments = self.desk.parts, [0]
        latch = parts.halt.latch

        def timed(*given: Any, **named: Any) -> None:
            begun_ns = time.perf_counter_ns()
            latch(*given, **named)
            moments[0] = time.monotonic_ns()
            self.tally.latch_us.append((time.perf_counter_ns() - begun_ns) / 1e3)

        parts.halt.latch = timed  # type: ignore[method-assign]
        flatten = dice.random() < FLATTENS
        answer = await self.desk.desk.submit(
            SetTradingState(TradingState.HALTED, f"try {number}", flatten=flatten, origin="chaos")
        )
        parts.halt.latch = latch  # type: ignore[method-assign]
        assert answer == Accepted()
        self.tally.in_flight += sum(order.exchange_order_id is None for order in parts.orders.clearing.ours())
        return moments[0]

    async def _until_done(self, latched_ns: int) -> None:
        halt = self.desk.parts.halt
        with anyio.move_on_after(DONE_WITHIN_S):
            while (found := halt.view()) is None or found.stage is not HaltStage.DONE:
                await self.desk.engine.ticked.wait()
            self.tally.done_s.append((time.monotonic_ns() - latched_ns) / 1e9)
            return
        self.tally.wrong.append(f"not done: {halt.view()}")

    async def _look(self, latched_ns: int, episode: Episode) -> None:
        received = (await self.desk.control.stats()).orders.keys() - self.seen
        self.tally.orders += len(received)
        left = [each for each in received if self.wire.written_ns.get(each, latched_ns + 1) > latched_ns]
        when = {each: (self.wire.written_ns.get(each, 0) - latched_ns) / 1e6 for each in left}
        self.tally.left_after_latch += [
            f"{episode.name}: {each} after {when[each]:.3f} ms" for each in left if each not in self.sales
        ]
        still = await self.account.open_orders()
        self.tally.open_at_the_end += [f"{episode.name}: {each}" for each in still if each.startswith("fks-")]
        self.tally.halts += 1

    async def _resume(self) -> None:
        answer = await self.desk.desk.submit(SetTradingState(TradingState.ACTIVE, origin="chaos"))
        if isinstance(answer, Denied):
            self.tally.wrong.append(f"not resumed: {answer.message}")
        with anyio.move_on_after(10.0):
            while not self.desk.parts.connected:
                await self.desk.engine.ticked.wait()

    async def _begin(self, episode: Episode) -> None:
        control = self.desk.control
        if episode.faults:
            await control.plan(episode.faults, episode.seed)
        if episode.offset_ms:
            await control.clock(episode.offset_ms)
        for action in episode.begin:
            await control.act(**action)

    async def _calm(self, episode: Episode) -> None:
        control = self.desk.control
        await control.clear()
        if episode.offset_ms:
            await control.clock(0)
        for action in episode.end:
            await control.act(**action)


def _remember_sales(desk: FaultyDesk, sales: set[str]) -> None:
    """Keep the ids of the orders by which a halt flattens: those alone leave after the latch."""
    submit = desk.parts.orders.submit

    async def told(command: Any) -> Any:
        answer = await submit(command)
        if isinstance(command, HaltSale) and isinstance(answer, Accepted):
            sales.update(answer.client_order_ids)
        return answer

    desk.parts.orders.submit = told  # type: ignore[method-assign]


async def tried(runs: int, seed: int, say: Callable[[str], None] = lambda words: None) -> Tally:
    """So many halts of one engine, each among other faults."""
    tally, wire = Tally(), Wire()
    with wire.tapped():
        async with faulty_desk(SETTINGS | {"simulator.seed": str(seed)}) as desk:
            address = desk.address
            async with ExchangeAccount.connect(address.rest, address.key, address.secret) as account:
                tries = Tries(desk, account, wire, seed, tally)
                _remember_sales(desk, tries.sales)
                for number, episode in zip(range(runs), episodes(seed, SYMBOLS), strict=False):
                    await tries.one(number, episode)
                    done = f"{tally.done_s[-1]:.1f} s" if tally.done_s else "not done"
                    say(f"{number + 1}/{runs} {episode.name}: {done}; {tally.last_line()}")
    return tally


def main() -> int:
    """Run the tries and print what came of them; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    say = partial(print, file=sys.stdout, flush=True)
    tally = anyio.run(tried, chosen.runs, chosen.seed, say)
    say(
        *(f"  {words}\n" for words in (*tally.wrong, *tally.left_after_latch, *tally.open_at_the_end)),
        f"{tally.orders} orders received by the exchange, {tally.in_flight} under way at a latch\n",
        f"latch: median {median(tally.latch_us):.0f} us, longest {max(tally.latch_us):.0f} us\n",
        f"verified: median {median(tally.done_s):.1f} s, longest {max(tally.done_s):.1f} s",
        sep="",
    )
    say(tally.last_line())
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
