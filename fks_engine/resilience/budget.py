"""The exchange's request budget as we keep it: weight a minute, orders in ten seconds and a day, and bans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fks_engine.clock import Clock

WEIGHT_LIMIT: Final = 6_000
ORDERS_LIMIT: Final = 100
ORDERS_DAY_LIMIT: Final = 200_000
"""Binance's numbers, until its own list of them is read."""
GUARD_NS: Final = NANOS // 2
"""How long after an interval's end what was used in it still counts: the two clocks never agree quite."""
CANCELS_ONLY: Final = 0.2
"""The part of the reserve that not even orders may use."""
LONGEST_BAN_S: Final = 259_200.0
"""Binance bans for three days at most."""


class Priority(IntEnum):
    """Who goes first when not all may go."""

    CANCEL = 0
    ORDER = 1
    ACCOUNT = 2
    MARKET = 3


@dataclass(frozen=True, slots=True)
class Need:
    """What one request uses of the budget."""

    priority: Priority
    weight: int
    orders: int = 0


class Window:
    """What was used in the present interval; intervals begin at whole multiples of their length, as the exchange's."""

    __slots__ = ("_before", "_in_flight", "_length_ns", "_number", "limit", "used")

    def __init__(self, limit: int, seconds: int) -> None:
        self.limit = limit
        self.used = 0
        self._before = 0
        self._in_flight = 0
        self._length_ns = seconds * NANOS
        self._number = -1

    def counted(self, now_ns: int) -> int:
        """What counts now: this interval's use, and the last one's while the exchange may still be in it."""
        self._roll(now_ns)
        return self.used + (self._before if now_ns % self._length_ns < GUARD_NS else 0)

    def add(self, weight: int, now_ns: int) -> None:
        """Something is sent."""
        self._roll(now_ns)
        self.used += weight
        self._in_flight += weight

    def answered(self, weight: int) -> None:
        """What was added before is no longer on its way."""
        self._in_flight -= weight

    def observe(self, used: int, now_ns: int, *, may_shrink: bool) -> None:
        """The exchange says how much it has counted; what is on its way may or may not be in that."""
        self._roll(now_ns)
        if now_ns % self._length_ns < GUARD_NS:
            used -= self._before
        known = used + self._in_flight
        self.used = max(0, known) if may_shrink else max(self.used, known)

    def exhaust(self, now_ns: int) -> None:
        """The exchange says that nothing is left."""
        self._roll(now_ns)
        self.used = max(self.used, self.limit)

    def wait_s(self, weight: int, share: float, now_ns: int) -> float:
        """Seconds until `weight` fits into that share of the limit; 0 where it does now.

        What is more than the whole share waits for an interval of its own.
        """
        weight = min(weight, int(self.limit * share))
        if self.counted(now_ns) + weight <= self.limit * share:
            return 0.0
        into = now_ns % self._length_ns
        if into < GUARD_NS and self.used + weight <= self.limit * share:
            return (GUARD_NS - into) / NANOS
        return (self._length_ns - into + GUARD_NS) / NANOS

    def _roll(self, now_ns: int) -> None:
        number = now_ns // self._length_ns
        if number != self._number:
            self._before = self.used if number == self._number + 1 else 0
            # A clock that was set back may show an interval of before: what was used stays used until the next one.
            self.used = 0 if number > self._number else self.used
            self._number = number


class RateBudget:
    """Counts what is used and says what may go now. All callers of one address share one.

    The weight's reserve is for orders and cancels; a fifth of it for cancels alone. During a ban nothing may go at
    all, not even cancels: the exchange would not act on them, and each request makes the ban longer.
    """

    def __init__(self, clock: Clock, reserve_percent: int = 25) -> None:
        self._clock = clock
        self._reserve = reserve_percent / 100
        self._offset_ns = clock.now_ns() - clock.monotonic_ns()
        self._banned_until_ns = 0
        self.weight = Window(WEIGHT_LIMIT, 60)
        self.orders = Window(ORDERS_LIMIT, 10)
        self.orders_day = Window(ORDERS_DAY_LIMIT, 86_400)
        self.refusals = 0
        """How often the exchange has asked us to slow down."""

    def now_ns(self) -> int:
        """The exchange's clock; it does not jump when ours is set."""
        return self._clock.monotonic_ns() + self._offset_ns

    def correct_clock(self, offset_ns: int) -> None:
        """The exchange's clock is ours plus `offset_ns`."""
        self._offset_ns = self._clock.now_ns() + offset_ns - self._clock.monotonic_ns()

    @property
    def reserved(self) -> int:
        """The weight that only orders and cancels may use."""
        return int(self.weight.limit * self._reserve)

    @property
    def banned_for_s(self) -> float | None:
        """Seconds until the exchange listens again; None while it does."""
        left_ns = self._banned_until_ns - self._clock.monotonic_ns()
        return left_ns / NANOS if left_ns > 0 else None

    def wait_s(self, need: Need) -> float:
        """Seconds until the request may go; 0 where it may go now."""
        banned_s = self.banned_for_s
        if banned_s is not None:
            return banned_s
        return max(self.weight_wait_s(need), self.orders_wait_s(need))

    def weight_wait_s(self, need: Need) -> float:
        """Seconds until there is weight for it; what weighs nothing never waits for weight."""
        if not need.weight:
            return 0.0
        return self.weight.wait_s(need.weight, self._share(need.priority), self.now_ns())

    def orders_wait_s(self, need: Need) -> float:
        """Seconds until there is room in the counts of orders."""
        if not need.orders:
            return 0.0
        now_ns = self.now_ns()
        return max(window.wait_s(need.orders, 1.0, now_ns) for window in (self.orders, self.orders_day))

    def spend(self, need: Need) -> None:
        """The request goes out."""
        now_ns = self.now_ns()
        self.weight.add(need.weight, now_ns)
        if need.orders:
            self.orders.add(need.orders, now_ns)
            self.orders_day.add(need.orders, now_ns)

    def settle(self, need: Need) -> None:
        """The request has been answered, or never will be."""
        self.weight.answered(need.weight)
        if need.orders:
            self.orders.answered(need.orders)
            self.orders_day.answered(need.orders)

    def observe(self, headers: Mapping[str, str], need: Need) -> None:
        """Learn from an answer's headers what the exchange has counted; call before `settle`."""
        lowered = {name.lower(): value for name, value in headers.items()}
        now_ns = self.now_ns()
        for name, window, own, may_shrink in (
            ("x-mbx-used-weight-1m", self.weight, need.weight, False),
            # Orders that were filled are given back, so this count may fall.
            ("x-mbx-order-count-10s", self.orders, need.orders, True),
            ("x-mbx-order-count-1d", self.orders_day, need.orders, True),
        ):
            text = lowered.get(name, "")
            if text.isdecimal():
                window.observe(int(text) - own, now_ns, may_shrink=may_shrink)

    def learn(self, limits: Iterable[Mapping[str, object]]) -> None:
        """Take the limits as `exchangeInfo` lists them; unknown ones are left out."""
        windows: Mapping[tuple[object, ...], Window] = {
            ("REQUEST_WEIGHT", "MINUTE", 1): self.weight,
            ("ORDERS", "SECOND", 10): self.orders,
            ("ORDERS", "DAY", 1): self.orders_day,
        }
        for entry in limits:
            kind = (str(entry.get("rateLimitType")), str(entry.get("interval")), entry.get("intervalNum"))
            window = windows.get(kind)
            limit = entry.get("limit")
            if window is not None and type(limit) is int and limit > 0:
                window.limit = limit

    def refused(self, retry_after_s: float | None = None, until_ms: int | None = None) -> None:
        """The exchange asks us to be silent: for that long, until then by its clock, or else until the next minute."""
        self.refusals += 1
        now_ns = self.now_ns()
        waits = [float(retry_after_s)] if retry_after_s is not None else []
        if until_ms is not None:
            waits.append(until_ms / 1_000 - now_ns / NANOS)
        minute_s = (60 * NANOS - now_ns % (60 * NANOS) + GUARD_NS) / NANOS
        wait_s = min(max(max(waits) if waits else minute_s, 1.0), LONGEST_BAN_S)
        until_ns = self._clock.monotonic_ns() + int(wait_s * NANOS)
        self._banned_until_ns = max(self._banned_until_ns, until_ns)

    def orders_refused(self) -> None:
        """The exchange has taken too many orders in ten seconds; anything else may still be asked."""
        self.refusals += 1
        self.orders.exhaust(self.now_ns())

    def _share(self, priority: Priority) -> float:
        if priority is Priority.CANCEL:
            return 1.0
        return 1.0 - self._reserve * (CANCELS_ONLY if priority is Priority.ORDER else 1.0)
