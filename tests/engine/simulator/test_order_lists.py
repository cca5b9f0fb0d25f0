"""Order lists: what one order's fate means for the others, what they lock, and what their account is told."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fks_engine.simulator.errors import ApiError
from fks_engine.simulator.nouns import OrderStatus
from tests.engine.simulator.accounts import balances, crowd, listening, mine, pair, place, place_list, told, trade_at
from tests.engine.simulator.builders import KEY, world

if TYPE_CHECKING:
    from pathlib import Path

    from fks_engine.simulator.nouns import Order


def test_a_pair_locks_its_funds_once_and_begins_with_its_limit_order_only() -> None:
    here = world()
    events = listening(here)
    place_list(here, "OCO", *pair())
    assert balances(here, "BTC") == ("1.5", "0.5")
    assert told(events) == ["list EXECUTING", "LIMIT_MAKER NEW/NEW w", "STOP_LOSS NEW/NEW", "balances"]


def test_a_pair_to_buy_locks_what_its_dearer_leg_needs() -> None:
    here = world()
    place_list(here, "OCO", *pair("BUY", limit="59000", stop="61000"))
    assert balances(here, "USDT") == ("69500", "30500")


def test_the_limit_leg_that_fills_ends_the_stop() -> None:
    here = world()
    made = place_list(here, "OCO", *pair())
    events = listening(here)
    crowd(here, "BUY", "9", "61000")
    limit, stop = made.orders
    assert (limit.status, stop.status) == (OrderStatus.FILLED, OrderStatus.EXPIRED)
    assert told(events) == ["LIMIT_MAKER TRADE/FILLED", "STOP_LOSS EXPIRED/EXPIRED", "list ALL_DONE", "balances"]
    assert balances(here, "BTC") == ("1.5", "0")
    trade_at(here, "58000")
    assert stop.filled == 0


def test_a_partial_fill_of_the_limit_leg_ends_the_stop_and_the_rest_goes_on() -> None:
    here = world()
    made = place_list(here, "OCO", *pair())
    events = listening(here)
    crowd(here, "BUY", "1.2", "61000")
    limit, stop = made.orders
    assert (limit.leaves, stop.status) == (Decimal("0.3"), OrderStatus.EXPIRED)
    assert told(events) == [
        "LIMIT_MAKER TRADE/PARTIALLY_FILLED w",
        "STOP_LOSS EXPIRED/EXPIRED",
        "list EXECUTING",
        "balances",
    ]
    assert balances(here, "BTC") == ("1.5", "0.3")
    crowd(here, "BUY", "1", "61000")
    assert told(events) == ["LIMIT_MAKER TRADE/FILLED", "list ALL_DONE", "balances"]


def test_a_partly_filled_purchase_locks_no_more_than_it_still_needs() -> None:
    here = world()
    place_list(here, "OCO", *pair("BUY", limit="59000", stop="61000"))
    crowd(here, "SELL", "1.2", "59000")
    assert balances(here, "USDT") == ("70500", "17700")


def test_the_stop_leg_that_triggers_ends_the_limit_order_first() -> None:
    here = world()
    made = place_list(here, "OCO", *pair())
    events = listening(here)
    trade_at(here, "59000")
    limit, stop = made.orders
    assert (limit.status, stop.status) == (OrderStatus.EXPIRED, OrderStatus.FILLED)
    assert told(events) == [
        "LIMIT_MAKER EXPIRED/EXPIRED",
        "list EXECUTING",
        "STOP_LOSS NEW/NEW w",
        "STOP_LOSS TRADE/FILLED",
        "list ALL_DONE",
        "balances",
    ]
    assert balances(here, "BTC") == ("1.5", "0")


def test_two_conditional_legs_exclude_each_other() -> None:
    here = world()
    take = mine("SELL", "0.5", "60900", kind="TAKE_PROFIT_LIMIT", stop="61000")
    stop = mine("SELL", "0.5", "58000", kind="STOP_LOSS_LIMIT", stop="59000")
    place_list(here, "OCO", take, stop)
    trade_at(here, "61000")
    assert (take.status, take.working_ms >= 0, stop.status) == (OrderStatus.NEW, True, OrderStatus.EXPIRED)
    trade_at(here, "58000")
    assert stop.filled == 0
    assert balances(here, "BTC") == ("1.5", "0.5")


@pytest.mark.parametrize("leg", [0, 1])
def test_a_cancelled_leg_takes_the_other_with_it(leg: int) -> None:
    here = world()
    made = place_list(here, "OCO", *pair())
    events = listening(here)
    here.exchange.broker.cancel(here.exchange.accounts[KEY], made.orders[leg], "cancel")
    assert [one.status for one in made.orders] == [OrderStatus.CANCELED] * 2
    assert told(events) == [
        "LIMIT_MAKER CANCELED/CANCELED",
        "STOP_LOSS CANCELED/CANCELED",
        "list ALL_DONE",
        "balances",
    ]
    assert balances(here, "BTC") == ("2", "0")


def test_a_protected_entry_begins_with_the_working_order_only() -> None:
    here = world()
    events = listening(here)
    working = mine("BUY", "0.5", "59500")
    place_list(here, "OTO", working, *pair(limit="61000", stop="59000"))
    assert told(events) == [
        "list EXECUTING",
        "LIMIT_MAKER NEW/PENDING_NEW",
        "STOP_LOSS NEW/PENDING_NEW",
        "LIMIT NEW/NEW w",
        "balances",
    ]
    assert balances(here, "USDT") == ("70250", "29750")
    assert balances(here, "BTC") == ("2", "0")


def test_the_protection_begins_when_the_entry_has_filled_completely() -> None:
    here = world()
    working = mine("BUY", "0.5", "59500")
    made = place_list(here, "OTO", working, *pair(limit="61000", stop="59000"))
    events = listening(here)
    crowd(here, "SELL", "1.2", "59500")
    assert (working.leaves, len(made.pending)) == (Decimal("0.3"), 2)
    assert told(events) == ["LIMIT TRADE/PARTIALLY_FILLED w", "balances"]

    crowd(here, "SELL", "0.3", "59500")

    assert told(events) == [
        "LIMIT TRADE/FILLED",
        "balances",
        "list EXECUTING",
        "LIMIT_MAKER NEW/NEW w",
        "STOP_LOSS NEW/NEW",
        "balances",
    ]
    assert balances(here, "BTC") == ("1.9995", "0.5")
    crowd(here, "BUY", "1", "58900")
    trade_at(here, "59000")
    assert told(events)[-2:] == ["list ALL_DONE", "balances"]
    assert [one.status for one in made.orders] == [OrderStatus.FILLED, OrderStatus.EXPIRED, OrderStatus.FILLED]


def test_protection_that_the_fee_leaves_no_funds_for_is_rejected() -> None:
    here = world(balances={KEY: {"USDT": "100000"}})
    made = place_list(here, "OTO", mine("BUY", "0.5", "60010"), *pair())
    assert [one.status for one in made.legs] == [OrderStatus.REJECTED] * 2
    assert made.is_done
    assert balances(here, "BTC") == ("0.4995", "0")


def test_protection_that_the_market_has_already_passed_is_rejected_with_the_reason() -> None:
    here = world()
    made = place_list(here, "OTO", mine("BUY", "0.5", "59500"), *pair(stop="59800"))
    events = listening(here)
    crowd(here, "SELL", "1.5", "59500")
    assert made.is_done
    assert "STOP_LOSS REJECTED/REJECTED OCO_BAD_PRICES" in told(events)


def test_a_single_pending_order_at_the_market_follows_the_entry_at_once() -> None:
    here = world()
    pending = mine("SELL", "0.5", kind="MARKET")
    made = place_list(here, "OTO", mine("BUY", "0.5", "60010"), pending)
    assert pending.status is OrderStatus.FILLED
    assert made.is_done


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_cancelled_part_of_a_protected_entry_takes_all_with_it(which: int) -> None:
    here = world()
    made = place_list(here, "OTO", mine("BUY", "0.5", "59500"), *pair())
    here.exchange.broker.cancel(here.exchange.accounts[KEY], made.orders[which], "cancel")
    assert [one.status for one in made.orders] == [OrderStatus.CANCELED] * 3
    assert not here.exchange.accounts[KEY].open
    assert not here.exchange.accounts[KEY].lists
    assert balances(here, "USDT") == ("100000", "0")


def test_an_entry_that_expires_ends_what_waits_for_it() -> None:
    here = world()
    made = place_list(here, "OTO", mine("BUY", "1.5", "60010", duration="IOC"), *pair())
    assert [one.status for one in made.orders] == [OrderStatus.EXPIRED] * 3


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ([mine("SELL", "1", "61000"), mine("SELL", "1", kind="STOP_LOSS", stop="59000")], -1158),
        ([mine("SELL", "1", "61000", kind="LIMIT_MAKER"), mine("SELL", "1", "62000", kind="LIMIT_MAKER")], -1168),
        (pair("BUY", limit="59000", stop="61000")[::-1], -1165),
        (pair()[::-1], -1166),
        ([mine("BUY", "1", kind="STOP_LOSS", stop="61000"), mine("BUY", "1", kind="STOP_LOSS", stop="59000")], -1196),
        ([mine("SELL", "1", kind="STOP_LOSS", stop="61000"), mine("SELL", "1", kind="STOP_LOSS", stop="59000")], -1197),
        (
            [mine("BUY", "1", kind="TAKE_PROFIT", stop="61000"), mine("BUY", "1", kind="TAKE_PROFIT", stop="59000")],
            -1198,
        ),
        (
            [mine("SELL", "1", kind="TAKE_PROFIT", stop="61000"), mine("SELL", "1", kind="TAKE_PROFIT", stop="59000")],
            -1199,
        ),
        (pair(limit="60000"), -2010),
        (pair(stop="60006"), -2010),
        (pair(quantity="2.1"), -2010),
        (pair(quantity="0.000001"), -1013),
    ],
)
def test_a_pair_that_cannot_be_is_refused_with_binances_code(legs: list[Order], code: int) -> None:
    here = world()
    with pytest.raises(ApiError) as caught:
        place_list(here, "OCO", *legs)
    assert caught.value.code == code
    assert not here.exchange.accounts[KEY].open
    assert not here.exchange.accounts[KEY].lists
    assert balances(here, "BTC") == ("2", "0")


def test_the_twenty_first_list_is_refused() -> None:
    here = world()
    for number in range(20):
        pending = mine("SELL", "0.001", "61000")
        place_list(here, "OTO", mine("BUY", "0.001", "59000"), pending, client_id=f"list-{number}")
    with pytest.raises(ApiError, match="MAX_NUM_ORDER_LISTS"):
        place_list(here, "OTO", mine("BUY", "0.001", "59000"), mine("SELL", "0.001", "61000"))


def test_names_in_use_are_refused() -> None:
    here = world()
    place_list(here, "OCO", *pair(quantity="0.1"), client_id="mine")
    with pytest.raises(ApiError, match="Duplicate order sent"):
        place_list(here, "OCO", *pair(quantity="0.1"), client_id="mine")
    twins = pair(quantity="0.1")
    twins[0].client_order_id = twins[1].client_order_id
    with pytest.raises(ApiError, match="Duplicate order sent"):
        place_list(here, "OCO", *twins, client_id="other")


def test_a_pair_and_its_hold_are_there_after_a_restart(tmp_path: Path) -> None:
    before = world(tmp_path)
    place_list(before, "OCO", *pair(), client_id="mine")
    before.store.close()

    after = world(tmp_path)
    account = after.exchange.accounts[KEY]
    made = account.open_list_by_client_id("mine")
    assert made is not None
    assert made.orders == list(account.open.values())
    assert balances(after, "BTC") == ("1.5", "0.5")
    trade_at(after, "59000")
    assert made.is_done
    assert balances(after, "BTC") == ("1.5", "0")
    found = after.store.order_list(KEY, made.list_id, None)
    assert found is not None
    assert [one.status for one in found.orders] == [OrderStatus.EXPIRED, OrderStatus.FILLED]


def test_protection_that_a_crash_kept_from_beginning_begins_with_the_next_trade(tmp_path: Path) -> None:
    before = world(tmp_path)
    made = place_list(before, "OTO", mine("BUY", "0.5", "59500"), *pair(), client_id="mine")
    before.exchange.broker.settle(before.book.submit(mine_crowd("SELL", "1.5", "59500"), 1).executions)
    assert len(made.pending) == 2
    before.store.close()

    after = world(tmp_path)
    trade_at(after, "60001")
    legs = after.exchange.accounts[KEY].lists[made.list_id].legs
    assert [one.status for one in legs] == [OrderStatus.NEW] * 2


def mine_crowd(side: str, quantity: str, price: str) -> Order:
    made = mine(side, quantity, price)
    made.owner = ""
    return made


def test_an_own_order_that_meets_a_leg_expires_it_with_its_pair() -> None:
    here = world()
    made = place_list(here, "OCO", *pair(limit="60009"))
    place(here, mine("BUY", "0.1", "60009"))
    assert [one.status for one in made.orders] == [OrderStatus.EXPIRED_IN_MATCH, OrderStatus.EXPIRED]
    assert balances(here, "BTC") == ("2", "0")
