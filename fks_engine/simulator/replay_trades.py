"""Recordings of public trades, with a book made round the last of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fks_engine.simulator.market import HISTORY_COLUMNS
from fks_engine.simulator.nouns import PublicTrade
from fks_engine.simulator.replay_prints import MadeBook, with_made_books
from fks_engine.simulator.replay_recording import (
    Frame,
    Opening,
    check_positive,
    derive_rules,
    exact,
    finest_of_floats,
    symbol_of_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal
    from pathlib import Path

    from numpy.typing import NDArray

    from fks_engine.simulator.nouns import SymbolRules

COLUMNS = {"ts_ms": pl.Int64, "id": pl.Int64, "price": pl.Float64, "qty": pl.Float64, "buyer_is_maker": pl.Boolean}
SPOT = "spot"


class TradeRecording:
    """A Parquet of trades: ts_ms, id, price, qty, buyer_is_maker, and perhaps symbol and market.

    Without a symbol column the file's name begins with the symbol ("BTCUSDT-..."); with a market column only rows of
    "spot" count. Trades are played in order of time and id. The book is made (MadeBook), its size the symbol's mean
    trade. There is no history. Raises ValueError when nothing can be played or a number is not finite and positive.
    """

    def __init__(self, path: Path, first_update_id: int) -> None:
        self._path = path
        rows = pl.read_parquet(path)
        if "market" in rows.columns:
            rows = rows.filter(pl.col("market") == SPOT)
        if "symbol" not in rows.columns:
            rows = rows.with_columns(symbol=pl.lit(symbol_of_file(path)))
        columns = [pl.col(name).cast(kind) for name, kind in COLUMNS.items()]
        self._rows = rows.select(pl.col("symbol").cast(pl.String), *columns).drop_nulls().sort("ts_ms", "id")
        if self._rows.is_empty():
            raise ValueError(f"{path}: there is no {SPOT} trade in it")

        self._first_update_id = first_update_id
        self._openings = {str(symbol): self._open(str(symbol)) for symbol in self._rows["symbol"].unique().sort()}

    def _open(self, symbol: str) -> Opening:
        rows = self._rows.filter(pl.col("symbol") == symbol)
        prices, quantities = rows["price"].to_numpy(), rows["qty"].to_numpy()
        check_positive(self._path, "price", prices)
        check_positive(self._path, "qty", quantities)
        tick, step = finest_of_floats(prices), finest_of_floats(quantities)
        rules = derive_rules(symbol, tick=tick, step=step, highest=exact(float(prices.max()), tick))
        size = max(step, exact(float(quantities.mean()), step))
        first = exact(float(prices[0]), tick)
        depth = self._book(rules, first, size).depth()
        return Opening(rules, first, depth, int(rows["id"].to_numpy().max()) + 1, made_queue=size)

    def _book(self, rules: SymbolRules, price: Decimal, size: Decimal) -> MadeBook:
        return MadeBook(rules, price, size, self._first_update_id)

    @property
    def openings(self) -> Mapping[str, Opening]:
        """How each symbol stands at the start."""
        return self._openings

    @property
    def first_ms(self) -> int:
        """The recorded time of the first trade."""
        return int(self._rows["ts_ms"][0])

    def history(self, symbol: str) -> NDArray[np.float64]:
        """Nothing: trades are recorded from their first moment on."""
        return np.empty((0, len(HISTORY_COLUMNS)))

    def frames(self, shift_ms: int) -> Iterator[Frame]:
        """The trades and what the made books do, in order of time."""
        books = {
            symbol: self._book(opening.rules, opening.price, opening.made_queue or opening.rules.step)
            for symbol, opening in self._openings.items()
        }
        return with_made_books(self._trades(), books, shift_ms)

    def _trades(self) -> Iterator[PublicTrade]:
        steps = {symbol: (opening.rules.tick, opening.rules.step) for symbol, opening in self._openings.items()}
        for symbol, ts_ms, trade_id, price, quantity, buyer_is_maker in self._rows.iter_rows():
            tick, step = steps[symbol]
            yield PublicTrade(symbol, trade_id, exact(price, tick), exact(quantity, step), buyer_is_maker, ts_ms, ts_ms)
