"""The simulator's nouns: symbol rules, orders, executions, public trades, quotes, depth and candles."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

ZERO = Decimal(0)
CROWD = ""
"""The owner of every order that is not an account's own."""


class Side(StrEnum):
    """The side of an order."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> Side:
        """The side it trades against."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """The kinds of order the exchange takes."""

    LIMIT = "LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"
    MARKET = "MARKET"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"

    @property
    def is_market(self) -> bool:
        """Whether it trades at any price once it works."""
        return self in _AT_ANY_PRICE

    @property
    def is_conditional(self) -> bool:
        """Whether it waits for the last price to reach its stop price."""
        return self in _CONDITIONAL

    @property
    def is_stop_loss(self) -> bool:
        """Whether it triggers when the price runs against it."""
        return self in _STOP_LOSSES


_AT_ANY_PRICE = frozenset({OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT})
_STOP_LOSSES = frozenset({OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT})
_CONDITIONAL = _STOP_LOSSES | {OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}


class TimeInForce(StrEnum):
    """How long an order stands."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderStatus(StrEnum):
    """Where an order stands in its life."""

    NEW = "NEW"
    PENDING_NEW = "PENDING_NEW"
    """Waits for the working order of its list to fill."""
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
    REJECTED = "REJECTED"

    @property
    def is_open(self) -> bool:
        """Whether the order can still fill."""
        return self in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.PENDING_NEW)


@dataclass(frozen=True, slots=True)
class SymbolRules:
    """What one symbol is made of and which numbers its orders may carry."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    min_notional: Decimal = Decimal(5)
    min_price: Decimal = ZERO
    """Zero means one tick."""
    max_price: Decimal = Decimal(1_000_000)
    min_quantity: Decimal = ZERO
    """Zero means one step."""
    max_quantity: Decimal = Decimal(9_000)
    max_market_quantity: Decimal = Decimal(120)
    max_notional: Decimal = Decimal(9_000_000)
    band_up: Decimal = Decimal(5)
    """The highest multiple of the average price a limit order may name."""
    band_down: Decimal = Decimal("0.2")
    max_orders: int = 200
    max_algo_orders: int = 5
    max_order_lists: int = 20
    max_position: Decimal = ZERO
    """The most base an account may own and bid for; zero means no such rule."""

    @property
    def lowest_price(self) -> Decimal:
        """The lowest price an order may carry."""
        return self.min_price or self.tick

    @property
    def lowest_quantity(self) -> Decimal:
        """The smallest quantity an order may carry."""
        return self.min_quantity or self.step


@dataclass(slots=True, eq=False)
class Order:
    """One order: an account's own, or one of the crowd's when `owner` is empty."""

    order_id: int
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: Decimal
    """Zero for the types that trade at any price."""
    quantity: Decimal
    """In base units; zero while a MARKET order is given by `quote_quantity`."""
    created_ms: int
    owner: str = CROWD
    client_order_id: str = ""
    quote_quantity: Decimal = ZERO
    """What a MARKET order may spend or earn in quote units; zero when it is given by quantity."""
    filled: Decimal = ZERO
    quote_filled: Decimal = ZERO
    status: OrderStatus = OrderStatus.NEW
    updated_ms: int = 0
    working_ms: int = -1
    """When it began to work in the market; -1 while it waits."""
    stop_price: Decimal = ZERO
    """The last price at which a conditional order begins to work; zero for the others."""
    list_id: int = -1
    """The order list it belongs to; -1 for none."""

    @property
    def is_waiting(self) -> bool:
        """Whether it was accepted and its stop price has not been reached."""
        return self.type.is_conditional and self.working_ms < 0 and self.status is OrderStatus.NEW

    @property
    def rises_to_stop(self) -> bool:
        """Whether its stop price is reached from below; a conditional order's question."""
        return self.type.is_stop_loss is (self.side is Side.BUY)

    @property
    def rests(self) -> bool:
        """Whether what does not match at once stays in the book."""
        return self.time_in_force is TimeInForce.GTC and not self.type.is_market

    @property
    def leaves(self) -> Decimal:
        """The quantity that can still fill."""
        return self.quantity - self.filled

    def fill(self, price: Decimal, quantity: Decimal, now_ms: int) -> None:
        """Book one execution: filled, quote filled and status move."""
        self.filled += quantity
        self.quote_filled += price * quantity
        self.updated_ms = now_ms
        self.status = OrderStatus.FILLED if self.filled >= self.quantity else OrderStatus.PARTIALLY_FILLED

    def close(self, status: OrderStatus, now_ms: int) -> None:
        """End the order's life with the rest unfilled."""
        self.status = status
        self.updated_ms = now_ms


@dataclass(frozen=True, slots=True)
class Execution:
    """One match of a taker with a maker."""

    symbol: str
    trade_id: int
    """Counts per symbol."""
    price: Decimal
    quantity: Decimal
    maker_order_id: int
    taker_order_id: int
    maker_owner: str
    """Empty when the maker is one of the crowd."""
    taker_owner: str
    buyer_is_maker: bool
    time_ms: int
    public: bool = True
    """Whether it is to be published as a trade; a replay's own fills are not when the recorded trade already was."""


@dataclass(slots=True)
class Matched:
    """What a submitted order did: executions in order, and own resting orders that self-trade prevention expired."""

    executions: list[Execution] = field(default_factory=list)
    expired: list[Order] = field(default_factory=list)


class PublicTrade(NamedTuple):
    """One print of the tape."""

    symbol: str
    trade_id: int
    price: Decimal
    quantity: Decimal
    buyer_is_maker: bool
    time_ms: int
    """Trade time, T."""
    event_ms: int
    """Event time, E."""


class Quote(NamedTuple):
    """The best bid and ask; a side without orders has price and size zero."""

    symbol: str
    update_id: int
    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal


Level = tuple[Decimal, Decimal]
"""Price and total size; in a change, size zero removes the level."""


class Depth(NamedTuple):
    """A book, best levels first on both sides."""

    last_update_id: int
    bids: list[Level]
    asks: list[Level]


class DepthChange(NamedTuple):
    """The levels that changed between two update ids; `first_id` is the previous change's `final_id` + 1."""

    symbol: str
    first_id: int
    final_id: int
    bids: list[Level]
    asks: list[Level]
    event_ms: int


@dataclass(slots=True)
class Candle:
    """Trades of one interval added up."""

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = ZERO
    quote_volume: Decimal = ZERO
    trades: int = 0
    taker_base: Decimal = ZERO
    taker_quote: Decimal = ZERO
    first_trade_id: int = -1
    last_trade_id: int = -1
