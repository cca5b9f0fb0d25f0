from __future__ import annotations

from decimal import Decimal

from fks_engine.simulator.nouns import (
    CROWD,
    ZERO,
    Depth,
    DepthChange,
    Execution,
    Level,
    OrderStatus,
    OrderType,
    PublicTrade,
    Quote,
    Side,
    TimeInForce,
)
from fks_engine.simulator.recorded_market import RecordedMarket
from tests.engine.simulator.recordings import MemorySequence, opening, order

D = Decimal
NOW = 1_000


def level(price: str, size: str) -> Level:
    return D(price), D(size)


def market(made_queue: Decimal | None = None) -> RecordedMarket:
    depth = Depth(10, [level("99", "1"), level("98", "2")], [level("101", "3"), level("102", "4")])
    return RecordedMarket(opening(depth, made_queue), MemorySequence(500))


def trade(price: str, quantity: str, *, by_seller: bool, time_ms: int = 10) -> PublicTrade:
    return PublicTrade("BTCUSDT", 1, D(price), D(quantity), by_seller, time_ms, time_ms)


def quote(update_id: int, bid: str, bid_size: str, ask: str, ask_size: str) -> Quote:
    return Quote("BTCUSDT", update_id, D(bid), D(bid_size), D(ask), D(ask_size))


def diff(update_id: int, event_ms: int, bids: list[Level], asks: list[Level]) -> DepthChange:
    return DepthChange("BTCUSDT", update_id, update_id, bids, asks, event_ms)


def fills(executions: list[Execution]) -> list[tuple[str, str]]:
    return [(f"{one.price.normalize():f}", f"{one.quantity.normalize():f}") for one in executions]


def test_a_market_order_walks_the_recorded_levels() -> None:
    buy = order(Side.BUY, "0", "5", OrderType.MARKET)
    matched = market().submit(buy, NOW)
    assert fills(matched.executions) == [("101", "3"), ("102", "2")]
    assert (buy.status, buy.quote_filled, buy.updated_ms) == (OrderStatus.FILLED, D(507), NOW)
    first = matched.executions[0]
    assert (first.maker_owner, first.taker_owner, first.taker_order_id) == (CROWD, "me", buy.order_id)
    assert (first.trade_id, first.buyer_is_maker, first.public) == (500, False, False)


def test_a_market_order_larger_than_the_book_expires_the_rest() -> None:
    sell = order(Side.SELL, "0", "9", OrderType.MARKET)
    assert fills(market().submit(sell, NOW).executions) == [("99", "1"), ("98", "2")]
    assert (sell.status, sell.filled) == (OrderStatus.EXPIRED, D(3))


def test_a_market_order_by_quote_quantity_spends_no_more_than_that() -> None:
    buy = order(Side.BUY, "0", "0", OrderType.MARKET, quote_quantity="400")
    market().submit(buy, NOW)
    assert (buy.status, buy.filled, buy.quantity) == (OrderStatus.FILLED, D("3.950"), D("3.950"))
    assert buy.quote_filled == 303 + D("0.950") * 102


def test_a_market_order_by_quote_quantity_too_small_for_a_step_expires() -> None:
    buy = order(Side.BUY, "0", "0", OrderType.MARKET, quote_quantity="0.05")
    assert market().submit(buy, NOW).executions == []
    assert buy.status is OrderStatus.EXPIRED


def test_what_a_taker_took_is_not_there_for_the_next_until_the_level_changes() -> None:
    recorded = market()
    recorded.submit(order(Side.BUY, "101", "2", time_in_force=TimeInForce.IOC), NOW)
    second = order(Side.BUY, "101", "2", time_in_force=TimeInForce.IOC)
    recorded.submit(second, NOW)
    assert (second.filled, second.status) == (D(1), OrderStatus.EXPIRED)

    recorded.on_depth(diff(11, 0, [], [level("101", "2.5")]), NOW)
    third = order(Side.BUY, "101", "9", time_in_force=TimeInForce.IOC)
    recorded.submit(third, NOW)
    assert third.filled == D("2.5")


def test_a_limit_order_takes_what_crosses_and_rests_with_the_rest_at_its_own_price() -> None:
    recorded = market()
    buy = order(Side.BUY, "101.5", "5")
    assert fills(recorded.submit(buy, NOW).executions) == [("101", "3")]
    assert (buy.status, buy.working_ms) == (OrderStatus.PARTIALLY_FILLED, NOW)

    matched = recorded.on_trade(trade("101.4", "1", by_seller=True), NOW)
    assert fills(matched.executions) == [("101.5", "1")]
    assert matched.executions[0].buyer_is_maker


def test_a_fok_order_fills_whole_or_not_at_all() -> None:
    recorded = market()
    too_large = order(Side.BUY, "102", "7.001", time_in_force=TimeInForce.FOK)
    assert recorded.submit(too_large, NOW).executions == []
    assert (too_large.status, too_large.filled) == (OrderStatus.EXPIRED, ZERO)
    whole = order(Side.BUY, "102", "7", time_in_force=TimeInForce.FOK)
    recorded.submit(whole, NOW)
    assert whole.status is OrderStatus.FILLED


def test_a_limit_maker_order_never_takes() -> None:
    recorded = market()
    maker = order(Side.BUY, "99", "1", OrderType.LIMIT_MAKER)
    assert recorded.submit(maker, NOW).executions == []
    assert (maker.status, recorded.queue_ahead(maker)) == (OrderStatus.NEW, D(1))


def test_trades_at_its_price_eat_the_queue_before_they_fill_an_order() -> None:
    recorded = market()
    buy = order(Side.BUY, "99", "2")
    recorded.submit(buy, NOW)
    assert recorded.on_trade(trade("99", "0.7", by_seller=True), NOW).executions == []
    assert recorded.queue_ahead(buy) == D("0.3")
    assert fills(recorded.on_trade(trade("99", "1.5", by_seller=True), NOW).executions) == [("99", "1.2")]
    assert (buy.filled, recorded.queue_ahead(buy)) == (D("1.2"), ZERO)


def test_a_trade_that_buyers_began_does_not_fill_a_buy_order() -> None:
    recorded = market()
    recorded.submit(order(Side.BUY, "100", "2"), NOW)
    assert recorded.on_trade(trade("100", "5", by_seller=False), NOW).executions == []


def test_a_trade_through_its_price_fills_an_order_up_to_the_traded_quantity() -> None:
    recorded = market()
    sell = order(Side.SELL, "101", "9")
    recorded.submit(sell, NOW)
    assert fills(recorded.on_trade(trade("101.01", "4", by_seller=False), NOW).executions) == [("101", "4")]


def test_one_trade_fills_several_orders_to_no_more_than_its_quantity() -> None:
    recorded = market()
    better, first, second = (order(Side.BUY, price, "1") for price in ("100", "99.5", "99.5"))
    for one in (first, second, better):
        recorded.submit(one, NOW)
    executions = recorded.on_trade(trade("99.5", "2.25", by_seller=True), NOW).executions
    assert [one.maker_order_id for one in executions] == [better.order_id, first.order_id, second.order_id]
    assert [one.quantity for one in executions] == [D(1), D(1), D("0.25")]


def test_a_trade_from_before_the_order_came_does_not_count() -> None:
    recorded = market()
    recorded.on_depth(diff(11, 2_000, [], []), NOW)
    buy = order(Side.BUY, "99", "1")
    recorded.submit(buy, NOW)
    assert recorded.on_trade(trade("98", "9", by_seller=True, time_ms=2_000), NOW).executions == []
    assert recorded.queue_ahead(buy) == D(1)


def test_a_smaller_level_shortens_the_queue_a_second_later() -> None:
    recorded = market()
    buy = order(Side.BUY, "98", "1")
    recorded.submit(buy, NOW)
    recorded.on_depth(diff(11, 1_000, [level("98", "0.5")], []), NOW)
    assert recorded.queue_ahead(buy) == D(2)
    recorded.on_depth(diff(12, 2_000, [level("98", "7")], []), NOW)
    assert recorded.queue_ahead(buy) == D("0.5")


def test_a_trade_that_a_smaller_level_already_counts_does_not_count_twice() -> None:
    recorded = market()
    buy = order(Side.BUY, "98", "1")
    recorded.submit(buy, NOW)
    recorded.on_depth(diff(11, 1_000, [level("98", "0.5")], []), NOW)
    assert recorded.on_trade(trade("98", "1.5", by_seller=True, time_ms=990), NOW).executions == []
    recorded.on_depth(diff(12, 2_000, [], []), NOW)
    assert recorded.queue_ahead(buy) == D("0.5")


def test_a_queue_never_grows() -> None:
    recorded = market()
    buy = order(Side.BUY, "98", "1")
    recorded.submit(buy, NOW)
    recorded.on_depth(diff(11, 1_000, [level("98", "1.5")], []), NOW)
    recorded.on_trade(trade("98", "1.2", by_seller=True, time_ms=1_100), NOW)
    recorded.on_depth(diff(12, 2_000, [level("98", "9")], []), NOW)
    assert recorded.queue_ahead(buy) == D("0.8")


def test_an_order_the_recorded_opposite_side_comes_to_fills_against_its_size() -> None:
    recorded = market()
    buy = order(Side.BUY, "100", "5")
    recorded.submit(buy, NOW)
    matched = recorded.on_quote(quote(11, "99", "1", "99.9", "2"), NOW)
    assert fills(matched.executions) == [("100", "2")]
    assert recorded.on_quote(quote(12, "99.1", "1", "99.9", "2"), NOW).executions == []
    assert fills(recorded.on_quote(quote(13, "99.1", "1", "99.9", "2.5"), NOW).executions) == [("100", "2.5")]


def test_an_order_of_another_account_is_met_after_the_recorded_size_of_its_price() -> None:
    recorded = market()
    other = order(Side.SELL, "101", "1", owner="other")
    recorded.submit(other, NOW)
    matched = recorded.submit(order(Side.BUY, "101", "3.5", owner="me"), NOW)
    assert fills(matched.executions) == [("101", "3"), ("101", "0.5")]
    assert (matched.executions[1].maker_owner, other.filled) == ("other", D("0.5"))


def test_an_order_never_trades_with_one_of_its_own_account() -> None:
    recorded = market()
    own = order(Side.SELL, "100.5", "1")
    recorded.submit(own, NOW)
    buy = order(Side.BUY, "101", "1")
    matched = recorded.submit(buy, NOW)
    assert (matched.expired, own.status) == ([own], OrderStatus.EXPIRED_IN_MATCH)
    assert fills(matched.executions) == [("101", "1")]
    assert not recorded.cancel(own, NOW)


def test_offers_are_what_is_not_taken_and_not_own() -> None:
    recorded = market()
    recorded.submit(order(Side.BUY, "101", "2", time_in_force=TimeInForce.IOC), NOW)
    recorded.submit(order(Side.SELL, "101.5", "1"), NOW)
    buy = order(Side.BUY, "0", "9", OrderType.MARKET)
    assert recorded.offers(buy) == [level("101", "1"), level("102", "4")]
    assert recorded.offers(order(Side.BUY, "101", "9", owner="other")) == [level("101", "1")]


def test_a_filled_taker_leaves_the_own_orders_behind_it_alone() -> None:
    recorded = market()
    own = order(Side.SELL, "101.5", "1")
    recorded.submit(own, NOW)
    assert recorded.submit(order(Side.BUY, "102", "3"), NOW).expired == []
    assert own.status is OrderStatus.NEW


def test_a_cancelled_order_fills_no_more() -> None:
    recorded = market()
    buy = order(Side.BUY, "99", "1")
    recorded.submit(buy, NOW)
    assert recorded.cancel(buy, NOW)
    assert not recorded.cancel(buy, NOW)
    assert recorded.on_trade(trade("90", "9", by_seller=True), NOW).executions == []


def test_a_restored_order_rests_without_matching() -> None:
    recorded = market()
    buy = order(Side.BUY, "98", "1")
    recorded.restore(buy)
    assert recorded.queue_ahead(buy) == D(2)
    assert recorded.cancel(buy, NOW)


def test_in_a_made_book_every_order_waits_behind_a_typical_print() -> None:
    recorded = market(made_queue=D("0.4"))
    buy = order(Side.BUY, "98.77", "1")
    recorded.submit(buy, NOW)
    recorded.on_depth(diff(11, 0, [level("99", "0")], []), NOW)
    recorded.on_depth(diff(12, 5_000, [], []), NOW)
    assert fills(recorded.on_trade(trade("98.77", "0.5", by_seller=True, time_ms=6_000), NOW).executions) == [
        ("98.77", "0.1")
    ]


def test_the_public_sees_the_recorded_book_whatever_own_orders_do() -> None:
    recorded = market()
    before = recorded.best(), recorded.depth(10)
    recorded.submit(order(Side.BUY, "100", "1"), NOW)
    recorded.submit(order(Side.BUY, "101", "2", time_in_force=TimeInForce.IOC), NOW)
    assert (recorded.best(), recorded.depth(10)) == before
    assert recorded.drain_quote() is None
