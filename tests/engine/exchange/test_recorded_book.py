"""The real recording of Binance through the real client: the book against the best prices at the same update id."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import polars as pl
import pytest

from fks_engine.model import OrderBook, Quote
from fks_engine.ports import ChannelKind, MarketChannel
from tests.engine.builders import BTC
from tests.engine.exchange.stub import exchange_at, stub_binance, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fks_engine.ports import MarketEvent

pytestmark = pytest.mark.anyio

MARKET_DATA = Path(os.environ.get("FKS_MARKET_DATA", Path(__file__).parents[4] / "shared" / "market-data"))
RECORDING = MARKET_DATA / "binance-spot-ws-frames-BTCUSDT-20240808-09.parquet"
COMPARABLE = 1_072
"""How often an update id of the book is also one of a quote, over the whole recording."""


def recorded(stream: str) -> Iterator[str]:
    frames = pl.scan_parquet(RECORDING).filter(pl.col("stream") == stream).select("msg").collect()
    yield from frames["msg"]


@pytest.mark.skipif(not RECORDING.is_file(), reason=f"there is no recording at {RECORDING}: set FKS_MARKET_DATA")
async def test_the_book_equals_the_recorded_quote_at_every_update_id_they_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fks_engine.exchange.books.WIDEN_EVERY_NS", 1 << 62)  # there is only one recorded snapshot
    quotes = {quote["u"]: quote for quote in map(json.loads, recorded("btcusdt@bookTicker"))}
    snapshot = json.loads(next(recorded("REST /api/v3/depth?limit=1000")))
    compared = last = 0

    def compare(event: MarketEvent) -> None:
        nonlocal compared, last
        assert isinstance(event, OrderBook)
        last = event.update_id
        quote = quotes.get(event.update_id)
        if quote is not None:
            assert [event.bids[0].price, event.bids[0].size] == [Decimal(quote["b"]), Decimal(quote["B"])]
            assert [event.asks[0].price, event.asks[0].size] == [Decimal(quote["a"]), Decimal(quote["A"])]
            compared += 1

    def is_at(text: str) -> bool:
        return last == _final(text)

    async with stub_binance() as stub, exchange_at(stub.endpoints, book_interval_s=0) as exchange:
        stub.answers["GET", "depth"] = lambda request: snapshot
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(exchange.stream_market, MarketChannel(ChannelKind.BOOKS, (BTC,)), compare)
            await until(lambda: last == snapshot["lastUpdateId"])
            changes = [text for text in recorded("btcusdt@depth@100ms") if _final(text) > last]
            for start in range(0, len(changes), 500):
                part = changes[start : start + 500]
                await stub.push(*part)
                await until(partial(is_at, part[-1]))
            tasks.cancel_scope.cancel()
    assert compared >= COMPARABLE


@pytest.mark.skipif(not RECORDING.is_file(), reason=f"there is no recording at {RECORDING}: set FKS_MARKET_DATA")
@pytest.mark.parametrize(("kind", "stream"), [(ChannelKind.QUOTES, "bookTicker"), (ChannelKind.TRADES, "trade")])
async def test_every_recorded_frame_becomes_an_event(kind: ChannelKind, stream: str) -> None:
    frames = list(recorded(f"btcusdt@{stream}"))[:20_000]
    events: list[Any] = []
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange, anyio.create_task_group() as tasks:
        tasks.start_soon(exchange.stream_market, MarketChannel(kind, (BTC,)), events.append)
        await stub.until_subscribed()
        await stub.push(*frames)
        await until(lambda: len(events) == len(frames))
        tasks.cancel_scope.cancel()
    for text, event in zip(frames, events, strict=True):
        message = json.loads(text)
        if isinstance(event, Quote):
            assert [event.update_id, event.bid, event.ask_size] == [
                message["u"],
                Decimal(message["b"]),
                Decimal(message["A"]),
            ]
        else:
            assert [event.trade_id, event.price] == [str(message["t"]), Decimal(message["p"])]


def _final(text: str) -> int:
    return int(json.loads(text)["u"])
