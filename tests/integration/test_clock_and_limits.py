"""An exchange whose clock is another, and one that asks us to be silent: what is sent, and what the desk is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from fks_engine.api import (
    Accepted,
    CancelOrder,
    Connection,
    DenialReason,
    Denied,
    DeskView,
    FlattenPosition,
    OrderStatus,
    OrderType,
    Side,
    SubmitOrder,
)
from tests.engine.builders import BTC
from tests.engine.simulator.control_client import Stats
from tests.integration.faulty import FaultyDesk, faulty_desk

pytestmark = pytest.mark.anyio
S = OrderStatus


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running_desk() -> AsyncIterator[FaultyDesk]:
    async with faulty_desk({"simulator.seed": "13"}) as desk:
        yield desk


@pytest.fixture
async def desk(running_desk: FaultyDesk) -> AsyncIterator[FaultyDesk]:
    yield running_desk
    await running_desk.calm()


def requests(stats: Stats) -> dict[str, int]:
    return {name: counts["requests"] for name, counts in stats.requests.items()}


def is_limited(view: DeskView) -> bool:
    return view.engine.connection is Connection.RATE_LIMITED


class TestSilence:
    @pytest.mark.parametrize(
        ("kind", "path", "method"),
        [
            ("rate_limited", "order", "POST"),
            ("banned", "depth", "GET"),
        ],
    )
    async def test_nothing_is_sent_before_the_time_is_over_and_cancels_go_first_then(
        self, desk: FaultyDesk, kind: str, path: str, method: str
    ) -> None:
        resting = await desk.rest()
        await desk.control.add("rest", kind, match=path, method=method, count=1, retry_after_s=2)
        sent = await desk.send(limit=desk.far()) if path == "order" else None
        view = await desk.until(is_limited, "being rate limited")
        await desk.control.reset_stats()
        assert "the exchange asks us to wait" in view.engine.detail
        assert view.engine.budget is not None
        assert view.engine.budget.banned_for_s is not None
        assert 0 < view.engine.budget.banned_for_s <= 2
        denied = await desk.ask()
        assert isinstance(denied, Denied)
        assert denied.reason is DenialReason.RATE_LIMITED
        assert 0 <= int(denied.numbers["wait_s"]) <= 2
        if sent is not None:
            assert "try again after 2 s" in (await desk.becomes(sent, S.REJECTED)).reason

        await desk.desk.submit(CancelOrder(resting))
        await desk.until(lambda view: bool(view.engine.budget and (view.engine.budget.banned_for_s or 9) < 0.4))
        assert requests(await desk.control.stats()) == {}
        while not (asked := requests(await desk.control.stats())).get("DELETE order"):
            assert set(asked) <= {"GET time"}, f"before the cancel: {asked}"
        await desk.becomes(resting, S.CANCELED)
        await desk.live()

    async def test_a_cancel_that_was_refused_for_its_rate_is_sent_again(self, desk: FaultyDesk) -> None:
        resting = await desk.rest()
        await desk.control.add("rest", "rate_limited", match="order", method="DELETE", count=1, retry_after_s=1)
        await desk.desk.submit(CancelOrder(resting))
        await desk.until(is_limited)
        await desk.becomes(resting, S.CANCELED)

    async def test_a_flatten_outlasts_a_ban_and_sells_then(self, desk: FaultyDesk) -> None:
        desk.parts.flattener._patience.first_s = 0.4
        await desk.becomes(await desk.send(quantity="0.05"), S.FILLED)
        held = await desk.until(lambda view: bool(_position(view)), "a position")
        stop = SubmitOrder(
            instrument_id=BTC,
            side=Side.SELL,
            order_type=OrderType.STOP,
            quantity=Decimal("0.04"),
            stop_price=desk.far("0.9"),
        )
        answer = await desk.desk.submit(stop)
        assert isinstance(answer, Accepted), answer
        await desk.becomes(answer.client_order_ids[0], S.ACCEPTED)
        await desk.control.add("rest", "banned", match="depth", method="GET", count=1, retry_after_s=2)
        await desk.until(is_limited, "being banned")
        assert await desk.desk.submit(FlattenPosition(BTC)) == answer
        await desk.told("Closing BTC/USDT", "1 order is still being canceled")
        assert is_limited(desk.view)
        assert _position(desk.view) == _position(held)
        await desk.told("Closing BTC/USDT", " sold")
        await desk.becomes(answer.client_order_ids[0], S.CANCELED)
        await desk.until(lambda view: _position(view) < Decimal("0.0001"), "no position")
        assert "Unprotected" not in {notice.title for notice in desk.notices}


def _position(view: DeskView) -> Decimal:
    """What of BTC/USDT was bought and not sold."""
    return sum((row.quantity for row in view.account.positions if row.instrument_id == BTC), Decimal(0))


class TestClock:
    @pytest.mark.parametrize("offset_ms", [4_000, -4_000])
    async def test_a_clock_that_is_off_is_shown_and_corrected(self, desk: FaultyDesk, offset_ms: int) -> None:
        await desk.control.clock(offset_ms)
        await desk.control.reset_stats()
        order_id = await desk.rest()
        assert (await desk.control.stats()).order(order_id).accepted == 1
        await desk.until(lambda view: abs((view.engine.clock_offset_ms or 0) - offset_ms) < 200, "the offset")
        await desk.control.clock(0)
        await desk.until(lambda view: abs(view.engine.clock_offset_ms or 0) < 200, "no offset")

    async def test_a_clock_that_drifts_is_followed(self, desk: FaultyDesk) -> None:
        await desk.control.clock(0, drift_ppm=300_000)
        first = await desk.until(lambda view: (view.engine.clock_offset_ms or 0) > 100, "a drift")
        await desk.until(
            lambda view: (view.engine.clock_offset_ms or 0) > (first.engine.clock_offset_ms or 0) + 100, "more drift"
        )
        await desk.rest()
        await desk.control.clock(0)
        await desk.until(lambda view: abs(view.engine.clock_offset_ms or 0) < 200, "no offset")

    async def test_an_order_refused_for_its_time_is_signed_anew_and_sent_once_more(self, desk: FaultyDesk) -> None:
        await desk.control.add("rest", "clock_skew", match="order", method="POST", count=1)
        order_id = await desk.rest()
        stats = await desk.control.stats()
        assert stats.order(order_id).accepted == 1
        assert stats.order(order_id).received == 1

    async def test_an_exchange_that_never_takes_our_time_is_told_in_words(self, desk: FaultyDesk) -> None:
        number = await desk.control.add("rest", "clock_skew", match="order", method="POST")
        refused = await desk.becomes(await desk.send(limit=desk.far()), S.REJECTED)
        assert "our clock is off" in refused.reason
        await desk.control.remove(number)
        await desk.rest()


class TestOrderCount:
    async def test_too_many_orders_keep_back_orders_alone(self, desk: FaultyDesk) -> None:
        resting = await desk.rest()
        await desk.control.add("rest", "error", match="order", method="POST", count=1, code=-1015, retry_after_s=2)
        refused = await desk.becomes(await desk.send(limit=desk.far()), S.REJECTED)
        assert "Too many new orders" in refused.reason
        assert not is_limited(desk.view)
        await desk.desk.submit(CancelOrder(resting))
        await desk.becomes(resting, S.CANCELED)
        waited = await desk.becomes(await desk.send(limit=desk.far()), S.REJECTED, S.ACCEPTED)
        assert waited.status is S.ACCEPTED or "orders in ten seconds" in waited.reason, "ten seconds may just be over"
