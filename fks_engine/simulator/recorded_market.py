"""A market in which own orders meet a recorded book and recorded trades."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from fks_engine.simulator.nouns import (
    CROWD,
    ZERO,
    Depth,
    DepthChange,
    Execution,
    Level,
    Matched,
    Order,
    OrderStatus,
    OrderType,
    PublicTrade,
    Quote,
    Side,
    SymbolRules,
    TimeInForce,
)
from fks_engine.simulator.recorded_book import RecordedBook, TakenSizes
from fks_engine.simulator.recorded_queue import Resting, RestingSide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from fks_engine.simulator.market import Sequence
    from fks_engine.simulator.replay_recording import Opening, Snapshot

CROWD_ORDER_ID = 0


class RecordedMarket:
    """One recorded symbol.

    The recording never changes: what the public sees (quotes, depth, tape, candles) is what was recorded, and own
    orders and executions are not part of it. Own orders fill by these rules:

    - A taker walks the recorded levels, best first, up to its limit; at a price the recorded size fills before own
      orders of other accounts. What it took of a level stays taken until a recorded update gives it another size.
    - A resting order queues behind the recorded size of its price. Trades at its price that the opposite side began eat
      the queue first and then fill the order. When the level becomes smaller than the queue, the queue becomes that
      short a second later (the size that left is taken to have stood behind the order); it never grows.
    - A trade that passes through a resting order's price fills it up to the trade's quantity.
    - One recorded trade fills own orders, in price-time priority, to no more than its quantity in total. A trade that
      happened before the order came counts for nothing.
    - When the recorded opposite side comes to a resting order's price, the order fills against that size as a taker's
      would, for whoever quoted there would have met it.
    - A resting order always fills at its own limit price; a taker at the level's price.
    - In a made book (candles, trades) every order queues behind at least one typical print, and only prints shorten it.
    """

    def __init__(self, opening: Opening, trade_ids: Sequence) -> None:
        self._rules = opening.rules
        self._trade_ids = trade_ids
        self._made_queue = opening.made_queue
        self.book = RecordedBook(opening.rules.symbol, opening.depth)
        self._resting = {side: RestingSide() for side in Side}
        self._taken = TakenSizes(self.book, opening.rules.step)
        self._recorded_ms = 0

    @property
    def rules(self) -> SymbolRules:
        """The symbol and its filters."""
        return self._rules

    def best(self) -> Quote:
        """The recorded best bid and ask."""
        return self.book.best()

    def depth(self, limit: int) -> Depth:
        """Up to `limit` recorded levels a side."""
        return self.book.depth(limit)

    def drain_quote(self) -> Quote | None:
        """Nothing: only recorded quotes are published."""
        return None

    def offers(self, order: Order) -> list[Level]:
        """Price and quantity of everything the order could trade with now, best first."""
        return [(price, size) for price, maker, size in self._offers(order) if not _is_own(order, maker)]

    def queue_ahead(self, order: Order) -> Decimal:
        """The recorded size that fills before a resting order; zero when it does not rest."""
        return next((resting.ahead for resting in self._resting[order.side] if resting.order is order), ZERO)

    def submit(self, order: Order, now_ms: int) -> Matched:
        """Match the order and rest or expire what is left."""
        matched = Matched()
        order.updated_ms = now_ms
        if order.type is not OrderType.LIMIT_MAKER and self._may_take(order):
            self._take(order, now_ms, matched)
        if order.status is OrderStatus.FILLED:
            return matched

        if order.rests:
            order.working_ms = now_ms
            self.restore(order)
        else:
            order.close(OrderStatus.EXPIRED, now_ms)
        return matched

    def cancel(self, order: Order, now_ms: int) -> bool:
        """Take a resting order out; False when it does not rest here."""
        return self._resting[order.side].remove(order)

    def restore(self, order: Order) -> None:
        """Let an order rest behind the recorded size of its price."""
        ahead = max(self.book.size_at(order.side, order.price), self._made_queue or ZERO)
        self._resting[order.side].add(Resting(order, ahead, self._recorded_ms))

    def _may_take(self, order: Order) -> bool:
        if order.time_in_force is not TimeInForce.FOK or order.type.is_market:
            return True

        return sum((size for _, size in self.offers(order)), ZERO) >= order.quantity

    def _take(self, order: Order, now_ms: int, matched: Matched) -> None:
        for price, maker, size in self._offers(order):
            quantity = min(size, self._wanted(order, price))
            if quantity <= 0:
                break

            if maker is not None and _is_own(order, maker):
                self._resting[maker.order.side].remove(maker.order)
                maker.order.close(OrderStatus.EXPIRED_IN_MATCH, now_ms)
                matched.expired.append(maker.order)
                continue

            if order.quote_quantity:
                order.quantity = order.filled + quantity
            order.fill(price, quantity, now_ms)
            if maker is None:
                self._taken.take(order.side.opposite, price, quantity)
            else:
                maker.order.fill(price, quantity, now_ms)
                self._resting[maker.order.side].drop_filled(maker)
            matched.executions.append(self._execution(price, quantity, now_ms, taker=order, maker=maker))

    def _wanted(self, order: Order, price: Decimal) -> Decimal:
        if not order.quote_quantity:
            return order.leaves
        step = self._rules.step
        return (order.quote_quantity - order.quote_filled) / price // step * step

    def _offers(self, taker: Order) -> Iterator[tuple[Decimal, Resting | None, Decimal]]:
        """What a taker meets, best first: price, own maker or None for the recorded size, and quantity."""
        side = taker.side.opposite
        own = ((resting.rank, 1, resting.order.price, resting) for resting in self._resting[side])
        recorded = ((-price if side is Side.BUY else price, 0, price, None) for price, size in self.book.levels(side))
        for _, _, price, maker in merge(recorded, own, key=lambda offer: offer[:2]):
            if not taker.type.is_market and not _crosses(taker.side, taker.price, price):
                return

            size = self._taken.free(side, price) if maker is None else maker.order.leaves
            if size > 0:
                yield price, maker, size

    def on_trade(self, trade: PublicTrade, now_ms: int) -> Matched:
        """Fill the own orders that a recorded trade reaches."""
        self._recorded_ms = max(self._recorded_ms, trade.time_ms)
        matched = Matched()
        side = Side.BUY if trade.buyer_is_maker else Side.SELL
        left = trade.quantity
        for resting in self._resting[side]:
            if left <= 0 or not _crosses(side, resting.order.price, trade.price):
                break
            if trade.time_ms <= resting.since_ms:
                continue

            quantity = resting.reach(trade.price, left)
            if quantity > 0:
                left -= quantity
                matched.executions.append(self._fill_resting(resting, quantity, now_ms))
        return matched

    def on_quote(self, quote: Quote, now_ms: int) -> Matched:
        """Take in a recorded quote."""
        self.book.show(quote)
        return self._follow_book(now_ms)

    def on_depth(self, change: DepthChange, now_ms: int) -> Matched:
        """Take in a recorded diff."""
        self._recorded_ms = max(self._recorded_ms, change.event_ms)
        self.book.change(change)
        if self._made_queue is None:
            for side, entries in self._resting.items():
                for resting in entries:
                    price = resting.order.price
                    size = max(self.book.size_at(side, price), self.book.diffed_size_at(side, price))
                    resting.note_level(size, change.event_ms)
        return self._follow_book(now_ms)

    def on_snapshot(self, snapshot: Snapshot, now_ms: int) -> Matched:
        """Begin again from a recorded snapshot when it is newer than the book."""
        self.book.load(snapshot.depth)
        return self._follow_book(now_ms)

    def _follow_book(self, now_ms: int) -> Matched:
        """Forget takes of levels that have another size now, and fill the resting orders the book has come to."""
        self._taken.refresh()
        matched = Matched()
        for side, entries in self._resting.items():
            if entries and self._is_reached(side, entries.best().order.price):
                self._meet(side, now_ms, matched)
        return matched

    def _is_reached(self, side: Side, price: Decimal) -> bool:
        best = self.book.best()
        facing, size = (best.ask, best.ask_size) if side is Side.BUY else (best.bid, best.bid_size)
        return size > 0 and _crosses(side, price, facing)

    def _meet(self, side: Side, now_ms: int, matched: Matched) -> None:
        for resting in self._resting[side]:
            order = resting.order
            for price, _ in self.book.levels(side.opposite):
                if order.leaves <= 0 or not _crosses(side, order.price, price):
                    break

                quantity = min(order.leaves, self._taken.free(side.opposite, price))
                if quantity > 0:
                    self._taken.take(side.opposite, price, quantity)
                    matched.executions.append(self._fill_resting(resting, quantity, now_ms))
            if order.leaves > 0:
                return

    def _fill_resting(self, resting: Resting, quantity: Decimal, now_ms: int) -> Execution:
        order = resting.order
        order.fill(order.price, quantity, now_ms)
        self._resting[order.side].drop_filled(resting)
        return self._execution(order.price, quantity, now_ms, taker=None, maker=resting)

    def _execution(
        self, price: Decimal, quantity: Decimal, now_ms: int, *, taker: Order | None, maker: Resting | None
    ) -> Execution:
        maker_order = maker.order if maker else None
        maker_side = maker_order.side if maker_order else (taker.side.opposite if taker else Side.BUY)
        return Execution(
            symbol=self._rules.symbol,
            trade_id=self._trade_ids.next(),
            price=price,
            quantity=quantity,
            maker_order_id=maker_order.order_id if maker_order else CROWD_ORDER_ID,
            taker_order_id=taker.order_id if taker else CROWD_ORDER_ID,
            maker_owner=maker_order.owner if maker_order else CROWD,
            taker_owner=taker.owner if taker else CROWD,
            buyer_is_maker=maker_side is Side.BUY,
            time_ms=now_ms,
            public=False,
        )


def _is_own(taker: Order, maker: Resting | None) -> bool:
    return maker is not None and maker.order.owner == taker.owner


def _crosses(side: Side, price: Decimal, other: Decimal) -> bool:
    """Whether an order of that side and price would trade with something at the other price."""
    return other <= price if side is Side.BUY else other >= price
