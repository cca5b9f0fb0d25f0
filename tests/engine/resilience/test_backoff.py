from __future__ import annotations

from random import Random

import pytest

from fks_engine.resilience import Backoff


def test_waits_double_up_to_the_longest_and_stay_in_their_upper_half() -> None:
    backoff = Backoff(0.5, 4.0, random=Random(1))
    waits = [backoff.next_s() for _ in range(6)]
    for wait, step in zip(waits, (0.5, 1, 2, 4, 4, 4), strict=True):
        assert step / 2 <= wait <= step


def test_a_reset_begins_with_the_shortest_wait_again() -> None:
    backoff = Backoff(1.0, 60.0, random=Random(1))
    for _ in range(5):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 1.0


def test_two_clients_do_not_wait_alike() -> None:
    one, other = Backoff(1.0, 60.0, random=Random(1)), Backoff(1.0, 60.0, random=Random(2))
    assert [one.next_s() for _ in range(4)] != [other.next_s() for _ in range(4)]


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_waits_that_cannot_grow_are_refused(bounds: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="waits must grow"):
        Backoff(*bounds)
