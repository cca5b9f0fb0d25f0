"""The ledger: orders by either id, strangers adopted, memory bounded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_engine.clock import ManualClock
from fks_engine.model import Order, OrderStatus
from fks_engine.orders.ledger import OrderLedger
from tests.engine.builders import BTC, ETH, a_fill, a_report, an_order

S = OrderStatus


class Watcher:
    """A ledger and what it told."""

    def __init__(self, kept: int = 100) -> None:
        self.changes: list[Order] = []
        self.contradictions: list[str] = []
        self.ledger = OrderLedger(
            ManualClock(),
            kept,
            lambda before, order: self.changes.append(order),
            lambda order, event: self.contradictions.append(event),
        )

    def statuses(self) -> list[OrderStatus]:
        return [order.status for order in self.changes]


def test_an_order_is_followed_from_its_acceptance_to_its_end() -> None:
    watcher = Watcher()
    ledger = watcher.ledger
    ledger.add(an_order(status=S.SUBMITTED, exchange_order_id=None))
    ledger.take_report(a_report(S.ACCEPTED))
    assert [order.client_order_id for order in ledger.working()] == ["fks-1"]
    ledger.take_fill(a_fill(quantity="0.1"))
    assert watcher.statuses() == [S.SUBMITTED, S.ACCEPTED, S.FILLED]
    assert ledger.working() == ()
    assert ledger.recent(5)[0].filled_quantity == ledger.recent(5)[0].quantity


def test_what_is_told_twice_is_published_once() -> None:
    watcher = Watcher()
    watcher.ledger.add(an_order())
    for _ in range(3):
        watcher.ledger.take_report(a_report(S.PARTIALLY_FILLED, "0.04"))
        watcher.ledger.take_fill(a_fill(quantity="0.04", price=59_000))
    assert watcher.statuses() == [S.ACCEPTED, S.PARTIALLY_FILLED]
    assert watcher.ledger.counts.duplicates == 2


def test_a_contradiction_is_counted_and_told() -> None:
    watcher = Watcher()
    watcher.ledger.add(an_order(status=S.FILLED))
    watcher.ledger.take_report(a_report(S.CANCELED))
    assert watcher.ledger.counts.illegal == 1
    assert watcher.contradictions == ["a report of canceled"]
    assert watcher.ledger.get("fks-1") == an_order(status=S.FILLED)


def test_an_order_from_elsewhere_is_adopted_and_marked() -> None:
    ledger = Watcher().ledger
    ledger.take_report(a_report(S.PARTIALLY_FILLED, "0.05", client_order_id="web_1"))
    (order,) = ledger.working()
    assert order.external
    assert (order.client_order_id, order.filled_quantity) == ("web_1", a_report(filled_quantity="0.05").filled_quantity)


def test_an_order_that_an_earlier_fks_sent_is_adopted_as_ours() -> None:
    ledger = Watcher().ledger
    ledger.take_report(a_report(client_order_id="fks-0abc-xyz"))
    assert not ledger.working()[0].external


def test_a_fill_without_our_id_finds_its_order_by_the_exchanges() -> None:
    ledger = Watcher().ledger
    ledger.add(an_order(quantity=1))
    ledger.take_fill(a_fill(quantity="0.4", client_order_id=""))
    assert ledger.working()[0].status is S.PARTIALLY_FILLED


def test_exchange_ids_count_per_instrument() -> None:
    ledger = Watcher().ledger
    ledger.add(an_order())
    ledger.take_report(a_report(client_order_id="web_1", instrument_id=ETH))
    ledger.take_fill(a_fill(quantity="0.1", client_order_id="", instrument_id=ETH))
    assert [(order.client_order_id, order.status) for order in ledger.page(9, 0)[0]] == [
        ("web_1", S.FILLED),
        ("fks-1", S.ACCEPTED),
    ]


def test_a_fill_that_comes_before_its_order_waits_for_it() -> None:
    ledger = Watcher().ledger
    ledger.take_fill(a_fill(quantity="0.04", client_order_id="", exchange_order_id="7"))
    ledger.take_fill(a_fill(quantity="0.02", trade_id="2", client_order_id="web_1", exchange_order_id="7"))
    ledger.take_report(a_report(client_order_id="web_1", exchange_order_id="7"))
    order = ledger.get("web_1")
    assert order is not None
    assert (order.status, str(order.filled_quantity)) == (S.PARTIALLY_FILLED, "0.06")


def test_another_program_may_use_a_client_id_again() -> None:
    ledger = Watcher().ledger
    ledger.take_report(a_report(client_order_id="grid", exchange_order_id="1"))
    ledger.take_report(a_report(S.CANCELED, client_order_id="grid", exchange_order_id="1"))
    ledger.take_report(a_report(client_order_id="grid", exchange_order_id="2"))
    assert [(order.client_order_id, order.status) for order in ledger.page(9, 0)[0]] == [
        ("binance:BTC/USDT#2", S.ACCEPTED),
        ("grid", S.CANCELED),
    ]


def test_one_client_id_on_two_markets_means_two_orders() -> None:
    ledger = Watcher().ledger
    ledger.take_report(a_report(client_order_id="grid", exchange_order_id="5"))
    ledger.take_report(a_report(client_order_id="grid", exchange_order_id="5", instrument_id=ETH))
    ledger.take_report(a_report(S.CANCELED, client_order_id="grid", exchange_order_id="5", instrument_id=ETH))
    assert [(order.instrument_id, order.status) for order in ledger.page(9, 0)[0]] == [
        (ETH, S.CANCELED),
        (BTC, S.ACCEPTED),
    ]


def test_only_the_last_orders_that_are_over_stay_in_memory() -> None:
    ledger = Watcher(kept=3).ledger
    for number in range(6):
        order = an_order(client_order_id=f"fks-{number}", exchange_order_id=str(number), status=S.SUBMITTED)
        ledger.add(order)
        if number != 0:
            ledger.take_report(a_report(S.CANCELED, order=order))
    assert [order.client_order_id for order in ledger.recent(9)] == ["fks-5", "fks-4", "fks-3"]
    assert [order.client_order_id for order in ledger.working()] == ["fks-0"]
    orders, total = ledger.page(2, 1)
    assert ([order.client_order_id for order in orders], total) == (["fks-4", "fks-3"], 4)


def test_a_late_report_does_not_bring_back_an_order_of_ours_that_was_dropped() -> None:
    ledger = Watcher(kept=0).ledger
    order = an_order(status=S.SUBMITTED)
    ledger.add(order)
    ledger.take_report(a_report(S.CANCELED, order=order))
    ledger.take_report(a_report(S.ACCEPTED, order=order))
    ledger.take_fill(a_fill())
    assert ledger.page(9, 0) == ((), 0)


def test_an_order_that_comes_back_to_life_works_again() -> None:
    ledger = Watcher().ledger
    order = an_order(status=S.UNKNOWN, exchange_order_id=None)
    ledger.add(order)
    ledger.move("fks-1", S.REJECTED, "never_arrived")
    assert ledger.recent(1)
    ledger.take_report(replace(a_report(S.ACCEPTED), exchange_order_id="5"))
    assert ledger.recent(1) == ()
    assert ledger.working()[0].exchange_order_id == "5"


def test_an_id_of_ours_is_never_taken_for_another_order() -> None:
    ledger = Watcher().ledger
    ledger.add(an_order(quantity=1, exchange_order_id="1"))
    ledger.take_fill(a_fill(quantity="0.4", exchange_order_id="0001"))
    ledger.take_report(a_report(S.CANCELED, exchange_order_id="0001"))
    (order,), _ = ledger.page(9, 0)
    assert (order.status, order.filled_quantity) == (S.CANCELED, Decimal("0.4"))
