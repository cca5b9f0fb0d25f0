"""The protocols between the exchange's shell and what moves it: Clock, Market, Feed and Drive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from fks_engine.simulator.nouns import Depth, DepthChange, Level, Matched, Order, PublicTrade, Quote, SymbolRules

HISTORY_COLUMNS = (
    "open_ms",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "quote_volume",
    "trades",
    "taker_base",
    "taker_quote",
)
"""The columns of a float64 array of one-minute candles, oldest row first."""


class Clock(Protocol):
    """The exchange's time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of real time."""
        ...


class Market(Protocol):
    """One symbol's market as the shell sees it; every method is synchronous and never fails on a checked order."""

    @property
    def rules(self) -> SymbolRules:
        """The symbol and its filters."""
        ...

    def submit(self, order: Order, now_ms: int) -> Matched:
        """Match the order and rest or expire what is left.

        Moves `filled`, `quote_filled`, `status`, `updated_ms` and `working_ms` of the order and of every own maker it
        meets. A MARKET order by `quote_quantity` gets its `quantity` set to what filled. The shell has already checked
        filters, balance and that a LIMIT_MAKER would not take. A conditional order comes here once it has triggered.
        """
        ...

    def cancel(self, order: Order, now_ms: int) -> bool:
        """Take a resting order out of the book; False when it does not rest there. The shell sets the status."""
        ...

    def restore(self, order: Order) -> None:
        """Put an order that rested before a restart back into the book without matching it."""
        ...

    def best(self) -> Quote:
        """The best bid and ask now."""
        ...

    def depth(self, limit: int) -> Depth:
        """Up to `limit` levels a side."""
        ...

    def offers(self, order: Order) -> list[Level]:
        """Price and quantity of what the order could trade with now, best first, without its owner's own orders."""
        ...

    def drain_quote(self) -> Quote | None:
        """The best bid and ask if they changed since the last call and are the market's to publish, else None."""
        ...


class Feed(Protocol):
    """Where a drive tells what happened; the shell implements it and publishes each call at once."""

    def on_trade(self, trade: PublicTrade) -> None:
        """A public trade: tape, candles, 24 h statistics and streams follow it."""
        ...

    def on_quote(self, quote: Quote) -> None:
        """The best bid or ask changed; published with the quote's own update id."""
        ...

    def on_depth(self, change: DepthChange) -> None:
        """Levels changed; published with the change's own U, u and E."""
        ...

    def on_matched(self, matched: Matched) -> None:
        """Executions that the drive's own flow caused; called after every public trade too, even with none.

        Own makers among them are settled and reported to their account; those with `public` set are published. Then
        orders that waited for a price that has traded begin to work.
        """
        ...

    def followed(self) -> Collection[str]:
        """The symbols of which somebody notices every event; a drive may take less trouble over the others."""
        ...


class Drive(Protocol):
    """What makes the world move: it owns its markets, their history before the start, and the flow."""

    @property
    def markets(self) -> Mapping[str, Market]:
        """The markets by symbol ("BTCUSDT"), complete before `run`."""
        ...

    def now_ms(self) -> int:
        """The time of public events now; candles and the last 24 hours follow it."""
        ...

    def history(self, symbol: str, start_ms: int, end_ms: int) -> NDArray[np.float64]:
        """One-minute candles before the drive's start that open in [start_ms, end_ms): rows of HISTORY_COLUMNS.

        Shape (n, 10), oldest first; empty when nothing is known. May be called from a thread.
        """
        ...

    async def run(self, feed: Feed) -> None:
        """Move the markets until cancelled; a drive that reaches its end leaves the markets as they are and returns."""
        ...


class Sequence(Protocol):
    """Numbers that grow by one and never come twice, across restarts too when there is a state folder."""

    def next(self) -> int:
        """The next number."""
        ...

    def last(self) -> int:
        """The last number given."""
        ...


class Sequences(Protocol):
    """Named sequences."""

    def sequence(self, name: str, first: int) -> Sequence:
        """The sequence of that name, such as "trade:BTCUSDT"; it begins at `first` if it never ran."""
        ...


@dataclass(frozen=True, slots=True)
class DriveOptions:
    """What a drive is opened with."""

    seed: int
    symbols: int
    """How many symbols a synthetic world has."""
    file: Path | None
    """The recording of a replay."""
    speed: float
    """Simulated seconds a real second; 0 plays a recording as fast as it can be."""
    clock: Clock
    sequences: Sequences
    last_prices: Mapping[str, str]
    """Prices at which symbols stood when the state folder was last written; empty at a first start."""
    rate: float = 0.0
    """Messages a second a synthetic market aims at when everything is listened to; 0 leaves it to the market."""
    burst: float = 1.0
    """How many times busier a synthetic market's busy seconds are."""
