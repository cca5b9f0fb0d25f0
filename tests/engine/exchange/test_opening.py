"""The list of markets at the opening: asked for again while it is not whole, and taken as it is in the end."""

from __future__ import annotations

from copy import deepcopy

import pytest
from aiohttp import web

from fks_engine.clock import SystemClock
from fks_engine.errors import MalformedData
from fks_engine.exchange import Environment, ExchangeOptions, build_exchange
from fks_engine.exchange.binance import BAD_LISTS_REFUSED
from tests.engine.exchange.stub import StubBinance, stub_binance

pytestmark = pytest.mark.anyio
BTC, ETH = "binance:BTC/USDT", "binance:ETH/USDT"


def garbled(stub: StubBinance) -> None:
    stub.markets[1]["filters"][0]["tickSize"] = "-1"


async def test_a_list_that_cannot_be_read_whole_is_refused_and_the_next_one_taken() -> None:
    async with stub_binance() as stub:
        whole, faults = deepcopy(stub.markets), list[str]()
        garbled(stub)
        options = ExchangeOptions(
            environment=Environment.SIMULATOR, endpoints=stub.endpoints, api_key="a", api_secret="b"
        )
        exchange = build_exchange(options, SystemClock(), faults.append)
        try:
            with pytest.raises(MalformedData, match=r"could not be read whole \(1 of 2 markets\)"):
                await exchange.open()
            stub.markets = whole
            assert set(await exchange.open()) == {BTC, ETH}
        finally:
            await exchange.close()
        assert ["ETH/USDT" in fault for fault in faults] == [True]


async def test_a_market_that_is_never_readable_keeps_no_desk_from_the_others() -> None:
    async with stub_binance() as stub:
        garbled(stub)
        options = ExchangeOptions(
            environment=Environment.SIMULATOR, endpoints=stub.endpoints, api_key="a", api_secret="b"
        )
        exchange = build_exchange(options, SystemClock(), lambda _: None)
        try:
            for _ in range(BAD_LISTS_REFUSED - 1):
                with pytest.raises(MalformedData):
                    await exchange.open()
            assert set(await exchange.open()) == {BTC}
        finally:
            await exchange.close()


async def test_a_list_without_any_market_is_refused_for_as_long_as_it_comes() -> None:
    async with stub_binance() as stub:
        whole, stub.markets = stub.markets, []
        options = ExchangeOptions(
            environment=Environment.SIMULATOR, endpoints=stub.endpoints, api_key="a", api_secret="b"
        )
        exchange = build_exchange(options, SystemClock(), lambda _: None)
        try:
            for _ in range(BAD_LISTS_REFUSED + 2):
                with pytest.raises(MalformedData, match="without any market"):
                    await exchange.open()
            stub.markets = whole
            assert set(await exchange.open()) == {BTC, ETH}
        finally:
            await exchange.close()


async def test_a_market_that_does_not_say_whether_it_trades_is_not_left_out_in_silence() -> None:
    async with stub_binance() as stub:
        del stub.markets[1]["status"]
        options = ExchangeOptions(
            environment=Environment.SIMULATOR, endpoints=stub.endpoints, api_key="a", api_secret="b"
        )
        exchange = build_exchange(options, SystemClock(), lambda _: None)
        try:
            with pytest.raises(MalformedData, match="could not be read whole"):
                await exchange.open()
        finally:
            await exchange.close()


async def test_half_an_answer_is_no_list_of_markets() -> None:
    async with stub_binance() as stub:
        stub.answers[("GET", "exchangeInfo")] = lambda _: web.Response(
            text='{"symbols":[{"symbol":"BTCUSDT","sta', content_type="application/json"
        )
        options = ExchangeOptions(
            environment=Environment.SIMULATOR, endpoints=stub.endpoints, api_key="a", api_secret="b"
        )
        exchange = build_exchange(options, SystemClock(), lambda _: None)
        try:
            with pytest.raises(MalformedData, match="without any market"):
                await exchange.open()
        finally:
            await exchange.close()
