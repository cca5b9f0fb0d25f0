"""The two clocks."""

from __future__ import annotations

from fks_engine.clock import NANOS, ManualClock, SystemClock


def test_the_system_clock_tells_this_century_and_never_runs_back() -> None:
    clock = SystemClock()
    assert clock.now_ns() > 1_600_000_000 * NANOS
    earlier = clock.monotonic_ns()
    assert clock.monotonic_ns() >= earlier


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    clock = ManualClock(5 * NANOS)
    assert (clock.now_ns(), clock.monotonic_ns()) == (5 * NANOS, 5 * NANOS)
    clock.advance(1.5)
    assert (clock.now_ns(), clock.monotonic_ns()) == (6_500_000_000, 6_500_000_000)
