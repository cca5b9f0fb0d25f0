from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.errors import MalformedData
from fks_engine.exchange.error_map import FRAME_FAULTS
from fks_engine.exchange.instruments import instrument
from fks_engine.model import OrderType
from tests.engine.exchange.stub import listed

GARBLED: tuple[object, ...] = (None, "", "1e5", {})
"""What stands in the place of a field; None where the field is missing."""


def test_the_rules_of_a_market_are_taken_from_its_filters() -> None:
    row = instrument("binance", "BTC/USDT", "BTC", "USDT", listed("BTCUSDT", "BTC", "USDT"))
    assert row.id == "binance:BTC/USDT"
    assert (str(row.tick_size), str(row.step_size)) == ("0.01", "0.00001")
    assert [row.min_quantity, row.max_quantity, row.min_notional] == [Decimal("0.00001"), 9000, 5]
    assert row.max_market_quantity == Decimal("120.5")
    assert [row.price_multiplier_up, row.price_multiplier_down] == [5, Decimal("0.2")]


def test_a_whole_tick_is_written_without_an_exponent() -> None:
    row = instrument("binance", "PEPE/IDR", "PEPE", "IDR", listed("PEPEIDR", "PEPE", "IDR", "10.00", "100.00"))
    assert (str(row.tick_size), str(row.step_size)) == ("10", "100")
    assert str(row.price_to_tick(Decimal(123))) == "120"


def test_what_the_exchange_does_not_limit_is_none() -> None:
    rules = listed("BTCUSDT", "BTC", "USDT")
    rules["filters"] = [each for each in rules["filters"] if each["filterType"] in ("PRICE_FILTER", "LOT_SIZE")]
    row = instrument("binance", "BTC/USDT", "BTC", "USDT", rules)
    assert row.max_market_quantity is row.price_multiplier_up is row.price_multiplier_down is None
    assert row.min_notional == 0


@pytest.mark.parametrize("tick", ["0.00000000", "NaN", "-0.01", "1e-2"])
def test_a_tick_that_cannot_be_true_is_refused(tick: str) -> None:
    with pytest.raises(MalformedData):
        instrument("binance", "BTC/USDT", "BTC", "USDT", listed("BTCUSDT", "BTC", "USDT", tick))


def test_the_kinds_of_order_a_market_takes_are_known() -> None:
    rules = listed("BTCUSDT", "BTC", "USDT")
    row = instrument("binance", "BTC/USDT", "BTC", "USDT", rules)
    assert row.order_types == (OrderType.LIMIT, OrderType.MARKET)
    assert (row.takes_order_lists, row.takes_replacements, row.max_stop_orders) == (False, True, None)
    rules |= {
        "orderTypes": [
            "LIMIT",
            "LIMIT_MAKER",
            "MARKET",
            "STOP_LOSS",
            "STOP_LOSS_LIMIT",
            "TAKE_PROFIT",
            "SOMETHING_NEW",
        ],
        "ocoAllowed": True,
        "otoAllowed": True,
        "cancelReplaceAllowed": False,
    }
    rules["filters"].append({"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5})
    row = instrument("binance", "BTC/USDT", "BTC", "USDT", rules)
    assert row.order_types[2:] == (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT)
    assert (row.takes_order_lists, row.takes_replacements, row.max_stop_orders) == (True, False, 5)


@pytest.mark.parametrize("kind", ["PRICE_FILTER", "LOT_SIZE"])
def test_a_market_without_its_steps_is_refused(kind: str) -> None:
    rules = listed("BTCUSDT", "BTC", "USDT")
    rules["filters"] = [each for each in rules["filters"] if each["filterType"] != kind]
    with pytest.raises(FRAME_FAULTS):
        instrument("binance", "BTC/USDT", "BTC", "USDT", rules)


def test_rules_that_lack_any_field_are_refused_or_whole() -> None:
    whole = instrument("binance", "BTC/USDT", "BTC", "USDT", listed("BTCUSDT", "BTC", "USDT"))
    filters = listed("BTCUSDT", "BTC", "USDT")["filters"]
    places = [(number, field) for number, each in enumerate(filters) for field in each]
    outcomes = set()
    for number, field in places:
        for garbled in GARBLED:
            rules = listed("BTCUSDT", "BTC", "USDT")
            if garbled is None:
                del rules["filters"][number][field]
            else:
                rules["filters"][number][field] = garbled
            if field == "filterType" and isinstance(garbled, str):
                continue  # a filter of a kind that is not known is none of ours
            try:
                assert instrument("binance", "BTC/USDT", "BTC", "USDT", rules) == whole
                outcomes.add("whole")
            except FRAME_FAULTS:
                outcomes.add("refused")
    assert outcomes == {"whole", "refused"}
