"""What became of an order or a send, in words for a person."""

from __future__ import annotations

from decimal import Context
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fks_engine.api import NoticeKind, NoticeLevel
from fks_engine.errors import (
    AuthenticationFailed,
    ClockSkewed,
    ExchangeUnavailable,
    InvalidRequest,
    OrderRejected,
    RateLimited,
)
from fks_engine.model import OrderStatus, OrderType, Side, market_of, plain

if TYPE_CHECKING:
    from fks_engine.errors import CancelRefused, ExchangeError, ReplacementRejected
    from fks_engine.model import InstrumentId, Order

_SHORT = Context(prec=8)
"""Digits of a mean price that a person wants to read."""

_KINDS = {
    OrderType.MARKET: " market",
    OrderType.STOP: " stop",
    OrderType.STOP_LIMIT: " stop",
    OrderType.TAKE_PROFIT: " take profit",
    OrderType.TAKE_PROFIT_LIMIT: " take profit",
}
REPLACED = "canceled to be replaced"
"""The reason of an order that another took the place of."""
NEVER_ARRIVED = (
    "never_arrived: the exchange does not know the order, so nothing was traded; send it again if you want it"
)
KEPT_BACK = "not sent after all: "
"""Begins the reason of an order that the gate refused once its turn came."""
NOT_SENT = (AuthenticationFailed, ClockSkewed, ExchangeUnavailable, InvalidRequest, OrderRejected)
"""After these errors of a send no order can exist; after any other one may."""


class Notify(Protocol):
    """Tells people something once."""

    def __call__(self, level: NoticeLevel, title: str, message: str, kind: NoticeKind = NoticeKind.OTHER, /) -> None:
        """Take the notice."""
        ...


class TellOfMarket(Protocol):
    """Tells people something of one market."""

    def __call__(self, level: NoticeLevel, instrument_id: InstrumentId, message: str, /) -> None:
        """Take the words."""
        ...


class Saying(NamedTuple):
    """A notice that is worth telling."""

    level: NoticeLevel
    title: str
    message: str
    kind: NoticeKind = NoticeKind.ORDER


def refusal(error: ExchangeError) -> str:
    """Why a request was not carried out, and what to do."""
    if isinstance(error, OrderRejected):
        return str(error)
    if isinstance(error, RateLimited):
        wait = "" if error.retry_after_s is None else f" after {error.retry_after_s:.0f} s"
        return f"not sent: the exchange asks us to slow down; try again{wait} ({error})"
    if isinstance(error, ExchangeUnavailable):
        return f"not sent: the exchange cannot be reached; try again once the connection is back ({error})"
    if isinstance(error, AuthenticationFailed):
        return f"the exchange refused our key; mend exchange.api_key and exchange.api_secret ({error})"
    if isinstance(error, ClockSkewed):
        return f"our clock is off; set it, or raise exchange.recv_window_ms ({error})"
    if isinstance(error, InvalidRequest):
        return f"the exchange could not read the request; please report this ({error})"
    return str(error)


def kept_old(error: CancelRefused) -> str:
    """Why a replacement was not sent."""
    return f"not sent: the order it should replace could not be canceled ({error})"


def lost_old(error: ReplacementRejected) -> str:
    """Why a replacement came to nothing although the old order is gone."""
    return f"the old order is canceled and the exchange refused the new one: {error}"


def described(order: Order) -> str:
    """The order in a few words: `buy 0.5 BTC/USDT at 60000`, `sell stop 1 BTC/USDT at 58000 once 58100 is reached`."""
    limit = None if order.order_type is OrderType.MARKET else order.limit_price
    at = "" if limit is None else f" at {plain(limit)}"
    once = "" if order.stop_price is None else f" once {plain(order.stop_price)} is reached"
    kind = _KINDS.get(order.order_type, "")
    return f"{order.side.value}{kind} {plain(order.quantity)} {market_of(order.instrument_id)}{at}{once}"


def told(before: Order | None, order: Order) -> Saying | None:
    """What a person should hear of this change; None for a step that goes as it should."""
    if before is None:
        return _found(order) if order.external else None
    if before.status is order.status:
        return None
    match order.status:
        case OrderStatus.FILLED:
            return Saying(NoticeLevel.SUCCESS, "Filled", _traded(order), NoticeKind.FILL)
        case OrderStatus.PARTIALLY_FILLED if order.filled_quantity > before.filled_quantity:
            message = f"{_traded(order)}, of {plain(order.quantity)}"
            return Saying(NoticeLevel.INFO, "Partly filled", message, NoticeKind.FILL)
        case OrderStatus.CANCELED if order.reason == REPLACED:
            return None
        case OrderStatus.CANCELED | OrderStatus.EXPIRED:
            return _ended(order)
        case OrderStatus.REJECTED:
            level = NoticeLevel.ERROR if before.status is OrderStatus.UNKNOWN else NoticeLevel.WARNING
            return Saying(level, "Order rejected", f"{described(order)}: {order.reason}")
        case OrderStatus.UNKNOWN:
            return Saying(NoticeLevel.WARNING, "Order unknown", f"{described(order)}: {order.reason}")
        case _:
            return None


def _found(order: Order) -> Saying:
    """That the account holds an order which FKS did not send."""
    return Saying(
        NoticeLevel.INFO, "Order from elsewhere", f"{described(order)} is {order.status.value} at the exchange"
    )


def _ended(order: Order) -> Saying:
    """That an order is over before it was filled."""
    done = f"; {plain(order.filled_quantity)} was filled" if order.filled_quantity else ""
    why = f": {order.reason}" if order.reason else ""
    if order.reason.startswith(KEPT_BACK):
        return Saying(NoticeLevel.WARNING, "Not sent", f"{described(order)}{why}")
    title = "Canceled" if order.status is OrderStatus.CANCELED else "Expired"
    level = NoticeLevel.INFO if order.status is OrderStatus.CANCELED else NoticeLevel.WARNING
    return Saying(level, title, f"{described(order)}{why}{done}")


def _traded(order: Order) -> str:
    """What was bought or sold so far, and at what mean price."""
    verb = "bought" if order.side is Side.BUY else "sold"
    at = "" if order.average_price is None else f" at {plain(_SHORT.create_decimal(order.average_price))}"
    return f"{verb} {plain(order.filled_quantity)} {market_of(order.instrument_id)}{at}"
