"""Growing waits between tries, jittered so that many clients do not come back at once."""

from __future__ import annotations

from random import Random


class Backoff:
    """The wait before the next try: doubles from `min_s` to `max_s`, and each wait is drawn from its upper half."""

    def __init__(self, min_s: float, max_s: float, factor: float = 2.0, random: Random | None = None) -> None:
        if not 0 < min_s <= max_s or factor < 1:
            raise ValueError(f"waits must grow: min_s {min_s}, max_s {max_s}, factor {factor}")
        self._min_s = min_s
        self._max_s = max_s
        self._factor = factor
        self._random = random or Random()
        self._step_s = min_s

    def next_s(self) -> float:
        """Seconds to wait before the next try."""
        step_s = self._step_s
        self._step_s = min(step_s * self._factor, self._max_s)
        return self._random.uniform(step_s / 2, step_s)

    def reset(self) -> None:
        """Start again from the shortest wait: the last try worked."""
        self._step_s = self._min_s
