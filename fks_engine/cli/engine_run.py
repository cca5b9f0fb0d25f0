"""`fks engine run`: the engine in the foreground, with its log."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import os
import time
from typing import TYPE_CHECKING

import anyio

from fks_engine.errors import ConfigError
from fks_engine.exchange.names import check_exchange_name

if TYPE_CHECKING:
    from pathlib import Path

    from fks_engine.config import Folders, Settings

LOG_BYTES = 5_000_000
LOG_FILES = 3
FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s"


def run(settings: Settings, folders: Folders, log_file: Path | None, halted: str | None = None) -> int:
    """Run the engine until it is stopped, from a halt on where `halted` says why. Its files are its owner's alone."""
    check_exchange_name(settings.exchange.name)
    os.umask(0o077)
    faulthandler.enable()
    log_to(log_file, settings.log.level)
    from fks_engine.engine import run_engine  # every stage: a second

    anyio.run(run_engine, settings, folders, halted)
    return 0


def log_to(log_file: Path | None, level: str) -> None:
    """Write the log to a file of bounded size, or to standard error. Times are UTC.

    Raises ConfigError where the file cannot be written.
    """
    handler: logging.Handler = logging.StreamHandler()
    if log_file is not None:
        try:
            log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handler = logging.handlers.RotatingFileHandler(
                log_file, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8"
            )
        except OSError as error:
            raise ConfigError([f"{log_file}: the log cannot be written there: {error.strerror}"]) from error
    formatter = logging.Formatter(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
