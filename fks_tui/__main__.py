"""The `fks` command: starts or finds the engine, connects, and runs the desk inside the connection."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fks_engine.cli import parse, read_settings, reporting, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import EngineView
    from fks_engine.cli.arguments import Arguments
    from fks_engine.config import Folders, Settings
    from fks_tui.asked_settings import AskedSettings
    from fks_tui.terminal import Left

NO_TERMINAL = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one `fks` command; the exit code."""
    arguments = parse(argv)
    if arguments.command != "desk":
        return run(arguments)
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        print("fks: the desk needs a terminal; `fks engine start` runs the engine without one", file=sys.stderr)
        return NO_TERMINAL
    return reporting(lambda: _open_desk(arguments))


def _open_desk(arguments: Arguments) -> int:
    """Find or start the engine, then show the desk until it is left."""
    import anyio

    from fks_engine.cli.engine_process import engine_for, kind, wait_until_gone
    from fks_engine.cli.settings_compared import desk_rows
    from fks_engine.config import settings_file
    from fks_tui.asked_settings import AskedSettings, changed_ns
    from fks_tui.terminal import restored_terminal

    settings, folders = read_settings(arguments)
    file = settings_file(arguments.config_file)
    file_ns = changed_ns(file)
    found = engine_for(settings, folders, arguments)
    asked = AskedSettings(desk_rows(settings), found.unmet, file, file_ns)
    with restored_terminal():
        left, engine = anyio.run(_attached, settings, folders, asked, found.differences)
    if left.engine_stops:
        print(f"Stopping the engine (pid {engine.pid}) ...", flush=True)
        wait_until_gone(folders)
        print("The engine has stopped.")
    elif not left.terminal_gone:
        print(
            f"The engine (pid {engine.pid}, {kind(engine)}) runs on: "
            "`fks` opens the desk again, `fks engine stop` stops it."
        )
    return left.code


async def _attached(
    settings: Settings, folders: Folders, asked: AskedSettings, differences: tuple[str, ...]
) -> tuple[Left, EngineView]:
    """The desk, inside its connection; how it was left, and the engine as it was last seen."""
    from fks_engine.wire import connect
    from fks_tui.actions.action import rebind
    from fks_tui.key_map import key_map

    keys = key_map(settings.keys)
    rebind(keys.keys)  # before the screens are imported, whose classes bind their keys

    from fks_tui.app import DeskApp
    from fks_tui.layout import LayoutKeeper
    from fks_tui.options import DeskOptions
    from fks_tui.terminal import shown

    options = DeskOptions(
        timeframe=settings.desk.timeframe,
        confirm_orders=settings.desk.confirm_orders,
        theme=settings.desk.theme,
        sizes=settings.desk.sizes,
        disarm_after_s=settings.desk.disarm_after_s,
        sounds=frozenset(settings.desk.sounds),
        key_problems=keys.problems,
        settings=asked,
        differences=differences,
        layout=LayoutKeeper(folders.data / "layout.json"),
    )
    async with connect(folders.socket) as desk:
        left = await shown(DeskApp(desk, options=options))
        return left, desk.view().engine


if __name__ == "__main__":
    sys.exit(main())
