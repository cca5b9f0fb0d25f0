"""Binance's spot exchange, its testnet or the simulator behind the Exchange port."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import anyio

from fks_engine.errors import AuthenticationFailed, InvalidRequest
from fks_engine.exchange import account_frames, market_frames
from fks_engine.exchange.account_reader import AccountReader, SeenFills
from fks_engine.exchange.client import BinanceClient
from fks_engine.exchange.error_map import FRAME_FAULTS, Purpose, translated
from fks_engine.exchange.faults import FaultCounter
from fks_engine.exchange.instruments import instrument
from fks_engine.exchange.market_reader import MarketReader
from fks_engine.exchange.options import Environment
from fks_engine.exchange.parsing import frame, frames, items, nanoseconds
from fks_engine.model import OrderType, TimeInForce

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fks_engine.clock import Clock
    from fks_engine.exchange.options import ExchangeOptions
    from fks_engine.model import BalancesChanged, Candle, Fill, Instrument, InstrumentId, Order, OrderReport, Timeframe
    from fks_engine.ports import AccountSink, MarketChannel, MarketSink

PAGE: Final = 1_000
"""The most rows that one answer has."""
CLOSE_TIMEOUT_S: Final = 5.0


class BinanceExchange:
    """One Binance account and Binance's market data; implements the Exchange port.

    Market data and the account have a client each, so that an order never queues behind a snapshot.
    """

    def __init__(self, options: ExchangeOptions, clock: Clock, on_fault: Callable[[str], None]) -> None:
        self._options = options
        self._clock = clock
        self._on_fault = on_fault
        self._market = BinanceClient(options)
        self._account = BinanceClient(options)
        self._seen = SeenFills()
        self._markets: dict[str, Instrument] = {}
        self._names: dict[InstrumentId, str] = {}

    @property
    def name(self) -> str:
        """`binance`, on whichever servers."""
        return "binance"

    @property
    def read_only(self) -> bool:
        """True without a key, on public production data, and where the options say so."""
        return self._options.refuses_orders

    async def open(self) -> Mapping[InstrumentId, Instrument]:
        """Load every instrument that trades. One whose rules cannot be true is left out and reported."""
        faults = FaultCounter("list of markets", self._clock, self._on_fault)
        with translated():
            listed = await self._market.load_markets(True)
            self._account.set_markets_from_exchange(self._market)
        trading: dict[InstrumentId, Instrument] = {}
        for entry in listed.values():
            try:
                row = instrument(self.name, entry["symbol"], entry["base"], entry["quote"], frame(entry["info"]))
            except FRAME_FAULTS as error:
                faults.add(f"{entry['symbol']}: {error!r}")
                continue

            self._markets[entry["id"]] = row
            self._names[row.id] = entry["id"]
            if entry["info"].get("status") == "TRADING":
                trading[row.id] = row
        return trading

    async def close(self) -> None:
        """Drop every connection; never raises."""
        with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_TIMEOUT_S):
            for client in (self._market, self._account):
                with suppress(*FRAME_FAULTS, OSError, RuntimeError):
                    await client.close()

    async def fetch_server_time(self) -> int:
        """The exchange's clock."""
        with translated():
            return nanoseconds(frame(await self._market.publicGetTime())["serverTime"])

    async def fetch_balances(self) -> BalancesChanged:
        """All balances of the account that are not zero."""
        self._need_key()
        with translated():
            answer = await self._account.privateGetAccount({"omitZeroBalances": "true"})
            return account_frames.balances_answer(frame(answer), self._clock.now_ns())

    async def fetch_order(self, instrument_id: InstrumentId, client_order_id: str) -> OrderReport:
        """What the exchange knows of one order. Raises OrderNotFound."""
        self._need_key()
        request = {"symbol": self._name(instrument_id), "origClientOrderId": client_order_id}
        with translated():
            answer = await self._account.privateGetOrder(request)
            return account_frames.order_answer(frame(answer), self._markets, self._clock.now_ns())

    async def fetch_open_orders(self, instrument_id: InstrumentId | None = None) -> tuple[OrderReport, ...]:
        """Orders that rest at the exchange."""
        self._need_key()
        request = {} if instrument_id is None else {"symbol": self._name(instrument_id)}
        with translated():
            rows = frames(await self._account.privateGetOpenOrders(request))
            return tuple(account_frames.order_answer(row, self._markets, self._clock.now_ns()) for row in rows)

    async def fetch_fills(self, instrument_id: InstrumentId, since_ts: int | None = None) -> tuple[Fill, ...]:
        """Our executions, oldest first, all pages."""
        self._need_key()
        symbol = self._name(instrument_id)
        start = {"fromId": 0} if since_ts is None else {"startTime": since_ts // 1_000_000}
        fills: dict[str, Fill] = {}
        while True:
            with translated():
                answer = await self._account.privateGetMyTrades({"symbol": symbol, "limit": PAGE} | start)
                received = self._clock.now_ns()
                page = [account_frames.fill_answer(row, self._markets, received) for row in frames(answer)]
            known = len(fills)
            fills |= {fill.trade_id: fill for fill in page}
            if len(page) < PAGE or len(fills) == known:
                break
            start = {"fromId": max(int(fill.trade_id) for fill in page) + 1}
        in_order = sorted(fills.values(), key=lambda fill: (fill.ts_event, int(fill.trade_id)))
        return tuple(fill for fill in in_order if since_ts is None or fill.ts_event >= since_ts)

    async def fetch_candles(
        self, instrument_id: InstrumentId, timeframe: Timeframe, limit: int, before_ts: int | None = None
    ) -> tuple[Candle, ...]:
        """The last `limit` candles (opening before `before_ts`), oldest first; the last may still be forming."""
        symbol = self._name(instrument_id)
        candles: dict[int, Candle] = {}
        end = before_ts
        while len(candles) < limit:
            wanted = min(limit - len(candles), PAGE)
            request: dict[str, Any] = {"symbol": symbol, "interval": timeframe.value, "limit": wanted}
            if end is not None:
                # The exchange's end is the last opening time that still counts.
                request["endTime"] = (end - 1) // 1_000_000
            with translated():
                rows = items(await self._market.publicGetKlines(request))
                received = self._clock.now_ns()
                page = [market_frames.candle_row(row, instrument_id, timeframe, received) for row in rows]
            known = len(candles)
            candles |= {candle.ts_open: candle for candle in page}
            if len(page) < wanted or len(candles) == known:
                break
            end = min(candles)
        return tuple(candles[ts_open] for ts_open in sorted(candles)[-limit:])

    async def submit_order(self, order: Order) -> OrderReport:
        """Send an order once, under our own id. Raises OrderRejected, or OutcomeUnknown when no answer came.

        Any other ExchangeError means that the order was certainly not taken.
        """
        self._need_key(orders=True)
        request = _order_request(self._name(order.instrument_id), order)
        with translated(Purpose.SUBMIT):
            answer = await self._account.privatePostOrder(request)
            return account_frames.order_answer(frame(answer), self._markets, self._clock.now_ns())

    async def cancel_order(self, order: Order) -> OrderReport:
        """Cancel an order by our own id. Raises OrderNotFound when it is not working, or OutcomeUnknown."""
        self._need_key(orders=True)
        request = {"symbol": self._name(order.instrument_id), "origClientOrderId": order.client_order_id}
        with translated(Purpose.CANCEL):
            answer = await self._account.privateDeleteOrder(request)
            return account_frames.order_answer(frame(answer), self._markets, self._clock.now_ns())

    async def stream_market(self, channel: MarketChannel, sink: MarketSink) -> None:
        """Subscribe once and hand every event to `sink` until the connection is lost: raises ExchangeUnavailable."""
        markets = {self._name(instrument_id): instrument_id for instrument_id in channel.instrument_ids}
        rules = {name: self._markets[name] for name in markets}
        reader = MarketReader(self._market, channel, rules, sink, self._clock, self._options, self._on_fault)
        await reader.run()

    async def stream_account(self, sink: AccountSink, ready: Callable[[], None]) -> None:
        """Hand every event of our account to `sink` until the connection is lost: raises ExchangeUnavailable."""
        self._need_key()
        reader = AccountReader(self._account, self._markets, self._seen, sink, self._clock, self._on_fault)
        await reader.run(ready)

    def _name(self, instrument_id: InstrumentId) -> str:
        name = self._names.get(instrument_id)
        if name is None:
            raise InvalidRequest(f"{self.name} does not list {instrument_id}")
        return name

    def _need_key(self, *, orders: bool = False) -> None:
        if self._options.environment is Environment.PRODUCTION:
            raise AuthenticationFailed("public production data has no account, and no order is sent there")
        if not self._options.has_key:
            raise AuthenticationFailed("there is no API key: set exchange.api_key and exchange.api_secret")
        if orders and self._options.read_only:
            raise AuthenticationFailed("orders are refused: exchange.read_only is set")


def _order_request(symbol: str, order: Order) -> dict[str, str]:
    """The order as Binance wants it, its numbers written out exactly. Raises InvalidRequest for one without a price."""
    request = {
        "symbol": symbol,
        "side": order.side.value.upper(),
        "quantity": format(order.quantity, "f"),
        "newClientOrderId": order.client_order_id,
        "newOrderRespType": "FULL",
    }
    if order.order_type is OrderType.MARKET:
        return request | {"type": "MARKET"}
    if order.limit_price is None:
        raise InvalidRequest("a limit order needs a limit price")
    request["price"] = format(order.limit_price, "f")
    if not order.post_only:
        return request | {"type": "LIMIT", "timeInForce": order.time_in_force.value.upper()}
    if order.time_in_force is not TimeInForce.GTC:
        raise InvalidRequest("an order that must not take cannot be immediate")
    return request | {"type": "LIMIT_MAKER"}
