"""Real ccxt.pro against the real process."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import pytest

from tests.engine.simulator.ccxt_client import ccxt_client, until
from tests.engine.simulator.process import simulator

pytestmark = pytest.mark.anyio

BTC = "BTC/USDT"


async def test_ccxt_loads_the_markets_and_reads_the_market_data() -> None:
    async with simulator(symbols=20) as sim, ccxt_client(sim) as exchange:
        assert len(exchange.markets) == 20
        assert exchange.markets[BTC]["precision"]["price"] == 0.01
        candles = await exchange.fetch_ohlcv(BTC, "1m", limit=1_000)
        assert len(candles) == 1_000
        assert len(await exchange.fetch_ohlcv(BTC, "1d", limit=1_000)) == 1_000
        book = await exchange.fetch_order_book(BTC, 1_000)
        assert book["bids"][0][0] < book["asks"][0][0]
        assert abs(candles[-1][4] / book["bids"][0][0] - 1) < 0.01
        tickers = await exchange.fetch_tickers()
        assert tickers[BTC]["high"] >= tickers[BTC]["last"] >= tickers[BTC]["low"]
        assert (await exchange.fetch_bids_asks([BTC]))[BTC]["bid"] > 0
        assert abs(await exchange.fetch_time() - exchange.milliseconds()) < 2_000


async def test_ccxt_trades_every_kind_of_order() -> None:
    async with simulator(symbols=2) as sim, ccxt_client(sim) as exchange:
        bought = await exchange.create_order(BTC, "market", "buy", 0.02)
        assert (bought["status"], bought["filled"]) == ("closed", 0.02)
        assert bought["fees"][0]["currency"] == "BTC"
        by_cost = await exchange.create_order(BTC, "market", "buy", None, None, {"cost": 500})
        assert 490 < by_cost["cost"] <= 500

        resting = await exchange.create_order(BTC, "limit", "buy", 0.01, 50_000, {"clientOrderId": "mine-1"})
        assert resting["status"] == "open"
        assert (await exchange.fetch_order(resting["id"], BTC))["clientOrderId"] == "mine-1"
        assert [o["id"] for o in await exchange.fetch_open_orders(BTC)] == [resting["id"]]
        with pytest.raises(ccxt.InvalidOrder):
            await exchange.create_order(BTC, "limit", "buy", 0.01, 50_000, {"clientOrderId": "mine-1"})
        assert (await exchange.fetch_balance())["USDT"]["used"] == 500
        assert (await exchange.cancel_order(resting["id"], BTC))["status"] == "canceled"

        taken = await exchange.create_order(BTC, "limit", "sell", 0.01, 50_000, {"timeInForce": "IOC"})
        assert (taken["status"], taken["filled"]) == ("closed", 0.01)
        killed = await exchange.create_order(BTC, "limit", "buy", 0.01, 50_000, {"timeInForce": "FOK"})
        assert (killed["status"], killed["filled"]) == ("expired", 0)
        posted = await exchange.create_order(BTC, "limit", "buy", 0.01, 50_000, {"postOnly": True})
        assert (await exchange.fetch_order(posted["id"], BTC))["postOnly"]
        assert len(await exchange.cancel_all_orders(BTC)) == 1

        fills = await exchange.fetch_my_trades(BTC)
        assert {fill["order"] for fill in fills} == {bought["id"], by_cost["id"], taken["id"]}
        assert len(await exchange.fetch_orders(BTC)) == 6


async def test_ccxt_maps_every_refusal() -> None:
    async with simulator(symbols=1) as sim, ccxt_client(sim) as exchange:
        with pytest.raises(ccxt.OrderImmediatelyFillable):
            await exchange.create_order(BTC, "limit", "buy", 0.01, 90_000, {"postOnly": True})
        with pytest.raises(ccxt.InsufficientFunds):
            await exchange.create_order(BTC, "limit", "buy", 100, 60_000)
        with pytest.raises(ccxt.BadRequest, match="NOTIONAL"):
            await exchange.create_order(BTC, "limit", "buy", 0.00001, 60_000)
        with pytest.raises(ccxt.OrderNotFound):
            await exchange.cancel_order("999", BTC)
        with pytest.raises(ccxt.OrderNotFound):
            await exchange.fetch_order("999", BTC)
        exchange.secret = "wrong"
        with pytest.raises(ccxt.AuthenticationError):
            await exchange.fetch_balance()


async def test_ccxt_watches_the_market() -> None:
    async with simulator(symbols=3) as sim, ccxt_client(sim) as exchange:
        trades = await until(lambda: exchange.watch_trades(BTC), bool)
        assert trades[0]["price"] > 0
        quotes = await until(lambda: exchange.watch_bids_asks([BTC, "ETH/USDT"]), bool)
        assert all(quote["bid"] < quote["ask"] for quote in quotes.values())
        assert (await until(lambda: exchange.watch_ticker(BTC), bool))["last"] > 0
        candles = await until(lambda: exchange.watch_ohlcv(BTC, "1m"), bool)
        assert candles[-1][2] >= candles[-1][3]
        books = [await until(lambda: exchange.watch_order_book(BTC, 100), bool) for _ in range(15)]
        assert books[-1]["bids"][0][0] < books[-1]["asks"][0][0]


async def test_ccxt_watches_the_account() -> None:
    async with simulator(symbols=1) as sim, ccxt_client(sim) as exchange:
        watching = [
            asyncio.create_task(until(watch, bool))
            for watch in (
                lambda: exchange.watch_orders(BTC),
                lambda: exchange.watch_my_trades(BTC),
                exchange.watch_balance,
            )
        ]
        await until(lambda: _subscribed(exchange), bool)
        placed = await exchange.create_order(BTC, "market", "buy", 0.02)
        orders, fills, balance = await asyncio.gather(*watching)
        assert orders[0]["id"] == placed["id"]
        assert fills[0]["order"] == placed["id"]
        assert balance["BTC"]["free"] > 2


async def _subscribed(exchange: Any) -> bool:
    """Whether the user stream is open."""
    await asyncio.sleep(0.02)
    return any("ws-api" in url and client.subscriptions for url, client in exchange.clients.items())


async def test_a_resting_order_is_filled_as_maker_when_the_market_comes_to_it() -> None:
    async with simulator(symbols=1) as sim, ccxt_client(sim) as exchange:
        book = await exchange.fetch_order_book(BTC, 5)
        bid, ask = book["bids"][0][0], book["asks"][0][0]
        for side, price in (("buy", bid), ("sell", ask)):
            await exchange.create_order(BTC, "limit", side, 0.001, price, {"postOnly": True})

        async def fills() -> list[dict[str, Any]]:
            await asyncio.sleep(0.1)
            found: list[dict[str, Any]] = await exchange.fetch_my_trades(BTC)
            return found

        made = (await until(fills, bool))[0]
        assert made["takerOrMaker"] == "maker"
        assert made["price"] in (bid, ask)
        assert made["fee"]["cost"] > 0
