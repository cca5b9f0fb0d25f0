"""Closing a market on the ladder."""

from __future__ import annotations

import pytest

from fks_engine.api import CancelAllOrders, FlattenPosition
from tests.desk_views import BTC, an_account
from tests.tui.ladder_views import a_ladder_view, opened

pytestmark = pytest.mark.anyio


class TestClose:
    async def test_it_says_what_is_canceled_and_what_is_sold(self) -> None:
        async with opened() as ladder:
            await ladder.press("F")
            await ladder.until_it_says("DO IT? Close BTC/USDT: cancel 6 orders, then sell 0.0999 BTC at market")
            await ladder.press("enter")
            await ladder.until_it_says("✓ Closing BTC/USDT: cancel 6")
            assert ladder.sent == [FlattenPosition(BTC)]

    async def test_without_a_position_it_only_cancels(self) -> None:
        async with opened(a_ladder_view(account=an_account(positions=()))) as ladder:
            await ladder.press("F")
            await ladder.until_it_says("cancel 6 orders; nothing is sold: no position is open")
            await ladder.press("enter")
            await ladder.until_sent(1)
            assert ladder.sent == [CancelAllOrders(BTC)]

    async def test_with_neither_it_says_that_there_is_nothing(self) -> None:
        async with opened(a_ladder_view(working_orders=(), account=an_account(positions=()))) as ladder:
            await ladder.press("F")
            await ladder.until_it_says("Nothing to close: No position is open")
            await ladder.press("enter")
            assert ladder.sent == []
