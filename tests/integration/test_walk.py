"""A new user's walk through the desk in tmux, the terminal closed and opened again on the way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.wire.serving import short_folder
from tests.integration.tmux import Tmux

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux (Debian package tmux)"),
    pytest.mark.timeout(300),
]


@pytest.fixture
def home() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder
        subprocess.run(
            [sys.executable, "-m", "fks_tui", "engine", "stop", "--cancel-orders"],
            env=os.environ | {"FKS_HOME": str(folder)},
            capture_output=True,
            timeout=60,
            check=False,
        )


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36)])
def test_a_newcomer_buys_rests_an_order_cancels_closes_comes_back_and_stops(
    home: Path, columns: int, rows: int
) -> None:
    tmux = Tmux(home, columns, rows)
    tmux.open()
    try:
        tmux.shows("LIVE", "BTC/USDT", "BOOK")
        _find_a_market(tmux)
        _buy(tmux)
        _rest_and_cancel(tmux)
        tmux.close()
        tmux.open()
        tmux.shows("LIVE", "[Working 0]")  # as it was left
        tmux.keys("F4")
        tmux.shows("LONG", "Balances")
        tmux.keys("q")
        tmux.shows("Leave the desk")
        tmux.keys("k")
        tmux.until(lambda screen: "LIVE" not in screen, "the end of the desk")
        status = subprocess.run(
            [sys.executable, "-m", "fks_tui", "engine", "status"],
            env=os.environ | {"FKS_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "no engine runs" in status.stdout
    finally:
        tmux.close()


def _find_a_market(tmux: Tmux) -> None:
    """Narrow the list to Ether, then show all again."""
    tmux.keys("/", "e", "t", "h")
    tmux.until(lambda screen: "SOL/USDT" not in screen and "ETH/USDT" in screen, "the narrowed list")
    tmux.keys("Escape")
    tmux.shows("SOL/USDT", "BTC/USDT")
    tmux.keys("Home", "Enter")
    tmux.until(lambda screen: re.search(r"BOOK +BTC/USDT", screen), "the book of Bitcoin")


def _buy(tmux: Tmux) -> None:
    """Buy at market and see the position."""
    tmux.keys("b")
    tmux.shows("BUY BTC/USDT", "Quantity")
    tmux.keys("F6")
    tmux.run("send-keys", "-t", "walk", "-l", "0.05")
    tmux.shows("0.05", "would let it through")
    tmux.keys("Enter")
    tmux.shows("Send this order?", "BUY 0.05000 BTC/USDT", "simulated money", "y send")
    tmux.keys("Enter")
    tmux.shows("Filled")
    tmux.keys("F4")
    tmux.shows("Positions", "LONG", "0.04995")


def _rest_and_cancel(tmux: Tmux) -> None:
    """Rest an order far under the market, see it work, cancel it."""
    tmux.keys("F2")
    tmux.shows("BOOK")
    tmux.keys("b")
    tmux.shows("BUY BTC/USDT", "Price")
    tmux.run("send-keys", "-t", "walk", "-l", "0.01")
    tmux.keys("Tab")
    tmux.keys("C-u")
    tmux.run("send-keys", "-t", "walk", "-l", "50000")
    tmux.shows("50000", "would let it through")
    tmux.keys("Enter")
    tmux.shows("Send this order?", "BUY 0.01000 BTC/USDT", "y send")
    tmux.keys("Enter")
    tmux.shows("1 working")
    tmux.keys("F3")
    tmux.shows("50000", "Working")
    tmux.keys("c")
    tmux.until(lambda screen: "1 working" not in screen, "the canceled order")
