"""The life of orders: the real client, the real simulator, real sockets."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from aiohttp import web

from fks_engine.errors import (
    AuthenticationFailed,
    ExchangeUnavailable,
    InvalidRequest,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
)
from fks_engine.exchange import ExchangeEndpoints
from fks_engine.model import (
    BalancesChanged,
    Fill,
    Instrument,
    Order,
    OrderReport,
    OrderStatus,
    OrderType,
    Quote,
    Side,
    Timeframe,
    TimeInForce,
    instrument_id,
)
from fks_engine.ports import ChannelKind, MarketChannel
from tests.engine.builders import BTC
from tests.engine.exchange.frames import ORDER_TRADE
from tests.engine.exchange.stub import exchange_at, stub_binance, until
from tests.engine.simulator.process import simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fks_engine.ports import AccountEvent, Exchange, MarketEvent
    from tests.engine.simulator.process import SimulatorProcess

pytestmark = pytest.mark.anyio


@dataclass
class Desk:
    """An open exchange with a live account stream and quotes of BTC/USDT."""

    exchange: Exchange
    instrument: Instrument
    events: list[AccountEvent] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    subscriptions: int = 0
    sent: int = 0

    def order(self, side: Side = Side.BUY, quantity: str = "0.01", price: Decimal | None = None, **more: Any) -> Order:
        self.sent += 1
        return Order(
            client_order_id=f"fks-test-{self.sent}",
            instrument_id=self.instrument.id,
            side=side,
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=Decimal(quantity),
            limit_price=price,
            **more,
        )

    def away(self, side: Side = Side.BUY, percent: int = 10) -> Decimal:
        """A price that rests."""
        sign = -1 if side is Side.BUY else 1
        return self.instrument.price_to_tick(self.quotes[-1].mid * (100 + sign * percent) / 100)

    def reports(self, order: Order) -> list[OrderReport]:
        return [
            event
            for event in self.events
            if isinstance(event, OrderReport) and event.client_order_id == order.client_order_id
        ]

    def fills(self, order: Order) -> list[Fill]:
        return [
            event for event in self.events if isinstance(event, Fill) and event.client_order_id == order.client_order_id
        ]

    def is_over(self, order: Order) -> bool:
        return any(report.status.is_terminal for report in self.reports(order))


def endpoints(sim: SimulatorProcess) -> ExchangeEndpoints:
    return ExchangeEndpoints(sim.rest, sim.ws, sim.ws_api)


@asynccontextmanager
async def open_desk(**options: Any) -> AsyncIterator[Desk]:
    async with (
        simulator(symbols=2, **options) as sim,
        exchange_at(endpoints(sim), api_key=sim.key, api_secret=sim.secret) as exchange,
        anyio.create_task_group() as tasks,
    ):
        desk = Desk(exchange, (await exchange.open())[BTC])

        def take(event: MarketEvent) -> None:
            assert isinstance(event, Quote)
            desk.quotes.append(event)

        def ready() -> None:
            desk.subscriptions += 1

        tasks.start_soon(exchange.stream_market, MarketChannel(ChannelKind.QUOTES, (BTC,)), take)
        tasks.start_soon(exchange.stream_account, desk.events.append, ready)
        await until(lambda: bool(desk.quotes) and desk.subscriptions == 1)
        yield desk
        tasks.cancel_scope.cancel()


async def test_a_market_order_is_accepted_filled_and_booked() -> None:
    async with open_desk() as desk:
        order = desk.order(quantity="0.01")
        answer = await desk.exchange.submit_order(order)
        assert (answer.client_order_id, answer.status) == (order.client_order_id, OrderStatus.FILLED)
        await until(lambda: desk.is_over(order) and bool(desk.fills(order)))
        assert [desk.reports(order)[0].status, desk.reports(order)[-1].status] == [
            OrderStatus.ACCEPTED,
            OrderStatus.FILLED,
        ]
        fills = desk.fills(order)
        assert sum(fill.quantity for fill in fills) == Decimal("0.01")
        assert sum(fill.notional for fill in fills) / Decimal("0.01") == answer.average_price
        assert {fill.fee_asset for fill in fills} == {"BTC"}

        known = await desk.exchange.fetch_order(desk.instrument.id, order.client_order_id)
        assert (known.status, known.filled_quantity) == (OrderStatus.FILLED, Decimal("0.01"))
        fetched = await desk.exchange.fetch_fills(desk.instrument.id)
        assert [(fill.trade_id, fill.price, fill.quantity, fill.fee) for fill in fetched] == [
            (fill.trade_id, fill.price, fill.quantity, fill.fee) for fill in fills
        ]
        await until(lambda: any(isinstance(event, BalancesChanged) for event in desk.events))
        balances = await desk.exchange.fetch_balances()
        assert balances.complete
        bought = sum(fill.quantity - fill.fee for fill in fills)
        assert {balance.asset: balance.total for balance in balances.balances}["BTC"] == 2 + bought


async def test_a_limit_order_rests_fills_in_parts_and_is_canceled() -> None:
    async with open_desk(balance="USDT=100000000,BTC=2") as desk:
        best = desk.quotes[-1].ask
        big = desk.order(quantity="60", price=desk.instrument.price_up(best))
        answer = await desk.exchange.submit_order(big)
        assert answer.status in (OrderStatus.PARTIALLY_FILLED, OrderStatus.ACCEPTED)
        await until(lambda: bool(desk.reports(big)))
        (working,) = await desk.exchange.fetch_open_orders(desk.instrument.id)
        assert (working.client_order_id, working.limit_price) == (big.client_order_id, big.limit_price)

        canceled = await desk.exchange.cancel_order(big)
        assert (canceled.client_order_id, canceled.status) == (big.client_order_id, OrderStatus.CANCELED)
        await until(lambda: desk.is_over(big))
        last = desk.reports(big)[-1]
        assert (last.status, last.client_order_id) == (OrderStatus.CANCELED, big.client_order_id)
        assert last.filled_quantity == sum(fill.quantity for fill in desk.fills(big)) < 60
        assert await desk.exchange.fetch_open_orders() == ()


async def test_an_ioc_that_fills_in_part_expires_the_rest() -> None:
    async with open_desk(balance="USDT=100000000,BTC=2") as desk:
        order = desk.order(quantity="90", price=desk.quotes[-1].ask, time_in_force=TimeInForce.IOC)
        answer = await desk.exchange.submit_order(order)
        assert answer.status is OrderStatus.EXPIRED
        assert answer.reason == ""
        assert answer.filled_quantity < 90
        await until(lambda: desk.is_over(order))
        assert desk.reports(order)[-1].filled_quantity == sum(fill.quantity for fill in desk.fills(order))


async def test_a_fill_or_kill_that_cannot_fill_does_nothing() -> None:
    async with open_desk(balance="USDT=100000000,BTC=2") as desk:
        order = desk.order(quantity="90", price=desk.quotes[-1].ask, time_in_force=TimeInForce.FOK)
        assert (await desk.exchange.submit_order(order)).status is OrderStatus.EXPIRED
        await until(lambda: desk.is_over(order))
        assert desk.fills(order) == []


async def test_an_order_that_must_not_take_is_rejected_when_it_would() -> None:
    async with open_desk() as desk:
        crossing = desk.instrument.price_to_tick(desk.quotes[-1].ask * Decimal("1.05"))
        with pytest.raises(OrderRejected, match="immediately match"):
            await desk.exchange.submit_order(desk.order(price=crossing, post_only=True))
        resting = desk.order(price=desk.away(), post_only=True)
        answer = await desk.exchange.submit_order(resting)
        assert answer.status is OrderStatus.ACCEPTED
        assert answer.post_only


async def test_an_order_beyond_the_balance_is_rejected_in_the_exchanges_words() -> None:
    async with open_desk(balance="USDT=100,BTC=0") as desk:
        with pytest.raises(OrderRejected, match="insufficient balance"):
            await desk.exchange.submit_order(desk.order(quantity="1", price=desk.away()))


@pytest.mark.parametrize(("quantity", "words"), [("0.000001", "LOT_SIZE"), ("0.00001", "NOTIONAL")])
async def test_an_order_against_the_rules_is_rejected_in_the_exchanges_words(quantity: str, words: str) -> None:
    async with open_desk() as desk:
        with pytest.raises(OrderRejected, match=words):
            await desk.exchange.submit_order(desk.order(quantity=quantity, price=desk.away()))


async def test_an_order_id_is_good_for_one_working_order_only() -> None:
    async with open_desk() as desk:
        order = desk.order(price=desk.away())
        await desk.exchange.submit_order(order)
        with pytest.raises(OrderRejected, match="Duplicate"):
            await desk.exchange.submit_order(order)


async def test_what_is_not_known_is_not_found() -> None:
    async with open_desk() as desk:
        with pytest.raises(OrderNotFound):
            await desk.exchange.fetch_order(desk.instrument.id, "fks-never-sent")
        with pytest.raises(OrderNotFound):
            await desk.exchange.cancel_order(desk.order(price=desk.away()))


async def test_a_market_that_is_not_listed_is_an_invalid_request() -> None:
    async with open_desk() as desk:
        with pytest.raises(InvalidRequest, match="does not list binance:NO/SUCH"):
            await desk.exchange.fetch_candles(instrument_id("binance", "NO/SUCH"), Timeframe.M1, 10)


async def test_candles_come_in_order_and_in_as_many_pages_as_it_takes() -> None:
    async with open_desk() as desk:
        candles = await desk.exchange.fetch_candles(desk.instrument.id, Timeframe.M1, 1_500)
        assert len(candles) == 1_500
        steps = {after.ts_open - before.ts_open for before, after in pairwise(candles)}
        assert steps == {60_000_000_000}
        assert not candles[-1].closed
        assert all(candle.closed for candle in candles[:-2])  # the one before may have ended this very second
        older = await desk.exchange.fetch_candles(desk.instrument.id, Timeframe.M1, 10, candles[0].ts_open)
        assert older[-1].ts_open == candles[0].ts_open - 60_000_000_000


async def test_the_clock_of_the_exchange_is_this_machines() -> None:
    async with open_desk() as desk:
        before = desk.quotes[-1].ts_received
        assert abs(await desk.exchange.fetch_server_time() - before) < 60_000_000_000


@pytest.mark.parametrize(("key", "secret"), [("wrong-key", "test-secret"), ("test-key", "wrong-secret")])
async def test_a_wrong_key_is_said_in_one_clear_message(key: str, secret: str) -> None:
    async with (
        simulator(symbols=1) as sim,
        exchange_at(endpoints(sim), api_key=key, api_secret=secret) as exchange,
    ):
        with pytest.raises(AuthenticationFailed):
            await exchange.fetch_balances()
        with pytest.raises(AuthenticationFailed):
            await exchange.stream_account(lambda event: None, lambda: None)


async def test_without_a_key_there_is_a_market_and_no_account() -> None:
    async with simulator(symbols=1) as sim, exchange_at(endpoints(sim), api_key="", api_secret="") as exchange:
        assert exchange.read_only
        assert await exchange.fetch_candles(BTC, Timeframe.M1, 5)
        with pytest.raises(AuthenticationFailed, match="no API key"):
            await exchange.fetch_balances()


async def test_read_only_refuses_orders_before_they_are_sent() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints, read_only=True) as exchange:
        desk = Desk(exchange, (await exchange.open())[BTC])
        with pytest.raises(AuthenticationFailed, match="read_only"):
            await exchange.submit_order(desk.order())
        assert ("POST", "order") not in stub.requests


async def test_a_stopped_exchange_got_no_order() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        desk = Desk(exchange, (await exchange.open())[BTC])
        await stub.stop()
        with pytest.raises(ExchangeUnavailable):
            await exchange.submit_order(desk.order())


def _disconnect(request: web.Request) -> Any:
    assert request.transport is not None
    request.transport.close()
    return {}


async def test_an_order_whose_connection_breaks_before_the_answer_may_have_been_executed() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        stub.answers["POST", "order"] = _disconnect
        desk = Desk(exchange, (await exchange.open())[BTC])
        with pytest.raises(OutcomeUnknown):
            await exchange.submit_order(desk.order())
        assert stub.requests.count(("POST", "order")) == 1


@pytest.mark.parametrize("answer", [{}, [], "filled", {"code": 0}, {"symbol": "BTCUSDT", "orderId": "x"}])
async def test_an_order_whose_answer_makes_no_sense_may_have_been_executed(answer: Any) -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        stub.answers["POST", "order"] = lambda request: answer
        desk = Desk(exchange, (await exchange.open())[BTC])
        with pytest.raises(OutcomeUnknown):
            await exchange.submit_order(desk.order())
        assert stub.requests.count(("POST", "order")) == 1


async def test_a_fill_that_is_told_twice_is_passed_on_once_also_after_a_reconnect() -> None:
    event = f'{{"subscriptionId":0,"event":{ORDER_TRADE}}}'
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        events: list[AccountEvent] = []
        for connection in (1, 2):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(exchange.stream_account, events.append, lambda: None)
                await stub.until_subscribed(connection)
                await stub.push(event, event)
                await until(lambda count=connection * 2: sum(isinstance(e, OrderReport) for e in events) == count)  # type: ignore[misc]
                tasks.cancel_scope.cancel()
            stub.sockets.clear()
        assert sum(isinstance(each, Fill) for each in events) == 1


async def test_a_dropped_account_frame_has_the_account_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fks_engine.exchange.account_reader.REREAD_AFTER_S", 0.01)
    faults: list[str] = []
    subscriptions: list[None] = []
    async with (
        stub_binance() as stub,
        exchange_at(stub.endpoints, faults) as exchange,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(exchange.stream_account, lambda event: None, lambda: subscriptions.append(None))
        await stub.until_subscribed()
        await stub.push('{"subscriptionId":0,"event":{"e":"executionReport","s":"BTCUSDT"}}')
        await until(lambda: len(subscriptions) == 2)
        tasks.cancel_scope.cancel()
    assert "account stream: the exchange sent what cannot be read" in faults[0]


async def test_a_terminated_account_stream_is_lost() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange, anyio.create_task_group() as tasks:

        async def terminate() -> None:
            await stub.until_subscribed()
            await stub.push('{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1795343099502}}')

        tasks.start_soon(terminate)
        with pytest.raises(ExchangeUnavailable, match="ended the account stream"):
            await exchange.stream_account(lambda event: None, lambda: None)


def trade_rows(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "symbol": "BTCUSDT", "id": number, "orderId": 1, "price": "100.00000000", "qty": "0.10000000",
            "commission": "0.00010000", "commissionAsset": "BTC", "time": 1795343099502 + number, "isBuyer": True,
            "isMaker": False,
        }
        for number in range(first, first + count)
    ]  # fmt: skip


async def test_fills_are_fetched_over_all_pages() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        rows = trade_rows(1, 2_500)
        stub.answers["GET", "myTrades"] = lambda request: [
            row for row in rows if row["id"] >= int(request.query.get("fromId", 0))
        ][: int(request.query["limit"])]
        fills = await exchange.fetch_fills(BTC)
        assert [int(fill.trade_id) for fill in fills] == list(range(1, 2_501))
        assert stub.requests.count(("GET", "myTrades")) == 3


async def test_quantities_and_prices_are_written_exactly() -> None:
    sent: list[tuple[object, object]] = []

    async def reject(request: web.Request) -> web.Response:
        form = await request.post()
        sent.append((form["quantity"], form["price"]))
        return web.json_response({"code": -2010, "msg": "no"}, status=400)

    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        stub.answers["POST", "order"] = reject
        desk = Desk(exchange, (await exchange.open())[BTC])
        for quantity, price in (("0.33333333", "1E+3"), ("1E-8", "0.00000001"), ("123456789.12345678", "61837.63")):
            with pytest.raises(OrderRejected):
                await exchange.submit_order(desk.order(quantity=quantity, price=Decimal(price)))
    assert sent == [("0.33333333", "1000"), ("0.00000001", "0.00000001"), ("123456789.12345678", "61837.63")]
