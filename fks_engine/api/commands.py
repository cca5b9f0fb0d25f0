"""What a desk may ask the engine to do, and the engine's answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from fks_engine.model import InstrumentId, OrderType, Side, Timeframe, TimeInForce, TradingState


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOrder:
    """Send an order, if the gate lets it through."""

    instrument_id: InstrumentId
    side: Side
    order_type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel one working order."""

    client_order_id: str


@dataclass(frozen=True, slots=True)
class CancelAllOrders:
    """Cancel every working order, or those of one instrument."""

    instrument_id: InstrumentId | None = None


@dataclass(frozen=True, slots=True)
class SetTradingState:
    """Open, narrow or close the gate."""

    state: TradingState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Follow:
    """Choose the instrument whose book, tape and candle this desk's views carry. Other desks keep theirs."""

    instrument_id: InstrumentId
    timeframe: Timeframe


@dataclass(frozen=True, slots=True)
class StopEngine:
    """Stop the engine; `cancel_orders` says what becomes of the working orders."""

    cancel_orders: bool


Command = SubmitOrder | CancelOrder | CancelAllOrders | SetTradingState | Follow | StopEngine


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command was taken. What becomes of an order is told by the views."""

    client_order_ids: tuple[str, ...] = ()
    """The orders that were sent or are being canceled."""


class DenialReason(StrEnum):
    """Why the gate kept a command back."""

    TRADING_HALTED = "trading_halted"
    TRADING_REDUCING = "trading_reducing"
    NOT_CONNECTED = "not_connected"
    READ_ONLY = "read_only"
    UNKNOWN_INSTRUMENT = "unknown_instrument"
    UNKNOWN_ORDER = "unknown_order"
    ORDER_NOT_WORKING = "order_not_working"
    INVALID_QUANTITY = "invalid_quantity"
    INVALID_PRICE = "invalid_price"
    INVALID_COMBINATION = "invalid_combination"
    PRICE_OFF_TICK = "price_off_tick"
    QUANTITY_OFF_STEP = "quantity_off_step"
    QUANTITY_UNDER_MINIMUM = "quantity_under_minimum"
    QUANTITY_OVER_MAXIMUM = "quantity_over_maximum"
    NOTIONAL_UNDER_MINIMUM = "notional_under_minimum"
    NOTIONAL_OVER_LIMIT = "notional_over_limit"
    OPEN_ORDERS_OVER_LIMIT = "open_orders_over_limit"
    PRICE_OUTSIDE_BAND = "price_outside_band"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    NO_POSITION_TO_REDUCE = "no_position_to_reduce"
    POST_ONLY_WOULD_TAKE = "post_only_would_take"
    MARKET_STALE = "market_stale"
    NO_MARKET = "no_market"


@dataclass(frozen=True, slots=True)
class Denied:
    """The command was kept back by us; nothing was sent."""

    reason: DenialReason
    message: str
    """What is wrong and what would pass, in words, with the numbers in it."""
    numbers: dict[str, str] = field(default_factory=dict)
    """The figures that were compared: `notional`, `limit`, `age_s` ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an order would be and do if it were sent now. Figures are None where no market gives them."""

    quantity: Decimal
    """Rounded to the instrument's step."""
    limit_price: Decimal | None
    """Rounded to the instrument's tick; None for a market order."""
    expected_price: Decimal | None
    """The mean price that a fill now would pay or get, from the book."""
    notional: Decimal | None
    """In the quote asset."""
    fee: Decimal | None
    fee_asset: str
    position_before: Decimal | None
    position_after: Decimal | None
    """Base units held once the order is filled."""
    available: Decimal | None
    """Free balance of what the order spends."""
    available_asset: str
    denial: Denied | None
    """The gate's verdict: None when it would pass."""


def blank_preview(command: SubmitOrder, denial: Denied | None) -> Preview:
    """A preview without figures, for there is nothing to take them from."""
    return Preview(
        quantity=command.quantity if command.quantity.is_finite() else Decimal(0),
        limit_price=command.limit_price,
        expected_price=None,
        notional=None,
        fee=None,
        fee_asset="",
        position_before=None,
        position_after=None,
        available=None,
        available_asset="",
        denial=denial,
    )
