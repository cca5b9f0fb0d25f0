"""The load: a factor that finds its target, and seconds that are busier."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fks_engine.simulator.load import LARGEST_CORRECTION, Load


@pytest.mark.parametrize("target", [300.0, 2_500.0, 10_000.0])
def test_the_factor_finds_the_target(target: float) -> None:
    load = Load(target, 1.0, 400, 1)
    for _ in range(40):
        load.told = round(1_000 + 900 * load.factor) if target > 1_500 else round(90 * load.factor)
        before = load.factor
        load.end_second()
        assert 1 / LARGEST_CORRECTION <= load.factor / before <= LARGEST_CORRECTION
    told = 1_000 + 900 * load.factor if target > 1_500 else 90 * load.factor
    assert told + 200 == pytest.approx(target, rel=0.02)


def test_without_a_target_the_market_is_left_alone() -> None:
    load = Load(0.0, 1.0, 20, 1)
    for told in (0, 10, 100_000):
        load.told = told
        load.end_second()
        assert load.factor == 1.0


def test_a_silent_second_does_not_send_it_through_the_roof() -> None:
    load = Load(1_000.0, 1.0, 1, 1)
    for _ in range(100):
        load.end_second()
    assert load.factor <= 60


def test_bursts_last_a_second_and_are_the_same_for_the_same_seed() -> None:
    def factors(seed: int) -> list[float]:
        load = Load(0.0, 5.0, 20, seed)
        made = []
        for _ in range(600):
            load.end_second()
            made.append(load.factor)
        return made

    once = factors(1)
    assert once == factors(1) != factors(2)
    assert set(once) == {1.0, 5.0}
    assert 15 < once.count(5.0) < 80
    assert all((first, second) != (5.0, 5.0) for first, second in pairwise(once))
