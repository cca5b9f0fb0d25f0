"""A process that serves a desk on the socket it is given, with twenty pictures a second."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio

from fks_engine.errors import EngineAlreadyRunning
from fks_engine.wire import claimed, serve
from tests.engine.wire.serving import the_same
from tests.fake_desk import FakeDesk


async def main(path: Path) -> None:
    fake = FakeDesk()
    with claimed(path) as claim:
        async with anyio.create_task_group() as tasks:
            await tasks.start(lambda *, task_status: serve(claim, the_same(fake), task_status=task_status))
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            while True:
                await anyio.sleep(0.05)
                fake.show(fake.view())


if __name__ == "__main__":
    try:
        anyio.run(main, Path(sys.argv[1]))
    except EngineAlreadyRunning:
        sys.stdout.write("refused\n")
