"""Conditional orders, lists and replacements through real ccxt.pro against the real process."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import pytest

from tests.engine.simulator.ccxt_client import ccxt_client, until
from tests.engine.simulator.process import simulator

pytestmark = pytest.mark.anyio

BTC = "BTC/USDT"


async def last_price(exchange: Any) -> float:
    price: float = (await exchange.fetch_ticker(BTC))["last"]
    return price


def near(exchange: Any, price: float, factor: float) -> float:
    """A price that many times away, on the tick."""
    return float(exchange.price_to_precision(BTC, price * factor))


async def test_ccxt_places_every_conditional_order() -> None:
    async with simulator(symbols=1) as sim, ccxt_client(sim) as exchange:
        price = await last_price(exchange)
        low, high = near(exchange, price, 0.9), near(exchange, price, 1.1)
        for kind, side, params, type_ in (
            ("market", "sell", {"stopLossPrice": low}, "STOP_LOSS"),
            ("limit", "sell", {"stopLossPrice": low}, "STOP_LOSS_LIMIT"),
            ("limit", "buy", {"triggerPrice": high}, "STOP_LOSS_LIMIT"),
            ("market", "sell", {"takeProfitPrice": high}, "TAKE_PROFIT"),
            ("limit", "buy", {"takeProfitPrice": low}, "TAKE_PROFIT_LIMIT"),
        ):
            limit = None if kind == "market" else low if side == "sell" else high
            placed = await exchange.create_order(BTC, kind, side, 0.01, limit, params)
            shown = await exchange.fetch_order(placed["id"], BTC)
            assert (shown["info"]["type"], shown["status"]) == (type_, "open")
            assert shown["triggerPrice"] in (low, high)
        with pytest.raises(ccxt.BadRequest, match="MAX_NUM_ALGO_ORDERS"):
            await exchange.create_order(BTC, "market", "sell", 0.01, None, {"stopLossPrice": low})
        await exchange.cancel_all_orders(BTC)
        assert await exchange.fetch_open_orders(BTC) == []
        with pytest.raises(ccxt.OrderImmediatelyFillable):
            await exchange.create_order(BTC, "market", "sell", 0.01, None, {"stopLossPrice": high})


async def test_a_stop_close_to_the_market_fills_by_itself() -> None:
    async with simulator(symbols=1, speed=20) as sim, ccxt_client(sim) as exchange:
        price = await last_price(exchange)
        stops = [
            await exchange.create_order(BTC, "market", "sell", 0.01, None, {name: near(exchange, price, factor)})
            for name, factor in (("stopLossPrice", 0.9999), ("takeProfitPrice", 1.0001))
        ]

        async def fills() -> list[dict[str, Any]]:
            await asyncio.sleep(0.05)
            found: list[dict[str, Any]] = await exchange.fetch_my_trades(BTC)
            return found

        assert {fill["order"] for fill in await until(fills, bool)} <= {one["id"] for one in stops}


async def test_ccxt_replaces_an_order() -> None:
    async with simulator(symbols=1) as sim, ccxt_client(sim) as exchange:
        price = await last_price(exchange)
        old = await exchange.create_order(BTC, "limit", "buy", 0.01, near(exchange, price, 0.9))
        new = await exchange.edit_order(old["id"], BTC, "limit", "buy", 0.02, near(exchange, price, 0.8))
        assert new["id"] != old["id"]
        assert [one["id"] for one in await exchange.fetch_open_orders(BTC)] == [new["id"]]
        with pytest.raises(ccxt.BadResponse, match="-2022"):
            await exchange.edit_order(old["id"], BTC, "limit", "buy", 0.02, near(exchange, price, 0.8))
        with pytest.raises(ccxt.BadResponse, match="-2021"):
            await exchange.edit_order(new["id"], BTC, "limit", "buy", 100, near(exchange, price, 0.8))
        assert await exchange.fetch_open_orders(BTC) == []


async def test_ccxt_places_and_cancels_order_lists() -> None:
    async with simulator(symbols=1) as sim, ccxt_client(sim) as exchange:
        price = await last_price(exchange)
        low, high = near(exchange, price, 0.9), near(exchange, price, 1.1)
        legs = {"aboveType": "LIMIT_MAKER", "abovePrice": high, "belowType": "STOP_LOSS", "belowStopPrice": low}
        placed = await exchange.privatePostOrderListOco({"symbol": "BTCUSDT", "side": "SELL", "quantity": 0.01, **legs})
        assert {one["info"]["orderListId"] for one in await exchange.fetch_open_orders(BTC)} == {placed["orderListId"]}
        assert (await exchange.fetch_balance())["BTC"]["used"] == 0.01
        entry = {"workingType": "LIMIT", "workingSide": "BUY", "workingPrice": low, "workingQuantity": 0.01}
        pending = {f"pending{name[0].upper()}{name[1:]}": value for name, value in legs.items()}
        protected = await exchange.privatePostOrderListOtoco(
            {
                "symbol": "BTCUSDT",
                "workingTimeInForce": "GTC",
                "pendingSide": "SELL",
                "pendingQuantity": 0.01,
                **entry,
                **pending,
            }
        )
        assert [one["status"] for one in protected["orderReports"]] == ["NEW", "PENDING_NEW", "PENDING_NEW"]
        for made in (placed, protected):
            await exchange.privateDeleteOrderList({"symbol": "BTCUSDT", "orderListId": made["orderListId"]})
        assert await exchange.fetch_open_orders(BTC) == []
        assert await exchange.privateGetOpenOrderList() == []


async def test_a_symbol_with_a_position_limit_keeps_to_it() -> None:
    async with simulator(symbols=20) as sim, ccxt_client(sim) as exchange:
        price = (await exchange.fetch_ticker("FIL/USDT"))["last"]
        limit = float(exchange.price_to_precision("FIL/USDT", price * 0.9))
        await exchange.create_order("FIL/USDT", "limit", "buy", 4_000, limit)
        with pytest.raises(ccxt.BadRequest, match="MAX_POSITION"):
            await exchange.create_order("FIL/USDT", "limit", "buy", 1_001, limit)
        await exchange.create_order("FIL/USDT", "limit", "buy", 1_000, limit)
