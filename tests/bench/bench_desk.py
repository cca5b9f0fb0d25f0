"""What the desk costs while twenty markets move: CPU and bytes, against a DataTable with the same numbers."""

from __future__ import annotations

import sys
import time

from tests.bench.home import home
from tests.bench.measured import Measured
from tests.bench.terminal import Terminal, fks

SECONDS = 10.0
MARKETS = "BTC,ETH,SOL,BNB,XRP,DOGE,ADA,TRX,AVAX,LINK,DOT,LTC,BCH,UNI,ATOM,ETC,FIL,NEAR,APT,ARB"


def _watch(terminal: Terminal) -> tuple[float, float]:
    """CPU as a share of one core, and kilobytes per second written, over SECONDS."""
    cpu, first, began = terminal.cpu_s(), len(terminal.chunks), time.monotonic()
    time.sleep(SECONDS)
    passed = time.monotonic() - began
    written = sum(chunk.size for chunk in terminal.chunks[first:])
    return (terminal.cpu_s() - cpu) / passed, written / passed / 1e3


def run() -> list[Measured]:
    """The desk process alone, at both sizes, with 20 markets."""
    rows = []
    watchlist = ",".join(f"{each}/USDT" for each in MARKETS.split(","))
    for columns, lines in ((80, 24), (200, 60)):
        with (
            home(**{"market.watchlist": watchlist}) as environment,
            Terminal(fks(), environment, columns, lines) as terminal,
        ):
            terminal.wait_for("LIVE")
            time.sleep(3.0)
            cpu, written = _watch(terminal)
        with Terminal([sys.executable, "-m", "tests.bench.peer_table"], {}, columns, lines) as terminal:
            terminal.wait_for("M19/USDT")
            time.sleep(1.0)
            peer_cpu, peer_written = _watch(terminal)
        size = f"{columns}x{lines}"
        against = "a Textual DataTable: 20 rows, 5 cells of each changed 10 times a second, nothing else on screen"
        rows.append(Measured(f"desk CPU, {size}", f"{cpu:.1%}", f"{peer_cpu:.1%}", against, cpu / peer_cpu))
        rows.append(
            Measured(
                f"bytes to the terminal, {size}",
                f"{written:.1f} kB/s",
                f"{peer_written:.1f} kB/s",
                "",
                written / peer_written,
            )
        )
    return rows
