"""A key that is revoked, a clock that jumps, a warning and then a ban: said in words, and over when the cause is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from fks_engine.api import Accepted, CancelOrder, Connection, DenialReason, Denied, OrderStatus
from fks_engine.engine import parts
from fks_engine.engine.choices import exchange_options
from tests.engine.engine.running import home, running, until
from tests.integration.faulty import QUICK, FaultyDesk, faulty_desk, hasty
from tests.integration.test_hostile_journal import asked

pytestmark = pytest.mark.anyio
S = OrderStatus
REVOKED = {"kind": "error", "status": 401, "code": -2015, "text": "Invalid API-key, IP, or permissions for action."}
SIGNED = ("order*", "openOrders", "account*", "myTrades", "userDataStream*", "orderList*")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running_desk() -> AsyncIterator[FaultyDesk]:
    async with faulty_desk({"simulator.seed": "31"}) as desk:
        yield desk


@pytest.fixture
async def desk(running_desk: FaultyDesk) -> AsyncIterator[FaultyDesk]:
    yield running_desk
    await running_desk.control.clear()
    await running_desk.control.clock(0)
    await running_desk.calm()


async def at_rest(desk: FaultyDesk) -> str:
    """Let an order rest, however often the connection is lost before it leaves; its id."""
    order_id = await desk.leave(limit=desk.far())
    await desk.becomes(order_id, S.ACCEPTED)
    return order_id


async def revoke(desk: FaultyDesk) -> None:
    """Let the exchange refuse everything that is signed."""
    text = {key: value for key, value in REVOKED.items() if key != "status"}
    await desk.control.plan(
        [
            *({"scope": "rest", "match": path} | REVOKED for path in SIGNED),
            *({"scope": "ws-api", "match": method} | text for method in ("userDataStream*", "order*", "session*")),
        ]
    )


class TestRevokedKey:
    async def test_in_the_middle_of_trading_it_is_said_what_to_do_and_all_goes_on_with_a_good_one(
        self, desk: FaultyDesk
    ) -> None:
        resting = await at_rest(desk)
        await desk.control.reset_stats()
        await revoke(desk)
        refused = await desk.becomes(await desk.send(limit=desk.far()), S.REJECTED)
        assert "the exchange refused our key; mend exchange.api_key and exchange.api_secret" in refused.reason
        await desk.desk.submit(CancelOrder(resting))
        await desk.told("Cancel failed", "still works", "the exchange refused our key")
        await desk.control.act("terminate")
        view = await desk.until(lambda view: view.engine.connection is not Connection.LIVE, "a lost account")
        view = await desk.until(lambda view: "Invalid API-key" in view.engine.detail, "the reason")
        assert "exchange.api_key" in view.engine.detail, view.engine.detail
        assert not any(row.stale for row in view.quotes)
        denied = await desk.ask(limit=desk.far())
        assert isinstance(denied, Denied)
        assert denied.reason is DenialReason.NOT_CONNECTED
        stats = await desk.control.stats()
        assert all(count.accepted == 0 for count in stats.orders.values())
        await desk.control.clear()
        view = await desk.live()
        assert [each.client_order_id for each in view.working_orders] == [resting]
        await at_rest(desk)

    async def test_at_the_start_the_market_is_shown_and_the_reason_and_nothing_is_sent(self) -> None:
        def wrong(*chosen: Any) -> Any:
            return replace(exchange_options(*chosen), api_key="revoked-key")

        with hasty(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(parts, "exchange_options", wrong)
            async with home() as folder, running(folder, QUICK, is_live=False) as (_, desk):
                view = await until(desk, lambda view: "exchange.api_key" in view.engine.detail, 10)
                assert view.engine.connection is not Connection.LIVE
                assert not view.engine.orders_known
                assert not any(row.stale for row in view.quotes)
                denied = await asked(desk)
                assert isinstance(denied, Denied)
                assert denied.reason is DenialReason.NOT_CONNECTED


@pytest.mark.parametrize("offset_ms", [10_000, -10_000])
async def test_a_clock_that_jumps_ten_seconds_is_corrected_and_shown_and_loses_no_order(
    desk: FaultyDesk, offset_ms: int
) -> None:
    resting = await at_rest(desk)
    await desk.control.reset_stats()
    await desk.control.clock(offset_ms)
    await desk.until(lambda view: abs((view.engine.clock_offset_ms or 0) - offset_ms) < 500, "the offset")
    await desk.live()
    sent = await desk.leave(limit=desk.far())
    await desk.becomes(sent, S.ACCEPTED)
    assert isinstance(await desk.desk.submit(CancelOrder(resting)), Accepted)
    await desk.becomes(resting, S.CANCELED)
    count = (await desk.control.stats()).order(sent)
    assert (count.received, count.accepted) == (1, 1)


async def test_a_warning_and_then_a_ban_keep_everything_back_and_nothing_is_lost_or_sent_twice(
    desk: FaultyDesk,
) -> None:
    resting = await at_rest(desk)
    await desk.control.reset_stats()
    await desk.control.add("rest", "rate_limited", match="order", method="POST", count=1, retry_after_s=1)
    refused = await desk.becomes(await desk.send(limit=desk.far()), S.REJECTED)
    assert "the exchange asks us to slow down; try again after 1 s" in refused.reason
    await desk.until(lambda view: view.engine.connection is Connection.RATE_LIMITED, "the warning")
    await desk.control.add("rest", "banned", count=1, retry_after_s=2)
    view = await desk.until(
        lambda view: (
            view.engine.budget is not None
            and (view.engine.budget.banned_for_s or 0) > 1.2
            and "wait" in view.engine.detail
        ),
        "the ban",
    )
    assert view.engine.connection is Connection.RATE_LIMITED
    denied = await desk.ask(limit=desk.far())
    assert isinstance(denied, Denied)
    assert denied.reason is DenialReason.RATE_LIMITED
    assert isinstance(await desk.desk.submit(CancelOrder(resting)), Accepted)
    await desk.becomes(resting, S.CANCELED)
    await desk.live()
    sent = await at_rest(desk)
    stats = await desk.control.stats()
    assert stats.order(resting).canceled == 1
    assert stats.order(sent).accepted == 1
    assert {name for name, count in stats.orders.items() if count.accepted} == {sent}
