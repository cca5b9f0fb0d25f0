"""Whether orders may pass at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fks_engine.api import DenialReason, Difference, DifferenceKind
from fks_engine.model import TradingState, instrument_id
from tests.engine.builders import BTC, a_submit
from tests.engine.risk.scene import Scene

R = DenialReason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"trading_state": TradingState.HALTED, "trading_state_reason": "by hand"}, R.TRADING_HALTED),
        ({"read_only": True}, R.READ_ONLY),
        ({"connected": False}, R.NOT_CONNECTED),
    ],
)
def test_a_closed_gate_lets_nothing_through(state: dict[str, Any], reason: DenialReason) -> None:
    denied = Scene(more=state).denial(a_submit())
    assert denied is not None
    assert denied.reason is reason


def test_a_halt_tells_why() -> None:
    scene = Scene(more={"trading_state": TradingState.HALTED, "trading_state_reason": "by hand"})
    denied = scene.denial(a_submit())
    assert denied is not None
    assert "by hand" in denied.message


@pytest.mark.parametrize("name", ["binance:XYZ/USDT", "nonsense", "", "x" * 5_000])
def test_an_instrument_that_is_not_listed_is_denied(name: str) -> None:
    denied = Scene().denial(a_submit(instrument_id=instrument_id(*name.partition(":")[::2])))
    assert denied is not None
    assert denied.reason is R.UNKNOWN_INSTRUMENT
    assert len(denied.message) < 200


def test_nothing_is_sent_into_a_market_without_a_quote_or_with_an_old_one() -> None:
    scene = Scene()
    scene.market.stale.add(BTC)
    denied = scene.denial(a_submit())
    assert denied is not None
    assert denied.reason is R.MARKET_STALE
    assert "9.5 s old" in denied.message
    scene.market.show(BTC, "0", "60000")
    assert scene.reason(a_submit()) is R.NO_MARKET
    del scene.market.quotes[BTC]
    assert scene.reason(a_submit(limit_price=None)) is R.NO_MARKET


def test_what_nobody_can_explain_keeps_every_order_back_with_its_numbers() -> None:
    found = Difference(
        number=4,
        ts=0,
        kind=DifferenceKind.BALANCE,
        subject="BTC",
        ours="1",
        theirs="1.5",
        explanation="",
        remedy="a deposit? accept it: `fks reconcile accept 4`",
    )
    denied = Scene(more={"unexplained": (found, replace(found, number=5, subject="ETH"))}).denial(a_submit())
    assert denied is not None
    assert denied.reason is R.DIFFERENCE_UNEXPLAINED
    assert denied.numbers == {"BTC": "1 / 1.5", "ETH": "1 / 1.5"}
    assert "BTC is 1 by our records and 1.5 at the exchange, and 1 more" in denied.message
    assert "fks reconcile accept 4" in denied.message
