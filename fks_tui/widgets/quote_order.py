"""The orders in which markets can be listed: as their watchlist has them, or by a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from fks_engine.api import market_of

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.api import InstrumentId, QuoteRow

AS_LISTED: Final = ""


def _spread(row: QuoteRow) -> Decimal | None:
    return (row.ask - row.bid) / row.ask if row.bid and row.ask else None


_KEYS: Final[Mapping[str, Callable[[QuoteRow], Decimal | float | None]]] = {
    "24h": lambda row: row.change,
    "volume": lambda row: row.quote_volume,
    "last": lambda row: row.last,
    "spread": _spread,
    "age": lambda row: row.age_s,
}
ORDERS: Final = (AS_LISTED, "name", *_KEYS)
"""The orders, in the turn of the sort key."""
LARGEST_FIRST: Final = frozenset({"24h", "volume", "last", "age"})
"""The orders that begin with the largest, where nobody turned them round."""


def ordered(rows: Iterable[QuoteRow], order: str, *, turned: bool) -> list[InstrumentId]:
    """The markets of `rows` in an order; those without the figure come last either way."""
    listed = list(rows)
    if order == AS_LISTED:
        chosen = listed[::-1] if turned else listed
        return [row.instrument_id for row in chosen]
    if order == "name":
        by_name = sorted(listed, key=lambda row: market_of(row.instrument_id), reverse=turned)
        return [row.instrument_id for row in by_name]
    key = _KEYS[order]
    known = sorted(
        ((value, row.instrument_id) for row in listed if (value := key(row)) is not None),
        reverse=(order in LARGEST_FIRST) != turned,
    )
    return [each for _, each in known] + [row.instrument_id for row in listed if key(row) is None]
