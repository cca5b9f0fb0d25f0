"""From the key to the wire: a key that sends is pressed, in ladder and ticket; the exchange has the order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.bench.bare_ccxt import bare_ccxt
from tests.bench.home import free_port, home
from tests.bench.measured import Measured
from tests.bench.terminal import Terminal, fks, percentiles

if TYPE_CHECKING:
    from collections.abc import Sequence

PRESSES = 210
TICKETS = 60
BARE = 60
GOAL_MS = 20.0
PAGE_DOWN, F6, CENTRE, COARSER = "\x1b[6~", "\x1b[17~", " ", "]"
PLACE_ANEW = 10
"""Presses between two moves of the cursor, so that a market that wanders does not leave it behind."""
STALLED = 0.9
"""Of the time between two presses: what comes later is the next one's."""
CLOCK_MS = 2.0
"""The exchange writes whole milliseconds."""


async def _bare(port: int) -> list[float]:
    """Milliseconds from a call of bare ccxt to the exchange's time of the order."""
    delays = []
    async with bare_ccxt(port) as exchange:
        await exchange.load_markets()
        for _ in range(BARE):
            sent_ms = time.time() * 1e3
            order = await exchange.create_order("BTC/USDT", "market", "buy", 0.001)
            delays.append(order["info"]["transactTime"] - sent_ms)
    return delays


async def _orders(port: int) -> list[dict[str, Any]]:
    """All orders of the account, oldest first."""
    async with bare_ccxt(port) as exchange:
        found: list[dict[str, Any]] = await exchange.private_get_allorders({"symbol": "BTCUSDT", "limit": 1000})
    return found


def delays_after(pressed_ms: Sequence[float], events_ms: Sequence[int]) -> list[float]:
    """For each press the time to its event; presses without one are left out.

    A press may stall until after the next one: an event belongs to the oldest press that has none yet, unless that was
    so long before that it must have been refused. Event times are whole milliseconds, so that one of the press's own
    millisecond counts as after it.
    """
    waiting, found = deque(pressed_ms), []
    longest = min(after - before for before, after in pairwise(pressed_ms)) * STALLED
    for event in sorted(events_ms):
        while waiting and event - waiting[0] > longest:
            waiting.popleft()
        if waiting and event >= waiting[0] - CLOCK_MS:
            found.append(event - waiting.popleft())
    return found


def arm_the_ladder(terminal: Terminal) -> None:
    """Open the ladder and let keys send at once."""
    terminal.press("l")
    terminal.wait_for("spread")
    time.sleep(1.0)
    for _ in range(3):
        terminal.press(COARSER)
        time.sleep(0.3)
    begin = len(terminal.chunks)
    terminal.press("O")
    terminal.wait_for("Arm one-press", since=begin)
    terminal.press("\r")
    terminal.wait_for("Armed", since=begin)
    time.sleep(0.5)


def press_and_cancel(terminal: Terminal, presses: int) -> tuple[list[float], list[float]]:
    """When each buy at the cursor was pressed and when its cancel, wall-clock milliseconds."""
    placed: list[float] = []
    canceled: list[float] = []
    for number in range(presses):
        if number % PLACE_ANEW == 0:
            terminal.press(CENTRE + PAGE_DOWN)  # below the market, where a buy rests
            time.sleep(0.5)
        for key, times in (("b", placed), ("c", canceled)):
            times.append(time.time() * 1e3)
            terminal.press(key)
            time.sleep(0.3)  # its picture has come, as it has before a person presses the next key
    return placed, canceled


def _press_in_ticket(terminal: Terminal) -> float:
    """Send one market order by key; wall-clock milliseconds of the press that sent it."""
    begin = len(terminal.chunks)
    terminal.press("b")
    terminal.wait_for("Quantity", since=begin)
    terminal.press(F6)  # market
    terminal.press("0.001")
    terminal.wait_for("would let it through", since=begin)
    time.sleep(0.3)  # the desk has drawn and rests, as it has when a person reads the ticket
    pressed_ms = time.time() * 1e3
    terminal.press("\r")
    time.sleep(0.7)  # the ticket has closed; the toasts of earlier orders would tell a reader nothing
    return pressed_ms


def _rows(what: str, delays: Sequence[float], bare: tuple[float, float]) -> list[Measured]:
    """The median beside bare ccxt's, and the slow end beside the goal."""
    half, worst = percentiles(delays)
    against = "bare ccxt: create_order called in a loop on the same exchange"
    return [
        Measured(f"{what}, p50 of {len(delays)}", f"{half:.1f} ms", f"{bare[0]:.1f} ms", against, half / bare[0]),
        Measured(
            f"{what}, p99",
            f"{worst:.1f} ms",
            f"{GOAL_MS:g} ms",
            f"goal; bare ccxt {bare[1]:.1f} ms",
            worst / GOAL_MS,
            1.0,
        ),
    ]


def run() -> list[Measured]:
    """Milliseconds from the key that sends to the exchange's own time of it (whole milliseconds)."""
    port = free_port()
    settings = {"simulator.port": port, "desk.confirm_orders": "false", "desk.disarm_after_s": 3_600}
    with home(**settings) as environment, Terminal(fks(), environment) as terminal:
        terminal.wait_for("LIVE")
        time.sleep(2.0)
        tickets = [_press_in_ticket(terminal) for _ in range(TICKETS)]
        by_ticket = [int(order["time"]) for order in asyncio.run(_orders(port))]
        arm_the_ladder(terminal)
        placed, canceled = press_and_cancel(terminal, PRESSES)
        by_ladder = asyncio.run(_orders(port))[len(by_ticket) :]
        bare = percentiles(asyncio.run(_bare(port)))
    if len(by_ticket) != TICKETS or len(by_ladder) < PRESSES * 0.95:
        found = f"{len(by_ticket)} of {TICKETS} from the ticket and {len(by_ladder)} of {PRESSES} from the ladder"
        raise RuntimeError(f"not every key became one order: {found}")
    ends = [int(order["updateTime"]) for order in by_ladder if order["status"] == "CANCELED"]
    return [
        *_rows(
            "ladder, one press: key to wire", delays_after(placed, [int(order["time"]) for order in by_ladder]), bare
        ),
        *_rows("ladder, cancel at the cursor: key to wire", delays_after(canceled, ends), bare),
        *_rows("ticket, Enter: key to wire", delays_after(tickets, by_ticket), bare),
    ]
