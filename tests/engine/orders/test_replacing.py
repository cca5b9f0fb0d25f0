"""Replacing an order: the new one linked to the old, and the truth about both whatever the answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import anyio
import pytest

from fks_engine.api import Accepted, DenialReason, Denied, ReplaceOrder
from fks_engine.errors import ExchangeError, ExchangeUnavailable, OrderRejected, OutcomeUnknown, ReplacementRejected
from fks_engine.model import OrderStatus
from fks_engine.orders import OrderSettings
from tests.engine.orders.desk import OrderDesk
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus


async def moved(desk: OrderDesk, order_id: str, **changes: Any) -> str:
    """Begin to replace an order; the new one's id."""
    answer = await desk.manager.replace(ReplaceOrder(client_order_id=order_id, **changes))
    assert isinstance(answer, Accepted), answer
    await settled()
    return answer.client_order_ids[0]


async def test_the_new_order_takes_the_old_ones_place() -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        new = await moved(desk, old, limit_price=Decimal(59_500))
        assert desk.exchange.replaced == [(old, new)]
        assert (desk.status(old), desk.status(new)) == (S.CANCELED, S.ACCEPTED)
        assert desk.order(new).replaces == old
        assert (desk.order(new).limit_price, desk.order(new).quantity) == (Decimal(59_500), Decimal("0.1"))
        assert desk.order(old).reason == "canceled to be replaced"
        assert desk.titles() == []


async def test_what_was_filled_already_is_not_asked_for_again_unless_a_quantity_is_named() -> None:
    desk = OrderDesk()
    async with desk.running():
        first = await desk.submit()
        desk.report(first, S.PARTIALLY_FILLED, "0.04")
        second = await moved(desk, first, limit_price=Decimal(59_500))
        assert desk.order(second).quantity == Decimal("0.06")
        third = await moved(desk, second, quantity=Decimal("0.1"))
        assert desk.order(third).quantity == Decimal("0.1")


async def test_a_fill_may_hit_either() -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        new = await moved(desk, old, limit_price=Decimal(59_500))
        desk.fill(old, "0.03", trade_id="1")
        desk.fill(new, "0.1", trade_id="2")
        assert desk.order(old).filled_quantity == Decimal("0.03")
        assert (desk.status(old), desk.status(new)) == (S.CANCELED, S.FILLED)


async def test_the_gate_is_asked_as_if_the_old_order_were_gone() -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        desk.gate.seen_working.clear()
        await moved(desk, old, limit_price=Decimal(59_500))
        assert desk.gate.seen_working == [0, 0]
        assert [each and each.client_order_id for each in desk.gate.seen_replaced[-2:]] == [old, old]


async def test_a_denied_replacement_leaves_the_old_order_alone() -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        desk.gate.denial = Denied(DenialReason.PRICE_OUTSIDE_BAND, "too far")
        change = ReplaceOrder(client_order_id=old, limit_price=Decimal(90_000))
        assert await desk.manager.replace(change) == desk.gate.denial
        assert desk.status(old) is S.ACCEPTED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({}, DenialReason.INVALID_COMBINATION), ({"limit_price": Decimal("59000.00")}, DenialReason.INVALID_COMBINATION)],
)
async def test_a_replacement_has_to_change_something(changes: dict[str, Any], reason: DenialReason) -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        answer = await desk.manager.replace(ReplaceOrder(client_order_id=old, **changes))
        assert isinstance(answer, Denied)
        assert answer.reason is reason


async def test_what_is_unknown_over_or_on_its_way_is_not_replaced() -> None:
    desk = OrderDesk()
    change = ReplaceOrder(client_order_id="fks-nothing", limit_price=Decimal(59_500))
    assert isinstance(await desk.manager.replace(change), Denied)
    desk.exchange.hold = anyio.Event()
    async with desk.running():
        waiting = await desk.submit()
        answer = await desk.manager.replace(ReplaceOrder(client_order_id=waiting, limit_price=Decimal(59_500)))
        assert isinstance(answer, Denied)
        assert "once the exchange answered" in answer.message
        desk.exchange.hold.set()
        await settled()
        desk.report(waiting, S.FILLED, "0.1")
        answer = await desk.manager.replace(ReplaceOrder(client_order_id=waiting, limit_price=Decimal(59_500)))
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.ORDER_NOT_WORKING


async def test_a_new_order_that_the_exchange_refuses_leaves_the_old_one_canceled() -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        desk.exchange.failed_replacements.append(ReplacementRejected("Account has insufficient balance. (-2010)"))
        new = await moved(desk, old, limit_price=Decimal(59_500))
        assert (desk.status(old), desk.status(new)) == (S.CANCELED, S.REJECTED)
        assert "the old order is canceled" in desk.order(new).reason


async def test_an_old_order_that_filled_meanwhile_is_not_replaced() -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        desk.exchange.set_status(old, S.FILLED, "0.1")
        new = await moved(desk, old, limit_price=Decimal(59_500))
        assert (desk.status(old), desk.status(new)) == (S.FILLED, S.REJECTED)
        assert "could not be canceled" in desk.order(new).reason


@pytest.mark.parametrize("error", [ExchangeUnavailable("refused"), OrderRejected("Filter failure: PRICE_FILTER")])
async def test_a_replacement_that_was_not_taken_leaves_the_old_order_working(error: ExchangeError) -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        desk.exchange.failed_sends.append(error)
        new = await moved(desk, old, limit_price=Decimal(59_500))
        assert (desk.status(old), desk.status(new)) == (S.ACCEPTED, S.REJECTED)
        assert desk.order(old).reason == ""


async def test_both_are_asked_for_where_the_answer_was_lost_after_the_exchange_acted() -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        desk.exchange.lost_sends.append(OutcomeUnknown("timeout"))
        new = await moved(desk, old, limit_price=Decimal(59_500))
        await desk.time.passes(2)
        assert (desk.status(old), desk.status(new)) == (S.CANCELED, S.ACCEPTED)
        assert {old, new} <= set(desk.exchange.asked)
        assert len(desk.exchange.replaced) == 1


async def test_both_are_asked_for_where_the_request_was_lost() -> None:
    desk = OrderDesk()
    async with desk.running():
        old = await desk.submit()
        desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
        new = await moved(desk, old, limit_price=Decimal(59_500))
        assert (desk.status(old), desk.status(new)) == (S.PENDING_CANCEL, S.UNKNOWN)
        await desk.time.passes(90)
        assert (desk.status(old), desk.status(new)) == (S.ACCEPTED, S.REJECTED)
        assert desk.order(new).reason.startswith("never_arrived")
        assert len(desk.exchange.replaced) == 1


async def test_a_replacement_that_waited_is_kept_back_once_the_gate_has_closed() -> None:
    desk = OrderDesk(OrderSettings(max_concurrent_sends=1))
    async with desk.running():
        old = await desk.submit()
        desk.exchange.hold = anyio.Event()
        await desk.submit()
        new = await moved(desk, old, limit_price=Decimal(59_500))
        desk.gate.denial = Denied(DenialReason.TRADING_HALTED, "halted")
        desk.exchange.hold.set()
        await settled()
        assert (desk.status(old), desk.status(new)) == (S.ACCEPTED, S.CANCELED)
        assert desk.exchange.replaced == []


async def test_a_replacement_that_waits_is_taken_back_and_the_old_order_works_on() -> None:
    desk = OrderDesk(OrderSettings(max_concurrent_sends=1))
    async with desk.running():
        old = await desk.submit()
        desk.exchange.hold = anyio.Event()
        await desk.submit()
        new = await moved(desk, old, limit_price=Decimal(59_500))
        await desk.manager.cancel(new)
        assert (desk.status(old), desk.status(new)) == (S.ACCEPTED, S.CANCELED)
        desk.exchange.hold.set()
