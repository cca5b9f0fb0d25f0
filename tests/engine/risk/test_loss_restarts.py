"""Losses over restarts: what has no price yet is no loss, and what was tolerated is tolerated no further."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.clock import NANOS
from fks_engine.model import Checkpoint, TradingState, TradingStateSet
from tests.engine.builders import BTC
from tests.engine.risk.test_loss_watch import DAY_S, Watched, durable

pytestmark = pytest.mark.anyio


async def restarted(desk: Watched, *, from_checkpoint: bool = False) -> Watched:
    """The next engine on the same journal; or on one whose segment begins with a checkpoint."""
    told = await durable(desk)
    if from_checkpoint:
        states = [each for each in told if isinstance(each, TradingStateSet)]
        told = [Checkpoint(ts=1, state=states[-1] if states else None, equity=desk.watch.marked)]
    after = Watched(desk.limits, told=told, clock=desk.clock)
    after.coins, after.is_halted = desk.coins, desk.is_halted
    after.journal.durable = list(told)
    return after


async def test_coins_that_market_data_has_no_price_of_after_a_restart_are_no_loss_however_long_it_takes() -> None:
    desk = Watched()
    desk.coins = Decimal("0.1")
    await desk.worth(10_000)
    after = await restarted(desk)
    quote = after.market.quotes.pop(BTC)
    await after.worth(10_000, looks=300)
    assert after.halts == []
    assert after.watch.doubt == "there is no price of BTC yet"
    assert "losses are not held against their limits: there is no price of BTC yet" in after.notices
    after.market.quotes[BTC] = quote
    await after.worth(9_499)
    assert len(after.halts) == 1


async def test_what_never_had_a_price_hinders_no_later_run_and_brings_no_profit_there() -> None:
    desk = Watched()
    desk.coins = Decimal("0.1")
    quote = desk.market.quotes.pop(BTC)
    await desk.worth(10_000, looks=70)
    after = await restarted(desk)
    after.market.quotes.pop(BTC)
    await after.worth(10_000, looks=70)
    assert after.watch.doubt == ""
    again = await restarted(after)
    again.market.quotes[BTC] = quote
    await again.worth(10_000)
    assert again.watch.day_loss == 0
    assert again.watch.marked is not None
    assert again.watch.marked.day_start == Decimal("16000.005")
    assert again.watch.marked.unpriced == ()


@pytest.mark.parametrize("from_checkpoint", [False, True])
async def test_a_restart_does_not_move_how_far_a_loss_may_go_that_was_resumed_from(*, from_checkpoint: bool) -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_490)
    assert len(desk.halts) == 1
    await desk.worth(9_490)
    desk.switch(TradingState.ACTIVE)
    await desk.worth(9_490)  # tolerated to 560
    for cash in (9_470, 9_450):
        desk = await restarted(desk, from_checkpoint=from_checkpoint)
        await desk.worth(cash)
        assert desk.halts == []
    desk = await restarted(desk, from_checkpoint=from_checkpoint)
    await desk.worth(9_439)
    assert len(desk.halts) == 1


async def test_a_loss_that_had_recovered_when_trading_was_resumed_is_not_tolerated_after_a_restart() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_490)
    await desk.worth(9_900)
    desk.switch(TradingState.ACTIVE)
    await desk.worth(9_900)
    after = await restarted(desk)
    await after.worth(9_490)
    assert len(after.halts) == 1


async def test_a_resume_right_before_the_end_of_an_engine_is_known_to_the_next_one() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_490)
    await desk.worth(9_490)
    desk.switch(TradingState.ACTIVE)
    after = await restarted(desk)
    await after.worth(9_490, looks=5)
    assert after.halts == []
    assert "it halts again beyond 560 USDT" in after.notices[0]


async def test_a_clock_that_is_set_back_over_midnight_forgives_nothing() -> None:
    desk = Watched()
    desk.clock.advance(DAY_S)
    await desk.worth(10_000)
    await desk.worth(9_600)
    back = under_a_clock_moved_by(desk, -DAY_S)
    await back.worth(9_499)
    assert len(back.halts) == 1
    assert back.watch.day_profit(Decimal(9_499)) == -501


def under_a_clock_moved_by(desk: Watched, seconds: int) -> Watched:
    """The next engine, whose clock shows another time."""
    marked = desk.watch.marked
    assert marked is not None
    told = [replace(marked, ts=marked.ts - seconds * NANOS)]
    return Watched(told=told, clock=desk.clock)
