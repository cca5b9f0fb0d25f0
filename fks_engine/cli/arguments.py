"""The words and options of the `fks` command line."""

from __future__ import annotations

import argparse
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fks_engine.model.modes import Mode
from fks_engine.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Sequence

START_WAIT_S = 30.0
LAST_RECORDS = 50
DESCRIPTION = "FKS is a trading desk in the terminal. Without a command it opens the desk, and starts the engine first."
EPILOG = "Settings come from fks.toml, then FKS_* variables, then these options; `fks config` shows them all."


@dataclass(frozen=True, slots=True)
class Arguments:
    """One command line, read."""

    command: str
    """`desk`, `sim`, `doctor`, `config`, `engine run|start|stop|status`, or `journal show|verify`."""
    overrides: dict[str, object]
    """Settings given as options, by dotted key."""
    config_file: Path | None
    home: Path | None
    rest: tuple[str, ...] = ()
    """What follows `sim`, for the simulator to read."""
    wait_s: float = START_WAIT_S
    cancel_orders: bool | None = None
    """What becomes of working orders at a stop; None where it was not said."""
    as_json: bool = False
    describe: bool = False
    log_file: Path | None = None
    last: int = LAST_RECORDS
    order: str = ""

    def forwarded(self, hidden: frozenset[str]) -> list[str]:
        """The options that make another `fks` read the same settings, wherever it is started, but for `hidden` ones."""
        options = [f"--set={key}={value}" for key, value in self.overrides.items() if key not in hidden]
        if self.config_file is not None:
            options.append(f"--config={self.config_file}")
        if self.home is not None:
            options.append(f"--home={self.home}")
        return options


class _Version(argparse.Action):
    """Prints the version; it is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"fks {installed_version()}")
        parser.exit()


def parse(argv: Sequence[str] | None = None) -> Arguments:
    """Read a command line; leaves with a message and code 2 where it cannot be read."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["sim"]:  # all that follows is the simulator's own
        return Arguments("sim", {}, None, None, tuple(words[1:]))
    parser = _parser()
    found = parser.parse_args(words)
    command = found.command or "desk"
    if command in {"engine", "journal"}:
        command = f"{command} {found.subcommand}"
    if command == "sim":
        parser.error("`sim` comes first: fks sim --port 0 ...")
    return Arguments(
        command=command,
        overrides=_overrides(found),
        config_file=_absolute(getattr(found, "config", None)),
        home=_absolute(getattr(found, "home", None)),
        wait_s=getattr(found, "wait", START_WAIT_S),
        cancel_orders=getattr(found, "cancel_orders", None),
        as_json=getattr(found, "json", False),
        describe=getattr(found, "describe", False),
        log_file=_absolute(getattr(found, "log_file", None)),
        last=getattr(found, "last", LAST_RECORDS),
        order=getattr(found, "order", ""),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fks", description=DESCRIPTION, epilog=EPILOG, parents=[_common("set_first")])
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(dest="command", metavar="command")
    common = _common("set_then")
    engine = commands.add_parser("engine", help="run, start, stop or look at the engine", parents=[common])
    _engine_commands(engine)
    journal = commands.add_parser("journal", help="show or verify the record of every order", parents=[common])
    _journal_commands(journal)
    commands.add_parser("sim", help="run the exchange simulator by itself (fks sim --help)", add_help=False)
    commands.add_parser("doctor", help="check this machine, the settings and the exchange", parents=[common])
    config = commands.add_parser("config", help="show every setting, its value and its source", parents=[common])
    config.add_argument("--describe", action="store_true", help="say what each setting means, too")
    return parser


def _engine_commands(engine: argparse.ArgumentParser) -> None:
    commands = engine.add_subparsers(dest="subcommand", metavar="command", required=True)
    common = _common("set_last")
    run = commands.add_parser("run", help="run the engine here until Ctrl-C", parents=[common])
    run.add_argument("--log-file", type=Path, help="write the log there instead of to standard error")
    start = commands.add_parser("start", help="start the engine in the background", parents=[common])
    start.add_argument(
        "--wait", type=_seconds, default=START_WAIT_S, metavar="S", help="seconds to wait for it (default %(default)g)"
    )
    stop = commands.add_parser("stop", help="stop the engine", parents=[common])
    orders = stop.add_mutually_exclusive_group()
    orders.add_argument(
        "--cancel-orders", dest="cancel_orders", action="store_true", default=None, help="cancel working orders first"
    )
    orders.add_argument(
        "--leave-orders", dest="cancel_orders", action="store_false", default=None, help="leave them at the exchange"
    )
    status = commands.add_parser("status", help="say how the engine stands; code 1 if none runs", parents=[common])
    status.add_argument("--json", action="store_true", help="as JSON")


def _journal_commands(journal: argparse.ArgumentParser) -> None:
    commands = journal.add_subparsers(dest="subcommand", metavar="command", required=True)
    common = _common("set_last")
    show = commands.add_parser("show", help="print the last records, or those of one order", parents=[common])
    show.add_argument("--last", type=_count, default=LAST_RECORDS, metavar="N", help="how many (default %(default)d)")
    show.add_argument("--order", default="", metavar="ID", help="only what is about orders whose id holds this")
    show.add_argument("--json", action="store_true", help="as JSON, one record a line")
    commands.add_parser("verify", help="read every journal; code 1 where one is damaged", parents=[common])


def _common(settings_name: str) -> argparse.ArgumentParser:
    """The options that every command takes, before it or after it."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    modes = [mode.value for mode in Mode]  # those of other versions, too: the settings say why they are refused
    common.add_argument("--mode", choices=modes, metavar="{sim,testnet}", help="where orders go")
    common.add_argument("--exchange", metavar="NAME", help="the exchange (setting exchange.name)")
    common.add_argument("--read-only", action="store_true", help="public data only, no orders")
    common.add_argument(
        "--set", dest=settings_name, action="append", type=_setting, metavar="KEY=VALUE", help="a setting"
    )
    common.add_argument("--config", type=Path, metavar="FILE", help="read this fks.toml")
    common.add_argument("--home", type=Path, metavar="DIR", help="keep all files there (FKS_HOME)")
    return common


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, like risk.max_open_orders=10")
    return key.strip(), value


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _overrides(found: argparse.Namespace) -> dict[str, object]:
    overrides: dict[str, object] = {}
    for name in ("set_first", "set_then", "set_last"):
        overrides |= dict(getattr(found, name, ()))
    if hasattr(found, "mode"):
        overrides["mode"] = found.mode
    if hasattr(found, "exchange"):
        overrides["exchange.name"] = found.exchange
    if hasattr(found, "read_only"):
        overrides["exchange.read_only"] = "true"
    return overrides


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else Path(os.path.abspath(path.expanduser()))
