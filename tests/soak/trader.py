"""A trader by seed: every kind of order and command in turn, small, legal, within bounds."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import (
    Accepted,
    CancelAllOrders,
    CancelOrder,
    ConnectionLost,
    Exits,
    FlattenPosition,
    ReplaceOrder,
    Side,
    SubmitOco,
    SubmitOrder,
)
from fks_engine.model import OrderStatus, OrderType, TimeInForce

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.api import Command, Desk, DeskView
    from fks_engine.model import Instrument, InstrumentId, Order

MOST_WORKING = 30
LEAST_CASH = Decimal(30_000)
"""Below it the trader only sells."""
MOST_WORTH = Decimal(15_000)
"""Of one asset; above it the trader only sells that."""
LEAST_WORTH = Decimal(1_000)
NEW_ORDERS = {
    "limit far": 10,
    "limit near": 14,
    "post-only": 8,
    "ioc": 6,
    "fok": 5,
    "market": 9,
    "stop": 4,
    "stop limit": 4,
    "take profit": 4,
    "take profit limit": 4,
    "oco": 5,
    "exits": 5,
}
OTHERS = {"replace": 8, "cancel": 12, "cancel all": 1, "cancel market": 1, "flatten": 1}
RESTING = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})


@dataclass
class Trader:
    """Acts through a desk until canceled; what was answered is counted."""

    desk: Desk
    seed: int
    instruments: Mapping[InstrumentId, Instrument]
    pause_s: tuple[float, float] = (0.1, 0.7)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By what was asked and `accepted`, the reason of a denial, or `lost`."""
    accepted_ids: list[str] = field(default_factory=list)
    answer_ms: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    async def run(self) -> None:
        """Trade."""
        while True:
            await self.act()
            await anyio.sleep(self._dice.uniform(*self.pause_s))

    async def act(self) -> None:
        """Do one thing."""
        view = self.desk.view()
        kinds = {"cancel": 1} if len(view.working_orders) > MOST_WORKING else NEW_ORDERS | OTHERS
        (kind,) = self._dice.choices(tuple(kinds), tuple(kinds.values()))
        command = self._new_order(kind, view) if kind in NEW_ORDERS else self._other(kind, view)
        if command is not None:
            await self._submit(kind, command)

    async def _submit(self, kind: str, command: Command) -> None:
        began = anyio.current_time()
        try:
            answer = await self.desk.submit(command)
        except ConnectionLost:
            self.answers[kind, "lost"] += 1
            return
        self.answer_ms.append((anyio.current_time() - began) * 1e3)
        if isinstance(answer, Accepted):
            self.answers[kind, "accepted"] += 1
            if isinstance(command, SubmitOrder | SubmitOco | ReplaceOrder):
                self.accepted_ids += answer.client_order_ids
        else:
            self.answers[kind, answer.reason.value] += 1

    def _other(self, kind: str, view: DeskView) -> Command | None:
        """Something with what there is; None where there is nothing."""
        if kind == "flatten":
            return FlattenPosition(self._dice.choice(tuple(self.instruments)))
        if kind == "cancel all":
            return CancelAllOrders()
        if kind == "cancel market":
            return CancelAllOrders(self._dice.choice(tuple(self.instruments)), self._dice.choice((None, *Side)))
        resting = [each for each in view.working_orders if each.status in RESTING]
        if kind == "replace":
            resting = [each for each in resting if each.order_list_id is None]
        if not resting:
            return None
        order = self._dice.choice(resting)
        return CancelOrder(order.client_order_id) if kind == "cancel" else self._replacement(order)

    def _replacement(self, order: Order) -> ReplaceOrder:
        """A little further from the market, or a little smaller or larger."""
        instrument = self.instruments[order.instrument_id]
        if self._dice.random() < 0.3 and not order.filled_quantity:
            factor = Decimal(self._dice.choice(("0.8", "1.3")))
            return ReplaceOrder(
                client_order_id=order.client_order_id, quantity=instrument.quantity_to_step(order.quantity * factor)
            )
        away = 1 + Decimal(self._dice.choice((-3, -2, -1, 1, 2, 3))) / 1_000
        if order.limit_price is not None and order.order_type.has_limit:
            return ReplaceOrder(
                client_order_id=order.client_order_id, limit_price=instrument.price_to_tick(order.limit_price * away)
            )
        assert order.stop_price is not None
        return ReplaceOrder(
            client_order_id=order.client_order_id, stop_price=instrument.price_to_tick(order.stop_price * away)
        )

    def _new_order(self, kind: str, view: DeskView) -> Command | None:
        """An order of that kind at today's prices; None where the market has none."""
        quotes = [each for each in view.quotes if each.bid and each.ask and each.instrument_id in self.instruments]
        if not quotes:
            return None
        quote = self._dice.choice(quotes)
        assert quote.bid is not None
        assert quote.ask is not None
        instrument = self.instruments[quote.instrument_id]
        side = self._side(view, instrument, quote.bid)
        offer = Offer(instrument, side, quote.bid, quote.ask, self._size(instrument, quote.bid))
        if kind == "oco":
            return offer.oco(self._percent(0.2, 3), self._percent(0.2, 3), has_limit=self._dice.random() < 0.5)
        return self._single(kind, offer)

    def _single(self, kind: str, offer: Offer) -> SubmitOrder:
        passive, near = offer.behind(self._percent(0.5, 4)), offer.behind(self._percent(-0.02, 0.05))
        match kind:
            case "limit far":
                return offer.order(OrderType.LIMIT, limit_price=passive)
            case "limit near":
                return offer.order(OrderType.LIMIT, limit_price=near)
            case "post-only":
                return offer.order(OrderType.LIMIT, limit_price=offer.behind(self._percent(0.01, 0.2)), post_only=True)
            case "ioc":
                return offer.order(
                    OrderType.LIMIT, limit_price=offer.across(Decimal("0.05")), time_in_force=TimeInForce.IOC
                )
            case "fok":
                return offer.order(
                    OrderType.LIMIT, limit_price=offer.across(Decimal("0.05")), time_in_force=TimeInForce.FOK
                )
            case "market":
                return offer.order(OrderType.MARKET)
            case "exits":
                return offer.order(OrderType.LIMIT, limit_price=near, exits=offer.exits(near, self._percent(0.3, 2)))
            case "stop":
                return offer.order(OrderType.STOP, stop_price=offer.across(self._percent(0.1, 2)))
            case "stop limit":
                stop = offer.across(self._percent(0.1, 2))
                return offer.order(OrderType.STOP_LIMIT, stop_price=stop, limit_price=stop)
            case "take profit":
                return offer.order(OrderType.TAKE_PROFIT, stop_price=offer.behind(self._percent(0.1, 2)))
            case _:
                stop = offer.behind(self._percent(0.1, 2))
                return offer.order(OrderType.TAKE_PROFIT_LIMIT, stop_price=stop, limit_price=stop)

    def _side(self, view: DeskView, instrument: Instrument, price: Decimal) -> Side:
        """Random, but neither all cash nor all assets."""
        balances = {row.balance.asset: row.balance for row in view.account.balances}
        base, cash = balances.get(instrument.base), balances.get(instrument.quote)
        worth = Decimal(0) if base is None else base.free * price
        if worth < LEAST_WORTH:
            return Side.BUY
        if worth > MOST_WORTH or cash is None or cash.free < LEAST_CASH:
            return Side.SELL
        return self._dice.choice(tuple(Side))

    def _size(self, instrument: Instrument, price: Decimal) -> Decimal:
        return instrument.quantity_to_step(Decimal(self._dice.randint(20, 400)) / price)

    def _percent(self, least: float, most: float) -> Decimal:
        return Decimal(str(round(self._dice.uniform(least, most), 3)))


@dataclass(frozen=True)
class Offer:
    """A side of a market, its prices now, and a quantity."""

    instrument: Instrument
    side: Side
    bid: Decimal
    ask: Decimal
    quantity: Decimal

    def behind(self, percent: Decimal) -> Decimal:
        """A price so far on our own side of the market."""
        price, sign = (self.bid, -1) if self.side is Side.BUY else (self.ask, 1)
        return self.instrument.price_to_tick(price * (1 + sign * percent / 100))

    def across(self, percent: Decimal) -> Decimal:
        """A price so far beyond the other side of the market."""
        price, sign = (self.ask, 1) if self.side is Side.BUY else (self.bid, -1)
        return self.instrument.price_to_tick(price * (1 + sign * percent / 100))

    def order(
        self,
        order_type: OrderType,
        *,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
        exits: Exits | None = None,
    ) -> SubmitOrder:
        """One order."""
        return SubmitOrder(
            instrument_id=self.instrument.id,
            side=self.side,
            order_type=order_type,
            quantity=self.quantity,
            limit_price=limit_price,
            stop_price=stop_price,
            time_in_force=time_in_force,
            post_only=post_only,
            exits=exits,
        )

    def exits(self, entry: Decimal, percent: Decimal) -> Exits:
        """A take profit and a stop around the price of an entry."""
        sign = 1 if self.side is Side.BUY else -1
        profit, stop = (entry * (1 + way * sign * percent / 100) for way in (1, -1))
        tick = self.instrument.price_to_tick
        return Exits(take_profit_price=tick(profit), stop_price=tick(stop))

    def oco(self, profit: Decimal, stop: Decimal, *, has_limit: bool) -> SubmitOco:
        """A take profit on our own side, a stop beyond the other."""
        stop_price = self.across(stop)
        return SubmitOco(
            instrument_id=self.instrument.id,
            side=self.side,
            quantity=self.quantity,
            take_profit_price=self.behind(profit),
            stop_price=stop_price,
            stop_limit_price=stop_price if has_limit else None,
        )
