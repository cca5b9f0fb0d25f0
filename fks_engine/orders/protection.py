"""The stop of a position, set again where it ended before its work was done: protection equals position."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.api import DenialReason, Denied, NoticeLevel, SubmitOrder
from fks_engine.clock import NANOS
from fks_engine.model import EXACT, OrderStatus, OrderType, Side, TimeInForce, TradingState, market_of, plain
from fks_engine.orders.owed import Owed
from fks_engine.orders.wording import described

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from fks_engine.clock import Clock
    from fks_engine.model import Instrument, InstrumentId, JournalEntry, Order
    from fks_engine.orders.manager import OrderManager
    from fks_engine.orders.owed import Debt
    from fks_engine.orders.wording import Notify
    from fks_engine.ports import Account, Gate, MarketState
    from fks_engine.topics import Bus

UNPROTECTED: Final = "Unprotected"
LONGEST_PAUSE_S: Final = 30.0
ROUNDS_PER_AUDIT: Final = 5
"""What is owed is looked at so often between two audits; fills have one such while to arrive."""
_SIZED: Final = {DenialReason.NOTIONAL_OVER_LIMIT: "quantity", DenialReason.QUANTITY_OVER_MAXIMUM: "maximum"}
"""Denials that a smaller order would not meet, and the number that says how small."""
_AWAY: Final = frozenset(
    {
        DenialReason.NOT_CONNECTED,
        DenialReason.RATE_LIMITED,
        DenialReason.JOURNAL_UNAVAILABLE,
        DenialReason.DIFFERENCE_UNEXPLAINED,
    }
)
"""Denials while which nothing can be sent, and what is held may not be known."""
_PASSES: Final = frozenset(
    {
        DenialReason.MARKET_STALE,
        DenialReason.NO_MARKET,
        DenialReason.ORDER_RATE_OVER_LIMIT,
    }
)
"""Other denials that pass by themselves."""


@dataclass(slots=True)
class _Tries:
    """What was tried for one debt, and when it may be tried again."""

    owed: Decimal
    not_before_ns: int = 0
    pause_s: float = 0.0


class Protector:
    """Sends a stop like the one that ended, or sells where the market is beyond it already, until nothing is owed.

    A person who cancels that, or sells, takes the position in hand; while trading is halted it only warns.
    """

    def __init__(
        self,
        manager: OrderManager,
        gate: Gate,
        market: MarketState,
        account: Account,
        bus: Bus,
        clock: Clock,
        *,
        is_closing: Callable[[InstrumentId], bool],
        notify: Notify,
        audit_s: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._manager = manager
        self._gate = gate
        self._market = market
        self._account = account
        self._clock = clock
        self._is_closing = is_closing
        self._notify = notify
        self._audit_s = audit_s
        self._round_s = audit_s / ROUNDS_PER_AUDIT
        self._sleep = sleep
        self._owed = Owed(manager.order, self._after_fee)
        self._tries: dict[str, _Tries] = {}
        self._told: dict[str, str] = {}
        """What was said last of a debt or an order, so that it is said once."""
        bus.orders.tap(self._noted)

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Know what an earlier run owed; the orders stand already as its journal tells."""
        orders, _ = self._manager.page(10**9, 0)
        self._owed.restore(reversed(orders), entries)

    def kept(self) -> tuple[Order, ...]:
        """The orders that are over and that tell of a debt, for a checkpoint."""
        return self._owed.kept()

    async def run(self) -> None:
        """Look at what is owed until canceled; may be run again after a failure."""
        while True:
            await self._sleep(self._round_s)
            await self.round()

    async def round(self) -> None:
        """Do what can be done now for all that is owed."""
        if not self._manager.is_synchronised:
            return
        debts = self._owed.debts()
        for debt in debts:
            await self._see_to(debt)
        owing = {debt.cause.client_order_id for debt in debts}
        self._tries = {key: tries for key, tries in self._tries.items() if self._manager.order(key) is not None}
        working = self._manager.working()
        for order in working:
            self._warn_of_rest(order)
        alive = owing | self._tries.keys() | {order.client_order_id for order in working}
        self._told = {key: words for key, words in self._told.items() if key in alive}

    async def _see_to(self, debt: Debt) -> None:
        cause, now = debt.cause, self._clock.monotonic_ns()
        instrument = self._market.instrument(cause.instrument_id)
        if self._clock.now_ns() - cause.ts_updated < self._round_s * NANOS or instrument is None:
            return
        tries = self._tries.setdefault(cause.client_order_id, _Tries(debt.quantity))
        if tries.owed != debt.quantity:
            tries.owed, tries.pause_s = debt.quantity, 0.0
        if now < tries.not_before_ns or self._is_closing(cause.instrument_id):
            return
        if self._gate.trading_state is TradingState.HALTED:
            self._warn(debt, "halted", "trading is halted, so no stop is sent; resume or reduce, or sell it elsewhere")
            return
        away = self._gate.verdict(_stop(debt, debt.quantity), self._manager.working())
        if away is not None and away.reason in _AWAY:
            self._warn(debt, away.reason, f"{away.message}; it is protected as soon as it can be")
            return
        if instrument.quantity_to_step(self._account.balance(instrument.base).total) <= 0:
            self._owed.settle(debt)
            return
        quantity = instrument.quantity_to_step(min(debt.quantity, self._free(instrument)))
        if quantity <= 0:
            self._warn(debt, "locked", "other orders hold all of it; cancel one of them and it is protected")
            return
        tries.pause_s = min(2 * tries.pause_s or self._round_s, LONGEST_PAUSE_S)
        tries.not_before_ns = now + int(tries.pause_s * NANOS)
        await self._restore(debt, instrument, quantity)

    async def _restore(self, debt: Debt, instrument: Instrument, quantity: Decimal) -> None:
        """Send the stop once more, or the sale that it would make now."""
        command, denied = self._judged(_stop(debt, quantity), instrument)
        if denied is not None and denied.reason is DenialReason.STOP_WOULD_TRIGGER:
            command, denied = self._judged(_sale(debt, quantity), instrument)
        if denied is not None:
            what = "it is tried again" if denied.reason in _PASSES else "close it, or set a stop yourself"
            self._warn(debt, denied.reason, f"{denied.message}; {what}")
            return
        much = f"{plain(command.quantity)} of {market_of(command.instrument_id)}"
        how = "at market" if command.limit_price is None else f"at {plain(command.limit_price)}"
        verb = "has its stop again" if command.stop_price else f"is sold {how}: the market is beyond the stop price"
        answer = await self._manager.submit(command)
        if isinstance(answer, Denied):
            self._warn(debt, answer.reason, f"{answer.message}; it is tried again")
        else:
            self._notify(NoticeLevel.WARNING, "Protection", f"{_why(debt)}: {much} {verb}")

    def _judged(self, command: SubmitOrder, instrument: Instrument) -> tuple[SubmitOrder, Denied | None]:
        """The command, smaller where a limit asks for that, and why it would not pass."""
        working = self._manager.working()
        denied = self._gate.verdict(command, working)
        if denied is None or denied.reason not in _SIZED or _SIZED[denied.reason] not in denied.numbers:
            return command, denied
        most = instrument.quantity_to_step(Decimal(denied.numbers[_SIZED[denied.reason]]))
        if not 0 < most < command.quantity:
            return command, denied
        command = replace(command, quantity=most)
        return command, self._gate.verdict(command, working)

    def _free(self, instrument: Instrument) -> Decimal:
        """What is free of the base asset, less what sales on their way will lock."""
        free = self._account.balance(instrument.base).free
        for order in self._manager.working():
            is_on_the_way = order.exchange_order_id is None and order.waits_for is None
            other = self._market.instrument(order.instrument_id)
            if is_on_the_way and order.side is Side.SELL and other is not None and other.base == instrument.base:
                free = EXACT.subtract(free, order.leaves_quantity)
        return max(Decimal(0), free)

    def _after_fee(self, instrument_id: InstrumentId, quantity: Decimal) -> Decimal:
        instrument = self._market.instrument(instrument_id)
        return quantity if instrument is None else instrument.quantity_after_fee(quantity)

    def _noted(self, order: Order) -> None:
        self._owed.note(order)

    def _warn(self, debt: Debt, about: str, what: str) -> None:
        message = f"{plain(debt.quantity)} of {market_of(debt.cause.instrument_id)} is held without its stop: "
        self._say(debt.cause.client_order_id, about, f"{message}{_why(debt)}; {what}")

    def _warn_of_rest(self, order: Order) -> None:
        """Say that what was to protect a position rests where the market is not."""
        market = market_of(order.instrument_id)
        left = f"{plain(order.leaves_quantity)} of {market}"
        if self._owed.stripped(order):
            what = "the exchange ended its stop when its take profit began to fill; cancel that and set a stop"
            self._say(order.client_order_id, "stripped", f"{left} is held without its stop: {what}, or sell it")
            return
        quote, limit = self._market.quote(order.instrument_id), order.limit_price
        is_stop = order.order_type is OrderType.STOP_LIMIT and order.side is Side.SELL and order.is_triggered
        if (
            not (is_stop or order.restores is not None)
            or order.status is OrderStatus.PENDING_CANCEL
            or quote is None
            or limit is None
        ):
            return
        rested_s = (self._clock.now_ns() - order.ts_updated) / NANOS
        if rested_s >= self._audit_s and quote.bid < limit:
            what = f"the stop was reached and rests at {plain(limit)}, over the bid of {plain(quote.bid)}"
            words = f"{left} is not sold: {what}; lower its limit, or close the position"
            self._say(order.client_order_id, "rests", words)

    def _say(self, key: str, about: str, words: str) -> None:
        """Warn once of one order, until there is something else to say of it."""
        if self._told.get(key) != about:
            self._told[key] = about
            self._notify(NoticeLevel.ERROR, UNPROTECTED, words)


def _why(debt: Debt) -> str:
    """What became of the stop."""
    if debt.cause.side is Side.BUY:
        how = "is filled and" if debt.cause.status is OrderStatus.FILLED else "ended partly filled, before"
        never = "never began to work" if debt.cause.status is OrderStatus.FILLED else "began to work"
        return f"the entry {how} its stop at {plain(debt.stop.stop_price or Decimal(0))} {never}"
    why = f" ({debt.cause.reason})" if debt.cause.reason else ""
    return f"{described(debt.cause)} ended with {plain(debt.quantity)} unsold{why}"


def _stop(debt: Debt, quantity: Decimal) -> SubmitOrder:
    return SubmitOrder(
        instrument_id=debt.stop.instrument_id,
        side=Side.SELL,
        order_type=debt.stop.order_type,
        quantity=quantity,
        limit_price=debt.stop.limit_price if debt.stop.order_type.has_limit else None,
        stop_price=debt.stop.stop_price,
        time_in_force=debt.stop.time_in_force,
        reduce_only=True,
        restores=debt.cause.client_order_id,
        origin="protection",
    )


def _sale(debt: Debt, quantity: Decimal) -> SubmitOrder:
    """What the stop is once it is reached: a sale at its own limit where it has one, else at market within the cap."""
    has_limit = debt.stop.order_type.has_limit
    return SubmitOrder(
        instrument_id=debt.stop.instrument_id,
        side=Side.SELL,
        order_type=OrderType.LIMIT if has_limit else OrderType.MARKET,
        quantity=quantity,
        limit_price=debt.stop.limit_price if has_limit else None,
        time_in_force=debt.stop.time_in_force if has_limit else TimeInForce.GTC,
        reduce_only=True,
        restores=debt.cause.client_order_id,
        origin="protection",
    )
