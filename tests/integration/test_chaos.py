"""The chaos rig itself, for a few deaths, and what it makes of differences."""

from __future__ import annotations

import pytest

from tests.chaos.run import chaos, kind_of

RUNS = 3
SEED = 3


@pytest.mark.anyio
@pytest.mark.timeout(240)
async def test_an_engine_that_dies_again_and_again_loses_nothing() -> None:
    told: list[str] = []
    tally = await chaos(RUNS, SEED, told.append)
    assert tally.holds, [*told, *tally.details]
    assert tally.runs == RUNS
    assert sum(tally.died.values()) >= RUNS - 1, told
    assert tally.orders, told


def test_differences_are_told_apart() -> None:
    assert kind_of("fks-1 was sent 2 times", "order ends == exchange's") == "duplicates"
    assert kind_of("fks-1 not known to the engine", "order ends == exchange's") == "orphans"
    assert kind_of("fks-1 only at the exchange", "working orders == open orders") == "orphans"
    assert kind_of("('BTCUSDT', '1') only at the exchange: {}", "fills == myTrades, each once") == "lost_fills"
    assert kind_of("USDT: 1, there 2", "balances equal") == "differences"
