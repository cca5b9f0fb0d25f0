"""Seeded halts among faults, as `make halts` tries them by the hundred."""

from __future__ import annotations

import anyio

from tests.chaos.halts import tried


def test_seeded_halts_among_faults_let_no_order_leave_and_leave_none_open() -> None:
    tally = anyio.run(tried, 5, 1)
    assert tally.halts == 5
    assert tally.is_clean, (tally.wrong, tally.left_after_latch, tally.open_at_the_end)
