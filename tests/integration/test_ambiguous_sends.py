"""Sends whose answers are lost in every way: each order exists once or not at all, and the engine knows which."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.exchange import ExchangeEndpoints
from fks_engine.model import OrderStatus, Side
from fks_engine.orders import OrderSettings
from tests.engine.simulator.control_client import ControlClient
from tests.engine.simulator.process import simulator
from tests.integration.trading import trading

if TYPE_CHECKING:
    from tests.integration.trading import Trading

pytestmark = pytest.mark.anyio
S = OrderStatus
TRIES = 200
OPEN = frozenset({S.SUBMITTED, S.UNKNOWN})
PATIENT = OrderSettings(
    recv_window_ms=1_000, arrival_margin_s=1.0, max_concurrent_sends=48, first_pause_s=0.4, longest_pause_s=1.2
)
LOSSES: tuple[dict[str, object], ...] = (
    {"kind": "timeout_after_execution", "answer": "none", "hold_s": 5},
    {"kind": "timeout_after_execution", "answer": "cut"},
    {"kind": "timeout_after_execution", "answer": "error"},
    {"kind": "timeout_before_execution"},
    {"kind": "disconnect"},
    {"kind": "reset"},
    {"kind": "html", "status": 502},
    {"kind": "malformed"},
)
"""What may befall a send."""


def losses(path: str, probability: float) -> list[dict[str, object]]:
    return [{"scope": "rest", "match": path, "method": "POST", "probability": probability} | loss for loss in LOSSES]


async def settle(desk: Trading, order_ids: list[str]) -> None:
    """Wait until the truth about every order is known."""
    with anyio.fail_after(60):
        for order_id in order_ids:
            await desk.until(lambda order_id=order_id: desk.order(order_id).status not in OPEN, order_id)  # type: ignore[misc]


async def test_of_two_hundred_sends_that_go_astray_each_is_one_order_or_none() -> None:
    async with (
        simulator(symbols=2, seed=7, control=True, limits="off", balance="USDT=100000000,BTC=2") as process,
        ControlClient.connect(process.control) as control,
        trading(
            ExchangeEndpoints(process.rest, process.ws, process.ws_api),
            process.key,
            process.secret,
            open_gate=True,
            rest_timeout_s=2.0,
            orders=PATIENT,
        ) as desk,
    ):
        unheard = {"scope": "user", "kind": "drop", "match": "executionReport", "probability": 0.6}
        unasked = {
            "scope": "rest",
            "kind": "html",
            "status": 503,
            "match": "order",
            "method": "GET",
            "probability": 0.2,
        }
        await control.plan([*losses("order", 0.12), unheard, unasked], seed=11)
        low = desk.instrument.price_down(desk.quote.bid * Decimal("0.8"))
        order_ids = [await desk.submit(Side.BUY, "0.01", low - step) for step in range(TRIES)]
        await settle(desk, order_ids)
        applied = {fault.fault["kind"]: fault.applied for fault in await control.faults()}
        await control.clear()

        stats = await control.stats()
        listed = [report.client_order_id for report in await desk.exchange.fetch_open_orders()]
        found = [order_id for order_id in order_ids if desk.order(order_id).status is S.ACCEPTED]
        lost = [order_id for order_id in order_ids if desk.order(order_id).status is S.REJECTED]
        assert sorted(listed) == sorted(found)
        assert len(found) + len(lost) == TRIES
        assert all(stats.order(order_id).accepted == 1 for order_id in found)
        assert all(stats.order(order_id).accepted == 0 for order_id in lost)
        assert stats.requested("POST order") == TRIES
        assert all(desk.order(order_id).reason.startswith("never_arrived") for order_id in lost)
        assert applied["timeout_after_execution"] > 0
        assert applied["timeout_before_execution"] > 0
        assert len(found) > len(lost) > 5
