"""Every error of the exchange, and every lost answer of a list or a replacement, through the real client."""

from __future__ import annotations

from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.api import Accepted, ReplaceOrder, SubmitOco
from fks_engine.exchange import ExchangeEndpoints
from fks_engine.model import OrderStatus, Side
from fks_engine.orders import OrderSettings
from tests.engine.builders import BTC
from tests.engine.simulator.control_client import ControlClient
from tests.engine.simulator.process import simulator
from tests.integration.refusals import OPEN_ENDED, REFUSED, spoil
from tests.integration.trading import trading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.trading import Trading

pytestmark = pytest.mark.anyio
S = OrderStatus
QUICK = OrderSettings(recv_window_ms=1_000, arrival_margin_s=1.0, first_pause_s=0.2, longest_pause_s=1.0)


@asynccontextmanager
async def at_a_faulty_exchange() -> AsyncIterator[tuple[Trading, ControlClient]]:
    async with (
        simulator(symbols=2, seed=7, control=True, balance="USDT=100000,BTC=2") as process,
        ControlClient.connect(process.control) as control,
        trading(
            ExchangeEndpoints(process.rest, process.ws, process.ws_api),
            process.key,
            process.secret,
            open_gate=True,
            rest_timeout_s=1.0,
            orders=QUICK,
        ) as desk,
    ):
        yield desk, control


def low(desk: Trading, factor: str = "0.8") -> Decimal:
    return desk.instrument.price_down(desk.quote.bid * Decimal(factor))


async def test_every_refusal_ends_the_order_with_its_words_and_nothing_is_asked() -> None:
    async with at_a_faulty_exchange() as (desk, control):
        for status, code, text, words in REFUSED:
            await spoil(control, "POST", "order", status, code, text)
            order_id = await desk.submit(Side.BUY, "0.01", low(desk))
            order = await desk.becomes(order_id, S.REJECTED, S.ACCEPTED, S.UNKNOWN)
            assert order.status is S.REJECTED, (code, text, order.reason)
            assert words in order.reason, (code, order.reason)
        stats = await control.stats()
        assert stats.requested("GET order") == 0
        assert await desk.exchange.fetch_open_orders() == ()


async def test_every_answer_that_leaves_the_outcome_open_is_resolved_by_asking() -> None:
    async with at_a_faulty_exchange() as (desk, control):
        ids = []
        for number, (status, code, text) in enumerate(OPEN_ENDED):
            await spoil(control, "POST", "order", status, code, text)
            ids.append(await desk.submit(Side.BUY, "0.01", low(desk) - number))
            assert (await desk.becomes(ids[-1], S.UNKNOWN, S.REJECTED, S.ACCEPTED)).status is S.UNKNOWN, code
        for order_id in ids:
            assert (await desk.becomes(order_id, S.REJECTED)).reason.startswith("never_arrived")
        assert (await control.stats()).requested("POST order") == len(OPEN_ENDED)


async def test_a_wrong_time_is_mended_and_being_slowed_down_is_said_with_the_wait() -> None:
    async with at_a_faulty_exchange() as (desk, control):
        await control.add("rest", "clock_skew", match="order", method="POST", count=1)
        order_id = await desk.submit(Side.BUY, "0.01", low(desk))
        await desk.becomes(order_id, S.ACCEPTED)
        await control.add("rest", "rate_limited", match="order", method="POST", count=1, retry_after_s=3)
        refused = await desk.submit(Side.BUY, "0.01", low(desk))
        assert "try again after 3 s" in (await desk.becomes(refused, S.REJECTED)).reason


@pytest.mark.parametrize("answer", ["none", "cut", "error"])
async def test_a_replacement_whose_answer_was_lost_is_one_order_in_the_place_of_the_old(answer: str) -> None:
    async with at_a_faulty_exchange() as (desk, control):
        old = await desk.submit(Side.BUY, "0.01", low(desk))
        await desk.becomes(old, S.ACCEPTED)
        await control.add(
            "rest",
            "timeout_after_execution",
            match="order/cancelReplace",
            method="POST",
            count=1,
            answer=answer,
            hold_s=3,
        )
        await control.add("user", "drop", match="executionReport")
        taken = await desk.manager.replace(ReplaceOrder(client_order_id=old, limit_price=low(desk, "0.7")))
        assert isinstance(taken, Accepted)
        new = taken.client_order_ids[0]
        await desk.becomes(new, S.ACCEPTED)
        await desk.becomes(old, S.CANCELED)
        assert [report.client_order_id for report in await desk.exchange.fetch_open_orders()] == [new]
        assert (await control.stats()).requested("POST order/cancelReplace") == 1


async def test_a_replacement_that_was_lost_on_its_way_leaves_the_old_order_working() -> None:
    async with at_a_faulty_exchange() as (desk, control):
        old = await desk.submit(Side.BUY, "0.01", low(desk))
        await desk.becomes(old, S.ACCEPTED)
        await control.add("rest", "timeout_before_execution", match="order/cancelReplace", method="POST", count=1)
        taken = await desk.manager.replace(ReplaceOrder(client_order_id=old, limit_price=low(desk, "0.7")))
        assert isinstance(taken, Accepted)
        order = await desk.becomes(taken.client_order_ids[0], S.REJECTED)
        assert order.reason.startswith("never_arrived")
        await desk.becomes(old, S.ACCEPTED)
        assert [report.client_order_id for report in await desk.exchange.fetch_open_orders()] == [old]


@pytest.mark.parametrize("answer", ["none", "cut", "error"])
async def test_a_list_whose_answer_was_lost_exists_once(answer: str) -> None:
    async with at_a_faulty_exchange() as (desk, control):
        await control.add(
            "rest", "timeout_after_execution", match="orderList/oco", method="POST", count=1, answer=answer, hold_s=3
        )
        await control.add("user", "drop", match="executionReport")
        both = SubmitOco(
            instrument_id=BTC,
            side=Side.SELL,
            quantity=Decimal("0.01"),
            take_profit_price=desk.instrument.price_up(desk.quote.ask * Decimal("1.1")),
            stop_price=low(desk, "0.9"),
        )
        taken = await desk.manager.submit(both)
        assert isinstance(taken, Accepted)
        for order_id in taken.client_order_ids:
            await desk.becomes(order_id, S.ACCEPTED)
        assert len(await desk.exchange.fetch_open_orders()) == 2
        assert (await control.stats()).requested("POST orderList/oco") == 1


async def test_a_cancel_outlives_an_exchange_that_is_away() -> None:
    async with at_a_faulty_exchange() as (desk, control):
        order_id = await desk.submit(Side.BUY, "0.01", low(desk))
        await desk.becomes(order_id, S.ACCEPTED)
        fault = await control.add("rest", "html", match="order", status=503)
        await desk.manager.cancel(order_id)
        with anyio.fail_after(10):
            await desk.until(lambda: "tried again" in desk.order(order_id).reason, "a failed cancel")
        assert desk.order(order_id).status is S.PENDING_CANCEL
        await control.remove(fault)
        await desk.becomes(order_id, S.CANCELED)
