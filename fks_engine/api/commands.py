"""What a desk may ask the engine to do, and the engine's answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from fks_engine.api.reconciliation import AcceptDifferences
from fks_engine.api.risk import SetLimit
from fks_engine.model import InstrumentId, Order, OrderType, Side, Timeframe, TimeInForce, TradingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """Orders that leave what an entry bought or sold, held by the exchange from the moment the entry has filled whole.

    Both prices: whichever comes first cancels the other. Their quantity is the entry's less its fee.
    """

    take_profit_price: Decimal | None = None
    """A limit order on the far side."""
    stop_price: Decimal | None = None
    """Where the loss is cut."""
    stop_limit_price: Decimal | None = None
    """The limit of the stop; None takes at any price once it is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOrder:
    """Send an order, if the gate lets it through."""

    instrument_id: InstrumentId
    side: Side
    order_type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    """For a market order the worst price it may trade at; None takes the cap of `risk.max_slippage_percent`."""
    stop_price: Decimal | None = None
    """The price at which a stop or take profit order begins to work."""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    exits: Exits | None = None
    """What protects the position once this order has filled; only for a limit order that may rest."""
    restores: str | None = None
    """The order whose protection of a position this one takes up again; only the engine itself asks for that."""
    origin: str = ""
    """Who asks: `ticket`, `ladder`, `order line`, `closing`, `protection`, the name of a strategy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOco:
    """Send two orders of which one cancels the other: a limit order that takes the profit, and a stop."""

    instrument_id: InstrumentId
    side: Side
    quantity: Decimal
    take_profit_price: Decimal
    stop_price: Decimal
    stop_limit_price: Decimal | None = None
    """The limit of the stop; None takes at any price once it is reached."""
    origin: str = ""
    """Who asks: `ticket`, `ladder`, `order line`, `closing`, `protection`, the name of a strategy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceOrder:
    """Cancel a working order and send one like it in its place; what is None stays as it is.

    The new order is not sent where the old one could not be canceled.
    """

    client_order_id: str
    quantity: Decimal | None = None
    """The whole quantity of the new order."""
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    origin: str = ""
    """Who asks: `ticket`, `ladder`, `order line`, `closing`, `protection`, the name of a strategy."""


@dataclass(frozen=True, slots=True)
class FlattenPosition:
    """Cancel the market's working orders and sell all of the position at market, within the slippage cap.

    None does so for every position. Without a position that could be sold the market's orders are canceled all the
    same; nothing is ever bought back.
    """

    instrument_id: InstrumentId | None = None


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel one working order."""

    client_order_id: str


@dataclass(frozen=True, slots=True)
class CancelAllOrders:
    """Cancel every working order, or those of one instrument, or of one side.

    An exit that waits for its entry belongs to the entry's side: it is no order of its own yet.
    """

    instrument_id: InstrumentId | None = None
    side: Side | None = None

    def takes(self, order: Order) -> bool:
        """Whether a working order is among those to cancel."""
        if self.instrument_id not in {None, order.instrument_id}:
            return False
        return self.side is None or (order.side is self.side and order.waits_for is None)


@dataclass(frozen=True, slots=True)
class SetTradingState:
    """Open, narrow or close the gate. Closing it also cancels every order of ours until the exchange has none."""

    state: TradingState
    reason: str = ""
    flatten: bool = False
    """Whether a halt sells what is held, once the exchange has no order of ours any more."""
    origin: str = "a desk"
    """Who asks: `a desk`, `fks halt`."""


@dataclass(frozen=True, slots=True)
class Follow:
    """Choose the instrument whose book, tape and candle this desk's views carry. Other desks keep theirs."""

    instrument_id: InstrumentId
    timeframe: Timeframe


@dataclass(frozen=True, slots=True)
class StopEngine:
    """Stop the engine; `cancel_orders` says what becomes of the working orders."""

    cancel_orders: bool


@dataclass(frozen=True, slots=True)
class MakeWatchlist:
    """Make a watchlist of a name that none has. All desks have the same lists; they outlive the engine.

    What changes a list says what is meant and not what comes of it: another desk may have changed the list meanwhile.
    """

    name: str
    instrument_ids: tuple[InstrumentId, ...]


@dataclass(frozen=True, slots=True)
class RenameWatchlist:
    """Give a watchlist another name, which none has; its place among the lists stays."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class AddToWatchlist:
    """Put a market at the end of a list; one that is on it stays where it is."""

    name: str
    instrument_id: InstrumentId


@dataclass(frozen=True, slots=True)
class DropFromWatchlist:
    """Take a market off a list, if it is on it; the last market of a list stays."""

    name: str
    instrument_id: InstrumentId


@dataclass(frozen=True, slots=True)
class MoveInWatchlist:
    """Move a market within a list by `lines`, up where that is under zero, as far as the list goes."""

    name: str
    instrument_id: InstrumentId
    lines: int


@dataclass(frozen=True, slots=True)
class DeleteWatchlist:
    """Drop a watchlist; the last one stays."""

    name: str


WatchlistCommand = (
    MakeWatchlist | RenameWatchlist | AddToWatchlist | DropFromWatchlist | MoveInWatchlist | DeleteWatchlist
)


class AlertCondition(StrEnum):
    """When an alert speaks."""

    ABOVE = "above"
    """The mid is at or over the level."""
    BELOW = "below"
    """The mid is at or under the level."""
    MOVES = "moves"
    """The mid is `level` percent or more away, either way, from where it was when the alert was set."""


@dataclass(frozen=True, slots=True)
class SetAlert:
    """Watch a price for as long as the engine lives and after, and tell once when the condition holds."""

    instrument_id: InstrumentId
    condition: AlertCondition
    level: Decimal
    """A price; for MOVES a percentage."""


@dataclass(frozen=True, slots=True)
class RemoveAlert:
    """Drop an alert, whether it spoke or not."""

    number: int


@dataclass(frozen=True, slots=True)
class HearAlerts:
    """Say that a person was told of alerts that spoke, so that the next desk need not tell of them."""

    numbers: tuple[int, ...]


OrderCommand = SubmitOrder | SubmitOco
"""What stands for new orders by itself."""
Previewable = SubmitOrder | SubmitOco | ReplaceOrder
"""What can be previewed."""
Command = (
    SubmitOrder
    | SubmitOco
    | ReplaceOrder
    | FlattenPosition
    | CancelOrder
    | CancelAllOrders
    | SetTradingState
    | Follow
    | WatchlistCommand
    | SetAlert
    | RemoveAlert
    | HearAlerts
    | SetLimit
    | AcceptDifferences
    | StopEngine
)


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
    STOP_WOULD_TRIGGER = "stop_would_trigger"
    UNSUPPORTED_ORDER = "unsupported_order"
    STOP_ORDERS_OVER_LIMIT = "stop_orders_over_limit"
    DUST = "dust"
    RATE_LIMITED = "rate_limited"
    INVALID_WATCHLIST = "invalid_watchlist"
    INVALID_ALERT = "invalid_alert"
    JOURNAL_UNAVAILABLE = "journal_unavailable"
    INSTRUMENT_NOT_ALLOWED = "instrument_not_allowed"
    INSTRUMENT_NOTIONAL_OVER_LIMIT = "instrument_notional_over_limit"
    EXPOSURE_OVER_LIMIT = "exposure_over_limit"
    ORDER_RATE_OVER_LIMIT = "order_rate_over_limit"
    DIFFERENCE_UNEXPLAINED = "difference_unexplained"
    INVALID_LIMIT = "invalid_limit"


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
    """Rounded to the instrument's step; that of a replacement as it was asked for, or what is left to fill."""
    limit_price: Decimal | None
    """Rounded to the instrument's tick, unless it is a replacement's; None for a market order."""
    expected_price: Decimal | None
    """The mean price that a fill now would pay or get, from the book."""
    notional: Decimal | None
    """In the quote asset."""
    fee: Decimal | None
    fee_asset: str
    position_before: Decimal | None
    """Base units that the account holds, whether through our fills or not."""
    position_after: Decimal | None
    """Base units held once the order is filled."""
    available: Decimal | None
    """Free balance of what the order spends, with what an order that it replaces holds of it."""
    available_asset: str
    denial: Denied | None
    """The gate's verdict: None when it would pass."""
    cap_price: Decimal | None = None
    """The worst price that a market order may trade at."""
    unfilled: Decimal | None = None
    """Base units of a market order that the visible book does not give within the cap; the rest expires unfilled."""
    exits_quantity: Decimal | None = None
    """Base units that the exits of an entry would hold, its fee taken off."""
    warnings: tuple[str, ...] = ()
    """What a person should know before sending, in words, though the gate lets it pass."""
    available_after: Decimal | None = None
    """What is left of `available` once the order holds what it spends; under zero where it is not enough."""


def blank_preview(command: Previewable, denial: Denied | None) -> Preview:
    """A preview without figures, for there is nothing to take them from."""
    quantity = command.quantity
    return Preview(
        quantity=quantity if quantity is not None and quantity.is_finite() else Decimal(0),
        limit_price=command.take_profit_price if isinstance(command, SubmitOco) else command.limit_price,
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
