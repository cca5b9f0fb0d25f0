"""The simulator's command line arguments, checked."""

from __future__ import annotations

import argparse
import math
import os
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from fks_engine.simulator.catalogue import MOST_SYMBOLS
from fks_engine.simulator.limits import LimitError, Limits, read_limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_KEY = "fks-simulator-key"
DEFAULT_SECRET = "fks-simulator-secret"
DEFAULT_BALANCE = "USDT=100000,BTC=2"
MOST_BALANCE = Decimal("1e15")
MOST_SPEED = 1_000.0
MOST_RATE = 100_000.0
MOST_BURST = 50.0


class UsageError(Exception):
    """Arguments that cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the simulator is started with."""

    host: str
    port: int
    seed: int
    symbols: int
    key: str
    secret: str
    balances: Mapping[str, Decimal]
    state: Path | None
    drive: str
    file: Path | None
    speed: float
    rate: float
    burst: float
    exit_with_parent: bool
    limits: Limits
    control_port: int | None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="fks sim", description="A Binance Spot exchange on this computer.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same market")
    parser.add_argument("--symbols", type=int, default=20, help=f"how many symbols trade, up to {MOST_SYMBOLS}")
    parser.add_argument("--key", help="API key; also FKS_SIM_KEY")
    parser.add_argument("--secret", help="API secret; also FKS_SIM_SECRET, which does not show in a process list")
    parser.add_argument("--balance", default=DEFAULT_BALANCE, help="starting balances, such as USDT=100000,BTC=2")
    parser.add_argument("--state", type=Path, help="folder that keeps orders and balances across restarts")
    parser.add_argument("--drive", choices=("synthetic", "replay"), default="synthetic", help="what moves the market")
    parser.add_argument("--file", type=Path, help="the recording of --drive replay")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="simulated seconds a second; 0 plays a recording as fast as it can be"
    )
    parser.add_argument(
        "--rate", type=float, default=0.0, help="messages a second to aim at with everything watched; 0 does not aim"
    )
    parser.add_argument("--burst", type=float, default=1.0, help="how many times busier a busy second is")
    parser.add_argument("--exit-with-parent", action="store_true", help="stop when standard input ends")
    parser.add_argument(
        "--limits", default="", help="limits other than Binance's, such as weight=100,ping=0.5; off for none"
    )
    parser.add_argument("--control", action="store_true", help="open a port on loopback that switches faults")
    parser.add_argument("--control-port", type=int, default=0, help="the port of --control; 0 takes a free one")
    return parser


def read_options(arguments: Sequence[str]) -> Options:
    """The options; raises UsageError naming the argument that is wrong."""
    given = _parser().parse_args(arguments)
    if not 0 <= given.port <= 65_535:
        raise UsageError(f"--port must be 0 to 65535, not {given.port}")
    if not 1 <= given.symbols <= MOST_SYMBOLS:
        raise UsageError(f"--symbols must be 1 to {MOST_SYMBOLS}, not {given.symbols}")
    if not 0 <= given.seed < 2**63:
        raise UsageError(f"--seed must be 0 to 2^63-1, not {given.seed}")
    if not (math.isfinite(given.speed) and 0 <= given.speed <= MOST_SPEED):
        raise UsageError(f"--speed must be 0 to {MOST_SPEED:g}, not {given.speed}")
    if given.drive == "synthetic" and not given.speed:
        raise UsageError("--speed 0 is for --drive replay; a synthetic market has no end to hurry to")
    if not 0 <= given.rate <= MOST_RATE:
        raise UsageError(f"--rate must be 0 to {MOST_RATE:g}, not {given.rate}")
    if not 1 <= given.burst <= MOST_BURST:
        raise UsageError(f"--burst must be 1 to {MOST_BURST:g}, not {given.burst}")
    if given.drive == "replay" and given.file is None:
        raise UsageError("--drive replay needs --file")
    if given.file is not None and not given.file.is_file():
        raise UsageError(f"--file {given.file} does not exist")

    if not 0 <= given.control_port <= 65_535:
        raise UsageError(f"--control-port must be 0 to 65535, not {given.control_port}")
    try:
        limits = read_limits(given.limits)
    except LimitError as error:
        raise UsageError(f"--limits: {error}") from None

    key = given.key or os.environ.get("FKS_SIM_KEY") or DEFAULT_KEY
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", key):
        raise UsageError("--key may hold letters, digits, - and _ only")
    return Options(
        host=given.host,
        port=given.port,
        seed=given.seed,
        symbols=given.symbols,
        key=key,
        secret=given.secret or os.environ.get("FKS_SIM_SECRET") or DEFAULT_SECRET,
        balances=_balances(given.balance),
        state=given.state,
        drive=given.drive,
        file=given.file,
        speed=given.speed,
        rate=given.rate,
        burst=given.burst,
        exit_with_parent=given.exit_with_parent,
        limits=limits,
        control_port=given.control_port if given.control else None,
    )


def _balances(text: str) -> dict[str, Decimal]:
    balances: dict[str, Decimal] = {}
    for part in filter(None, text.split(",")):
        asset, _, number = part.partition("=")
        if not re.fullmatch(r"[A-Z0-9]{1,20}", asset) or asset in balances:
            raise UsageError(f"--balance has {part!r}; write it as USDT=100000,BTC=2")
        try:
            amount = Decimal(number)
        except InvalidOperation:
            raise UsageError(f"--balance has {part!r}; {number!r} is not a number") from None
        if not amount.is_finite() or not 0 <= amount <= MOST_BALANCE or amount.quantize(Decimal("1e-8")) != amount:
            raise UsageError(f"--balance has {part!r}; it must be 0 to {MOST_BALANCE:f} with at most 8 decimals")
        balances[asset] = amount
    return balances
