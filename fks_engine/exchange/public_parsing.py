"""ccxt's own structures of any exchange's public data as ours; for exchanges whose frames we do not read ourselves."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import ccxt

from fks_engine.errors import MalformedData
from fks_engine.exchange.parsing import shown
from fks_engine.model import Candle, DayStatistics, Instrument, Level, OrderBook, Quote, Side, Trade, instrument_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fks_engine.model import Timeframe

ZERO: Final = Decimal(0)
_MOST: Final = Decimal(10) ** 18
_FINEST: Final = Decimal("0.00000001")
_PLENTY: Final = Decimal(10) ** 9
_MILLI: Final = 1_000_000


def instrument(exchange: str, market: Mapping[str, Any], precision_mode: int) -> Instrument:
    """A market as an instrument; the exchange's order rules as far as ccxt knows them.

    Raises MalformedData where a rule cannot be true, KeyError where ccxt tells none.
    """
    precision, limits = market["precision"], market["limits"]
    quantity, notional = limits.get("amount") or {}, limits.get("cost") or {}
    step = _step(precision.get("amount"), precision_mode)
    return Instrument(
        id=instrument_id(exchange, market["symbol"]),
        base=str(market["base"]),
        quote=str(market["quote"]),
        tick_size=_step(precision.get("price"), precision_mode),
        step_size=step,
        min_quantity=number(quantity.get("min")) or step,
        max_quantity=number(quantity.get("max")) or _PLENTY,
        min_notional=number(notional.get("min")) or ZERO,
        maker_fee=number(market.get("maker")) or ZERO,
        taker_fee=number(market.get("taker")) or ZERO,
        order_types=(),
    )


def _step(value: object, mode: int) -> Decimal:
    """The step between two numbers; where an exchange counts significant digits the finest is taken."""
    if value is None or mode == ccxt.SIGNIFICANT_DIGITS:
        return _FINEST
    found = number(value)
    if mode == ccxt.DECIMAL_PLACES and found is not None:
        return Decimal(1).scaleb(-int(found))
    if not found:
        return _FINEST
    return found


def number(value: object) -> Decimal | None:
    """A number that is not negative; None where there is none. Raises MalformedData for one that cannot be true."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise MalformedData(f"not a number: {shown(value)}") from error
    if not found.is_finite() or not ZERO <= found < _MOST:
        raise MalformedData(f"a number that cannot be true: {shown(value)}")
    exponent = found.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -18:
        raise MalformedData(f"a number with too many decimals: {shown(value)}")
    return found if exponent < 0 else found.quantize(Decimal(1)) if found == found.to_integral_value() else found


def quote(ticker: Mapping[str, Any], rules: Instrument, ts_received: int) -> Quote | None:
    """The top of the book in a ccxt ticker; None where it tells neither side."""
    bid, ask = number(ticker.get("bid")), number(ticker.get("ask"))
    if bid is None and ask is None:
        return None
    sizes = number(ticker.get("bidVolume")), number(ticker.get("askVolume"))
    event = _time(ticker, ts_received)
    return Quote(rules.id, bid or ZERO, ask or ZERO, sizes[0] or ZERO, sizes[1] or ZERO, 0, event, ts_received)


def quote_of_book(book: OrderBook) -> Quote | None:
    """The top of a book; None for an empty one."""
    if not book.bids and not book.asks:
        return None
    bid = book.bids[0] if book.bids else Level(ZERO, ZERO)
    ask = book.asks[0] if book.asks else Level(ZERO, ZERO)
    return Quote(
        book.instrument_id, bid.price, ask.price, bid.size, ask.size, book.update_id, book.ts_event, book.ts_received
    )


def statistics(ticker: Mapping[str, Any], rules: Instrument, ts_received: int) -> DayStatistics | None:
    """The last 24 hours in a ccxt ticker; None where it does not tell the last price."""
    last = number(ticker.get("last"))
    if last is None:
        return None
    opened = number(ticker.get("open")) or last
    return DayStatistics(
        instrument_id=rules.id,
        open=opened,
        high=number(ticker.get("high")) or max(opened, last),
        low=number(ticker.get("low")) or min(opened, last),
        last=last,
        quote_volume=number(ticker.get("quoteVolume")) or (number(ticker.get("baseVolume")) or ZERO) * last,
        ts_received=ts_received,
    )


def trade(entry: Mapping[str, Any], rules: Instrument, ts_received: int) -> Trade:
    """One print. Raises MalformedData where price or quantity is missing."""
    price, quantity = number(entry.get("price")), number(entry.get("amount"))
    if not price or not quantity:
        raise MalformedData("a trade without price or quantity")
    event = _time(entry, ts_received)
    side = Side.SELL if entry.get("side") == "sell" else Side.BUY
    return Trade(rules.id, str(entry.get("id") or event), price, quantity, side, event, ts_received)


def book(found: Mapping[str, Any], rules: Instrument, depth: int, ts_received: int) -> OrderBook:
    """Depth around the top. Raises MalformedData for a book that crosses itself."""
    bids, asks = (_levels(found[side][:depth], rules) for side in ("bids", "asks"))
    if bids and asks and bids[0].price >= asks[0].price:
        raise MalformedData(f"a book whose bid {bids[0].price} is not under its ask {asks[0].price}")
    nonce = found.get("nonce")
    return OrderBook(
        rules.id, bids, asks, nonce if isinstance(nonce, int) else 0, _time(found, ts_received), ts_received
    )


def _levels(rows: Iterable[Any], rules: Instrument) -> tuple[Level, ...]:
    """Prices on their ticks: ccxt's books hold floats."""
    levels = []
    for row in rows:
        price, size = number(row[0]), number(row[1])
        if price and size:
            levels.append(Level(rules.price_to_tick(price), size))
    return tuple(levels)


def candle(row: Any, rules: Instrument, timeframe: Timeframe, is_last: bool, now_ns: int) -> Candle:
    """One candle; the last is closed only once its time is over by our clock."""
    opened = int(row[0]) * _MILLI
    prices = [float(number(value) or ZERO) for value in row[1:6]]
    is_over = now_ns >= opened + timeframe.seconds * 1_000_000_000
    return Candle(
        rules.id,
        timeframe,
        opened,
        prices[0],
        prices[1],
        prices[2],
        prices[3],
        prices[4],
        closed=is_over or not is_last,
        ts_received=now_ns,
    )


def _time(entry: Mapping[str, Any], ts_received: int) -> int:
    stamp = entry.get("timestamp")
    return int(stamp) * _MILLI if isinstance(stamp, int | float) and 0 <= stamp < 1e14 else ts_received
