"""What every kind of recording gives to a replay: its symbols, its opening books and its events in order."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from fks_engine.simulator.nouns import Depth, DepthChange, PublicTrade, Quote, SymbolRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

QUOTE_ASSETS = ("FDUSD", "USDT", "USDC", "TUSD", "BUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY", "USD")
LARGEST_NOTIONAL = 9_000_000
_MOST_DECIMALS = 8
_FILE_SYMBOL = re.compile(r"([A-Z0-9]{5,20})[-_.]")
_ZERO = Decimal(0)
_LARGEST = Decimal(10) ** 15


class Snapshot(NamedTuple):
    """A recorded REST depth snapshot."""

    symbol: str
    depth: Depth


Recorded = PublicTrade | Quote | DepthChange | Snapshot


class Frame(NamedTuple):
    """One recorded event and when it was received."""

    at_ns: int
    event: Recorded


@dataclass(frozen=True, slots=True)
class Opening:
    """How one symbol stands when the recording begins."""

    rules: SymbolRules
    price: Decimal
    depth: Depth | None
    """The book at the start; None when the recording has none."""
    next_trade_id: int
    """Larger than any trade id of the recording."""
    made_queue: Decimal | None = None
    """The size assumed ahead of an order in a made book; None when the book is recorded."""


class Recording(Protocol):
    """A recording that can be replayed."""

    @property
    def openings(self) -> Mapping[str, Opening]:
        """How each symbol stands at the start."""
        ...

    @property
    def first_ms(self) -> int:
        """The recorded time of the first event."""
        ...

    def history(self, symbol: str) -> NDArray[np.float64]:
        """Recorded one-minute candles before `first_ms`, unshifted: rows of HISTORY_COLUMNS, perhaps none."""
        ...

    def frames(self, shift_ms: int) -> Iterator[Frame]:
        """Every event in recorded order, its exchange times later by `shift_ms`."""
        ...


def derive_rules(symbol: str, *, tick: Decimal, step: Decimal, highest: Decimal) -> SymbolRules:
    """Rules that every recorded number passes; the largest price and quantities follow the highest price.

    Raises ValueError when the symbol ends in no known quote asset.
    """
    base, quote = split_symbol(symbol)
    units = Decimal(10) ** math.ceil((LARGEST_NOTIONAL / highest).log10())
    return SymbolRules(
        symbol=symbol,
        base=base,
        quote=quote,
        tick=tick,
        step=step,
        max_price=max(Decimal(1_000_000), (highest * 10).to_integral_value(ROUND_CEILING)),
        max_quantity=max(Decimal(9_000), units),
        max_market_quantity=max(Decimal(120), units / 10),
    )


def finest(values: Iterable[Decimal]) -> Decimal:
    """The coarsest power of ten, at most one, that divides every value; at least 1e-8."""
    places = (-int(value.normalize().as_tuple().exponent) for value in values)
    return Decimal(1).scaleb(-min(_MOST_DECIMALS, max(places, default=0)))


def finest_of_floats(values: NDArray[np.float64]) -> Decimal:
    """`finest` of floats that stand for decimals."""
    places = 0
    while places < _MOST_DECIMALS and not np.allclose(np.round(values, places), values, rtol=1e-12, atol=1e-10):
        places += 1
    return Decimal(1).scaleb(-places)


def check_positive(path: Path, name: str, values: NDArray[np.float64], *, zero_too: bool = False) -> None:
    """Raise ValueError naming the first value that is not finite and positive."""
    with np.errstate(invalid="ignore"):
        good = np.isfinite(values) & ((values >= 0) if zero_too else (values > 0)) & (values < float(_LARGEST))
    if not good.all():
        row = int(np.argmin(good))
        raise ValueError(f"{path}: {name} must be finite and positive, was {values[row]} in row {row}")


def split_symbol(symbol: str) -> tuple[str, str]:
    """Base and quote of a symbol such as BTCUSDT; raises ValueError when it ends in no known quote asset."""
    for quote in QUOTE_ASSETS:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol.removesuffix(quote), quote
    raise ValueError(
        f"{symbol!r} is no spot symbol this exchange knows: it must end in one of {', '.join(QUOTE_ASSETS)}"
    )


def number(text: str) -> Decimal:
    """A recorded price or size; raises ValueError, TypeError or ArithmeticError when it is not one."""
    if type(text) is not str:
        raise TypeError("numbers are recorded as text")

    value = Decimal(text)
    if not _ZERO <= value < _LARGEST:
        raise ValueError("out of range")
    return value


def exact(value: float, step: Decimal) -> Decimal:
    """The multiple of `step` that a float stands for."""
    return Decimal(repr(value)).quantize(step)


def symbol_of_file(path: Path) -> str:
    """The symbol a file's name begins with, as in "BTCUSDT-1m-2024.parquet"; raises ValueError when there is none."""
    found = _FILE_SYMBOL.match(path.name)
    if found is None:
        raise ValueError(f"{path}: no symbol column, and the name does not begin with a symbol as BTCUSDT-... does")
    return found[1]
