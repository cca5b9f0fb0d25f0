"""From the key to the wire: Enter is pressed in the ticket, the exchange has the order."""

from __future__ import annotations

import asyncio
import time

from tests.bench.bare_ccxt import bare_ccxt
from tests.bench.home import free_port, home
from tests.bench.measured import Measured
from tests.bench.terminal import Terminal, fks, percentiles

ORDERS = 60


async def _bare(port: int) -> list[float]:
    """Milliseconds from a call of bare ccxt to the exchange's time of the order."""
    delays = []
    async with bare_ccxt(port) as exchange:
        await exchange.load_markets()
        for _ in range(ORDERS):
            sent_ms = time.time() * 1e3
            order = await exchange.create_order("BTC/USDT", "market", "buy", 0.001)
            delays.append(order["info"]["transactTime"] - sent_ms)
    return delays


async def _orders(port: int) -> list[int]:
    """The exchange's times of all orders of the account, milliseconds since 1970, in their order."""
    async with bare_ccxt(port) as exchange:
        found = await exchange.private_get_allorders({"symbol": "BTCUSDT", "limit": 1000})
    return [int(order["time"]) for order in found]


def _press(terminal: Terminal) -> float:
    """Send one market order by key; wall-clock milliseconds of the press that sent it."""
    begin = len(terminal.chunks)
    terminal.press("b")
    terminal.wait_for("Quantity", since=begin)
    terminal.press("\x1b[17~")  # F6: market
    terminal.press("0.001")
    terminal.wait_for("would let it through", since=begin)
    time.sleep(0.3)  # the desk has drawn and rests, as it has when a person reads the ticket
    pressed_ms = time.time() * 1e3
    terminal.press("\r")
    time.sleep(1.0)  # the ticket has closed; the toasts of earlier orders would tell a reader nothing
    return pressed_ms


def run() -> list[Measured]:
    """Milliseconds from the key that sends an order to the exchange's own time of it (whole milliseconds)."""
    port = free_port()
    settings = {"simulator.port": port, "desk.confirm_orders": "false"}
    with home(**settings) as environment, Terminal(fks(), environment) as terminal:
        terminal.wait_for("LIVE")
        time.sleep(2.0)
        pressed = [_press(terminal) for _ in range(ORDERS)]
        times = asyncio.run(_orders(port))
        bare = asyncio.run(_bare(port))
    if len(times) != ORDERS:
        raise RuntimeError(f"{ORDERS} keys were pressed and the exchange has {len(times)} orders")
    half, worst = percentiles([at - key for at, key in zip(times, pressed, strict=True)])
    bare_half, bare_worst = percentiles(bare)
    against = "bare ccxt: create_order called in a loop on the same exchange"
    return [
        Measured("key press to wire, p50", f"{half:.1f} ms", f"{bare_half:.1f} ms", against, half / bare_half),
        Measured("key press to wire, p99", f"{worst:.1f} ms", f"{bare_worst:.1f} ms", "", worst / bare_worst),
    ]
