"""The worth of the account over time: the day's profit, and a curve thinned to a bounded number of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS

if TYPE_CHECKING:
    from decimal import Decimal

MOST_POINTS: Final = 300
_DAY_NS: Final = 86_400 * NANOS


class EquityHistory:
    """Equity as it was sampled since the engine started, in the reporting currency.

    The day begins at midnight UTC, or with the first sample if that is later. Deposits and withdrawals count as
    profit and loss.
    """

    def __init__(self) -> None:
        self._curve: list[tuple[int, float]] = []
        self._spacing_ns = NANOS
        self._day = -1
        self._day_start: Decimal | None = None
        self.latest: Decimal | None = None

    @property
    def curve(self) -> tuple[tuple[int, float], ...]:
        """(ts ns, equity), evenly spaced and at most MOST_POINTS; the last point is the latest sample."""
        return tuple(self._curve)

    @property
    def day_profit(self) -> Decimal | None:
        """Equity now less equity when the day began; None before the first sample."""
        return None if self.latest is None or self._day_start is None else self.latest - self._day_start

    def add(self, ts: int, equity: Decimal, newly_priced: Decimal) -> None:
        """Take one sample. `newly_priced` is the part of it that was there before but had no price; it is no profit."""
        day = ts // _DAY_NS
        if self._day_start is None or day != self._day:
            self._day, self._day_start = day, equity
        else:
            self._day_start += newly_priced
        self.latest = equity
        self._draw(ts, float(equity))

    def _draw(self, ts: int, equity: float) -> None:
        """Extend the curve, or move its last point where that is too near the one before it."""
        curve = self._curve
        if len(curve) > 1 and ts - curve[-2][0] < self._spacing_ns:
            curve[-1] = (ts, equity)
            return
        curve.append((ts, equity))
        if len(curve) > MOST_POINTS:
            del curve[1:-1:2]
            self._spacing_ns *= 2
