"""The gate that every order passes: the switch between active, reducing and halted, and the verdict on one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.model import TradingState
from fks_engine.risk.checks import first_denial
from fks_engine.risk.preview import preview
from fks_engine.risk.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fks_engine.api import Denied, Preview, SubmitOrder
    from fks_engine.model import Order
    from fks_engine.ports import Account, MarketState
    from fks_engine.risk.limits import RiskLimits


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
        state: TradingState = TradingState.ACTIVE,
        reason: str = "",
    ) -> None:
        self._limits = limits
        self._market = market
        self._account = account
        self._connected = connected
        self._read_only = read_only
        self._state = state
        self._reason = reason

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

    def verdict(self, command: SubmitOrder, working: Sequence[Order]) -> Denied | None:
        """Why this order must not be sent now, given our working orders; None when it may."""
        return first_denial(self._situation(command, working))

    def preview(self, command: SubmitOrder, working: Sequence[Order]) -> Preview:
        """What the order would be and do if it were sent now, and the verdict on it once rounded."""
        return preview(self._situation(command, working))

    def _situation(self, command: SubmitOrder, working: Sequence[Order]) -> Situation:
        return Situation(
            command=command,
            limits=self._limits,
            market=self._market,
            account=self._account,
            working=working,
            trading_state=self._state,
            trading_state_reason=self._reason,
            connected=self._connected(),
            read_only=self._read_only(),
        )
