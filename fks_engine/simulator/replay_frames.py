"""Recordings of raw Binance frames: trades, quotes, depth diffs and REST depth snapshots as they were received."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import polars as pl

from fks_engine.simulator.market import HISTORY_COLUMNS
from fks_engine.simulator.nouns import Depth, DepthChange, Level, PublicTrade, Quote
from fks_engine.simulator.replay_recording import Frame, Opening, Recorded, Snapshot, derive_rules, finest, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

COLUMNS = ("ts_ns", "stream", "msg")
CHUNK_ROWS = 8_192
OPENING_ROWS = 4_096
"""How many of a symbol's first frames tell its prices and their decimals."""
_STREAM = re.compile(r"([a-z0-9]+)@(?:trade|bookTicker|depth(?:@100ms)?)")
_SYMBOL_OF_SNAPSHOT = re.compile(r"[?&]symbol=([A-Za-z0-9]+)")
_REST = "REST "
_UNREADABLE = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
_log = logging.getLogger(__name__)


class FrameRecording:
    """A Parquet of raw frames: ts_ns (receive time), stream, msg (JSON text).

    The first depth snapshot of a symbol is its book from the start on, for the diffs before it are part of it. Frames
    of other kinds (klines, statistics) and frames that cannot be read are left out; the latter are counted and logged.
    Tick and step are the finest decimals of the first frames; sizes deep in the book do not count, for orders older
    than today's step rest there. A receiver's clock that was behind the exchange's is set right by the first frame that
    tells its exchange time. Nothing is known before the recording, so it has no history. Raises ValueError when no
    frame can be replayed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._skew_ns = 0
        self.unreadable = 0
        """Frames left out so far because they could not be read."""
        self._symbols = self._stream_symbols()
        if not self._symbols:
            raise ValueError(f"{path}: no trade, bookTicker or depth stream in it")

        snapshots = [frame.event for frame in self._read(self._snapshot_rows(), 0) if isinstance(frame.event, Snapshot)]
        self._openings: dict[str, Opening] = {}
        starts: list[Frame] = []
        for symbol in self._symbols:
            depth = next((snapshot.depth for snapshot in snapshots if snapshot.symbol == symbol), None)
            first = list(self._read(self._symbol_rows(symbol).head(OPENING_ROWS).collect().rows(), 0))
            self._openings[symbol] = self._open(symbol, depth, [frame.event for frame in first])
            starts += first
        if not starts:
            raise ValueError(f"{path}: none of its frames can be read")

        starts.sort(key=lambda frame: frame.at_ns)
        self._skew_ns = next((skew for frame in starts if (skew := _skew_ns(frame)) is not None), 0)
        self._first_ms = (starts[0].at_ns + self._skew_ns) // 1_000_000

    @property
    def openings(self) -> Mapping[str, Opening]:
        """How each symbol stands at the start."""
        return self._openings

    @property
    def first_ms(self) -> int:
        """The recorded time of the first event."""
        return self._first_ms

    def history(self, symbol: str) -> NDArray[np.float64]:
        """Nothing: frames are recorded from their first moment on."""
        return np.empty((0, len(HISTORY_COLUMNS)))

    def frames(self, shift_ms: int) -> Iterator[Frame]:
        """Every readable frame in recorded order, its exchange times later by `shift_ms`."""
        self.unreadable = 0
        offset = 0
        while rows := self._chunk(offset):
            yield from self._read(rows, shift_ms)
            offset += len(rows)
        if self.unreadable:
            _log.warning("%s: %d frames could not be read and were left out", self._path, self.unreadable)

    def _chunk(self, offset: int) -> list[tuple[Any, ...]]:
        try:
            return pl.scan_parquet(self._path).select(COLUMNS).slice(offset, CHUNK_ROWS).collect().rows()
        except (OSError, pl.exceptions.PolarsError) as error:
            _log.error("%s: the replay ends at frame %d: %s", self._path, offset, error)
            return []

    def _stream_symbols(self) -> tuple[str, ...]:
        streams = (
            pl.scan_parquet(self._path).select(pl.col("stream").cast(pl.String).unique()).collect()["stream"].to_list()
        )
        matches = (_STREAM.fullmatch(stream or "") for stream in streams)
        return tuple(sorted({match[1].upper() for match in matches if match}))

    def _symbol_rows(self, symbol: str) -> pl.LazyFrame:
        of_symbol = pl.col("stream").str.starts_with(f"{symbol.lower()}@")
        return pl.scan_parquet(self._path).select(COLUMNS).filter(of_symbol)

    def _snapshot_rows(self) -> list[tuple[Any, ...]]:
        rows = pl.scan_parquet(self._path).select(COLUMNS).filter(pl.col("stream").str.starts_with(_REST))
        return rows.collect().rows()

    def _read(self, rows: Iterable[tuple[Any, ...]], shift_ms: int) -> Iterator[Frame]:
        for at_ns, stream, text in rows:
            try:
                event = self._parse(stream, text, shift_ms)
                if event is not None and event.symbol in self._symbols:
                    yield Frame(int(at_ns) + self._skew_ns, event)
            except _UNREADABLE:
                self.unreadable += 1

    def _parse(self, stream: str, text: str, shift_ms: int) -> Recorded | None:
        message = orjson.loads(text)
        if stream.startswith(_REST):
            named = _SYMBOL_OF_SNAPSHOT.search(stream)
            symbol = named[1].upper() if named else self._symbols[0] if len(self._symbols) == 1 else ""
            return Snapshot(symbol, _depth(message)) if symbol and "lastUpdateId" in message else None

        kind = message.get("e")
        if kind == "trade":
            return _trade(message, shift_ms)
        if kind == "depthUpdate":
            return _change(message, shift_ms)
        return _quote(message) if kind is None and "B" in message else None

    def _open(self, symbol: str, depth: Depth | None, events: list[Recorded]) -> Opening:
        levels = [*depth.bids, *depth.asks] if depth else []
        traded: list[Level] = []
        quoted: list[Level] = []
        for event in events:
            if isinstance(event, PublicTrade):
                traded.append((event.price, event.quantity))
            elif isinstance(event, Quote):
                quoted += [(event.bid, event.bid_size), (event.ask, event.ask_size)]
            elif isinstance(event, DepthChange):
                levels += [*event.bids, *event.asks]
        known = [(price, size) for price, size in (*traded, *quoted, *levels) if price and size]
        if not known:
            raise ValueError(f"{self._path}: the first {OPENING_ROWS:,} frames of {symbol} hold no price")

        at_the_top = traded + [level for level in quoted if level[1]]
        return Opening(
            rules=derive_rules(
                symbol,
                tick=finest(price for price, _ in known),
                step=finest(size for _, size in at_the_top or known),
                highest=max(price for price, _ in known),
            ),
            price=known[0][0],
            depth=depth,
            next_trade_id=self._last_trade_id(symbol) + 1,
        )

    def _last_trade_id(self, symbol: str) -> int:
        rows = self._symbol_rows(symbol).filter(pl.col("stream").str.ends_with("@trade")).tail(1).collect().rows()
        trades = (frame.event for frame in self._read(rows, 0))
        return max((trade.trade_id for trade in trades if isinstance(trade, PublicTrade)), default=0)


def _trade(message: dict[str, Any], shift_ms: int) -> PublicTrade:
    price, quantity = number(message["p"]), number(message["q"])
    if not price or not quantity:
        raise ValueError("a trade without price or quantity")
    return PublicTrade(
        message["s"],
        int(message["t"]),
        price,
        quantity,
        bool(message["m"]),
        int(message["T"]) + shift_ms,
        int(message["E"]) + shift_ms,
    )


def _quote(message: dict[str, Any]) -> Quote:
    return Quote(
        message["s"],
        int(message["u"]),
        number(message["b"]),
        number(message["B"]),
        number(message["a"]),
        number(message["A"]),
    )


def _change(message: dict[str, Any], shift_ms: int) -> DepthChange:
    return DepthChange(
        message["s"],
        int(message["U"]),
        int(message["u"]),
        _levels(message["b"]),
        _levels(message["a"]),
        int(message["E"]) + shift_ms,
    )


def _depth(message: dict[str, Any]) -> Depth:
    return Depth(int(message["lastUpdateId"]), _levels(message["bids"]), _levels(message["asks"]))


def _levels(texts: list[list[str]]) -> list[Level]:
    return [(number(price), number(size)) for price, size in texts]


def _skew_ns(frame: Frame) -> int | None:
    """How far the receiver's clock was behind the exchange's; None when the frame does not tell."""
    if not isinstance(frame.event, PublicTrade | DepthChange):
        return None
    return max(0, frame.event.event_ms * 1_000_000 - frame.at_ns)
