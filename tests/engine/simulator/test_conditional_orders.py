"""Orders that wait for a price: what they lock, when they begin, and what their account is told."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fks_engine.simulator.errors import ApiError
from fks_engine.simulator.nouns import OrderStatus
from tests.engine.simulator.accounts import balances, crowd, listening, mine, place, told, trade_at
from tests.engine.simulator.builders import KEY, world

if TYPE_CHECKING:
    from pathlib import Path

    from fks_engine.simulator.nouns import Order


@pytest.mark.parametrize(
    ("kind", "side", "stop", "before", "at"),
    [
        ("STOP_LOSS", "SELL", "59000", "59000.01", "59000"),
        ("STOP_LOSS", "BUY", "61000", "60999.99", "61000"),
        ("TAKE_PROFIT", "SELL", "61000", "60999.99", "61000"),
        ("TAKE_PROFIT", "BUY", "59000", "59000.01", "59000"),
    ],
)
def test_a_conditional_order_begins_when_its_stop_price_trades(
    kind: str, side: str, stop: str, before: str, at: str
) -> None:
    here = world()
    placed = place(here, mine(side, "0.5", kind=kind, stop=stop))
    assert (placed.status, placed.working_ms) == (OrderStatus.NEW, -1)

    trade_at(here, before)
    assert placed.is_waiting
    trade_at(here, at)

    assert (placed.status, placed.filled) == (OrderStatus.FILLED, Decimal("0.5"))
    assert here.exchange.accounts[KEY].holds == {}


def test_a_stop_is_told_when_it_waits_when_it_begins_and_when_it_fills() -> None:
    here = world()
    events = listening(here)
    place(here, mine("SELL", "0.5", kind="STOP_LOSS", stop="59000"))
    assert (events[0]["P"], "W" in events[0]) == ("59000.00000000", False)
    assert told(events) == ["STOP_LOSS NEW/NEW", "balances"]

    trade_at(here, "58900")

    assert "W" in events[0]
    assert told(events) == ["STOP_LOSS NEW/NEW w", "STOP_LOSS TRADE/FILLED", "balances"]


def test_a_stop_limit_order_rests_at_its_limit_once_it_has_begun() -> None:
    here = world()
    events = listening(here)
    stop = place(here, mine("SELL", "0.5", "60500", kind="STOP_LOSS_LIMIT", stop="59000"))
    assert balances(here, "BTC") == ("1.5", "0.5")
    told(events)
    trade_at(here, "59000")
    assert told(events) == ["STOP_LOSS_LIMIT NEW/NEW w", "balances"]
    assert here.book.side(stop.side).first() is not None

    crowd(here, "BUY", "3", "60500")

    assert stop.status is OrderStatus.FILLED
    assert told(events) == ["STOP_LOSS_LIMIT TRADE/FILLED", "balances"]


def test_a_stop_limit_order_with_a_short_life_expires_what_it_cannot_fill_at_once() -> None:
    here = world()
    events = listening(here)
    stop = place(here, mine("BUY", "1.5", "60010", kind="STOP_LOSS_LIMIT", duration="IOC", stop="61000"))
    told(events)
    trade_at(here, "61000")
    assert (stop.status, stop.filled) == (OrderStatus.EXPIRED, Decimal(1))
    assert [event for event in told(events) if event != "balances"] == [
        "STOP_LOSS_LIMIT NEW/NEW w",
        "STOP_LOSS_LIMIT TRADE/PARTIALLY_FILLED w",
        "STOP_LOSS_LIMIT EXPIRED/EXPIRED",
    ]


def test_a_waiting_order_locks_its_funds_and_a_cancel_frees_them() -> None:
    here = world()
    waiting = place(here, mine("BUY", "0.5", kind="STOP_LOSS", stop="61000"))
    assert balances(here, "USDT") == ("69500", "30500")
    here.exchange.broker.cancel(here.exchange.accounts[KEY], waiting, "cancel")
    assert balances(here, "USDT") == ("100000", "0")

    trade_at(here, "62000")
    assert (waiting.status, waiting.filled) == (OrderStatus.CANCELED, Decimal(0))


def test_a_triggered_market_purchase_that_costs_more_than_there_is_expires() -> None:
    here = world(balances={KEY: {"USDT": "60000"}})
    bought = place(here, mine("BUY", "0.98", kind="STOP_LOSS", stop="60100"))
    crowd(here, "BUY", "1", "60010", "IOC")
    crowd(here, "SELL", "5", "63000")
    events = listening(here)
    trade_at(here, "60100")
    assert bought.status is OrderStatus.EXPIRED
    assert told(events) == ["STOP_LOSS EXPIRED/EXPIRED INSUFFICIENT_BALANCES", "balances"]
    assert balances(here, "USDT") == ("60000", "0")


@pytest.mark.parametrize(
    ("placed", "text"),
    [
        (mine("SELL", "0.5", kind="STOP_LOSS", stop="60005"), "Order would trigger immediately."),
        (mine("BUY", "0.5", "61000", kind="STOP_LOSS_LIMIT", stop="60000"), "Order would trigger immediately."),
        (mine("SELL", "0.5", "61000", kind="TAKE_PROFIT_LIMIT", stop="60000"), "Order would trigger immediately."),
        (mine("BUY", "0.5", kind="TAKE_PROFIT", stop="60010"), "Order would trigger immediately."),
        (mine("SELL", "0.5", kind="STOP_LOSS", stop="59000.001"), "Filter failure: PRICE_FILTER"),
        (mine("SELL", "121", kind="STOP_LOSS", stop="59000"), "Filter failure: MARKET_LOT_SIZE"),
        (mine("SELL", "0.00001", kind="STOP_LOSS", stop="59000"), "Filter failure: NOTIONAL"),
        (mine("SELL", "2.1", kind="STOP_LOSS", stop="59000"), "insufficient balance"),
        (mine("SELL", "0.5", "100", kind="STOP_LOSS_LIMIT", stop="59000"), "PERCENT_PRICE_BY_SIDE"),
    ],
)
def test_a_conditional_order_that_breaks_a_rule_is_refused(placed: Order, text: str) -> None:
    here = world()
    with pytest.raises(ApiError, match=text):
        place(here, placed)
    assert here.exchange.accounts[KEY].open == {}


def test_the_sixth_conditional_order_is_refused_and_plain_ones_are_not() -> None:
    here = world()
    for _ in range(5):
        place(here, mine("SELL", "0.01", kind="STOP_LOSS", stop="59000"))
    with pytest.raises(ApiError, match="MAX_NUM_ALGO_ORDERS"):
        place(here, mine("SELL", "0.01", kind="TAKE_PROFIT", stop="61000"))
    place(here, mine("SELL", "0.01", "61000"))


def test_stops_that_one_move_passes_begin_in_the_order_of_their_prices() -> None:
    here = world()
    crowd(here, "BUY", "10", "58000")
    events = listening(here)
    low = place(here, mine("SELL", "0.1", kind="STOP_LOSS", stop="59000"))
    high = place(here, mine("SELL", "0.1", kind="STOP_LOSS", stop="59500"))
    events.clear()
    trade_at(here, "58500")
    begun = [event["i"] for event in events if event.get("x") == "NEW"]
    assert begun == [high.order_id, low.order_id]


def test_a_stop_sets_off_the_next_one_with_its_own_trade() -> None:
    here = world()
    crowd(here, "BUY", "10", "58000")
    place(here, mine("SELL", "1.5", kind="STOP_LOSS", stop="59000"))
    second = place(here, mine("SELL", "0.1", kind="STOP_LOSS", stop="58500"))
    trade_at(here, "59000")
    assert second.status is OrderStatus.FILLED


def test_a_waiting_order_waits_on_after_a_restart(tmp_path: Path) -> None:
    before = world(tmp_path)
    place(before, mine("SELL", "0.5", "58000", kind="STOP_LOSS_LIMIT", stop="59000", client_id="stop"))
    before.store.close()

    after = world(tmp_path)
    stop = after.exchange.accounts[KEY].open_by_client_id("BTCUSDT", "stop")
    assert stop is not None
    assert stop.is_waiting
    assert after.book.side(stop.side).level_at(1) is None
    assert balances(after, "BTC") == ("1.5", "0.5")
    trade_at(after, "58999")
    assert stop.status is OrderStatus.FILLED
