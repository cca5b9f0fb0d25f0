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
from fks_engine.model.order import OrderStatus
from fks_engine.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Sequence

START_WAIT_S = 30.0
LAST_RECORDS = 50
DESCRIPTION = "FKS is a trading desk in the terminal. Without a command it opens the desk, and starts the engine first."
EPILOG = "Settings come from fks.toml, then FKS_* variables, then these options; `fks config` shows them all."


@dataclass(frozen=True, slots=True)
class HistoryWords:
    """What `fks history` is to find, show or export."""

    words: tuple[str, ...] = ()
    """What to search for; or `show` and an order's id; or `export` and a file."""
    market: str = ""
    statuses: tuple[str, ...] = ()
    what: str = "orders"
    last: int = LAST_RECORDS


@dataclass(frozen=True, slots=True)
class Arguments:
    """One command line, read."""

    command: str
    """One or two words: `desk`, `sim`, `doctor`, `config`, `engine run`, `journal show`, `reconcile accept`."""
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
    history: HistoryWords = HistoryWords()
    reason: str = ""
    """Why trading is halted or resumed, in words."""
    flatten: bool = False
    reducing: bool = False
    halted: str | None = None
    """Why the engine is to begin with a halt; None where it is not to."""
    numbers: tuple[int, ...] = ()
    """The differences that `reconcile accept` takes the exchange's word in."""

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
    if command == "reconcile" and found.subcommand:
        command = "reconcile accept"
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
        reason=getattr(found, "reason", ""),
        flatten=getattr(found, "flatten", False),
        reducing=getattr(found, "reducing", False),
        halted=getattr(found, "halted", None),
        numbers=tuple(getattr(found, "numbers", ())),
        history=HistoryWords(
            tuple(getattr(found, "words", ())),
            getattr(found, "market", ""),
            tuple(getattr(found, "statuses", ())),
            getattr(found, "what", "orders"),
            getattr(found, "last", LAST_RECORDS),
        ),
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
    _reconcile_commands(commands.add_parser("reconcile", help="show how records and exchange agree", parents=[common]))
    _history_options(commands.add_parser("history", help="find, show or export orders of all runs", parents=[common]))
    _halt_commands(commands)
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
    for each in (run, start):
        each.add_argument("--halted", metavar="WORDS", help="begin with a halt, for this reason")
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


def _halt_commands(commands: Any) -> None:
    common = _common("set_then")
    halt = commands.add_parser(
        "halt",
        help="stop trading now: no order leaves any more, ours are canceled",
        description="Shut the gate at once, cancel every order of ours (stops, too; orders from elsewhere are left "
        "alone) and wait until the exchange says that none is open. Code 0 only then. Ctrl-C leaves the halt going. "
        "Where no engine runs one is started for it, halted. `fks resume` lifts it.",
        parents=[common],
    )
    halt.add_argument("--flatten", action="store_true", help="then sell what is held, at market within the cap")
    halt.add_argument("--reason", default="", metavar="WORDS", help="why, for the record")
    halt.add_argument(
        "--wait", type=_seconds, default=START_WAIT_S, metavar="S", help="seconds for an engine to start in"
    )
    resume = commands.add_parser(
        "resume",
        help="lift a halt: asks for the word `resume`",
        description="Lift a halt, once the exchange has said that nothing of ours is open. Asks for the word `resume` "
        "on standard input; nothing else lifts a halt.",
        parents=[common],
    )
    resume.add_argument("--reducing", action="store_true", help="let only pass what shrinks a position")
    resume.add_argument("--reason", default="", metavar="WORDS", help="why, for the record")


def _journal_commands(journal: argparse.ArgumentParser) -> None:
    commands = journal.add_subparsers(dest="subcommand", metavar="command", required=True)
    common = _common("set_last")
    show = commands.add_parser("show", help="print the last records, or those of one order", parents=[common])
    show.add_argument("--last", type=_count, default=LAST_RECORDS, metavar="N", help="how many (default %(default)d)")
    show.add_argument("--order", default="", metavar="ID", help="only what is about orders whose id holds this")
    show.add_argument("--json", action="store_true", help="as JSON, one record a line")
    commands.add_parser("verify", help="read every journal; code 1 where one is damaged", parents=[common])


def _history_options(history: argparse.ArgumentParser) -> None:
    history.add_argument(
        "words", nargs="*", metavar="WORD", help="what to search for; or: show ORDER; or: export FILE.csv|.parquet"
    )
    history.add_argument("--market", default="", metavar="M", help="only orders of this market, like BTC/USDT")
    history.add_argument(
        "--status",
        dest="statuses",
        action="append",
        default=[],
        choices=[each.value for each in OrderStatus],
        metavar="S",
        help="only orders of this status, like filled; can be given several times",
    )
    history.add_argument("--what", default="orders", choices=["orders", "fills", "steps"], help="what is exported")
    history.add_argument(
        "--last", type=_count, default=LAST_RECORDS, metavar="N", help="how many are listed (default %(default)d)"
    )
    history.add_argument("--json", action="store_true", help="as JSON, one order a line")


def _reconcile_commands(reconcile: argparse.ArgumentParser) -> None:
    commands = reconcile.add_subparsers(dest="subcommand", metavar="command")
    accept = commands.add_parser(
        "accept", help="take the exchange's word in differences that nobody can explain", parents=[_common("set_last")]
    )
    accept.add_argument("numbers", type=_count, nargs="*", metavar="N", help="the difference's number; none lists them")


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
