"""Orders in words: those that wait for a price, and those that belong together."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.api import Exits, OrderType, Side, SubmitOrder
from fks_tui.order_words import (
    exit_terms,
    in_lists,
    kind_words,
    price_words,
    remark,
    status_words,
    terms,
)
from tests.desk_views import BTC, NOW, an_order

D = Decimal


class TestOrderWords:
    def test_a_stop_says_its_trigger_and_what_it_becomes(self) -> None:
        stop = an_order(order_type=OrderType.STOP_LIMIT, stop_price=D(63000), limit_price=D(62900))
        assert kind_words(stop) == "STOP LIMIT GTC"
        assert price_words(stop, "62900.00", "63000.00") == "@63000.00→62900.00"
        assert remark(stop) == "waits for its price"
        market = an_order(order_type=OrderType.STOP, stop_price=D(63000), limit_price=None, is_triggered=True)
        assert price_words(market, "–", "63000.00") == "@63000.00→market"
        assert remark(market) == "triggered"

    def test_an_exit_says_what_it_waits_for(self) -> None:
        assert "once its entry has filled" in remark(an_order(waits_for="fks-1", order_list_id="fks-9"))
        assert remark(an_order(order_list_id="fks-9")) == "one cancels the other"
        assert remark(an_order(order_list_id="fks-9"), exits=2) == "entry: its 2 exits wait for it to fill"
        assert remark(an_order(replaces="fks-1")) == "replaced an older order"

    def test_an_exit_that_waits_for_its_entry_is_not_called_working(self) -> None:
        assert status_words(an_order(waits_for="fks-1", order_list_id="fks-9")) == "waits"
        assert status_words(an_order(order_list_id="fks-9")) == "working"

    def test_the_orders_of_a_list_stand_together_under_their_entry(self) -> None:
        entry = an_order(1, order_list_id="a", ts_created=NOW)
        profit = an_order(2, order_list_id="a", waits_for="fks-000001", ts_created=NOW)
        other = an_order(3, ts_created=NOW - 1)
        old = an_order(4, order_list_id="b", ts_created=NOW - 5)
        assert in_lists([old, profit, other, entry]) == [entry, profit, other, old]

    def test_a_market_order_says_its_cap(self) -> None:
        command = SubmitOrder(
            instrument_id=BTC,
            side=Side.BUY,
            order_type=OrderType.MARKET,
            quantity=D(1),
            limit_price=D(64320),
            exits=Exits(stop_price=D(63000), stop_limit_price=D(62900)),
        )
        assert terms(command) == "MARKET, at the best price there is, 64320 USDT at most"
        assert exit_terms(command) == "once it has filled: stop at 63000 with limit 62900"
