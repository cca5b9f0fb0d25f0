"""A folder of its own for an FKS under measurement, with its simulator on a known port and key."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.terminal import fks

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "bench-key", "bench-secret"


def free_port() -> int:
    """A port that nobody listens on now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def home(**settings: object) -> Iterator[dict[str, str]]:
    """The environment of an FKS in a new folder; its engine is stopped and the folder removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="fks-"))
    environment = {"FKS_HOME": str(folder), "FKS_EXCHANGE__API_KEY": KEY, "FKS_EXCHANGE__API_SECRET": SECRET}
    environment |= {f"FKS_{key.upper().replace('.', '__')}": str(value) for key, value in settings.items()}
    try:
        yield environment
    finally:
        subprocess.run(fks("engine", "stop", "--leave-orders"), env=os.environ | environment, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
