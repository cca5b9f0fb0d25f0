"""Ten thousand messages a second: is every trade of the tape there, and every event of our own orders?"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from fks_engine.api import Connection, Denied, OrderType, Side, SubmitOrder
from fks_engine.config import load_settings, user_folders
from fks_engine.engine import Engine
from fks_engine.model import instrument_id
from tests.bench.bare_ccxt import bare_ccxt
from tests.bench.bench_load import FULL_RATE, SYMBOLS, watchlist
from tests.bench.home import KEY, SECRET, free_port
from tests.bench.measured import Measured

if TYPE_CHECKING:
    from fks_engine.bus import Subscription
    from fks_engine.engine.desk import EngineDesk
    from fks_engine.model import Fill, Trade

BTC = instrument_id("binance", "BTC/USDT")
WARM_S, SECONDS = 10.0, 5.0
ORDER_EVERY_S = 0.1
SETTLE_S = 30.0


@dataclass
class Heard:
    """What a subscriber of the engine's bus got."""

    trades: Subscription[Trade]
    fills: Subscription[Fill]
    ids: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Trade ids of the tape by market, as they came."""
    own: set[int] = field(default_factory=set)
    """Trade ids of our fills."""

    async def follow(self, until: float) -> None:
        """Take the tape until `until`, by time.monotonic()."""
        while time.monotonic() < until:
            for trade in await self.trades.drain():
                self.ids[trade.instrument_id].append(int(trade.trade_id))

    def missing(self) -> tuple[int, int]:
        """Trades that the tape left out or brought out of turn, of how many there were."""
        lost = sum(after != before + 1 for ids in self.ids.values() for before, after in pairwise(ids))
        return lost, sum(len(ids) for ids in self.ids.values())


async def _trade(desk: EngineDesk, until: float) -> int:
    """Send a small market order ten times a second, bought and sold in turn; how many were accepted."""
    sent = 0
    while time.monotonic() < until:
        side = Side.BUY if sent % 2 == 0 else Side.SELL
        command = SubmitOrder(
            instrument_id=BTC, side=side, order_type=OrderType.MARKET, quantity=Decimal("0.001"), limit_price=None
        )
        answer = await desk.submit(command)
        if isinstance(answer, Denied):
            raise RuntimeError(f"an order was denied: {answer.message}")
        sent += 1
        await anyio.sleep(ORDER_EVERY_S)
    return sent


def _published(engine: Engine) -> int:
    bus = engine.bus
    return sum(topic.published for topic in (bus.quotes, bus.trades, bus.books, bus.candles, bus.statistics))


def _status(engine: Engine, client_order_id: str) -> str:
    """How an order stands for the engine, in the exchange's letters; empty where it is not known."""
    order = engine.parts.orders.order(client_order_id) if engine.parts else None
    return order.status.value.upper() if order else ""


async def _exchange_side(port: int) -> tuple[set[int], dict[str, str]]:
    """The exchange's own list of our trades, and of our orders with how they ended."""
    async with bare_ccxt(port) as exchange:
        trades = await exchange.private_get_mytrades({"symbol": "BTCUSDT", "limit": 1000})
        orders = await exchange.private_get_allorders({"symbol": "BTCUSDT", "limit": 1000})
    return {int(each["id"]) for each in trades}, {each["clientOrderId"]: each["status"] for each in orders}


async def _until_live(desk: EngineDesk) -> None:
    async with asyncio.timeout(90):
        view = await desk.changed(desk.view().number)
        while view.engine.connection is not Connection.LIVE:
            view = await desk.changed(view.number)


async def _burst(engine: Engine, port: int) -> dict[str, Any]:
    """Trade through the load; what was lost, of how much, at which rate."""
    found: dict[str, Any] = {}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run)
        async with engine.open_desk() as desk:
            await _until_live(desk)
            await anyio.sleep(WARM_S)
            heard = Heard(engine.bus.trades.subscribe(), engine.bus.fills.subscribe())
            before, began = _published(engine), time.monotonic()
            tasks.start_soon(heard.follow, began + SECONDS)
            found["sent"] = await _trade(desk, began + SECONDS)
            found["rate"] = (_published(engine) - before) / (time.monotonic() - began)
            found["lost"], found["trades"] = heard.missing()
            at_exchange, ended = await _exchange_side(port)
            with anyio.move_on_after(SETTLE_S):
                while not at_exchange <= heard.own:
                    heard.own.update(int(fill.trade_id) for fill in heard.fills.drain_nowait())
                    await anyio.sleep(0.05)
            found["fills"], found["fills lost"] = len(at_exchange), len(at_exchange - heard.own)
            found["orders lost"] = sum(_status(engine, id_) != status for id_, status in ended.items())
            found["orders"] = len(ended)
            found["dropped"] = heard.trades.statistics().dropped
        engine.request_stop()
    return found


def run() -> list[Measured]:
    """How many events are missing; none is the goal."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="fks-") as name:
        file = Path(name) / "fks.toml"
        file.touch()
        chosen = {
            "simulator.port": str(port),
            "simulator.symbols": str(SYMBOLS),
            "simulator.rate": str(FULL_RATE),
            "market.watchlist": watchlist(SYMBOLS),
            "exchange.api_key": KEY,
            "exchange.api_secret": SECRET,
        }
        engine = Engine(load_settings(chosen, config_file=file), user_folders({"FKS_HOME": name}))
        found = anyio.run(_burst, engine, port)
    load = f"{SYMBOLS} symbols, {found['rate']:.0f} msg/s for {SECONDS:.0f} s"
    lost = found["lost"] + found["dropped"]
    user_lost = found["fills lost"] + found["orders lost"]
    return [
        Measured(
            f"messages a second, {SYMBOLS} symbols",
            f"{found['rate']:.0f}",
            f"{FULL_RATE}",
            "goal, at least",
            FULL_RATE / max(1.0, found["rate"]),
            1.0,
        ),
        Measured(f"trades lost, {load}", f"{lost} of {found['trades']}", "0", "goal", float(lost), 0.0),
        Measured(
            f"user events lost, {load}",
            f"{user_lost} of {found['fills'] + found['orders']}",
            "0",
            f"goal; {found['sent']} market orders, their fills and their ends, beside the exchange's lists",
            float(user_lost),
            0.0,
        ),
    ]
