"""The audit: often where orders work, now and then for all, and fills that a healthy stream kept back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fks_engine.model import OrderStatus
from fks_engine.orders import OrderSettings
from tests.engine.builders import BTC, ETH, NOW, a_fill, a_report, a_submit
from tests.engine.orders.desk import OrderDesk

pytestmark = pytest.mark.anyio
S = OrderStatus
SETTINGS = OrderSettings(audit_interval_s=10, full_audit_interval_s=60)


async def test_only_markets_with_working_orders_are_compared_often() -> None:
    desk = OrderDesk(SETTINGS)
    async with desk.running():
        await desk.manager.synchronise()
        desk.exchange.listed.clear()
        await desk.time.passes(30)
        assert desk.exchange.listed == []
        await desk.submit()
        await desk.submit(a_submit(instrument_id=ETH))
        await desk.time.passes(13)
        assert desk.exchange.listed == [BTC, ETH]
        await desk.time.passes(20)
        assert None in desk.exchange.listed
        assert desk.untold == []


async def test_an_order_from_elsewhere_that_no_stream_told_is_found_by_the_full_audit() -> None:
    desk = OrderDesk(SETTINGS)
    async with desk.running():
        await desk.manager.synchronise()
        desk.exchange.orders["web_1"] = a_report(client_order_id="web_1", exchange_order_id="77")
        await desk.time.passes(70)
        assert desk.order("web_1").external


async def test_a_fill_lost_by_a_healthy_stream_is_fetched_though_its_order_is_not_known_to_lack_it() -> None:
    desk = OrderDesk(SETTINGS)
    fills = desk.bus.fills.subscribe()
    async with desk.running():
        await desk.manager.synchronise()
        order_id = await desk.submit()
        known = desk.exchange.orders[order_id].exchange_order_id
        told = a_fill(quantity="0.02", client_order_id=order_id, exchange_order_id=known, trade_id="1")
        lost = a_fill(quantity="0.03", client_order_id="", exchange_order_id=known, trade_id="2", ts_event=NOW + 1)
        before_us = a_fill(client_order_id="", exchange_order_id="1", trade_id="0", ts_event=NOW - 10**12)
        desk.bus.fills.publish(told)
        desk.exchange.fills = [before_us, replace(told, client_order_id=""), lost]
        fills.drain_nowait()
        await desk.time.passes(70)
        assert fills.drain_nowait() == [lost]
        assert desk.untold == ["1 events of our orders were found that the stream had not told"]
        assert str(desk.order(order_id).filled_quantity) == "0.05"
        asked = desk.exchange.fill_requests
        desk.report(order_id, S.CANCELED)
        await desk.time.passes(130)
        assert fills.drain_nowait() == []
        assert desk.exchange.fill_requests == asked + 1
