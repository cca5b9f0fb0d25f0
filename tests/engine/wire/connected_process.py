"""A process that stays connected to the socket it is given and takes every picture."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio

from fks_engine.wire import connect


async def main(path: Path) -> None:
    async with connect(path) as desk:
        view = desk.view()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            view = await desk.changed(view.number)


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]))
