"""Orders that are held: refused in words up to the very first byte, while cancels pass."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from fks_engine.errors import ExchangeError, ExchangeUnavailable, OrderNotFound
from fks_engine.exchange.binance import BinanceExchange
from tests.engine.builders import an_order
from tests.engine.exchange.stub import exchange_at, stub_binance

pytestmark = pytest.mark.anyio


async def test_a_held_order_does_not_leave_and_a_cancel_does() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        exchange.hold_orders("trading is halted")
        with pytest.raises(ExchangeUnavailable, match="trading is halted"):
            await exchange.submit_order(an_order())
        with pytest.raises(ExchangeUnavailable, match="trading is halted"):
            await exchange.replace_order(an_order(), an_order(client_order_id="fks-2"))
        assert not [path for method, path in stub.requests if method == "POST"]
        with pytest.raises(ExchangeError):
            await exchange.cancel_order(an_order())
        assert [path for method, path in stub.requests if method == "DELETE"]
        exchange.hold_orders("")
        with pytest.raises(ExchangeError):
            await exchange.submit_order(an_order())
        assert [path for method, path in stub.requests if method == "POST"]


@pytest.mark.parametrize("looks", [1, 2])
async def test_an_order_that_has_its_connection_is_held_as_long_as_no_byte_has_left(looks: int) -> None:
    """One look is after the wait for the budget, the next when the request has its connection, the last as its body is
    written."""
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        assert isinstance(exchange, BinanceExchange)
        client, seen = exchange._account, 0
        let_leave = client._let_leave

        def counted(need: Any) -> None:
            nonlocal seen
            seen += 1
            if seen > looks:
                exchange.hold_orders("trading is halted")
            let_leave(need)

        client._let_leave = counted  # type: ignore[method-assign]
        with pytest.raises(ExchangeUnavailable, match="trading is halted"):
            await exchange.submit_order(an_order())
        assert seen == looks + 1
        assert not [path for method, path in stub.requests if method == "POST"]


async def test_an_unknown_order_is_told_as_that_while_orders_are_held() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        stub.answers[("DELETE", "order")] = lambda request: web.json_response(
            {"code": -2011, "msg": "Unknown order sent."}, status=400
        )
        exchange.hold_orders("trading is halted")
        with pytest.raises(OrderNotFound):
            await exchange.cancel_order(an_order())
