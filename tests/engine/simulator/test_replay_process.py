"""A replay of the real recording through the simulator's process, checked against the Parquet itself."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import polars as pl
import pytest

from fks_engine.simulator.signing import signature
from tests.engine.simulator.ccxt_client import ccxt_client
from tests.engine.simulator.process import SimulatorProcess, simulator
from tests.engine.simulator.recordings import market_data, real_frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Book = dict[str, dict[Decimal, Decimal]]

pytestmark = pytest.mark.anyio
SECOND_NS = 1_000_000_000
DAY_MS = 86_400_000
D = Decimal


async def request(sim: SimulatorProcess, method: str, path: str, *, signed: bool = False, **params: object) -> Any:
    fields: dict[str, object] = params | ({"timestamp": time.time_ns() // 1_000_000} if signed else {})
    text = "&".join(f"{name}={value}" for name, value in fields.items())
    proof = f"&signature={signature(sim.secret, text)}" if signed else ""
    async with (
        aiohttp.ClientSession(headers={"X-MBX-APIKEY": sim.key}) as session,
        session.request(method, f"{sim.rest}/api/v3/{path}?{text}{proof}") as response,
    ):
        body = await response.json()
        assert response.status == 200, body
        return body


async def until(deadline_seconds: float, found: Any) -> Any:
    """Ask again until the answer is true."""
    async with asyncio.timeout(deadline_seconds):
        while True:
            answer = await found()
            if answer:
                return answer
            await asyncio.sleep(0.05)


def first_seconds(tmp_path: Path, seconds: int) -> Path:
    """The beginning of the real recording as a recording of its own."""
    frames = pl.read_parquet(real_frames())
    path = tmp_path / "frames.parquet"
    frames.filter(pl.col("ts_ns") < frames["ts_ns"][0] + seconds * SECOND_NS).write_parquet(path)
    return path


def messages(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, stream, text in pl.read_parquet(path).iter_rows():
        yield stream, orjson.loads(text)


def book_at(path: Path, update_id: int | None = None) -> Book:
    """The book as snapshot and diffs say, up to that update or the end."""
    snapshot = next(message for stream, message in messages(path) if stream.startswith("REST"))
    book = {side: {D(price): D(size) for price, size in snapshot[side]} for side in ("bids", "asks")}
    for _, message in messages(path):
        if message.get("e") == "depthUpdate" and message["u"] > snapshot["lastUpdateId"]:
            if update_id is not None and message["u"] > update_id:
                break
            for side, short in (("bids", "b"), ("asks", "a")):
                book[side].update((D(price), D(size)) for price, size in message[short])
    return {side: {price: size for price, size in levels.items() if size} for side, levels in book.items()}


def trades_through(path: Path, price: Decimal, quantity: Decimal) -> list[Decimal]:
    """What a bid at a price without recorded orders gets: every seller's trade at or below it, until it is filled."""
    fills: list[Decimal] = []
    for stream, message in messages(path):
        if stream.endswith("@bookTicker"):
            assert D(message["a"]) > price, "the recorded ask came to the order before it was filled"
        elif "depth" in stream and "e" in message:
            assert all(D(level) != price for level, _ in message["b"]), "the price has a queue"
        elif stream.endswith("@trade") and message["m"] and D(message["p"]) <= price:
            fills.append(min(D(message["q"]), quantity - sum(fills)))
            if sum(fills) == quantity:
                return fills
    raise AssertionError("the recording does not fill the order")


async def test_a_resting_order_fills_as_the_recorded_trades_allow(tmp_path: Path) -> None:
    price, quantity = D("61782.11"), D("0.02")
    path = first_seconds(tmp_path, 100)
    expected = trades_through(path, price, quantity)
    assert len(expected) > 1
    async with simulator(drive="replay", limits="off", file=path, speed=20) as sim:
        fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT_MAKER"}
        fields |= {"price": str(price), "quantity": str(quantity), "newOrderRespType": "FULL"}
        placed = await request(sim, "POST", "order", signed=True, **fields)
        assert placed["status"] == "NEW"

        async def filled() -> Any:
            order = await request(sim, "GET", "order", signed=True, symbol="BTCUSDT", orderId=placed["orderId"])
            return order if order["status"] == "FILLED" else None

        order = await until(20, filled)
        fills = await request(sim, "GET", "myTrades", signed=True, symbol="BTCUSDT")
    assert [D(fill["qty"]) for fill in fills] == expected
    assert {(D(fill["price"]), fill["isMaker"]) for fill in fills} == {(price, True)}
    assert D(order["cummulativeQuoteQty"]) == price * quantity


async def ended(sim: SimulatorProcess, path: Path) -> dict[str, Any]:
    """The whole book once the replay has reached the recording's end."""
    last = max(message["u"] for stream, message in messages(path) if "depth@" in stream)

    async def at_end() -> Any:
        depth = await request(sim, "GET", "depth", symbol="BTCUSDT", limit=5000)
        return depth if depth["lastUpdateId"] == last else None

    found: dict[str, Any] = await until(20, at_end)
    return found


async def test_a_taker_walks_the_recorded_book_once(tmp_path: Path) -> None:
    path = first_seconds(tmp_path, 3)
    asks = sorted(book_at(path)["asks"].items())
    quantity = asks[0][1] + asks[1][1] + asks[2][1] / 2
    async with simulator(drive="replay", limits="off", file=path, speed=0, balance="USDT=9000000") as sim:
        depth = await ended(sim, path)
        assert [(D(price), D(size)) for price, size in depth["asks"]] == asks[:5000]
        fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "IOC"}
        fields |= {"price": str(asks[2][0]), "quantity": f"{quantity.quantize(D('0.00001')):f}"}
        first = await request(sim, "POST", "order", signed=True, newOrderRespType="FULL", **fields)
        second = await request(sim, "POST", "order", signed=True, newOrderRespType="FULL", **fields)
        assert await ended(sim, path) == depth
    assert [D(fill["price"]) for fill in first["fills"]] == [price for price, _ in asks[:3]]
    assert [D(fill["qty"]) for fill in first["fills"][:2]] == [size for _, size in asks[:2]]
    assert (first["status"], second["status"]) == ("FILLED", "EXPIRED")
    both = D(first["executedQty"]) + D(second["executedQty"])
    assert both == sum(size for _, size in asks[:3])


async def test_a_client_that_joins_during_the_replay_has_the_recorded_book(tmp_path: Path) -> None:
    path = first_seconds(tmp_path, 60)
    async with (
        simulator(drive="replay", limits="off", file=path) as sim,
        ccxt_client(sim) as client,
        asyncio.timeout(20),
    ):
        book = await client.watch_order_book("BTC/USDT")
        for _ in range(30):
            book = await client.watch_order_book("BTC/USDT")
        nonce, seen = book["nonce"], {side: book[side][:20] for side in ("bids", "asks")}
    expected = book_at(path, nonce)
    for side, is_bid in (("bids", True), ("asks", False)):
        best = sorted(expected[side].items(), reverse=is_bid)[:20]
        assert seen[side] == [[float(price), float(size)] for price, size in best]


async def test_the_replayed_minutes_are_the_recorded_candles() -> None:
    candles = pl.read_parquet(market_data("BTCUSDT-1m-2024-01_2024-08.parquet"))
    async with simulator(drive="replay", limits="off", file=real_frames(), speed=0) as sim:
        await ended(sim, real_frames())
        rows = await request(sim, "GET", "klines", symbol="BTCUSDT", interval="1m", limit=20)
    shift_ms = (rows[-1][0] - candles["ts"][0]) // DAY_MS * DAY_MS
    found = {row[0] % DAY_MS: row for row in rows}
    first_ms = 1_723_161_300_000
    assert shift_ms > 0
    for open_ms in range(first_ms, first_ms + 10 * 60_000, 60_000):
        (wanted,) = candles.filter(pl.col("ts") == open_ms).rows(named=True)
        row = found[open_ms % DAY_MS]
        assert [float(value) for value in row[1:5]] == [wanted[name] for name in ("open", "high", "low", "close")]
        assert float(row[5]) == pytest.approx(wanted["volume"], abs=1e-9)
        assert row[8] == wanted["trades"]


async def test_a_recording_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "frames.parquet"
    path.write_bytes(b"not parquet")
    with pytest.raises(AssertionError, match="ended with code 2"):
        async with simulator(drive="replay", limits="off", file=path):
            pass
