"""The question before one-press trading."""

from __future__ import annotations

import pytest

from fks_engine.api import Mode
from fks_tui.screens.arm_trading import ArmTrading
from tests.desk_views import an_engine
from tests.tui.ladder_views import a_ladder_view, opened
from tests.tui.pilots import until

pytestmark = pytest.mark.anyio
LIVE = an_engine(mode=Mode.LIVE)


async def test_escape_leaves_it_off() -> None:
    async with opened() as ladder:
        await ladder.press("O", "escape")
        await ladder.until_it_says("stays off")
        assert not ladder.is_armed


async def test_with_real_money_the_market_is_typed() -> None:
    async with opened(a_ladder_view(engine=LIVE)) as ladder:
        await ladder.press("O", "enter")
        assert isinstance(ladder.app.screen, ArmTrading)
        await ladder.press(*"btc/usd", "enter")
        assert isinstance(ladder.app.screen, ArmTrading)
        await ladder.press("t", "enter")
        await until(ladder.pilot, lambda: ladder.is_armed)
