"""Conditional orders and lists in a replay: the recorded trades set them off."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fks_engine.simulator.exchange import Exchange
from fks_engine.simulator.nouns import Order, OrderStatus, OrderType, Side, TimeInForce
from fks_engine.simulator.order_lists import Contingency, OrderList
from fks_engine.simulator.replay import open_replay
from fks_engine.simulator.state import Store
from tests.engine.simulator.recordings import (
    ManualClock,
    replay_options,
    sample_frames,
    snapshot_frame,
    trade_frame,
    write_frames,
)

if TYPE_CHECKING:
    from pathlib import Path

    from fks_engine.simulator.replay import ReplayDrive

pytestmark = pytest.mark.anyio

BOOK = snapshot_frame(0, 10, [["99.00", "5.000"], ["98.00", "5.000"]], [["101.00", "5.000"], ["102.00", "5.000"]])


def opened(drive: ReplayDrive) -> Exchange:
    balances = {"me": {"USDT": Decimal(1_000_000), "BTC": Decimal(10)}}
    return Exchange(drive, ManualClock(), Store(None), balances)


def leg(exchange: Exchange, kind: OrderType, price: str = "0", stop: str = "0") -> Order:
    number = exchange.broker.new_order_id()
    return Order(
        number, "BTCUSDT", Side.SELL, kind, TimeInForce.GTC, Decimal(price), Decimal(1), 0, "me", f"client-{number}",
        stop_price=Decimal(stop),
    )  # fmt: skip


def place_pair(exchange: Exchange, limit: str, stop: str) -> list[Order]:
    legs = [leg(exchange, OrderType.LIMIT_MAKER, limit), leg(exchange, OrderType.STOP_LOSS, stop=stop)]
    made = OrderList(exchange.broker.new_list_id(), "me", "BTCUSDT", "list", Contingency.OCO, legs, 0)
    for one in legs:
        one.list_id = made.list_id
    exchange.broker.place_list(exchange.accounts["me"], made)
    return legs


async def test_a_recorded_trade_sets_off_a_stop_which_sells_into_the_recorded_book(tmp_path: Path) -> None:
    frames = [
        BOOK,
        trade_frame(1_000, "99.50", "0.1", by_seller=True, trade_id=1),
        trade_frame(2_000, "99.00", "0.1", by_seller=True, trade_id=2),
    ]
    drive = open_replay(replay_options(write_frames(tmp_path / "f.parquet", frames)))
    exchange = opened(drive)
    legs = place_pair(exchange, "103", "99")
    await drive.run(exchange)
    assert [one.status for one in legs] == [OrderStatus.EXPIRED, OrderStatus.FILLED]
    assert legs[1].quote_filled == 99
    balance = exchange.accounts["me"].balance("BTC")
    assert (balance.free, balance.locked) == (Decimal(9), Decimal(0))


async def test_a_recorded_trade_beyond_the_limit_leg_fills_it_and_ends_the_stop(tmp_path: Path) -> None:
    frames = [
        BOOK,
        trade_frame(1_000, "104.00", "3", by_seller=False, trade_id=1),
        trade_frame(2_000, "90.00", "3", by_seller=True, trade_id=2),
    ]
    drive = open_replay(replay_options(write_frames(tmp_path / "f.parquet", frames)))
    exchange = opened(drive)
    legs = place_pair(exchange, "103", "99")
    await drive.run(exchange)
    assert [one.status for one in legs] == [OrderStatus.FILLED, OrderStatus.EXPIRED]
    assert legs[1].filled == 0


async def test_pairs_in_the_recorded_market_fill_one_leg_each() -> None:
    drive = open_replay(replay_options(sample_frames(), speed=0))
    exchange = opened(drive)
    last = exchange.tapes["BTCUSDT"].last_price
    pairs = []
    for distance in range(1, 6):
        legs = place_pair(exchange, f"{last + distance * 4:.2f}", f"{last - distance * 4:.2f}")
        exchange.accounts["me"].lists[legs[0].list_id].client_id = f"list-{distance}"
        pairs.append(legs)
    await drive.run(exchange)
    for legs in pairs:
        assert sum(one.filled > 0 for one in legs) <= 1
    assert any(one.filled > 0 for legs in pairs for one in legs)
    account = exchange.accounts["me"]
    holds = {id(hold): hold.amount for hold in account.holds.values()}
    assert account.balance("BTC").locked == sum(holds.values())
