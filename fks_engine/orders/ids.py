"""Client order ids: unique across restarts and processes, sortable by time, readable by Binance."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fks_engine.clock import Clock

PREFIX: Final = "fks-"
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_TIME_LENGTH: Final = 10
"""36**10 microseconds last until the year 2085."""
_TAG_LENGTH: Final = 8


def is_ours(client_order_id: str) -> bool:
    """Whether an FKS gave this id, in this process or an earlier one."""
    return client_order_id.startswith(PREFIX)


class ClientOrderIds:
    """Gives out ids such as `fks-hs1k2m3n4p-7x0qz93b`: the time in microseconds, and a tag drawn once per process.

    Ids of one process differ by their time, which is pushed on where the clock stands or steps back; those of two
    processes differ by their tag as well. They match Binance's `^[\\.A-Z\\:/a-z0-9_-]{1,36}$`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tag = "".join(secrets.choice(_DIGITS) for _ in range(_TAG_LENGTH))
        self._last = 0

    def next(self) -> str:
        """An id that was never given out before and sorts after all earlier ones of this process."""
        self._last = max(self._clock.now_ns() // 1_000, self._last + 1)
        return f"{PREFIX}{_base36(self._last)}-{self._tag}"


def _base36(value: int) -> str:
    digits: list[str] = []
    while value:
        value, digit = divmod(value, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits)).rjust(_TIME_LENGTH, "0")
