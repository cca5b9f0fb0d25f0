"""Limits as the desk writes them: their names, what they mean, their numbers with units, and a gauge of their use."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from fks_engine.api import InstrumentId, LimitName, instrument_id, market_of
from fks_tui.formatting import NOTHING, fixed, money, quantity, separated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.api import DeskView, LimitRow

TITLES: Final[Mapping[LimitName, str]] = {
    LimitName.MAX_ORDER_NOTIONAL: "Order worth",
    LimitName.MAX_ORDER_QUANTITY: "Order quantity",
    LimitName.MAX_INSTRUMENT_NOTIONAL: "Worth in a market",
    LimitName.MAX_EXPOSURE: "Exposure",
    LimitName.MAX_OPEN_ORDERS: "Open orders",
    LimitName.MAX_ORDERS_PER_SECOND: "Orders per second",
    LimitName.MAX_DAILY_LOSS: "Loss of the day",
    LimitName.MAX_DRAWDOWN_PERCENT: "Drawdown",
    LimitName.PRICE_BAND_PERCENT: "Price band",
    LimitName.MAX_SLIPPAGE_PERCENT: "Slippage",
    LimitName.MAX_DATA_AGE_S: "Age of data",
    LimitName.INSTRUMENTS: "Markets",
}
MEANINGS: Final[Mapping[LimitName, str]] = {
    LimitName.MAX_ORDER_NOTIONAL: "The most one order may be worth.",
    LimitName.MAX_ORDER_QUANTITY: "The most base units in one order.",
    LimitName.MAX_INSTRUMENT_NOTIONAL: "The most that may be held of one market's asset, working purchases included.",
    LimitName.MAX_EXPOSURE: "The most that may be held of all but the reporting currency, working orders included.",
    LimitName.MAX_OPEN_ORDERS: "How many orders may work at once.",
    LimitName.MAX_ORDERS_PER_SECOND: "How many orders may leave in one second.",
    LimitName.MAX_DAILY_LOSS: "How far equity may fall under the day's start; beyond it trading halts by itself.",
    LimitName.MAX_DRAWDOWN_PERCENT: "How far equity may fall under its peak; beyond it trading halts by itself.",
    LimitName.PRICE_BAND_PERCENT: "How far beyond the mid a price may lie that an order would pay or take.",
    LimitName.MAX_SLIPPAGE_PERCENT: "How far from the touch a market order may trade.",
    LimitName.MAX_DATA_AGE_S: "How old a quote may be that an order is judged by.",
    LimitName.INSTRUMENTS: "The only markets in which orders that buy are taken; all where none is named.",
}
NEAR: Final = Decimal("0.8")
"""From this part of a limit on its use is worth a warning."""
_GAUGE: Final = 10
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_COUNTED: Final = frozenset({"orders", "orders/s", "base units", "markets"})
_MOST_NAMED: Final = 6
_NONE: Final = "none"
"""How a change says that nothing was set at run time."""


def value_words(value: Decimal | None, unit: str) -> str:
    """A number of a limit with its unit where that is short: 50,000.00, 2.5%, 1.5 s, 40."""
    if value is None:
        return NOTHING
    if unit == "%":
        return f"{quantity(Decimal(fixed(value, 2)))}%"
    if unit == "s":
        return f"{quantity(Decimal(fixed(value, 1)))} s"
    return separated(quantity(value)) if unit in _COUNTED else money(value)


def part_used(row: LimitRow) -> Decimal | None:
    """How much of the limit is used, as a fraction; None where that cannot be said."""
    if row.limit is None or row.used is None or row.name is LimitName.INSTRUMENTS:
        return None
    if row.limit > 0:
        return max(Decimal(0), row.used / row.limit)
    return Decimal(1) if row.used > 0 else Decimal(0)


def gauge(part: Decimal | None) -> str:
    """A fraction as a gauge and in percent: `████▌      45%`; one over the whole is full and says how far over."""
    if part is None:
        return NOTHING
    eighths = min(_GAUGE * 8, max(0, int(part * _GAUGE * 8)))
    blocks = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    shown = ">999" if part >= 10 else str(int(part * 100))
    return f"{blocks:<{_GAUGE}} {shown:>4}%"


def limit_words(row: LimitRow) -> str:
    """What holds: a number, the allowed markets, or that nothing bounds it."""
    if row.name is LimitName.INSTRUMENTS:
        return _markets(row.instrument_ids) if row.limit is not None else "all"
    return "none" if row.limit is None else value_words(row.limit, row.unit)


def set_words(text: str, row: LimitRow | None) -> str:
    """What a change tells of before or after: a number, markets, or that the setting alone held."""
    if text == _NONE and row is not None and row.setting is not None:
        return "the setting"
    return separated(text)


def _markets(ids: tuple[InstrumentId, ...]) -> str:
    names = ", ".join(market_of(each) for each in ids[:_MOST_NAMED])
    more = len(ids) - _MOST_NAMED
    return (names + (f" and {more} more" if more > 0 else "")) or "none"


def read_number(text: str) -> Decimal | None:
    """The number that was typed for a limit, 0 or more; None where it is none."""
    try:
        found = Decimal(text.strip().rstrip("%s").replace(",", "").replace("_", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def read_markets(text: str, view: DeskView) -> tuple[tuple[InstrumentId, ...], str]:
    """The markets that were typed with commas between them, and the first word that is none."""
    known = {market_of(row.instrument_id): row.instrument_id for row in view.quotes}
    found: dict[InstrumentId, None] = {}
    for word in (each.strip().upper() for each in text.split(",")):
        if not word:
            continue
        bases = [id for market, id in known.items() if market.partition("/")[0] == word]  # noqa: A001
        base, slash, quote = word.partition("/")
        if word in known:
            found[known[word]] = None
        elif len(bases) == 1:
            found[bases[0]] = None
        elif slash and base.isalnum() and quote.isalnum():
            found[instrument_id(view.engine.exchange, word)] = None
        else:
            return (), word
    return tuple(found), ""
