"""The book: priority, durations, self-trade prevention, and what no order sequence may break."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.simulator.nouns import Order, OrderStatus, OrderType, Side
from tests.engine.simulator.builders import START_MS, book, order


def test_the_better_price_trades_before_the_older_order() -> None:
    market = book()
    older = order("SELL", "1", "60010")
    better = order("SELL", "1", "60005")
    market.submit(older, START_MS)
    market.submit(better, START_MS)

    matched = market.submit(order("BUY", "1.5", "60020"), START_MS)

    assert [(e.price, e.quantity) for e in matched.executions] == [
        (Decimal("60005"), Decimal("1")),
        (Decimal("60010"), Decimal("0.5")),
    ]
    assert better.status is OrderStatus.FILLED
    assert older.status is OrderStatus.PARTIALLY_FILLED


def test_orders_at_one_price_trade_in_the_order_they_came() -> None:
    market = book()
    first, second = order("BUY", "1", "60000"), order("BUY", "1", "60000")
    market.submit(first, START_MS)
    market.submit(second, START_MS)

    market.submit(order("SELL", "1.2", "59000", duration="IOC"), START_MS)

    assert first.status is OrderStatus.FILLED
    assert second.filled == Decimal("0.2")


def test_a_taker_gets_the_price_of_the_resting_order() -> None:
    market = book()
    market.submit(order("SELL", "1", "60000"), START_MS)
    taker = order("BUY", "1", "61000")
    market.submit(taker, START_MS)
    assert taker.quote_filled == Decimal("60000")


def test_a_partly_filled_ioc_expires_the_rest() -> None:
    market = book()
    market.submit(order("SELL", "1", "60000"), START_MS)
    taker = order("BUY", "3", "60000", duration="IOC")
    market.submit(taker, START_MS)
    assert (taker.status, taker.filled) == (OrderStatus.EXPIRED, Decimal("1"))
    assert market.best().bid == 0


def test_a_fok_that_cannot_fill_wholly_fills_nothing() -> None:
    market = book()
    market.submit(order("SELL", "1", "60000"), START_MS)
    taker = order("BUY", "3", "60000", duration="FOK")
    assert market.submit(taker, START_MS).executions == []
    assert taker.status is OrderStatus.EXPIRED
    assert market.best().ask_size == 1


def test_a_fok_that_can_fill_over_several_levels_fills() -> None:
    market = book()
    for price in ("60000", "60001", "60002"):
        market.submit(order("SELL", "1", price), START_MS)
    taker = order("BUY", "3", "60002", duration="FOK")
    market.submit(taker, START_MS)
    assert taker.status is OrderStatus.FILLED


def test_a_market_order_beyond_the_book_expires() -> None:
    market = book()
    market.submit(order("BUY", "1", "60000"), START_MS)
    taker = order("SELL", "2", kind="MARKET")
    market.submit(taker, START_MS)
    assert (taker.status, taker.filled) == (OrderStatus.EXPIRED, Decimal("1"))


def test_a_market_order_by_quote_quantity_spends_whole_steps_only() -> None:
    market = book()
    market.submit(order("SELL", "1", "60000"), START_MS)
    taker = order("BUY", "0", kind="MARKET", quote="500")
    market.submit(taker, START_MS)
    assert (taker.status, taker.quantity, taker.quote_filled) == (
        OrderStatus.FILLED,
        Decimal("0.00833"),
        Decimal("499.80000"),
    )


def test_an_accounts_own_resting_order_expires_instead_of_trading_with_it() -> None:
    market = book()
    own = order("SELL", "1", "60000", owner="me")
    market.submit(own, START_MS)
    market.submit(order("SELL", "1", "60001"), START_MS)

    matched = market.submit(order("BUY", "1", "60005", owner="me"), START_MS)

    assert matched.expired == [own]
    assert own.status is OrderStatus.EXPIRED_IN_MATCH
    assert [e.price for e in matched.executions] == [Decimal("60001")]


def test_a_fok_does_not_count_the_accounts_own_orders() -> None:
    market = book()
    market.submit(order("SELL", "1", "60000", owner="me"), START_MS)
    taker = order("BUY", "1", "60000", duration="FOK", owner="me")
    matched = market.submit(taker, START_MS)
    assert taker.status is OrderStatus.EXPIRED
    assert matched.expired == []


def test_a_cancelled_order_is_gone_and_cannot_be_cancelled_again() -> None:
    market = book()
    resting = order("BUY", "1", "60000")
    market.submit(resting, START_MS)
    assert market.cancel(resting, START_MS)
    assert not market.cancel(resting, START_MS)
    assert market.best().bid == 0


def test_depth_changes_join_without_a_gap_and_rebuild_the_book() -> None:
    market = book()
    market.submit(order("BUY", "1", "60000"), START_MS)
    first = market.drain_depth(START_MS)
    market.submit(order("SELL", "0.4", "60000"), START_MS)
    market.submit(order("SELL", "2", "60010"), START_MS)
    second = market.drain_depth(START_MS)

    assert first is not None
    assert second is not None
    assert second.first_id == first.final_id + 1
    assert second.final_id == market.depth(5).last_update_id
    assert dict(first.bids) | dict(second.bids) == dict(market.depth(5).bids)
    assert market.drain_depth(START_MS) is None


def test_a_restored_order_pushes_the_crowd_out_of_its_way_without_trading() -> None:
    market = book()
    market.submit(order("SELL", "1", "60000"), START_MS)
    mine = order("BUY", "1", "60005", owner="me")
    market.restore(mine)
    best = market.best()
    assert (best.bid, best.ask, mine.filled) == (Decimal("60005"), Decimal(0), Decimal(0))


PRICES = st.integers(95, 105).map(lambda price: f"{price}.00")
ORDERS = st.builds(
    order,
    st.sampled_from(["BUY", "SELL"]),
    st.integers(1, 50).map(lambda steps: str(Decimal(steps) / 100)),
    PRICES,
    kind=st.sampled_from(["LIMIT", "LIMIT", "LIMIT", "MARKET"]),
    duration=st.sampled_from(["GTC", "GTC", "IOC", "FOK"]),
    owner=st.sampled_from(["", "me", "you"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(ORDERS, st.booleans()), max_size=60))
def test_no_sequence_of_orders_breaks_the_book(steps: list[tuple[Order, bool]]) -> None:
    market = book()
    filled: dict[int, Decimal] = {}
    last_trade = 0
    for submitted, then_cancel in steps:
        matched = market.submit(submitted, START_MS)
        prices = [execution.price for execution in matched.executions]
        assert prices == sorted(prices, reverse=submitted.side is Side.SELL)
        for execution in matched.executions:
            assert execution.trade_id == last_trade + 1
            last_trade = execution.trade_id
            assert execution.quantity > 0
            assert not execution.maker_owner or execution.maker_owner != execution.taker_owner
            if submitted.type is OrderType.LIMIT:
                worse = execution.price - submitted.price
                assert worse <= 0 if submitted.side is Side.BUY else worse >= 0
            for order_id in (execution.maker_order_id, execution.taker_order_id):
                filled[order_id] = filled.get(order_id, Decimal(0)) + execution.quantity
        if then_cancel and submitted.status.is_open:
            assert market.cancel(submitted, START_MS)
            submitted.close(OrderStatus.CANCELED, START_MS)
        best = market.best()
        assert not best.bid or not best.ask or best.bid < best.ask

    resting = {
        o.order_id for side in (market.bids, market.asks) for level in side.levels() for o in level.orders.values()
    }
    for submitted, _ in steps:
        assert submitted.filled == filled.get(submitted.order_id, Decimal(0)) <= submitted.quantity
        assert (submitted.order_id in resting) is submitted.status.is_open
        assert (submitted.status is OrderStatus.FILLED) is (submitted.filled == submitted.quantity)
    for side in (market.bids, market.asks):
        for level in side.levels():
            assert level.size == sum(o.leaves for o in level.orders.values()) > 0
