"""What the gate asked of an order, with the numbers that it compared, for the order's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from fks_engine.api import DenialReason
from fks_engine.model import CheckMade, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from fks_engine.api import Denied
    from fks_engine.risk.situation import Situation, Use

    Numbers = Callable[[Situation], dict[str, str] | None]

_R = DenialReason


def _trading_state(situation: Situation) -> dict[str, str] | None:
    return {"state": situation.trading_state.value}


def _market_data(situation: Situation) -> dict[str, str] | None:
    quote, age_s = situation.quote, situation.market.quote_age_s(situation.command.instrument_id)
    most = situation.limits.max_data_age_s
    return _written(
        bid=None if quote is None else quote.bid,
        ask=None if quote is None else quote.ask,
        age_s=None if age_s is None else f"{age_s:.1f}",
        limit_s=most,
    )


def _form(situation: Situation) -> dict[str, str] | None:
    command = situation.command
    return _written(quantity=command.quantity, limit_price=command.limit_price, stop_price=command.stop_price)


def _tick_and_step(situation: Situation) -> dict[str, str] | None:
    return _written(tick_size=situation.instrument.tick_size, step_size=situation.instrument.step_size)


def _quantity(situation: Situation) -> dict[str, str] | None:
    instrument = situation.instrument
    return _written(
        quantity=situation.command.quantity,
        minimum=instrument.min_quantity,
        maximum=instrument.max_quantity,
        limit=situation.limits.max_order_quantity,
    )


def _minimum(situation: Situation) -> dict[str, str] | None:
    return _written(notional=situation.notional, minimum=situation.instrument.min_notional)


def _order_notional(situation: Situation) -> dict[str, str] | None:
    return _written(notional=situation.worth, limit=situation.limits.max_order_notional)


def _open_orders(situation: Situation) -> dict[str, str] | None:
    limit = situation.limits.max_open_orders
    return {"open_orders": str(len(situation.working))} | ({} if limit is None else {"limit": str(limit)})


def _held(limit: Decimal | None, used: Use | None) -> dict[str, str] | None:
    if limit is None or used is None:
        return None
    return _written(held=used.held, working=used.working, order=used.asked, limit=limit)


def _instrument_notional(situation: Situation) -> dict[str, str] | None:
    limit = situation.limits.max_instrument_notional
    return _held(limit, situation.instrument_use if limit is not None and situation.is_buy else None)


def _exposure(situation: Situation) -> dict[str, str] | None:
    limit, currency = situation.limits.max_exposure, situation.limits.reporting_currency
    return _held(limit, situation.exposure_use if limit is not None and situation.spent_asset == currency else None)


def _order_rate(situation: Situation) -> dict[str, str] | None:
    limit, sent = situation.limits.max_orders_per_second, situation.sent_in_second
    if limit is None or sent is None or situation.command.reduce_only:
        return None
    return {"sent": str(sent), "asked": str(situation.order_count), "limit": str(limit)}


def _allowed(situation: Situation) -> dict[str, str] | None:
    allowed = situation.limits.instruments
    return None if allowed is None else {"allowed": str(len(allowed))}


def _price_band(situation: Situation) -> dict[str, str] | None:
    word, origin = situation.band_origin
    if origin is None:
        return None
    return _written(price=situation.band_price, **{word: origin}, band_percent=situation.limits.price_band_percent)


def _stop(situation: Situation) -> dict[str, str] | None:
    return _written(stop_price=situation.command.stop_price) or None


def _balance(situation: Situation) -> dict[str, str] | None:
    return _written(needed=situation.spent, available=situation.available) | {"asset": situation.spent_asset}


def _written(**numbers: Decimal | str | None) -> dict[str, str]:
    """The numbers that there are, as text."""
    return {
        name: value if isinstance(value, str) else plain(value) for name, value in numbers.items() if value is not None
    }


class _Item(NamedTuple):
    """One line of an order's history: the reasons for which it was not passed, and its numbers where it was."""

    name: str
    reasons: frozenset[DenialReason]
    numbers: Numbers | None = None
    """None where it is told only of an order that failed it; the function gives None where it was not asked."""
    of_exits: bool = False
    """Whether it is told of the further orders of a list too."""


def _item(name: str, *reasons: DenialReason, numbers: Numbers | None = None, of_exits: bool = False) -> _Item:
    return _Item(name, frozenset(reasons), numbers, of_exits)


# In the order in which the gate asks.
_ITEMS: Final = (
    _item("trading state", _R.TRADING_HALTED, numbers=_trading_state),
    _item("reconciliation", _R.DIFFERENCE_UNEXPLAINED),
    _item("journal", _R.JOURNAL_UNAVAILABLE),
    _item("connection", _R.READ_ONLY, _R.NOT_CONNECTED, _R.RATE_LIMITED),
    _item("market", _R.UNKNOWN_INSTRUMENT),
    _item("allowed markets", _R.INSTRUMENT_NOT_ALLOWED, numbers=_allowed),
    _item("form", _R.INVALID_QUANTITY, _R.INVALID_PRICE, _R.INVALID_COMBINATION, _R.UNSUPPORTED_ORDER, numbers=_form),
    _item("tick and step", _R.PRICE_OFF_TICK, _R.QUANTITY_OFF_STEP, numbers=_tick_and_step),
    _item("dust", _R.DUST),
    _item("quantity", _R.QUANTITY_UNDER_MINIMUM, _R.QUANTITY_OVER_MAXIMUM, numbers=_quantity),
    _item("market data", _R.MARKET_STALE, _R.NO_MARKET, numbers=_market_data),
    _item("exchange's minimum", _R.NOTIONAL_UNDER_MINIMUM, numbers=_minimum),
    _item("order notional", _R.NOTIONAL_OVER_LIMIT, numbers=_order_notional),
    _item("instrument notional", _R.INSTRUMENT_NOTIONAL_OVER_LIMIT, numbers=_instrument_notional),
    _item("exposure", _R.EXPOSURE_OVER_LIMIT, numbers=_exposure),
    _item("open orders", _R.OPEN_ORDERS_OVER_LIMIT, numbers=_open_orders),
    _item("orders per second", _R.ORDER_RATE_OVER_LIMIT, numbers=_order_rate),
    _item("stop orders", _R.STOP_ORDERS_OVER_LIMIT),
    _item("price band", _R.PRICE_OUTSIDE_BAND, numbers=_price_band, of_exits=True),
    _item("stop price", _R.STOP_WOULD_TRIGGER, numbers=_stop, of_exits=True),
    _item("post only", _R.POST_ONLY_WOULD_TAKE),
    _item("reduce only", _R.NO_POSITION_TO_REDUCE, _R.TRADING_REDUCING),
    _item("balance", _R.INSUFFICIENT_BALANCE, numbers=_balance),
)


def checks_made(asked: Iterable[tuple[str, Situation]], denied: Denied | None) -> tuple[CheckMade, ...]:
    """What was asked of each order of a command, in order, up to what it failed.

    `asked` holds the orders' situations, each with the words that its checks' names begin with: empty for the first.
    """
    made: list[CheckMade] = []
    situations = tuple(asked)
    for place, (prefix, situation) in enumerate(situations):
        failing = denied if place == len(situations) - 1 else None
        made += _of_one(prefix, situation, failing, is_first=place == 0)
    return tuple(made)


def _of_one(prefix: str, situation: Situation, denied: Denied | None, *, is_first: bool) -> list[CheckMade]:
    """The checks of one order; the last one is not passed where it was denied."""
    made: list[CheckMade] = []
    if denied is not None and not any(denied.reason in item.reasons for item in _ITEMS):
        return [CheckMade(name=denied.reason.value.replace("_", " "), passed=False, numbers=denied.numbers)]
    for item in _ITEMS:
        name = f"{prefix}{item.name}"
        if denied is not None and denied.reason in item.reasons:
            made.append(CheckMade(name=name, passed=False, numbers=denied.numbers))
            break
        numbers = item.numbers(situation) if item.numbers is not None and (is_first or item.of_exits) else None
        if numbers is not None:
            made.append(CheckMade(name=name, passed=True, numbers=numbers))
    return made
