"""Garbage collection that keeps off the event loop: what is there for good is never looked through again."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_EVERY_S: Final = 1.0
SETTLE_S: Final = 5.0
"""From the open exchange until the markets' books and candles are there."""
_OLDER: Final = 100
"""Collections of young objects until Python considers a full one; 10 is its own choice."""


@contextmanager
def seldom_full() -> Iterator[None]:
    """Let Python look through everything seldom: each time stops an engine for as long as its heap is large."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*thresholds[:2], _OLDER)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


async def put_aside_what_stays(is_up: Callable[[], bool]) -> None:
    """Collect once the engine is up, and leave what survives (modules, markets, ccxt) out of every later collection."""
    while not is_up():  # noqa: ASYNC110
        await anyio.sleep(LOOK_EVERY_S)
    await anyio.sleep(SETTLE_S)
    gc.collect()
    gc.freeze()
