"""Garbage collection in the pauses of the typing, so that no key waits for it."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_EVERY_S: Final = 0.5
QUIET_S: Final = 2.0
"""After this long without a key nobody is in the middle of something."""
EVERY_S: Final = 10.0
"""In the middle of the typing, too: a desk that is used without a pause may not grow, and the less has gathered, the
sooner a collection is over."""
SETTLED_S: Final = 10.0
"""From the start until the screens that are used have been loaded: what is there then stays."""
WHOLE_EVERY_S: Final = 300.0
_BACKSTOP: Final = 2_000
"""Collections of young objects until Python collects the old ones by itself, for want of a quiet moment."""
ANSWERED_S: Final = 0.06
"""So long after a key it has been answered, and the next one has seldom been pressed."""
LONGEST_GAP_S: Final = 3.0
"""For so long a collection in the middle of the typing waits for such a moment."""


@contextmanager
def old_objects_left_alone() -> Iterator[None]:
    """Keep Python from full collections, which stop a desk for a tenth of a second and more once it has been used."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*thresholds[:2], _BACKSTOP)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


async def collect_in_pauses(busy_until: Callable[[], float]) -> None:
    """Collect every so often, whole in a pause since `busy_until` and else between two keys, until canceled.

    Times are those of time.monotonic().

    What survives a whole collection, modules and classes above all, is put aside, so that the next ones are short: in
    the middle of the typing only what has come since is looked at. A whole one, which stops a desk for longer than a
    key may take, waits for a pause; it brings back what was put aside, so that nothing which the desk happened to show
    at such a moment is kept for good.
    """
    collected = time.monotonic()
    whole = collected + SETTLED_S - WHOLE_EVERY_S
    while True:
        await anyio.sleep(LOOK_EVERY_S)
        now = time.monotonic()
        is_quiet = now - busy_until() >= QUIET_S
        if is_quiet and now - whole >= WHOLE_EVERY_S:
            whole = now
            gc.unfreeze()
            gc.collect()
            gc.freeze()
        elif now - collected < EVERY_S:
            continue
        else:
            if not is_quiet:
                await _between_keys(busy_until)
            gc.collect()
        collected = time.monotonic()


async def _between_keys(busy_until: Callable[[], float]) -> None:
    """Wait until a key has just been answered: the next one then waits the least for what is done now."""
    pressed = busy_until()
    with anyio.move_on_after(LONGEST_GAP_S):
        while busy_until() == pressed:  # noqa: ASYNC110
            await anyio.sleep(ANSWERED_S / 3)
        await anyio.sleep(ANSWERED_S)
