"""Hand-made recordings, the real ones, and the small parts a drive is opened with."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from fks_engine.simulator.market import DriveOptions
from fks_engine.simulator.nouns import Order, OrderType, Side, SymbolRules, TimeInForce
from fks_engine.simulator.replay_recording import Opening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.simulator.nouns import Depth, DepthChange, Matched, PublicTrade, Quote

PROJECT = Path(__file__).parents[3]
START_MS = 1_723_161_254_000
"""2024-08-08 23:54:14 UTC."""
NOW_MS = START_MS + 100 * 86_400_000 + 3_600_000
_order_ids = count(1)


def market_data(name: str) -> Path:
    """A file of the shared market data; skips the test when it is not there."""
    path = Path(os.environ.get("FKS_MARKET_DATA", PROJECT.parent / "shared" / "market-data")) / name
    if not path.is_file():
        pytest.skip(f"no {name} in FKS_MARKET_DATA")
    return path


def real_frames() -> Path:
    return market_data("binance-spot-ws-frames-BTCUSDT-20240808-09.parquet")


def sample_frames() -> Path:
    """The small recording that is part of the project."""
    (path,) = (PROJECT / "data" / "sample").glob("*.parquet")
    return path


class ManualClock:
    """A clock that only moves when somebody sleeps on it."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.time_ms = float(now_ms)
        self.sleeps: list[float] = []

    def now_ms(self) -> int:
        return int(self.time_ms)

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time_ms += seconds * 1_000


class MemorySequence:
    """A sequence that forgets."""

    def __init__(self, first: int) -> None:
        self._last = first - 1

    def next(self) -> int:
        self._last += 1
        return self._last

    def last(self) -> int:
        return self._last


class MemorySequences:
    """Sequences that forget."""

    def __init__(self) -> None:
        self._sequences: dict[str, MemorySequence] = {}

    def sequence(self, name: str, first: int) -> MemorySequence:
        return self._sequences.setdefault(name, MemorySequence(first))


class ListeningFeed:
    """A feed that keeps everything it was told, in order."""

    def __init__(self) -> None:
        self.events: list[PublicTrade | Quote | DepthChange | Matched] = []

    def on_trade(self, trade: PublicTrade) -> None:
        self.events.append(trade)

    def on_quote(self, quote: Quote) -> None:
        self.events.append(quote)

    def on_depth(self, change: DepthChange) -> None:
        self.events.append(change)

    def on_matched(self, matched: Matched) -> None:
        self.events.append(matched)

    def followed(self) -> frozenset[str]:
        return frozenset()

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def replay_options(path: Path | None, clock: ManualClock | None = None, speed: float = 1.0) -> DriveOptions:
    return DriveOptions(
        seed=1,
        symbols=20,
        file=path,
        speed=speed,
        clock=clock or ManualClock(),
        sequences=MemorySequences(),
        last_prices={},
    )


def write_frames(path: Path, frames: Iterable[tuple[int, str, str]]) -> Path:
    """Frames given as (milliseconds after START_MS, stream, message)."""
    rows = [((START_MS + at_ms) * 1_000_000, stream, message) for at_ms, stream, message in frames]
    schema = {"ts_ns": pl.Int64, "stream": pl.String, "msg": pl.String}
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path)
    return path


def trade_frame(
    at_ms: int, price: str, quantity: str, *, by_seller: bool, trade_id: int = 1, symbol: str = "BTCUSDT"
) -> tuple[int, str, str]:
    time_ms = START_MS + at_ms
    message = {"e": "trade", "E": time_ms, "s": symbol, "t": trade_id, "p": price, "q": quantity, "T": time_ms}
    return at_ms, f"{symbol.lower()}@trade", json.dumps(message | {"m": by_seller, "M": True})


def quote_frame(
    at_ms: int, update_id: int, bid: tuple[str, str], ask: tuple[str, str], symbol: str = "BTCUSDT"
) -> tuple[int, str, str]:
    message = {"u": update_id, "s": symbol, "b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1]}
    return at_ms, f"{symbol.lower()}@bookTicker", json.dumps(message)


def depth_frame(
    at_ms: int,
    first_id: int,
    final_id: int,
    bids: list[list[str]],
    asks: list[list[str]],
    symbol: str = "BTCUSDT",
) -> tuple[int, str, str]:
    message = {"e": "depthUpdate", "E": START_MS + at_ms, "s": symbol, "U": first_id, "u": final_id}
    return at_ms, f"{symbol.lower()}@depth@100ms", json.dumps(message | {"b": bids, "a": asks})


def snapshot_frame(
    at_ms: int, update_id: int, bids: list[list[str]], asks: list[list[str]], query: str = "limit=1000"
) -> tuple[int, str, str]:
    message = {"lastUpdateId": update_id, "bids": bids, "asks": asks}
    return at_ms, f"REST /api/v3/depth?{query}", json.dumps(message)


def opening(depth: Depth | None = None, made_queue: Decimal | None = None) -> Opening:
    rules = SymbolRules("BTCUSDT", "BTC", "USDT", tick=Decimal("0.01"), step=Decimal("0.001"))
    return Opening(rules, Decimal(100), depth, 1, made_queue)


def order(
    side: Side,
    price: str | Decimal,
    quantity: str | Decimal,
    kind: OrderType = OrderType.LIMIT,
    time_in_force: TimeInForce = TimeInForce.GTC,
    owner: str = "me",
    quote_quantity: str = "0",
) -> Order:
    return Order(
        order_id=next(_order_ids),
        symbol="BTCUSDT",
        side=side,
        type=kind,
        time_in_force=time_in_force,
        price=Decimal(price),
        quantity=Decimal(quantity),
        created_ms=0,
        owner=owner,
        quote_quantity=Decimal(quote_quantity),
    )
