"""Whether the account can pay, and what shrinks a holding."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from fks_engine.api import DenialReason
from fks_engine.model import Order, OrderStatus, Side, TradingState
from tests.engine.builders import ETH, a_submit, an_order
from tests.engine.risk.scene import Scene

R = DenialReason


def on_its_way(side: Side, quantity: str, limit_price: str | None = "59000", **changes: Any) -> Order:
    order = an_order(side, quantity, limit_price, status=OrderStatus.SUBMITTED, exchange_order_id=None)
    return replace(order, **changes)


def test_a_purchase_beyond_the_balance_names_what_would_pass() -> None:
    scene = Scene()
    scene.account.hold("USDT", 5_000, locked=90_000)
    denied = scene.denial(a_submit())
    assert denied is not None
    assert denied.reason is R.INSUFFICIENT_BALANCE
    assert "5900 USDT and 5000 USDT is free" in denied.message
    assert scene.denial(a_submit(quantity="0.08474")) is None
    assert scene.reason(a_submit(limit_price=None)) is R.INSUFFICIENT_BALANCE


def test_what_would_pass_is_a_number_that_passes() -> None:
    scene = Scene()
    scene.account.hold("USDT", 5_000, locked=90_000)
    scene.account.hold("BTC", "0.05")
    for command in (a_submit(), a_submit(limit_price=None), a_submit(Side.SELL, "0.06", "61000")):
        denied = scene.denial(command)
        assert denied is not None
        assert scene.denial(replace(command, quantity=Decimal(denied.numbers["passing"]))) is None


def test_a_sale_needs_the_base_asset() -> None:
    scene = Scene()
    scene.account.hold("BTC", "0.05")
    assert scene.reason(a_submit(Side.SELL, "0.06", "61000")) is R.INSUFFICIENT_BALANCE
    assert scene.reason(a_submit(Side.SELL, "0.05", "61000")) is None


def test_orders_on_their_way_have_spent_their_part_already() -> None:
    scene = Scene()
    scene.account.hold("USDT", 10_000)
    scene.working = [on_its_way(Side.BUY, "0.1")]
    assert scene.reason(a_submit(quantity="0.07")) is R.INSUFFICIENT_BALANCE
    scene.working = [on_its_way(Side.BUY, "0.1", None)]
    assert scene.reason(a_submit(quantity="0.07")) is R.INSUFFICIENT_BALANCE
    scene.working = [on_its_way(Side.BUY, "1", "3000", instrument_id=ETH, status=OrderStatus.UNKNOWN)]
    assert scene.reason(a_submit(quantity="0.15")) is R.INSUFFICIENT_BALANCE
    scene.working = [an_order(Side.BUY, "0.1")]
    assert scene.reason(a_submit(quantity="0.15")) is None


def test_sales_on_their_way_have_spent_their_part_already() -> None:
    scene = Scene()
    scene.working = [on_its_way(Side.SELL, "1.95")]
    assert scene.reason(a_submit(Side.SELL, "0.1", "61000")) is R.INSUFFICIENT_BALANCE
    assert scene.reason(a_submit(Side.SELL, "0.05", "61000")) is None


def test_reduce_only_sells_what_is_held_and_never_buys() -> None:
    scene = Scene()
    scene.account.hold("BTC", "0.05")
    assert scene.reason(a_submit(Side.SELL, "0.05", "61000", reduce_only=True)) is None
    assert scene.reason(a_submit(Side.SELL, "0.06", "61000", reduce_only=True)) is R.NO_POSITION_TO_REDUCE
    assert scene.reason(a_submit(Side.BUY, reduce_only=True)) is R.NO_POSITION_TO_REDUCE
    scene.account.hold("BTC", 0)
    denied = scene.denial(a_submit(Side.SELL, "0.06", "61000", reduce_only=True))
    assert denied is not None
    assert "no BTC that could be sold" in denied.message


def test_while_reducing_only_sales_of_what_is_held_pass() -> None:
    scene = Scene(more={"trading_state": TradingState.REDUCING})
    scene.account.hold("BTC", "0.05")
    assert scene.reason(a_submit(Side.SELL, "0.05", None)) is None
    assert scene.reason(a_submit(Side.SELL, "0.06", None)) is R.TRADING_REDUCING
    assert scene.reason(a_submit(Side.BUY)) is R.TRADING_REDUCING
