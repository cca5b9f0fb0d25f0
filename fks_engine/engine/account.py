"""Reads the whole account at start and after every gap of the account stream: balances, fills, open orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import anyio

from fks_engine.api import Connection, StageStatus, StepState
from fks_engine.engine.balance_watch import BalanceWatch
from fks_engine.engine.fill_reading import FillReading
from fks_engine.engine.reconciliation import Step
from fks_engine.errors import ExchangeError
from fks_engine.model import market_of
from fks_engine.resilience.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from fks_engine.clock import Clock
    from fks_engine.engine.reconciliation import Reconciliation
    from fks_engine.model import BalancesChanged, InstrumentId
    from fks_engine.orders import OrderManager
    from fks_engine.portfolio import Portfolio
    from fks_engine.portfolio.balance_check import BalanceComparison
    from fks_engine.ports import Exchange, OrderJournal
    from fks_engine.topics import Bus

COMPARE_EVERY_S: Final = 60.0
"""How often the balances are read while all seems well: a change that the stream did not tell leaves no other trace."""
FLAT_MARKETS_READ = 40
"""So many markets in which nothing is held are asked for past fills; each question weighs as much as twenty orders."""
QUIET_S: Final = 2.0
"""What the stream has not told so long after the exchange's answer it will hardly tell."""
LOOK_AGAIN_S: Final = (0.0, 0.3, 1.0)
"""Pauses before a balance that nobody can explain is looked at again: trading may go on meanwhile."""


class Sources(NamedTuple):
    """What the account is read from, and where it is kept."""

    exchange: Exchange
    orders: OrderManager
    portfolio: Portfolio
    bus: Bus
    clock: Clock
    journal: OrderJournal


class AccountReader:
    """Brings balances, fills and orders up to what the exchange says, whenever it is asked to."""

    def __init__(
        self,
        sources: Sources,
        backoff: Backoff,
        on_ready: Callable[[], None],
        *,
        reconciliation: Reconciliation,
        watch: BalanceWatch,
        fills: FillReading,
        listed: Callable[[], Collection[InstrumentId]],
    ) -> None:
        self._exchange, self._orders, self._portfolio, self._bus, _, _ = sources
        self._backoff = backoff
        self._on_ready = on_ready
        self.reconciliation = reconciliation
        self.watch = watch
        self._fills = fills
        self._listed = listed
        self._wanted = anyio.Event()
        self._losses = 0
        self._failures = 0
        self._detail = "waiting for the account stream"
        self.ready = False
        """True while what we hold of the account is whole."""
        self.known = False
        """True once the account was read whole since the start, whatever was lost since."""

    def request(self) -> None:
        """Read everything again, soon."""
        self._wanted.set()

    def lost(self) -> None:
        """The account stream broke: what we hold may miss something from here on."""
        self.ready = False
        self._losses += 1
        self._detail = "the account stream was lost"

    async def run(self, watchlist: Sequence[InstrumentId]) -> None:
        """Serve requests for as long as the engine lives."""
        while True:
            with anyio.move_on_after(COMPARE_EVERY_S):
                await self._wanted.wait()
            if not self._wanted.is_set():
                await self._audit_balances()
                continue
            self._wanted = anyio.Event()
            if await self._read(watchlist):
                self._backoff.reset()
            else:
                self._wanted.set()
                await anyio.sleep(self._backoff.next_s())

    async def _read(self, watchlist: Sequence[InstrumentId]) -> bool:
        """One attempt; False when the exchange did not answer. The gate opens once all that is held has its fills.

        It stays closed where the stream was lost meanwhile: what was read may miss what happened since.
        """
        losses = self._losses
        self.reconciliation.restart()
        try:
            self._detail = "reading balances"
            self.watch.hold()
            balances = await self._exchange.fetch_balances()
            self._bus.balances.publish(balances)
            await self._read_fills(self._markets(watchlist, balances))
            await self._explain(balances)
            await self._compare_orders()
        except ExchangeError as error:
            self._failures += 1
            self._detail = str(error)
            return False
        self.known = True
        if losses == self._losses:
            self.ready = True
            self._detail = ""
            self._on_ready()
        return True

    def _markets(self, watchlist: Sequence[InstrumentId], balances: BalancesChanged) -> list[InstrumentId]:
        """The markets whose fills are read: first those in which something is held."""
        held = {balance.asset for balance in balances.balances if balance.total}
        first = [each for each in watchlist if market_of(each).partition("/")[0] in held]
        touched = self._touched().difference(watchlist)
        others = [each for each in watchlist if each not in first][:FLAT_MARKETS_READ]
        return [*first, *sorted(touched), *others]

    async def _read_fills(self, markets: Sequence[InstrumentId]) -> None:
        before = self._fills.found
        for done, market in enumerate(markets):
            self._detail = f"reading fills of {market_of(market)}"
            self._step(Step.FILLS, StepState.RUNNING, f"{done} of {len(markets)} markets read")
            await self._fills.read(market)
        found = self._fills.found - before
        words = f"{len(markets)} of {len(markets)} markets read, {found} fills found that nobody had told"
        self._step(Step.FILLS, StepState.DONE, words)

    async def _explain(self, balances: BalancesChanged) -> None:
        """Hold the balances against what was last known and the fills since; look again where they do not fit."""
        self._detail = "comparing balances"
        self._step(Step.BALANCES, StepState.RUNNING, f"{len(balances.balances)} assets read")
        compared = self.watch.compare(balances)
        for pause in LOOK_AGAIN_S:
            if all(each.is_explained for each in compared):
                break
            if pause:
                await anyio.sleep(pause)
                balances = await self._exchange.fetch_balances()
                self._bus.balances.publish(balances)
            for market in self._between(compared):
                await self._fills.read(market, self.watch.known.since_ts)
            compared = self.watch.compare(balances)
        self.watch.settle(balances, compared)
        self._tell_balances(len(balances.balances), compared)

    def _between(self, compared: Sequence[BalanceComparison]) -> list[InstrumentId]:
        """The markets between assets that changed, at most so many as are read of flat ones."""
        changed = {each.asset for each in compared}
        markets = (market for market in self._listed() if changed.issuperset(market_of(market).split("/")))
        return sorted(markets)[:FLAT_MARKETS_READ]

    def _tell_balances(self, assets: int, compared: Sequence[BalanceComparison]) -> None:
        stops = len(self.reconciliation.stops)
        explained = sum(each.is_explained for each in compared)
        if self.watch.known.since_ts is None:
            words = f"{assets} assets read"
        else:
            words = f"{assets} assets compared, {explained} changed as the fills since explain"
        if stops:
            words += f", {stops} not explained: accept or mend"
        self._step(Step.BALANCES, StepState.STOPPED if stops else StepState.DONE, words)

    async def _compare_orders(self) -> None:
        """Hold our orders against the exchange's, and wait until nothing is left open of what was sent before."""
        record, expected = self.reconciliation, len(self._orders.working())
        asked, ended = record.asked, record.ended
        self._detail = "reading open orders"
        self._step(Step.ORDERS, StepState.RUNNING, f"{expected} working orders are compared")
        await self._orders.synchronise()
        words = f"{expected} working {'order' if expected == 1 else 'orders'} compared"
        if record.asked > asked:
            words += f", {record.asked - asked} asked for by name, {record.ended - ended} had ended meanwhile"
        self._step(Step.ORDERS, StepState.DONE, words)
        self._step(Step.UNRESOLVED, StepState.DONE, "nothing that was sent is left open")
        record.orders_audited()

    async def _audit_balances(self) -> None:
        """Take the exchange's word on the balances; where it says nothing, the streams tell of the lost connection.

        What the stream told differently is noted, unless it was just about to tell.
        """
        if not self.ready:
            return
        try:
            events = self.watch.events
            now = await self._exchange.fetch_balances()
            if self.watch.is_held:  # stopped, or the exchange went silent before it was settled
                self._bus.balances.publish(now)
                await self._explain(now)
                return
            if self.watch.events == events and self._differs(now):
                await anyio.sleep(QUIET_S)
                if self.watch.events == events:
                    self.watch.hold()
                    self._bus.balances.publish(now)
                    await self._explain(now)
                    return
            self._bus.balances.publish(now)
            self.reconciliation.balances_audited()
        except ExchangeError:
            return

    def _differs(self, now: BalancesChanged) -> bool:
        return any(self._portfolio.balance(each.asset).total != each.total for each in now.balances)

    def _step(self, step: Step, state: StepState, detail: str) -> None:
        self.reconciliation.step(step, state, detail)

    def _touched(self) -> set[InstrumentId]:
        """Markets in which something is held through fills or works, on the watchlist or not."""
        held = {position.instrument_id for position in self._portfolio.positions()}
        return held | {order.instrument_id for order in self._orders.working()}

    def status(self) -> StageStatus:
        """What the status line says of the account's completeness."""
        connection = Connection.LIVE if self.ready else Connection.STARTING
        if not self.ready and (self._failures or self._losses):
            connection = Connection.RECONNECTING
        return StageStatus("account sync", connection, self._detail, None, self._failures)


def build_reader(
    sources: Sources,
    reconciliation: Reconciliation,
    *,
    on_ready: Callable[[], None],
    listed: Callable[[], Collection[InstrumentId]],
    backoff: Backoff | None = None,
) -> AccountReader:
    """A reader with all that it compares by."""
    watch = BalanceWatch(reconciliation, sources.journal, sources.bus, sources.clock)
    reconciliation.unresolved = lambda: sources.orders.statistics().unresolved
    fills = FillReading(sources.exchange, sources.orders, sources.portfolio, sources.clock, reconciliation, watch)
    return AccountReader(
        sources,
        backoff or Backoff(0.5, 10.0),
        on_ready,
        reconciliation=reconciliation,
        watch=watch,
        fills=fills,
        listed=listed,
    )
