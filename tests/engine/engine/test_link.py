"""The link to the exchange."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.clock import ManualClock
from fks_engine.engine.link import ExchangeLink
from fks_engine.errors import ExchangeUnavailable
from fks_engine.resilience import Backoff
from tests.engine.scripted_exchange import ScriptedExchange

pytestmark = pytest.mark.anyio


class FlakyExchange(ScriptedExchange):
    """Fails the first questions for its time."""

    failures = 2

    async def fetch_server_time(self) -> int:
        if self.failures:
            self.failures -= 1
            raise ExchangeUnavailable("busy")
        return await super().fetch_server_time()


async def test_the_list_of_markets_is_taken_once_though_the_first_measurements_fail() -> None:
    taken: list[object] = []
    link = ExchangeLink(FlakyExchange(), ManualClock(), Backoff(0.01, 0.02), taken.append)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(link.run)
        with anyio.fail_after(5):
            await link.opened.wait()
        tasks.cancel_scope.cancel()
    assert len(taken) == 1
