"""A clock that is wrong: requests are signed by the exchange's, which is measured again when one is refused for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from fks_engine.clock import SystemClock
from fks_engine.engine.link import ExchangeLink
from fks_engine.errors import ClockSkewed
from fks_engine.resilience import Backoff
from tests.engine.exchange.stub import until
from tests.engine.exchange.test_rate_limits import limited, resting

if TYPE_CHECKING:
    from fks_engine.ports import AccountEvent

pytestmark = pytest.mark.anyio

HOUR_MS = 3_600_000


async def test_an_order_refused_for_its_time_goes_out_once_more_by_the_exchanges_clock() -> None:
    async with limited() as (exchange, control):
        await control.clock(HOUR_MS)
        report = await exchange.submit_order(resting(1))
        assert report.status.is_working
        stats = await control.stats()
        assert stats.requested("POST order") == 2
        assert stats.order("fks-rate-1").accepted == 1
        await exchange.cancel_order(resting(1))
        assert (await control.stats()).requested("DELETE order") == 1, "the correction holds"


async def test_a_clock_that_cannot_be_corrected_is_said_to_be_skewed_and_tried_once_more_only() -> None:
    async with limited() as (exchange, control), control.fault("rest", "clock_skew", match="order", method="POST"):
        with pytest.raises(ClockSkewed):
            await exchange.submit_order(resting(1))
        stats = await control.stats()
        assert stats.requested("POST order") == 2
        assert stats.order("fks-rate-1").accepted == 0


async def test_the_account_stream_is_subscribed_by_the_exchanges_clock() -> None:
    ready: list[None] = []
    events: list[AccountEvent] = []
    async with limited() as (exchange, control), anyio.create_task_group() as tasks:
        await control.clock(-HOUR_MS)
        tasks.start_soon(exchange.stream_account, events.append, lambda: ready.append(None))
        await until(lambda: len(ready) == 1)
        await exchange.submit_order(resting(1))
        await until(lambda: bool(events))
        tasks.cancel_scope.cancel()


async def test_the_link_measures_and_corrects() -> None:
    async with limited() as (exchange, control), anyio.create_task_group() as tasks:
        await control.clock(HOUR_MS)
        link: Any = ExchangeLink(exchange, SystemClock(), Backoff(0.05, 0.1), lambda listed: None)
        tasks.start_soon(link.run)
        with anyio.fail_after(15):
            await link.opened.wait()
        assert link.offset_ms == pytest.approx(HOUR_MS, abs=500)
        await exchange.submit_order(resting(1))
        assert (await control.stats()).requested("POST order") == 1
        tasks.cancel_scope.cancel()
