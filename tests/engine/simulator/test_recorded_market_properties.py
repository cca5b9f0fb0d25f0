from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.simulator.nouns import (
    CROWD,
    ZERO,
    Depth,
    DepthChange,
    Execution,
    Order,
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
STEP_MS = 400

prices = st.integers(95, 105).map(D)
sizes = st.integers(0, 4).map(D)
quantities = st.integers(1, 6).map(D)
levels = st.lists(st.tuples(prices, sizes), max_size=3)
kinds = st.sampled_from([OrderType.LIMIT] * 4 + list(OrderType))
durations = st.sampled_from([TimeInForce.GTC] * 4 + list(TimeInForce))
owners = st.sampled_from(["me", "other"])
orders = st.one_of(
    st.tuples(st.just(Side.BUY), st.integers(95, 101).map(D), quantities, kinds, durations, owners),
    st.tuples(st.just(Side.SELL), st.integers(99, 105).map(D), quantities, kinds, durations, owners),
)
submits = st.tuples(st.just("submit"), orders)
trades = st.tuples(st.just("trade"), st.tuples(prices, quantities, st.booleans()))
actions = st.one_of(
    submits,
    trades,
    trades,
    st.tuples(st.just("quote"), st.tuples(prices, sizes, st.integers(1, 3), sizes)),
    st.tuples(st.just("diff"), st.tuples(levels, levels)),
    st.tuples(st.just("cancel"), st.tuples(st.integers(0, 50))),
)


class Ledger:
    """What own orders took of each recorded level, kept apart from the market's own memory."""

    def __init__(self, market: RecordedMarket) -> None:
        self._book = market.book
        self._seen: dict[tuple[Side, Decimal], Decimal] = {}
        self._taken: dict[tuple[Side, Decimal], Decimal] = {}

    def look(self) -> None:
        """Forget what was taken of levels that have another size than when last looked at."""
        for side in Side:
            for price in map(D, range(90, 111)):
                size = self._book.size_at(side, price)
                if self._seen.get((side, price)) != size:
                    self._seen[side, price] = size
                    self._taken[side, price] = ZERO

    def take(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        """A taker's execution; never more than stands there."""
        self._taken[side, price] += quantity
        assert self._taken[side, price] <= self._seen[side, price]

    def take_best(self, side: Side, quantity: Decimal) -> None:
        """What resting orders met of that side, best price first; never more than is left of it."""
        worst_first = side is Side.BUY
        for key in sorted((key for key in self._seen if key[0] is side), key=lambda key: key[1], reverse=worst_first):
            part = min(quantity, self._seen[key] - self._taken[key])
            self._taken[key] += part
            quantity -= part
        assert quantity == ZERO


class Script:
    """Plays actions on a market and checks each against the rules."""

    def __init__(self) -> None:
        depth = Depth(10, [(D(99), D(1)), (D(98), D(2))], [(D(101), D(3)), (D(102), D(4))])
        self.market = RecordedMarket(opening(depth), MemorySequence(1))
        self.orders: list[Order] = []
        self._ledger = Ledger(self.market)
        self._step = 0

    def play(self, kind: str, values: tuple[Any, ...]) -> None:
        self._step += 1
        ahead = {one.order_id: self.market.queue_ahead(one) for one in self.open()}
        filled = {one.order_id: one.filled for one in self.orders}
        self._ledger.look()
        executions: list[Execution] = getattr(self, f"_{kind}")(*values)
        for one in self.orders:
            assert ZERO <= one.filled <= one.quantity
            own = (x.quantity for x in executions if one.order_id in (x.maker_order_id, x.taker_order_id))
            assert one.filled - filled.get(one.order_id, ZERO) == sum(own, ZERO)
            if one.status.is_open:
                assert ZERO <= self.market.queue_ahead(one) <= ahead.get(one.order_id, D(99))

    def open(self) -> list[Order]:
        return [one for one in self.orders if one.status.is_open]

    def cancel_everything(self) -> None:
        for one in self.open():
            assert self.market.cancel(one, NOW)

    def _submit(
        self, side: Side, price: Decimal, quantity: Decimal, kind: OrderType, duration: TimeInForce, owner: str
    ) -> list[Execution]:
        duration = duration if kind is OrderType.LIMIT else TimeInForce.GTC
        new = order(side, price, quantity, kind, duration, owner)
        self.orders.append(new)
        executions = self.market.submit(new, NOW).executions
        for one in executions:
            if one.maker_owner == CROWD:
                self._ledger.take(side.opposite, one.price, one.quantity)
            assert kind.is_market or (one.price <= price if side is Side.BUY else one.price >= price)
            assert one.maker_owner != owner
        if kind is OrderType.LIMIT_MAKER:
            assert executions == []
        if duration is TimeInForce.FOK:
            assert (new.status, new.filled) in ((OrderStatus.FILLED, quantity), (OrderStatus.EXPIRED, ZERO))
        if kind.is_market or duration is not TimeInForce.GTC:
            assert not new.status.is_open
        return executions

    def _trade(self, price: Decimal, quantity: Decimal, by_seller: bool) -> list[Execution]:
        time_ms = self._step * STEP_MS
        executions = self.market.on_trade(
            PublicTrade("BTCUSDT", self._step, price, quantity, by_seller, time_ms, time_ms), NOW
        ).executions
        assert sum((one.quantity for one in executions), ZERO) <= quantity
        for one in executions:
            assert one.buyer_is_maker is by_seller
            assert one.price >= price if by_seller else one.price <= price
        return executions

    def _quote(self, bid: Decimal, bid_size: Decimal, gap: int, ask_size: Decimal) -> list[Execution]:
        quote = Quote("BTCUSDT", 10 + self._step, bid, bid_size, bid + gap, ask_size)
        return self._met(self.market.on_quote(quote, NOW).executions)

    def _diff(self, bids: list[tuple[Decimal, Decimal]], asks: list[tuple[Decimal, Decimal]]) -> list[Execution]:
        update_id = 10 + self._step
        change = DepthChange("BTCUSDT", update_id, update_id, bids, asks, self._step * STEP_MS)
        return self._met(self.market.on_depth(change, NOW).executions)

    def _met(self, executions: list[Execution]) -> list[Execution]:
        self._ledger.look()
        for one in executions:
            self._ledger.take_best(Side.SELL if one.buyer_is_maker else Side.BUY, one.quantity)
        return executions

    def _cancel(self, index: int) -> list[Execution]:
        standing = self.open()
        if standing:
            chosen = standing[index % len(standing)]
            assert self.market.cancel(chosen, NOW)
            chosen.close(OrderStatus.CANCELED, NOW)
        return []


@settings(max_examples=150, deadline=None)
@given(first=st.lists(submits, min_size=4, max_size=8), then=st.lists(actions, min_size=10, max_size=40))
def test_no_script_of_orders_and_recorded_events_breaks_the_rules(
    first: list[tuple[str, tuple[Any, ...]]], then: list[tuple[str, tuple[Any, ...]]]
) -> None:
    script = Script()
    for kind, values in first + then:
        script.play(kind, values)
    script.cancel_everything()
