"""What the gate tells of its questions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import Exits, OrderCommand, SubmitOco
from fks_engine.model import OrderType, Side
from fks_engine.ports import Admission
from fks_engine.risk import RiskGate
from tests.engine.builders import BTC, a_submit, an_instrument, an_order
from tests.engine.risk.scene import LIMITS
from tests.engine.still_market import StillAccount, StillMarket


def admission(command: OrderCommand, **limits: Any) -> Admission:
    market = StillMarket()
    market.list(an_instrument(takes_order_lists=True))
    gate = RiskGate(replace(LIMITS, **limits), market, StillAccount(), connected=lambda: True, read_only=lambda: False)
    return gate.admit(command, (an_order(),))


def test_an_order_that_passes_tells_what_was_compared() -> None:
    denied, checks = admission(a_submit())
    numbers = {check.name: check.numbers for check in checks}
    assert denied is None
    assert all(check.passed for check in checks)
    assert numbers["order notional"] == {"notional": "5900", "limit": "25000"}
    assert numbers["price band"] == {"price": "59000", "mid": "60000.05", "band_percent": "5"}
    assert numbers["open orders"] == {"open_orders": "1", "limit": "3"}
    assert numbers["balance"] == {"needed": "5900", "available": "100000", "asset": "USDT"}


def test_an_order_that_is_denied_ends_with_the_check_that_it_failed() -> None:
    denied, checks = admission(a_submit(quantity="0.5"))
    assert denied is not None
    assert [check.passed for check in checks] == [True] * (len(checks) - 1) + [False]
    assert (checks[-1].name, checks[-1].numbers) == ("order notional", denied.numbers)


def test_the_orders_of_a_list_are_told_apart() -> None:
    exits = Exits(take_profit_price=Decimal(62_000), stop_price=Decimal(58_000), stop_limit_price=Decimal(40_000))
    denied, checks = admission(a_submit(exits=exits), max_open_orders=9)
    assert denied is not None
    assert checks[-1].name == "the stop: price band"
    assert "the take profit: price band" in [check.name for check in checks]
    oco = SubmitOco(
        instrument_id=BTC,
        side=Side.SELL,
        quantity=Decimal("0.1"),
        take_profit_price=Decimal(62_000),
        stop_price=Decimal(61_000),
    )
    assert admission(oco).checks[-1].name == "the stop: stop price"


numbers = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True), st.decimals(min_value="0.00001", max_value="100000", places=5)
)


@given(st.sampled_from(Side), st.sampled_from(OrderType), numbers, st.one_of(st.none(), numbers))
def test_checks_are_told_whatever_was_asked(
    side: Side, kind: OrderType, quantity: Decimal, price: Decimal | None
) -> None:
    denied, checks = admission(replace(a_submit(side, quantity, price), order_type=kind))
    assert checks
    assert all(check.passed for check in checks[:-1])
    assert checks[-1].passed is (denied is None)
