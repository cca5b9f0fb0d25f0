"""The synthetic market's order book: price-time priority in exact decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.simulator.ladder import Ladder
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
    Quote,
    Side,
    SymbolRules,
    TimeInForce,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from fks_engine.simulator.market import Sequence


class Book:
    """One symbol's book; every participant is an order in it."""

    def __init__(self, rules: SymbolRules, trade_ids: Sequence, update_ids: Sequence) -> None:
        self._rules = rules
        self._trade_ids = trade_ids
        self._update_ids = update_ids
        self.bids = Ladder(Side.BUY)
        self.asks = Ladder(Side.SELL)
        self._drained_id = update_ids.last()
        self._published: Quote | None = None

    @property
    def rules(self) -> SymbolRules:
        """The symbol and its filters."""
        return self._rules

    def side(self, side: Side) -> Ladder:
        """The resting orders of that side."""
        return self.bids if side is Side.BUY else self.asks

    def submit(self, order: Order, now_ms: int) -> Matched:
        """Match the order and rest or expire what is left."""
        matched = Matched()
        order.updated_ms = now_ms
        opposite = self.side(order.side.opposite)
        if order.time_in_force is not TimeInForce.FOK or order.type.is_market or self._can_fill(order):
            if order.quote_quantity:
                self._take_by_quote(order, opposite, now_ms, matched)
            else:
                self._take(order, opposite, now_ms, matched)

        if order.status is not OrderStatus.FILLED:
            self._finish(order, now_ms)
        return matched

    def _finish(self, order: Order, now_ms: int) -> None:
        if order.rests:
            order.working_ms = now_ms
            self._rest(order)
        else:
            order.close(OrderStatus.EXPIRED, now_ms)

    def _rest(self, order: Order) -> None:
        self.side(order.side).add(order)
        self._update_ids.next()

    def offers(self, order: Order) -> list[Level]:
        """Price and quantity of what the order could trade with now, best first, without its owner's own orders."""
        return [(price, size) for price, size in self._offered(order) if size > 0]

    def _offered(self, order: Order) -> Iterator[Level]:
        """The levels on the other side, each without what the order's owner has there."""
        for level in self.side(order.side.opposite).levels():
            own = ZERO
            if order.owner != CROWD:
                own = sum((o.leaves for o in level.orders.values() if o.owner == order.owner), ZERO)
            yield level.price, level.size - own

    def _can_fill(self, order: Order) -> bool:
        """Whether a FOK order fills at once."""
        wanted = order.quantity
        for price, size in self._offered(order):
            if _beyond(order, price):
                return False

            wanted -= size
            if wanted <= 0:
                return True
        return False

    def _take(self, order: Order, opposite: Ladder, now_ms: int, matched: Matched) -> None:
        limited = not order.type.is_market
        while order.filled < order.quantity:
            maker = opposite.first()
            if maker is None or (limited and _beyond(order, maker.price)):
                return

            if not self._prevent_self_trade(order, maker, opposite, now_ms, matched):
                quantity = min(order.leaves, maker.leaves)
                matched.executions.append(self._execute(order, maker, quantity, opposite, now_ms))

    def _take_by_quote(self, order: Order, opposite: Ladder, now_ms: int, matched: Matched) -> None:
        """Spend or earn up to the order's quote quantity; what is too small for one step stays."""
        left = order.quote_quantity
        while (maker := opposite.first()) is not None:
            if self._prevent_self_trade(order, maker, opposite, now_ms, matched):
                continue

            quantity = maker.leaves
            if left < maker.price * quantity:
                quantity = left / maker.price // self._rules.step * self._rules.step
            if quantity <= 0:
                break

            order.quantity = order.filled + quantity
            matched.executions.append(self._execute(order, maker, quantity, opposite, now_ms))
            left -= maker.price * quantity

    def _prevent_self_trade(self, order: Order, maker: Order, opposite: Ladder, now_ms: int, matched: Matched) -> bool:
        """Expire the resting order when both belong to one account (EXPIRE_MAKER)."""
        if order.owner == CROWD or maker.owner != order.owner:
            return False

        opposite.remove(maker)
        self._update_ids.next()
        maker.close(OrderStatus.EXPIRED_IN_MATCH, now_ms)
        matched.expired.append(maker)
        return True

    def _execute(self, taker: Order, maker: Order, quantity: Decimal, opposite: Ladder, now_ms: int) -> Execution:
        price = maker.price
        taker.fill(price, quantity, now_ms)
        maker.fill(price, quantity, now_ms)
        opposite.reduce(maker, quantity)
        self._update_ids.next()
        return Execution(
            symbol=self._rules.symbol,
            trade_id=self._trade_ids.next(),
            price=price,
            quantity=quantity,
            maker_order_id=maker.order_id,
            taker_order_id=taker.order_id,
            maker_owner=maker.owner,
            taker_owner=taker.owner,
            buyer_is_maker=maker.side is Side.BUY,
            time_ms=now_ms,
        )

    def cancel(self, order: Order, now_ms: int) -> bool:
        """Take a resting order out of the book; False when it does not rest there."""
        if not self.side(order.side).remove(order):
            return False

        self._update_ids.next()
        return True

    def restore(self, order: Order) -> None:
        """Put an order back without matching it; the crowd's orders it would cross leave."""
        opposite = self.side(order.side.opposite)
        while (maker := opposite.first()) is not None and not _beyond(order, maker.price) and maker.owner == CROWD:
            opposite.remove(maker)
            self._update_ids.next()
        self._rest(order)

    def best(self) -> Quote:
        """The best bid and ask now."""
        bid, ask = self.bids.best(), self.asks.best()
        return Quote(
            self._rules.symbol,
            self._update_ids.last(),
            bid.price if bid else ZERO,
            bid.size if bid else ZERO,
            ask.price if ask else ZERO,
            ask.size if ask else ZERO,
        )

    def drain_quote(self) -> Quote | None:
        """The best bid and ask if they changed since the last call."""
        quote = self.best()
        if self._published is not None and quote[2:] == self._published[2:]:
            return None

        self._published = quote
        return quote

    def depth(self, limit: int) -> Depth:
        """Up to `limit` levels a side."""
        return Depth(self._update_ids.last(), self.bids.top(limit), self.asks.top(limit))

    def drain_depth(self, now_ms: int) -> DepthChange | None:
        """Every level that changed since the last call, with its size now; None when none did."""
        last = self._update_ids.last()
        if last == self._drained_id:
            return None

        bids: list[Level] = self.bids.drain()
        asks: list[Level] = self.asks.drain()
        change = DepthChange(self._rules.symbol, self._drained_id + 1, last, bids, asks, now_ms)
        self._drained_id = last
        return change


def _beyond(order: Order, price: Decimal) -> bool:
    """Whether a resting price is worse than the order's limit."""
    return price > order.price if order.side is Side.BUY else price < order.price
