"""Real ccxt against a process with its control port: orders over the WebSocket API, and each fault as an error."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from tests.engine.simulator.ccxt_client import ccxt_client
from tests.engine.simulator.control_client import ControlClient
from tests.engine.simulator.process import simulator

pytestmark = pytest.mark.anyio

BTC = "BTC/USDT"
SEEN_AS: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"kind": "html", "status": 403}, ccxt.ExchangeNotAvailable),
    ({"kind": "html", "status": 502}, ccxt.ExchangeNotAvailable),
    ({"kind": "rate_limited"}, ccxt.DDoSProtection),
    ({"kind": "banned"}, ccxt.DDoSProtection),
    ({"kind": "rejected_signature"}, ccxt.AuthenticationError),
    ({"kind": "clock_skew"}, ccxt.InvalidNonce),
    ({"kind": "reset"}, ccxt.ExchangeNotAvailable),
    ({"kind": "drop", "hold_s": 0.1}, ccxt.ExchangeNotAvailable),
    ({"kind": "timeout_after_execution", "answer": "error"}, ccxt.RequestTimeout),
    ({"kind": "error", "code": -1000}, ccxt.OperationFailed),
    ({"kind": "error", "code": -1001}, ccxt.OperationFailed),
    ({"kind": "error", "code": -1006}, ccxt.OperationFailed),
    ({"kind": "error", "code": -1007}, ccxt.RequestTimeout),
    ({"kind": "error", "code": -1008}, ccxt.OperationFailed),
    ({"kind": "error", "code": -1015, "status": 400}, ccxt.RateLimitExceeded),
    ({"kind": "error", "code": -1034}, ccxt.ExchangeError),
    ({"kind": "error", "code": -2014}, ccxt.AuthenticationError),
    ({"kind": "error", "code": -2038}, ccxt.ExchangeError),
    ({"kind": "error", "code": -2015}, ccxt.AuthenticationError),
]


async def test_ccxt_trades_over_the_websocket_api() -> None:
    async with simulator(symbols=1) as sim, ccxt_client(sim) as exchange:
        placed = await exchange.create_order_ws(BTC, "limit", "buy", 0.01, 50_000, {"newClientOrderId": "by-socket"})
        assert (placed["status"], placed["clientOrderId"]) == ("open", "by-socket")
        with pytest.raises(ccxt.ExchangeError, match="Duplicate order sent"):
            await exchange.create_order_ws(BTC, "limit", "buy", 0.01, 50_000, {"newClientOrderId": "by-socket"})
        canceled = await exchange.cancel_order_ws(placed["id"], BTC)
        assert canceled["status"] == "canceled"
        bought = await exchange.create_order_ws(BTC, "market", "buy", 0.01)
        assert bought["filled"] == 0.01


async def test_ccxt_sees_each_fault_as_its_own_error() -> None:
    async with (
        simulator(symbols=1, control=True) as sim,
        ccxt_client(sim) as exchange,
        ControlClient.connect(sim.control) as control,
    ):
        seen = []
        for number, (fault, _) in enumerate(SEEN_AS):
            await control.plan([{"scope": "rest", "match": "order", "method": "POST", "count": 1} | fault])
            try:
                await exchange.create_order(BTC, "limit", "buy", 0.001, 30_000, {"clientOrderId": f"order-{number}"})
            except ccxt.BaseError as error:
                seen.append((fault, type(error)))
        assert seen == SEEN_AS
        stats = await control.stats()
        executed = [number for number in range(len(SEEN_AS)) if stats.order(f"order-{number}").accepted]
        assert [SEEN_AS[number][0]["kind"] for number in executed] == ["timeout_after_execution"]
