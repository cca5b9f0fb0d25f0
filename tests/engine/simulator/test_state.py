"""The exchange's memory: what was acknowledged is there again, and numbers never come twice."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fks_engine.simulator.nouns import OrderStatus
from fks_engine.simulator.state import StateError, Store
from tests.engine.simulator.builders import KEY, START_MS, order, world

if TYPE_CHECKING:
    from pathlib import Path


def test_orders_balances_and_fills_are_there_after_a_restart(tmp_path: Path) -> None:
    before = world(tmp_path)
    account = before.exchange.accounts[KEY]
    resting = order("BUY", "0.5", "50000", owner=KEY, client_id="rests")
    before.exchange.broker.place(account, resting)
    before.exchange.broker.place(account, order("BUY", "0.1", "60010", owner=KEY))
    before.store.close()

    after = world(tmp_path)
    known = after.exchange.accounts[KEY]
    restored = known.open_by_client_id("BTCUSDT", "rests")
    assert restored is not None
    assert (restored.order_id, restored.leaves) == (resting.order_id, Decimal("0.5"))
    assert {a: (b.free, b.locked) for a, b in known.balances.items()} == {
        a: (b.free, b.locked) for a, b in account.balances.items()
    }
    assert len(after.store.fills(KEY, "BTCUSDT", limit=10)) == 1

    after.exchange.on_matched(after.book.submit(order("SELL", "5", "50000", duration="IOC"), START_MS))
    assert restored.status is OrderStatus.FILLED
    assert known.balance("USDT").locked == 0


def test_a_partly_filled_order_keeps_its_hold_across_restarts(tmp_path: Path) -> None:
    before = world(tmp_path)
    before.exchange.broker.place(
        before.exchange.accounts[KEY], order("BUY", "1.5", "60010", owner=KEY, client_id="half")
    )
    locked = before.exchange.accounts[KEY].balance("USDT").locked
    before.store.close()

    account = world(tmp_path).exchange.accounts[KEY]
    half = account.open_by_client_id("BTCUSDT", "half")
    assert half is not None
    assert half.status is OrderStatus.PARTIALLY_FILLED
    assert account.holds[half.order_id].amount == locked == Decimal(30_005)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def write_half() -> None:
        with store.transaction():
            store.save_order(order("BUY", "1", "60000", owner=KEY), None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert store.orders(KEY, "BTCUSDT", None, None, None, 10) == []
    store.close()


def test_a_sequence_goes_on_after_a_clean_stop_and_skips_ahead_after_a_crash(tmp_path: Path) -> None:
    store = Store(tmp_path)
    numbers = store.sequence("trade:BTCUSDT", 100)
    assert [numbers.next(), numbers.next()] == [100, 101]
    store.close()

    store = Store(tmp_path)
    numbers = store.sequence("trade:BTCUSDT", 100)
    assert numbers.next() == 102
    store._db.close()

    assert Store(tmp_path).sequence("trade:BTCUSDT", 100).next() > 102


def test_a_second_exchange_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(StateError, match="cannot be used"):
        Store(tmp_path)
    store.close()


FIRST_SCHEMA = """
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY, owner TEXT, symbol TEXT, client_order_id TEXT, side TEXT, type TEXT,
    time_in_force TEXT, price TEXT, quantity TEXT, quote_quantity TEXT, filled TEXT, quote_filled TEXT, status TEXT,
    created_ms INTEGER, updated_ms INTEGER, working_ms INTEGER, hold_asset TEXT, hold_amount TEXT);
CREATE TABLE balances (owner TEXT, asset TEXT, free TEXT, locked TEXT, PRIMARY KEY (owner, asset));
INSERT INTO orders VALUES (7, 'test-key', 'BTCUSDT', 'old', 'BUY', 'LIMIT', 'GTC', '50000', '0.5', '0', '0', '0',
    'NEW', 1, 1, 1, 'USDT', '25000');
INSERT INTO balances VALUES ('test-key', 'USDT', '75000', '25000'), ('test-key', 'BTC', '2', '0');
"""


def test_a_state_folder_from_before_conditional_orders_is_taken_on(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "exchange.sqlite") as old:
        old.executescript(FIRST_SCHEMA)
    old.close()

    here = world(tmp_path)
    account = here.exchange.accounts[KEY]
    standing = account.open_by_client_id("BTCUSDT", "old")
    assert standing is not None
    assert (standing.leaves, standing.list_id, standing.stop_price) == (Decimal("0.5"), -1, Decimal(0))
    here.exchange.broker.place(account, order("SELL", "0.5", kind="STOP_LOSS", stop="59000", owner=KEY))
    here.store.close()

    again = Store(tmp_path)
    assert [one.stop_price for one in again.orders(KEY, "BTCUSDT", None, None, None, 9)] == [0, 59_000]
    again.close()


def test_a_state_folder_of_a_newer_exchange_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "exchange.sqlite") as newer:
        newer.execute("PRAGMA user_version = 9")
    newer.close()
    with pytest.raises(StateError, match="was written by a newer simulator"):
        Store(tmp_path)
    with sqlite3.connect(tmp_path / "exchange.sqlite") as newer:
        assert newer.execute("PRAGMA user_version").fetchone() == (9,)
        assert newer.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    newer.close()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text("no folder")
    with pytest.raises(StateError, match="cannot be used"):
        Store(file)


def test_orders_and_fills_can_be_paged(tmp_path: Path) -> None:
    here = world(tmp_path)
    placed = []
    for _ in range(5):
        made = order("BUY", "0.01", "60010", owner=KEY)
        here.exchange.broker.place(here.exchange.accounts[KEY], made)
        placed.append(made.order_id)
    store = here.store
    assert [o.order_id for o in store.orders(KEY, "BTCUSDT", None, None, None, 2)] == placed[-2:]
    assert [o.order_id for o in store.orders(KEY, "BTCUSDT", placed[1], None, None, 2)] == placed[1:3]
    fills = store.fills(KEY, "BTCUSDT", limit=10)
    assert [f.trade_id for f in store.fills(KEY, "BTCUSDT", from_id=fills[1].trade_id, limit=2)] == [
        fills[1].trade_id,
        fills[2].trade_id,
    ]
    assert [f.order_id for f in store.fills(KEY, "BTCUSDT", order_id=placed[3], limit=9)] == [placed[3]]
    assert store.fills(KEY, "BTCUSDT", start_ms=START_MS + 1, limit=9) == []
    store.close()
