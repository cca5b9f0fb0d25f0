"""New orders read from request parameters: single ones, and the parts of order lists under their prefixes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_engine.simulator import errors, refusals
from fks_engine.simulator.nouns import ZERO, Order, OrderType, Side, TimeInForce
from fks_engine.simulator.params import CLIENT_ID
from fks_engine.simulator.rules import STP_MODE

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.simulator.params import Params

ANSWERS = ("ACK", "RESULT", "FULL")
LOWEST_STRATEGY_TYPE = 1_000_000


@dataclass(frozen=True, slots=True)
class Names:
    """What the parameters of one order are called."""

    side: str = "side"
    type: str = "type"
    duration: str = "timeInForce"
    quantity: str = "quantity"
    quote_quantity: str = "quoteOrderQty"
    """Empty where an order cannot be given by quote quantity."""
    price: str = "price"
    stop_price: str = "stopPrice"
    trailing: str = "trailingDelta"
    iceberg: str = "icebergQty"
    client_id: str = "newClientOrderId"
    strategy_id: str = "strategyId"
    strategy_type: str = "strategyType"


SINGLE = Names()


def under(prefix: str, *, side: str | None = None, quantity: str | None = None) -> Names:
    """The names under a prefix, such as `aboveStopPrice`; the legs of a pair share side and quantity."""
    return Names(
        side=side or f"{prefix}Side",
        type=f"{prefix}Type",
        duration=f"{prefix}TimeInForce",
        quantity=quantity or f"{prefix}Quantity",
        quote_quantity="",
        price=f"{prefix}Price",
        stop_price=f"{prefix}StopPrice",
        trailing=f"{prefix}TrailingDelta",
        iceberg=f"{prefix}IcebergQty",
        client_id=f"{prefix}ClientOrderId",
        strategy_id=f"{prefix}StrategyId",
        strategy_type=f"{prefix}StrategyType",
    )


def read_order(
    params: Params, symbol: str, owner: str, now_ms: int, names: Names = SINGLE, kind: OrderType | None = None
) -> Order:
    """One order as its type takes it, of a given kind or of the one sent; raises ApiError for what does not fit."""
    params.require(names.side)
    side = params.choice(names.side, Side, errors.invalid_side())
    if kind is None:
        params.require(names.type)
        kind = params.choice(names.type, OrderType, errors.invalid_order_type())
    assert side is not None
    assert kind is not None
    _refuse_foreign(params, kind, names)
    quantity, quote_quantity = _read_quantity(params, kind, names)
    price = ZERO if kind.is_market else params.required_number(names.price)
    stop_price = params.required_number(names.stop_price) if kind.is_conditional else ZERO
    return Order(
        order_id=0,
        symbol=symbol,
        side=side,
        type=kind,
        time_in_force=_read_duration(params, kind, names),
        price=price,
        quantity=quantity,
        created_ms=now_ms,
        owner=owner,
        client_order_id=params.matching(names.client_id, CLIENT_ID) or new_client_id(),
        quote_quantity=quote_quantity,
        stop_price=stop_price,
    )


def _refuse_foreign(params: Params, kind: OrderType, names: Names) -> None:
    """Refuse the parameters that this type does not take, and what the exchange does not offer."""
    foreign = []
    if kind.is_market:
        foreign.append(names.price)
    if kind.is_market or kind is OrderType.LIMIT_MAKER:
        foreign.append(names.duration)
    if kind is not OrderType.MARKET:
        foreign.append(names.quote_quantity)
    if not kind.is_conditional:
        foreign += [names.stop_price, names.trailing]
    if kind.is_market:
        foreign.append(names.iceberg)
    for name in foreign:
        if params.has(name):
            raise errors.not_required(name)

    if params.number(names.iceberg) is not None:
        raise refusals.no_icebergs()
    if params.integer(names.trailing) is not None:
        raise refusals.no_trailing()
    params.integer(names.strategy_id)
    strategy_type = params.integer(names.strategy_type)
    if strategy_type is not None and strategy_type < LOWEST_STRATEGY_TYPE:
        raise refusals.bad_strategy_type()


def _read_quantity(params: Params, kind: OrderType, names: Names) -> tuple[Decimal, Decimal]:
    """Quantity and quote quantity; one of them is zero."""
    if kind is not OrderType.MARKET or not names.quote_quantity:
        return params.required_number(names.quantity), ZERO

    quantity, quote_quantity = params.number(names.quantity), params.number(names.quote_quantity)
    if quantity is None and quote_quantity is None:
        raise errors.one_of(names.quantity, names.quote_quantity)
    if quantity is not None and quote_quantity is not None:
        raise errors.not_required(names.quote_quantity)
    return quantity or ZERO, quote_quantity or ZERO


def _read_duration(params: Params, kind: OrderType, names: Names) -> TimeInForce:
    if kind.is_market or kind is OrderType.LIMIT_MAKER:
        return TimeInForce.GTC

    params.require(names.duration)
    duration = params.choice(names.duration, TimeInForce, errors.invalid_time_in_force())
    assert duration is not None
    return duration


def read_answer(params: Params, default: str) -> str:
    """How long an answer is wanted; also checks the self-trade prevention asked for."""
    answer = params.text("newOrderRespType") or default
    if answer not in ANSWERS:
        raise errors.invalid_data("newOrderRespType")
    if params.text("selfTradePreventionMode") not in (None, "NONE", STP_MODE):
        raise errors.invalid_data("selfTradePreventionMode")
    return answer


def default_answer(kind: OrderType) -> str:
    """The form of the answer when none is asked for."""
    return "FULL" if kind in (OrderType.LIMIT, OrderType.MARKET) else "ACK"


def new_client_id() -> str:
    """A client order id as the exchange gives one."""
    return secrets.token_urlsafe(16)[:22].replace("-", "0")
