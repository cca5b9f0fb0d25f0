"""The gate that every order passes: the switch between active, reducing and halted, and the verdict on one order."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.clock import NANOS, SystemClock
from fks_engine.model import OrderType, Side, TradingState
from fks_engine.ports import Admission, HaltSale
from fks_engine.risk.checks_made import checks_made
from fks_engine.risk.judgement import judge
from fks_engine.risk.preview import preview
from fks_engine.risk.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fks_engine.api import Denied, Difference, OrderCommand, Preview, SubmitOrder
    from fks_engine.clock import Clock
    from fks_engine.model import Order
    from fks_engine.ports import Account, MarketState
    from fks_engine.risk.limits import RiskLimits

_WHOLE = Decimal(100)


class RiskGate:
    """Judges orders against the limits, the market and the account as they stand. Cancels never ask it."""

    def __init__(
        self,
        limits: RiskLimits,
        market: MarketState,
        account: Account,
        *,
        connected: Callable[[], bool],
        read_only: Callable[[], bool],
        banned_for_s: Callable[[], float | None] = lambda: None,
        journal_fault: Callable[[], str] = lambda: "",
        state: TradingState = TradingState.ACTIVE,
        reason: str = "",
        clock: Clock | None = None,
    ) -> None:
        self._clock: Clock = clock or SystemClock()
        self._sent: deque[int] = deque()
        """When the orders of the last second were let through."""
        self._limits = limits
        self._market = market
        self._account = account
        self._connected = connected
        self._read_only = read_only
        self._banned_for_s = banned_for_s
        self._journal_fault = journal_fault
        self.unexplained: Callable[[], tuple[Difference, ...]] = tuple
        """What of the account nobody can explain, until a person accepts it."""
        self._state = state
        self._reason = reason
        self.lets_halt_sell = False
        """Whether a halt sells what is held now: its own sales pass as if trading were reducing, and nothing else."""

    @property
    def trading_state(self) -> TradingState:
        """Whether orders may pass at all."""
        return self._state

    @property
    def reason(self) -> str:
        """Why the gate stands so, in words; empty where nobody said."""
        return self._reason

    def set_state(self, state: TradingState, reason: str = "") -> None:
        """Open, narrow or close the gate. It holds from the next verdict on."""
        self._state = state
        self._reason = reason

    @property
    def limits(self) -> RiskLimits:
        """The limits that hold."""
        return self._limits

    def set_limits(self, limits: RiskLimits) -> None:
        """Let other limits hold from the next verdict on."""
        self._limits = limits

    def verdict(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Denied | None:
        """Why this order must not be sent now, given our working orders; None when it may.

        What the order that it `replaces` holds counts as free; it is not to be among the working ones.
        """
        return judge(command, lambda order: self._situation(order, working, replaces))

    def admit(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Admission:
        """The verdict on orders that leave now if nothing denies them, and what was asked.

        Orders that it lets through count towards those of this second; `verdict` and `preview` do not ask for that.
        """
        asked: list[tuple[str, Situation]] = []
        sent = self.sent_in_second()
        denied = judge(command, lambda order: self._situation(order, working, replaces, sent), asked)
        if denied is None:
            count = max(situation.order_count for _, situation in asked)
            self._sent.extend([self._clock.monotonic_ns()] * count)
        return Admission(denied, checks_made(asked, denied))

    def sent_in_second(self) -> int:
        """How many orders were let through in the second before now."""
        since = self._clock.monotonic_ns() - NANOS
        while self._sent and self._sent[0] <= since:
            self._sent.popleft()
        return len(self._sent)

    def preview(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Preview:
        """What the order would be and do if it were sent now, and the verdict on it.

        One that `replaces` another is taken as it is, as it is when it is sent; else it is rounded first.
        """
        return preview(command, lambda order: self._situation(order, working, replaces), is_rounded=replaces is None)

    def cap_price(self, command: SubmitOrder) -> Decimal | None:
        """The worst price at which a market order may trade: the command's own, else the best price of the other side
        and the allowed slippage, on the tick within it. None where there is no quote or no such limit."""
        if command.limit_price is not None:
            return command.limit_price
        percent, quote = self._limits.max_slippage_percent, self._market.quote(command.instrument_id)
        if percent is None and isinstance(command, HaltSale):
            percent = self._limits.price_band_percent
        instrument = self._market.instrument(command.instrument_id)
        if percent is None or quote is None or instrument is None or quote.bid <= 0 or quote.ask <= 0:
            return None
        if command.side is Side.BUY:
            return max(instrument.price_down(quote.ask * (1 + percent / _WHOLE)), quote.ask)
        return min(instrument.price_up(quote.bid * (1 - percent / _WHOLE)), quote.bid)

    def _situation(
        self, command: SubmitOrder, working: Sequence[Order], replaces: Order | None, sent: int | None = None
    ) -> Situation:
        if command.order_type is OrderType.MARKET:
            command = replace(command, limit_price=self.cap_price(command))
        is_halt_sale = self.lets_halt_sell and isinstance(command, HaltSale) and command.reduce_only
        situation = Situation(
            command=command,
            limits=_of_a_halt(self._limits) if is_halt_sale else self._limits,
            market=self._market,
            account=self._account,
            working=working,
            trading_state=TradingState.REDUCING if is_halt_sale else self._state,
            trading_state_reason=self._reason,
            connected=self._connected(),
            read_only=self._read_only(),
            banned_for_s=self._banned_for_s(),
            journal_fault=self._journal_fault(),
            unexplained=() if is_halt_sale else self.unexplained(),
            replaced=replaces,
            sent_in_second=sent,
        )
        if is_halt_sale and situation.listed is not None and situation.worth is None:
            return replace(situation, limits=replace(situation.limits, max_order_notional=None))
        return situation


def _of_a_halt(limits: RiskLimits) -> RiskLimits:
    """The limits on the sales of a halt: they make them smaller, and keep none back. Their cap bounds their price."""
    return replace(limits, price_band_percent=None, max_data_age_s=None, max_exposure=None)
