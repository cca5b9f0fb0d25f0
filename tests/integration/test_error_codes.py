"""Every error code and text of the exchange as a desk hears of it, through the whole engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fks_engine.api import Accepted, CancelOrder, Connection, OrderStatus, ReplaceOrder
from tests.integration.faulty import FaultyDesk, faulty_desk
from tests.integration.refusals import HTML, OPEN_ENDED, REFUSED, spoil

pytestmark = pytest.mark.anyio
S = OrderStatus
READS: tuple[tuple[int, int, str], ...] = (*((status, code, text) for status, code, text, _ in REFUSED), *OPEN_ENDED)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running_desk() -> AsyncIterator[FaultyDesk]:
    async with faulty_desk({"simulator.seed": "17"}) as desk:
        yield desk


@pytest.fixture
async def desk(running_desk: FaultyDesk) -> AsyncIterator[FaultyDesk]:
    yield running_desk
    await running_desk.calm()


async def test_each_refusal_ends_the_order_with_its_words_and_a_notice_and_the_desk_stays_live(
    desk: FaultyDesk,
) -> None:
    for status, code, text, words in REFUSED:
        await spoil(desk.control, "POST", "order", status, code, text)
        desk.notices.clear()
        order = await desk.becomes(await desk.send(limit=desk.far()), S.REJECTED, S.ACCEPTED, S.UNKNOWN)
        assert order.status is S.REJECTED, (code, text, order.reason)
        assert words in order.reason, (code, order.reason)
        assert code == HTML or str(code) in order.reason
        await desk.told("Order rejected", order.reason)
        assert desk.view.engine.connection is Connection.LIVE, (code, desk.view.engine.detail)
    assert await desk.parts.exchange.fetch_open_orders() == ()
    await desk.rest()


async def test_each_answer_that_leaves_the_outcome_open_is_resolved_by_asking(desk: FaultyDesk) -> None:
    await desk.control.reset_stats()
    sent = []
    for status, code, text in OPEN_ENDED:
        await spoil(desk.control, "POST", "order", status, code, text)
        desk.notices.clear()
        sent.append(await desk.send(limit=desk.far()))
        await desk.told("Order unknown", "the exchange is being asked")
    for order_id in sent:
        order = await desk.becomes(order_id, S.REJECTED)
        assert order.reason.startswith("never_arrived")
    stats = await desk.control.stats()
    assert stats.requested("POST order") == len(sent)
    assert all(stats.order(order_id).accepted == 0 for order_id in sent)


async def test_an_executed_order_behind_each_open_answer_is_found_once(desk: FaultyDesk) -> None:
    sent = []
    for code in (-1000, -1001, -1006, -1007):
        await desk.control.add(
            "rest", "timeout_after_execution", match="order", method="POST", count=1, answer="error", code=code
        )
        sent.append(await desk.send(limit=desk.far()))
        await desk.becomes(sent[-1], S.ACCEPTED)
    stats = await desk.control.stats()
    assert all(stats.order(order_id).accepted == stats.order(order_id).received == 1 for order_id in sent)
    listed = {report.client_order_id for report in await desk.parts.exchange.fetch_open_orders()}
    assert listed == set(sent)


async def test_a_cancel_is_carried_through_every_answer_that_is_not_final(desk: FaultyDesk) -> None:
    for status, code, text in (*OPEN_ENDED, (503, -1008, "Server is currently overloaded."), (403, HTML, "")):
        order_id = await desk.rest()
        await spoil(desk.control, "DELETE", "order", status, code, text)
        assert isinstance(await desk.desk.submit(CancelOrder(order_id)), Accepted)
        await desk.becomes(order_id, S.CANCELED)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (-2011, "Order was not canceled due to cancel restrictions."),
        (-2015, "Invalid API-key, IP, or permissions for action."),
        (-1022, "Signature for this request is not valid."),
        (-1100, "Illegal characters found in a parameter."),
    ],
)
async def test_a_cancel_that_is_refused_for_good_is_told_and_the_order_works_on(
    desk: FaultyDesk, code: int, text: str
) -> None:
    order_id = await desk.rest()
    await spoil(desk.control, "DELETE", "order", 400, code, text)
    await desk.desk.submit(CancelOrder(order_id))
    await desk.told("Cancel failed", text)
    await desk.becomes(order_id, S.ACCEPTED)


async def test_each_answer_to_a_replacement_leaves_the_old_order_working(desk: FaultyDesk) -> None:
    answers = (*OPEN_ENDED[::3], *(row[:3] for row in REFUSED if row[1] in (-2015, -1008, -1111)))
    new: dict[str, str] = {}
    for status, code, text in answers:
        old = await desk.rest()
        await spoil(desk.control, "POST", "order/cancelReplace", status, code, text)
        desk.notices.clear()
        taken = await desk.desk.submit(ReplaceOrder(client_order_id=old, limit_price=desk.far("0.96")))
        assert isinstance(taken, Accepted), taken
        new[old] = taken.client_order_ids[0]
        await desk.becomes(new[old], S.UNKNOWN, S.REJECTED)
    for old, replacement in new.items():
        await desk.becomes(replacement, S.REJECTED)
        await desk.becomes(old, S.ACCEPTED)
    assert {report.client_order_id for report in await desk.parts.exchange.fetch_open_orders()} == new.keys()


async def test_no_answer_to_what_is_only_read_shakes_the_engine(desk: FaultyDesk) -> None:
    """Audits, books and the clock go on by themselves, and nothing is concluded from a failure."""
    order_id = await desk.rest()
    paths = ("openOrders", "order", "myTrades", "account", "depth", "ticker/bookTicker")
    await desk.control.plan(
        [
            {"scope": "rest", "match": path, "method": "GET", "probability": 0.5}
            | ({"kind": "html", "status": status} if code == HTML else
               {"kind": "error", "status": status, "code": code, "text": text})
            for path in paths
            for status, code, text in READS[::3]
        ],
        seed=5,
    )  # fmt: skip
    first = desk.view.number
    await desk.until(lambda view: view.number > first + 30)
    assert [order.client_order_id for order in desk.view.working_orders] == [order_id]
    assert desk.view.engine.connection is Connection.LIVE
    await desk.control.clear()
    await desk.live()
    await desk.book_is_true()
