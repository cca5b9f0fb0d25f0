"""Many markets at full load: what engine and desk cost, what the terminal gets, how fast a cancel gets out."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.api import Accepted, CancelOrder, Follow, OrderType, Side, SubmitOrder, Timeframe
from fks_engine.config import user_folders
from fks_engine.model import instrument_id
from fks_engine.wire import connect
from tests.bench.bare_ccxt import bare_ccxt
from tests.bench.home import at_home, engine, engine_view, free_port, home
from tests.bench.measured import Measured, against_goal
from tests.bench.terminal import Terminal, cpu_s, fks, paints_per_s, percentiles

if TYPE_CHECKING:
    from fks_engine.api import Desk

SYMBOLS = 100
RATE, FULL_RATE = 2_500, 10_000
WARM_S, SECONDS = 10.0, 20.0
CANCELS = 120
GOAL_ENGINE, GOAL_DESK, GOAL_KB, GOAL_PAINTS, GOAL_CANCEL_MS, GOAL_LAG_MS = 0.5, 0.25, 30.0, 4.0, 20.0, 20.0


def watchlist(symbols: int) -> str:
    """The markets that a simulator of this size lists, as a setting."""
    command = [sys.executable, "-m", "fks_engine.simulator", "--port", "0", "--symbols", str(symbols)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as simulator:
        assert simulator.stdout is not None
        rest = json.loads(simulator.stdout.readline())["rest"]
        with urllib.request.urlopen(f"{rest}/api/v3/exchangeInfo") as answer:
            listed = json.load(answer)["symbols"]
        simulator.terminate()
    return ",".join(f"{each['baseAsset']}/{each['quoteAsset']}" for each in listed)


async def _until_working(desk: Desk, order_id: str, *, is_working: bool) -> None:
    """Wait until the order rests, or no longer does. Raises TimeoutError."""
    async with asyncio.timeout(30):
        view = desk.view()
        while (order_id in {each.client_order_id for each in view.working_orders}) is not is_working:
            view = await desk.changed(view.number)


async def _cancels(port: int, count: int) -> list[float]:
    """Milliseconds from handing a cancel to the engine to the exchange's time of it (whole milliseconds)."""
    handed: dict[str, float] = {}
    async with connect(user_folders().socket) as desk:
        await desk.submit(Follow(instrument_id("binance", "BTC/USDT"), Timeframe.M1))
        async with asyncio.timeout(30):
            view = await desk.changed(desk.view().number)
            while view.focus is None or not view.focus.bids:
                view = await desk.changed(view.number)
        market, tick = view.focus.instrument, view.focus.instrument.tick_size
        price = view.focus.bids[0].price * Decimal("0.95") // tick * tick
        for _ in range(count):
            order = SubmitOrder(
                instrument_id=market.id,
                side=Side.BUY,
                order_type=OrderType.LIMIT,
                quantity=Decimal("0.001"),
                limit_price=price,
            )
            answer = await desk.submit(order)
            if not isinstance(answer, Accepted):
                raise RuntimeError(f"the order was denied: {answer.message}")
            (order_id,) = answer.client_order_ids
            await _until_working(desk, order_id, is_working=True)
            handed[order_id] = time.time() * 1e3
            await desk.submit(CancelOrder(order_id))
            await _until_working(desk, order_id, is_working=False)
    async with bare_ccxt(port) as exchange:
        found = await exchange.private_get_allorders({"symbol": "BTCUSDT", "limit": 1000})
    at = {str(order["clientOrderId"]): int(order["updateTime"]) for order in found}
    return [at[order_id] - ms for order_id, ms in handed.items()]


def _cancel_rows(delays: list[float], load: str, *, has_goal: bool) -> list[Measured]:
    half, worst = percentiles(delays)
    p99 = f"cancel to exchange, p99 of {len(delays)}, {load}"
    return [
        Measured(f"cancel to exchange, p50, {load}", f"{half:.1f} ms", "", ""),
        against_goal(p99, worst, GOAL_CANCEL_MS, "ms") if has_goal else Measured(p99, f"{worst:.1f} ms", "", "no goal"),
    ]


def _full_desk() -> list[Measured]:
    """Quotes, book, tape and chart at 200x60, while the engine reads what it is made for."""
    port = free_port()
    settings = {"simulator.port": port, "simulator.symbols": SYMBOLS, "simulator.rate": RATE}
    with (
        home(**{**settings, "market.watchlist": watchlist(SYMBOLS)}) as environment,
        at_home(environment),
        Terminal(fks(), environment) as terminal,
    ):
        terminal.wait_for("LIVE")
        time.sleep(WARM_S)
        pid = asyncio.run(engine_view()).pid
        spent, desk, first, began = cpu_s(pid), terminal.cpu_s(), len(terminal.chunks), time.monotonic()
        time.sleep(SECONDS)
        passed = time.monotonic() - began
        engine_share, desk_share = (cpu_s(pid) - spent) / passed, (terminal.cpu_s() - desk) / passed
        chunks = terminal.chunks[first:]
        written, paints = sum(chunk.size for chunk in chunks) / passed / 1e3, paints_per_s(chunks, passed)
        delays = asyncio.run(_cancels(port, CANCELS))
        view = asyncio.run(engine_view())
    load = f"{SYMBOLS} symbols, {view.messages_per_s:.0f} msg/s"
    return [
        against_goal(f"engine CPU, {load}", engine_share * 100, GOAL_ENGINE * 100, "%"),
        against_goal(f"desk CPU, 200x60, {load}", desk_share * 100, GOAL_DESK * 100, "%"),
        against_goal("bytes to the terminal", written, GOAL_KB, "kB/s"),
        Measured(
            "paints a second",
            f"{paints:.1f}",
            f"{GOAL_PAINTS:.0f}",
            "goal, at least",
            GOAL_PAINTS / max(paints, 0.1),
            1.0,
        ),
        *_cancel_rows(delays, load, has_goal=True),
        against_goal(f"engine loop lag, p99, {load}", view.loop_lag_ms or 0.0, GOAL_LAG_MS, "ms", "a goal of our own"),
    ]


def _full_rate() -> list[Measured]:
    """The engine alone, at four times the load."""
    port = free_port()
    settings = {"simulator.port": port, "simulator.symbols": SYMBOLS, "simulator.rate": FULL_RATE}
    with (
        home(**{**settings, "market.watchlist": watchlist(SYMBOLS)}) as environment,
        at_home(environment),
        engine(environment) as pid,
    ):
        asyncio.run(engine_view())
        time.sleep(WARM_S)
        spent, began = cpu_s(pid), time.monotonic()
        delays = asyncio.run(_cancels(port, CANCELS // 2))
        share = (cpu_s(pid) - spent) / (time.monotonic() - began)
        view = asyncio.run(engine_view())
    load = f"{SYMBOLS} symbols, {view.messages_per_s:.0f} msg/s"
    return [
        Measured(f"engine CPU, {load}", f"{share:.1%}", "100%", "one core", share),
        *_cancel_rows(delays, load, has_goal=False),
        Measured(f"engine loop lag, p99, {load}", f"{view.loop_lag_ms or 0.0:.1f} ms", "", "no goal"),
    ]


def run() -> list[Measured]:
    """Each figure beside its goal."""
    return [*_full_desk(), *_full_rate()]
