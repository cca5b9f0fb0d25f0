"""The switch."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.api import DenialReason
from fks_engine.model import TradingState
from fks_engine.risk import RiskGate, RiskLimits
from tests.engine.builders import a_submit, an_order
from tests.engine.still_market import StillAccount, StillMarket


def a_gate(connected: bool = True, read_only: bool = False) -> RiskGate:
    limits = RiskLimits(reporting_currency="USDT", max_open_orders=1, max_order_notional=Decimal(25_000))
    return RiskGate(limits, StillMarket(), StillAccount(), connected=lambda: connected, read_only=lambda: read_only)


def reason(gate: RiskGate) -> DenialReason | None:
    denied = gate.verdict(a_submit(), ())
    return None if denied is None else denied.reason


def test_the_switch_holds_from_the_next_verdict_on() -> None:
    gate = a_gate()
    assert reason(gate) is None
    gate.set_state(TradingState.HALTED, "by hand")
    assert reason(gate) is DenialReason.TRADING_HALTED
    assert (gate.trading_state, gate.reason) == (TradingState.HALTED, "by hand")
    gate.set_state(TradingState.ACTIVE)
    assert reason(gate) is None
    assert gate.reason == ""


def test_the_connection_is_looked_at_for_each_order() -> None:
    assert reason(a_gate(connected=False)) is DenialReason.NOT_CONNECTED
    assert reason(a_gate(read_only=True)) is DenialReason.READ_ONLY


def test_working_orders_count() -> None:
    denied = a_gate().verdict(a_submit(), (an_order(),))
    assert denied is not None
    assert denied.reason is DenialReason.OPEN_ORDERS_OVER_LIMIT
