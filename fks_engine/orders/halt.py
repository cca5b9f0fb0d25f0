"""A halt: latched at once, then all orders of ours canceled, verified at the exchange, and if asked holdings sold."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.api import Accepted, DenialReason, Denied, HaltStage, HaltView, NoticeLevel
from fks_engine.errors import ExchangeError, JournalUnavailable, RateLimited
from fks_engine.model import TradingState, TradingStateSet, market_of
from fks_engine.orders.wording import refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from fks_engine.api import SetTradingState
    from fks_engine.clock import Clock
    from fks_engine.model import Order
    from fks_engine.orders.clearing import Clearing
    from fks_engine.orders.flatten import Flattener
    from fks_engine.orders.wording import Notify
    from fks_engine.ports import Exchange, OrderJournal, Switch
    from fks_engine.topics import Bus

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0
"""Pauses between one round of cancels and questions and the next double from the first to the longest."""
DURABLE_WITHIN_S: Final = 1.0
"""A halt waits so long for the disk before it cancels; it is written when the disk takes it."""
NOT_KEPT: Final = "not on the disk yet: an engine that is started again may not know of it"
NAMED: Final = 5
"""So many orders from elsewhere are named."""


class Halt:
    """Halts trading and keeps at it until the exchange has no order of ours, over restarts too. Needs `run`.

    Only a person lifts it, and only once the exchange has said that nothing of ours is open.
    """

    def __init__(
        self,
        exchange: Exchange,
        gate: Switch,
        clearing: Clearing,
        flattener: Flattener,
        bus: Bus,
        clock: Clock,
        journal: OrderJournal,
        *,
        notify: Notify,
        on_set: Callable[[TradingStateSet], None],
        holdings_known: Callable[[], bool],
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        """`on_set` keeps how the gate was last set; `holdings_known` is whether balances have been read."""
        self._exchange = exchange
        self._gate = gate
        self._clearing = clearing
        self._flattener = flattener
        self._clock = clock
        self._journal = journal
        self._notify = notify
        self._on_set = on_set
        self._holdings_known = holdings_known
        self._sleep = sleep
        self._halted: TradingStateSet | None = None
        self._since = 0
        self._stage = HaltStage.DONE
        self._detail = ""
        self._verified_ts: int | None = None
        self._asked = anyio.Event()
        self._moved = anyio.Event()
        self._work = anyio.CancelScope()
        self._is_kept = True
        """Whether the disk has the halt."""
        self._told_lost = anyio.Event()
        """Set once it was said that a restart would forget the halt; there until the disk has it."""
        bus.orders.tap(self._wake)

    def view(self) -> HaltView | None:
        """The halt as it stands; None where trading is not halted."""
        halted = self._halted
        if halted is None:
            return None
        return HaltView(
            since_ts=self._since,
            origin=halted.origin,
            reason=halted.reason,
            stage=self._stage,
            detail=f"{self._detail}; {NOT_KEPT}" if self._is_lost and self._told_lost.is_set() else self._detail,
            flatten=halted.flatten,
            open_orders=len(self._clearing.ours()),
            verified_ts=self._verified_ts,
        )

    def latch(self, reason: str, origin: str, *, flatten: bool = False) -> None:
        """Shut the gate now: nothing that has not left yet leaves any more. `run` does the rest.

        A second halt begins it anew; one that sells what is held is not taken back by one that does not.
        """
        before = self._halted
        now, flatten = self._clock.now_ns(), flatten or (before is not None and before.flatten)
        self._since = now if before is None else self._since
        halted = TradingStateSet(ts=now, state=TradingState.HALTED, reason=reason, origin=origin, flatten=flatten)
        self._begin(halted, is_news=True)
        words = "; what is held is sold after that" if flatten else ""
        self._notify(
            NoticeLevel.ERROR,
            "Trading halted",
            f"by {origin}{f': {reason}' if reason else ''}; every order of ours is being canceled{words}",
        )

    async def halt(self, reason: str, origin: str, flatten: bool = False) -> None:
        """Latch at once, and return when the halt is on the disk, or when that takes too long."""
        self.latch(reason, origin, flatten=flatten)
        await self.kept()

    async def set(self, command: SetTradingState) -> Accepted | Denied:
        """Halt, or lift a halt; denied where something of ours may be open at the exchange still."""
        if command.state is TradingState.HALTED:
            await self.halt(command.reason, command.origin, command.flatten)
            return Accepted()
        if self._halted is not None and (self._verified_ts is None or self._clearing.ours()):
            return self._not_verified()
        was_halted, self._halted = self._halted is not None, None
        self._exchange.hold_orders("")
        self._gate.set_state(command.state, command.reason)
        switch = TradingStateSet(
            ts=self._clock.now_ns(), state=command.state, reason=command.reason, origin=command.origin
        )
        self._journal.note(switch)
        self._on_set(switch)
        self._again()
        text = f"by {command.origin}{': ' + command.reason if command.reason else ''}"
        self._notify(
            NoticeLevel.WARNING, f"Trading {command.state.value}", f"{text}; the halt is lifted" if was_halted else text
        )
        await self.kept()
        return Accepted()

    def restore(self, switch: TradingStateSet) -> None:
        """Take up a halt that an earlier run left: all is canceled and verified anew."""
        if switch.state is TradingState.HALTED:
            self._since = switch.ts
            self._begin(switch, is_news=False)

    async def run(self) -> None:
        """Do what a halt asks for until cancelled; may be run again after a failure, and goes on then."""
        while True:
            self._asked = anyio.Event()
            await self.kept()
            if self._halted is not None and self._stage is not HaltStage.DONE:
                with anyio.CancelScope() as self._work:
                    await self._carry_out(self._halted)
            else:
                await self._asked.wait()

    def _begin(self, halted: TradingStateSet, *, is_news: bool) -> None:
        self._gate.set_state(TradingState.HALTED, halted.reason)
        self._exchange.hold_orders("trading is halted; the order was not sent")
        self._halted, self._verified_ts = halted, None
        self._is_kept = not is_news
        self._on_set(halted)
        if is_news:
            self._journal.note(halted)  # before any cancel, which goes by the same queue: the latch is durable first
        self._clearing.begin()
        if self._exchange.read_only:
            self._verified_ts = self._clock.now_ns()
            self._at(HaltStage.DONE, "nothing is ever sent from here")
        else:
            self._at(HaltStage.LATCHED, "no order leaves any more; ours are being canceled")
        self._again()

    def _again(self) -> None:
        """Let `run` see to what is asked now."""
        self._asked.set()
        self._work.cancel()

    async def kept(self) -> None:
        """Wait until how the gate was set is on the disk; one that takes nothing keeps no halt from going on."""
        halted = self._halted
        with suppress(JournalUnavailable), anyio.move_on_after(DURABLE_WITHIN_S):
            await self._journal.record()
            self._is_kept = self._is_kept or halted is self._halted
            return
        if not self._is_lost or self._told_lost.is_set():
            return
        self._told_lost.set()
        self._notify(NoticeLevel.ERROR, "Halt", f"the halt holds, but is {NOT_KEPT}")

    async def keep(self) -> None:
        """See to it until cancelled that a halt gets to the disk, and say so where it was late."""
        await self.kept()
        while True:
            await self._told_lost.wait()
            while self._is_lost:
                await self._sleep(DURABLE_WITHIN_S)
                await self.kept()
            self._told_lost = anyio.Event()
            if self._halted is not None:
                self._notify(NoticeLevel.SUCCESS, "Halt", "the halt is on the disk now: a restart keeps it")

    @property
    def _is_lost(self) -> bool:
        """Whether an engine that is started again may not know of the halt."""
        return self._halted is not None and not self._is_kept

    async def _carry_out(self, halted: TradingStateSet) -> None:
        await self._clear()
        if halted.flatten:
            await self._flatten()
            await self._clear()
        words = "the exchange says that nothing of ours is open"
        if halted.flatten:
            words = f"{words}, and no position is left that could be sold"
        elsewhere = self._detail
        self._at(HaltStage.DONE, f"{words}{elsewhere}")
        self._notify(NoticeLevel.SUCCESS, "Halt done", f"{self._detail}; only a person lifts it: fks resume")

    async def _clear(self) -> None:
        """Cancel until the exchange says that nothing of ours is open."""
        self._at(HaltStage.CANCELING, "every order of ours is being canceled")
        told = False
        for pause_s in _pauses():
            self._clearing.begin()
            await self._until_none_works(pause_s)
            left = len(self._clearing.ours())
            if not left:
                self._at(HaltStage.VERIFYING, "the exchange is asked what is open")
            try:
                found = await self._clearing.look()
            except ExchangeError as error:
                wait_s = max(pause_s, (isinstance(error, RateLimited) and error.retry_after_s) or 0.0)
                why = refusal(error)
                self._detail = f"the exchange does not say what is open: {why}; asked again in {wait_s:.0f} s"
                if not told:
                    self._notify(NoticeLevel.WARNING, "Halt", self._detail)
                told = True
                await self._sleep(wait_s)
                continue
            left_after = len(self._clearing.ours())
            if not left and not left_after and not found.ours:
                self._verified_ts = self._clock.now_ns()
                self._detail = _elsewhere(found.elsewhere)
                return
            self._at(HaltStage.CANCELING, _still(max(left_after, found.ours)))

    async def _flatten(self) -> None:
        """Sell what is held until nothing is left that could be sold."""
        self._at(HaltStage.FLATTENING, "waiting for the balances")
        while not self._holdings_known():
            await self._sleep(FIRST_PAUSE_S)
        self._gate.lets_halt_sell = True
        self._exchange.hold_orders("")
        try:
            for pause_s in _pauses():
                left = self._flattener.left_to_sell()
                if not left:
                    return
                self._detail = f"selling at market: {', '.join(market_of(each) for each in left)}"
                async with anyio.create_task_group() as tasks:
                    for instrument_id in left:
                        tasks.start_soon(self._flattener.sell_for_halt, instrument_id)
                if self._flattener.left_to_sell():
                    self._detail = f"not all could be sold; tried again in {pause_s:.0f} s"
                    await self._sleep(pause_s)
        finally:
            self._gate.lets_halt_sell = False
            if self._halted is not None:
                self._exchange.hold_orders("trading is halted; the order was not sent")

    async def _until_none_works(self, for_s: float) -> None:
        """Wait until no order of ours works, at most so long."""
        async with anyio.create_task_group() as tasks:

            async def over() -> None:
                await self._sleep(for_s)
                tasks.cancel_scope.cancel()

            tasks.start_soon(over)
            while self._clearing.ours():
                await self._moved.wait()
            tasks.cancel_scope.cancel()

    def _not_verified(self) -> Denied:
        count = len(self._clearing.ours())
        what = f"{count} order{'s' * (count != 1)} of ours may" if count else "orders of ours may"
        message = (
            f"the halt is not done: {what} be open at the exchange still ({self._detail}); it can be lifted once the "
            "exchange has said that nothing is"
        )
        return Denied(DenialReason.TRADING_HALTED, message, {"open_orders": str(count)})

    def _at(self, stage: HaltStage, detail: str) -> None:
        self._stage, self._detail = stage, detail

    def _wake(self, order: Order) -> None:
        """Look again; an order of ours that turns up after the end begins the work anew."""
        self._moved.set()
        self._moved = anyio.Event()
        if self._halted is None or self._stage is not HaltStage.DONE or self._exchange.read_only:
            return
        if order.status.is_working and not order.external:
            self._verified_ts = None
            self._at(HaltStage.CANCELING, "an order of ours turned up late")
            self._again()


def _pauses() -> Iterator[float]:
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _still(count: int) -> str:
    return "1 order of ours may be open still" if count == 1 else f"{count} orders of ours may be open still"


def _elsewhere(ids: tuple[str, ...]) -> str:
    """Words for orders that are not ours and are left alone."""
    if not ids:
        return ""
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    count = "1 order" if len(ids) == 1 else f"{len(ids)} orders"
    return f"; {count} from elsewhere left alone: {', '.join(ids[:NAMED])}{more}"
