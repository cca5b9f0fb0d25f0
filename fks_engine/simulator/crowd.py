"""The crowd of one synthetic market: makers who quote around the fair value, takers who hit them."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from fks_engine.simulator.nouns import CROWD, ZERO, Order, OrderType, PublicTrade, Side, TimeInForce

if TYPE_CHECKING:
    from fks_engine.simulator.catalogue import Coin
    from fks_engine.simulator.ladder import PriceLevel
    from fks_engine.simulator.matching import Book
    from fks_engine.simulator.nouns import Matched

LEVELS, FEWER_LEVELS = 400, 120
"""Levels a side the crowd keeps, for the busiest coins and for the rest."""
DEEP_RANK = 50
"""The last coin with a deep book."""
CROWDED, LESS_CROWDED = 12, 4
"""Orders at one price that the crowd leaves standing, for the busiest coins and for the rest."""
CROWDED_LEVELS = 60
"""Levels that are all looked at; of those behind them some are, and fewer orders may stand there."""
FAR_LOOKS, FAR_CROWDED = 8, 2
NEAR = 12
"""Levels that most of the flow is about."""
TYPICAL_TRADE = 500.0
"""Median quote value of a trade of the busiest coin."""
SPREAD_OF_SIZES = 1.1
"""Standard deviation of the logarithm of a size."""
RESTING = 12.0
"""Median size of a resting order, in typical trades."""
TRADES = 0.15
"""Share of the participants' moves that take."""
BAND_TICKS, BAND_SIGMAS = 0.55, 0.45
"""How far the fair value may leave the quotes alone: the larger of these ticks and volatilities of a second."""
REQUOTED = 5
"""Levels that makers quote anew when the fair value moved away."""


class Crowd:
    """Everyone but the accounts in one book."""

    def __init__(self, coin: Coin, book: Book, seed: int, price: float) -> None:
        self._coin = coin
        self._book = book
        self._random = random.Random(f"{seed} {coin.rules.symbol}")
        self._tick = float(coin.rules.tick)
        self._exact_tick = coin.rules.tick
        self._step = coin.rules.step
        self._unit: float = max(1.0, TYPICAL_TRADE / coin.rank**0.25 / price / float(coin.rules.step))
        self._centre = price
        self._half_spread = 0.0
        self._gap = self._tick
        self._next_id = -1
        is_deep = coin.rank <= DEEP_RANK
        self._levels, self._crowded = (LEVELS, CROWDED) if is_deep else (FEWER_LEVELS, LESS_CROWDED)
        self._spacing(0.00002)

    def _spacing(self, sigma: float) -> None:
        """Half the spread and the usual gap between levels, from the volatility of one second."""
        width = sigma * self._centre
        self._half_spread = 0.02 * width
        self._gap = max(self._tick, 0.10 * width)

    @property
    def centre(self) -> float:
        """The fair value the quotes stand for."""
        return self._centre

    def fill_book(self, sigma: float, now_ms: int) -> None:
        """Rest a whole book around the fair value."""
        self._spacing(sigma)
        for side in Side:
            for rank in range(self._levels):
                price = max(self._price(side, self._distance(rank)), self._exact_tick)
                quantity = self._quantity(RESTING * (1.0 + rank / 12))
                self._book.restore(self._order(side, price, quantity, TimeInForce.GTC, now_ms))

    def _distance(self, rank: int) -> float:
        """How far from the fair value the level of that rank stands."""
        jitter = self._random.random()
        return self._half_spread + self._gap * (rank + jitter) * (1 + rank / 60)

    def _price(self, side: Side, distance: float) -> Decimal:
        """The price that far from the fair value, rounded away from it."""
        ticks: int
        if side is Side.BUY:
            ticks = max(1, math.floor((self._centre - distance) / self._tick + 1e-9))
        else:
            ticks = max(2, math.ceil((self._centre + distance) / self._tick - 1e-9))
        return self._exact_tick * ticks

    def _quantity(self, weight: float) -> Decimal:
        """A size around `weight` typical trades."""
        draw = math.exp(SPREAD_OF_SIZES * self._random.gauss(0.0, 1.0)) * weight
        return self._step * max(1, round(self._unit * draw))

    def _order(self, side: Side, price: Decimal, quantity: Decimal, duration: TimeInForce, now_ms: int) -> Order:
        self._next_id -= 1
        symbol = self._coin.rules.symbol
        return Order(self._next_id, symbol, side, OrderType.LIMIT, duration, price, quantity, now_ms)

    def _add(self, side: Side, distance: float, now_ms: int, weight: float) -> None:
        """Rest an order; behind the best opposite price, so that makers never take."""
        price = self._price(side, distance)
        opposite = self._book.side(side.opposite).best()
        if opposite is not None:
            if side is Side.BUY and price >= opposite.price:
                price = opposite.price - self._exact_tick
            elif side is Side.SELL and price <= opposite.price:
                price = opposite.price + self._exact_tick
        price = max(price, self._exact_tick)
        self._book.restore(self._order(side, price, self._quantity(RESTING * weight), TimeInForce.GTC, now_ms))

    def follow(self, fair: float, sigma: float, now_ms: int) -> list[Matched]:
        """Move the quotes to another fair value; takers clear what is stale."""
        self._centre = fair
        self._spacing(sigma)
        rising = self._book.best()
        done = self._clear(Side.BUY, rising.ask, now_ms) + self._clear(Side.SELL, rising.bid, now_ms)
        for side in Side:
            self._refresh(side, now_ms)
        return done

    def _clear(self, taker: Side, best: Decimal, now_ms: int) -> list[Matched]:
        """Take or withdraw every resting order that the fair value has passed."""
        limit = self._price(taker, self._half_spread)
        stale = best and (best <= limit if taker is Side.BUY else best >= limit)
        if not stale:
            return []

        levels = self._book.side(taker.opposite).levels()
        passed = takewhile(lambda level: level.price <= limit if taker is Side.BUY else level.price >= limit, levels)
        left = ZERO
        for level in list(passed):
            for order in list(level.orders.values()):
                if order.owner == CROWD and self._random.random() < 0.6:
                    self._book.cancel(order, now_ms)
                else:
                    left += order.leaves
        if not left:
            return []
        return [self._book.submit(self._order(taker, limit, left, TimeInForce.IOC, now_ms), now_ms)]

    def _refresh(self, side: Side, now_ms: int) -> None:
        """Quote anew where the best price fell behind."""
        ladder = self._book.side(side)
        best = ladder.best()
        wanted = self._price(side, self._half_spread)
        behind = best is None or (best.price < wanted if side is Side.BUY else best.price > wanted)
        if behind:
            self._add(side, self._half_spread, now_ms, 1.5)
            for rank in range(REQUOTED):
                self._add(side, self._distance(rank), now_ms, 1.0 + rank / 8)

    def act(self, now_ms: int) -> Matched | None:
        """One participant's move: take, quote or withdraw."""
        choice = self._random.random()
        side = Side.BUY if self._random.random() < 0.5 else Side.SELL
        if choice < TRADES:
            return self._trade(now_ms)
        if choice < 0.57 or self._is_thin(side):
            self._quote(side, now_ms)
        else:
            self._withdraw(side, now_ms)
        return None

    def unseen(self, moves: int, trade_id: int, now_ms: int) -> PublicTrade | None:
        """What so many moves of a market that nobody watched come to: one print at the touch, off the book."""
        best = self._book.best()
        is_sale = self._random.random() < 0.5
        price = best.bid if is_sale else best.ask
        if not price:
            return None

        quantity = self._quantity(max(1.0, moves * TRADES))
        return PublicTrade(self._coin.rules.symbol, trade_id, price, quantity, is_sale, now_ms, now_ms)

    def _is_thin(self, side: Side) -> bool:
        """Whether the first levels reach further out than makers leave them."""
        level = self._book.side(side).level_at(NEAR)
        return level is None or abs(float(level.price) - self._centre) > 1.6 * (self._half_spread + self._gap * NEAR)

    def _trade(self, now_ms: int) -> Matched | None:
        best = self._book.best()
        if not best.bid or not best.ask:
            return None

        middle = float(best.bid + best.ask) / 2
        lean = max(-4.0, min(4.0, (self._centre - middle) / max(self._half_spread, self._tick)))
        side = Side.BUY if self._random.random() < 1 / (1 + math.exp(-1.2 * lean)) else Side.SELL
        touch = best.ask if side is Side.BUY else best.bid
        slip = int(self._gap / self._tick * 3) * self._exact_tick
        limit = touch + slip if side is Side.BUY else max(self._exact_tick, touch - slip)
        order = self._order(side, limit, self._quantity(1.0), TimeInForce.IOC, now_ms)
        return self._book.submit(order, now_ms)

    def _quote(self, side: Side, now_ms: int) -> None:
        rank = min(NEAR, int(self._random.expovariate(0.55)))
        distance = self._half_spread if rank == 0 else self._distance(rank - 1)
        self._add(side, distance, now_ms, 1.0 + rank / 8)

    def _withdraw(self, side: Side, now_ms: int) -> None:
        """Cancel the newest of the crowd's orders at one of the first levels."""
        rank = min(NEAR, int(self._random.expovariate(0.35)))
        level = self._book.side(side).level_at(rank)
        if level is None:
            return

        for order_id in reversed(level.orders):
            order = level.orders[order_id]
            if order.owner == CROWD:
                self._book.cancel(order, now_ms)
                return

    def tend(self, now_ms: int) -> None:
        """Keep the far book: fill what is thin, withdraw what is too deep."""
        for side in Side:
            ladder = self._book.side(side)
            if self._is_thin(side):
                for rank in range(NEAR):
                    self._add(side, self._distance(rank), now_ms, 1.0 + rank / 8)
            for level in islice(ladder.levels(), CROWDED_LEVELS):
                if len(level.orders) > self._crowded:
                    self._withdraw_from(level, self._crowded, now_ms)
            for _ in range(FAR_LOOKS):
                far = ladder.level_at(self._random.randrange(CROWDED_LEVELS, self._levels))
                if far is not None and len(far.orders) > FAR_CROWDED:
                    self._withdraw_from(far, FAR_CROWDED, now_ms)
            for _ in range(min(20, self._levels - len(ladder))):
                self._add(side, self._distance(self._random.randrange(self._levels)), now_ms, 3.0)
            most = self._levels * 5 // 4
            if len(ladder) > most:
                for level in list(islice(ladder.levels(), most, None)):
                    self._withdraw_from(level, 0, now_ms)

    def _withdraw_from(self, level: PriceLevel, kept: int, now_ms: int) -> None:
        """Cancel the crowd's orders of one level but the oldest `kept`."""
        for order in [order for order in level.orders.values() if order.owner == CROWD][kept:]:
            self._book.cancel(order, now_ms)
