"""Binance's spot exchange, its testnet or the simulator behind the Exchange port."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import anyio

from fks_engine.errors import AuthenticationFailed, ExchangeError, InvalidRequest, MalformedData
from fks_engine.exchange import account_frames, market_frames
from fks_engine.exchange.account_reader import AccountReader, SeenFills
from fks_engine.exchange.client import BinanceClient, patience
from fks_engine.exchange.error_map import FRAME_FAULTS, Purpose, reaching, translated
from fks_engine.exchange.faults import FaultCounter
from fks_engine.exchange.instruments import instrument
from fks_engine.exchange.market_reader import MarketReader
from fks_engine.exchange.options import Environment
from fks_engine.exchange.order_requests import (
    ONE_CANCELS_OTHER,
    ONE_EXIT,
    TWO_EXITS,
    list_request,
    order_request,
    reference,
    replacement_request,
)
from fks_engine.exchange.parsing import frame, frames, items, nanoseconds, word
from fks_engine.exchange.silence import Renewals
from fks_engine.ports import RateUsage, undoubted
from fks_engine.resilience.budget import RateBudget
from fks_engine.resilience.rate_queue import RateQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from fks_engine.clock import Clock
    from fks_engine.exchange.options import ExchangeOptions
    from fks_engine.model import (
        BalancesChanged,
        Candle,
        Fill,
        Instrument,
        InstrumentId,
        Order,
        OrderReport,
        Timeframe,
    )
    from fks_engine.ports import AccountSink, DoubtSink, MarketChannel, MarketSink

PAGE: Final = 1_000
"""The most rows that one answer has."""
CLOSE_TIMEOUT_S: Final = 5.0
CANDLES_PATIENCE_S: Final = 5.0
"""Whoever waits for candles waits in front of a chart."""
CLOCK_SAMPLES: Final = 3
BAD_LISTS_REFUSED: Final = 3
"""A list of markets that cannot be read whole is asked for again until it comes so for this many times in a row."""


class BinanceExchange:
    """One Binance account and Binance's market data; implements the Exchange port.

    Market data and the account have a client each, so that an order never queues behind a snapshot; both share one
    budget, in which cancels and orders go first.
    """

    def __init__(self, options: ExchangeOptions, clock: Clock, on_fault: Callable[[str], None]) -> None:
        self._options = options
        self._clock = clock
        self._on_fault = on_fault
        self._queue = RateQueue(RateBudget(clock, options.rate_reserve_percent))
        self._market = BinanceClient(options, self._queue)
        self._account = BinanceClient(options, self._queue, self._measure_clock)
        self._measuring = anyio.Lock()
        self._measurements = 0
        self._renewals = Renewals()
        self._looked_at: Collection[InstrumentId] = ()
        self._seen = SeenFills()
        self._markets: dict[str, Instrument] = {}
        self._names: dict[InstrumentId, str] = {}
        self._bad_lists = 0

    @property
    def name(self) -> str:
        """`binance`, on whichever servers."""
        return "binance"

    @property
    def read_only(self) -> bool:
        """True without a key, on public production data, and where the options say so."""
        return self._options.refuses_orders

    async def open(self) -> Mapping[InstrumentId, Instrument]:
        """Load every instrument that trades. One whose rules cannot be true is reported.

        Raises MalformedData while such a list is news: the next one may be whole. One that comes a third time is taken
        as it is, without what cannot be read; one without any market, which half an answer is read as, never is.
        """
        faults = FaultCounter("list of markets", self._clock, self._on_fault)
        with reaching(self.name):
            listed = await self._market.load_markets(True)
            self._account.set_markets_from_exchange(self._market)
        if not listed:
            raise MalformedData("the list of markets came without any market; it is asked for again")
        trading: dict[InstrumentId, Instrument] = {}
        for entry in listed.values():
            try:
                row = instrument(self.name, entry["symbol"], entry["base"], entry["quote"], frame(entry["info"]))
                status = word(entry["info"]["status"])
            except FRAME_FAULTS as error:
                faults.add(f"{entry['symbol']}: {error!r}")
                continue

            self._markets[entry["id"]] = row
            self._names[row.id] = entry["id"]
            if status == "TRADING":
                trading[row.id] = row
        self._bad_lists = self._bad_lists + 1 if faults.count else 0
        if 0 < self._bad_lists < BAD_LISTS_REFUSED:
            raise MalformedData(
                f"the list of markets could not be read whole ({faults.count} of {len(listed)} markets)"
            )
        return trading

    async def close(self) -> None:
        """Drop every connection; never raises."""
        with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_TIMEOUT_S):
            for client in (self._market, self._account):
                with suppress(*FRAME_FAULTS, OSError, RuntimeError):
                    await client.close()

    async def fetch_server_time(self) -> int:
        """The exchange's clock. Raises RateLimited at once where the budget has no room."""
        with translated(), patience(0.0):
            return nanoseconds(frame(await self._market.publicGetTime())["serverTime"])

    def correct_clock(self, offset_ns: int) -> None:
        """Sign requests, and count the budget's minutes, by the exchange's clock, which is ours plus `offset_ns`."""
        self._queue.budget.correct_clock(offset_ns)
        for client in (self._market, self._account):
            client.correct_clock(offset_ns)

    async def _measure_clock(self) -> bool:
        """Measure and correct the clock, once for all that ask meanwhile; False where the exchange does not tell its
        time. A correction from before does not count: whoever asks was refused in spite of it."""
        before = self._measurements
        async with self._measuring:
            if self._measurements != before:
                return True
            offsets: dict[int, int] = {}
            for _ in range(CLOCK_SAMPLES):
                sent, began = self._clock.now_ns(), self._clock.monotonic_ns()
                try:
                    server = await self.fetch_server_time()
                except ExchangeError:
                    continue
                trip = self._clock.monotonic_ns() - began
                offsets[trip] = server - sent - trip // 2
            if not offsets:
                return False
            self.correct_clock(offsets[min(offsets)])
            self._measurements += 1
            return True

    @property
    def rate_usage(self) -> RateUsage:
        """How much of the exchange's budget is used."""
        budget = self._queue.budget
        now_ns = budget.now_ns()
        return RateUsage(
            used=budget.weight.counted(now_ns),
            limit=budget.weight.limit,
            reserved=budget.reserved,
            orders_used=budget.orders.counted(now_ns),
            orders_limit=budget.orders.limit,
            waiting=self._queue.waiting,
            banned_for_s=budget.banned_for_s,
        )

    async def fetch_balances(self) -> BalancesChanged:
        """All balances of the account that are not zero."""
        self._need_key()
        with translated():
            answer = await self._account.privateGetAccount({"omitZeroBalances": "true"})
            return account_frames.balances_answer(frame(answer), self._clock.now_ns())

    async def fetch_order(self, instrument_id: InstrumentId, client_order_id: str) -> OrderReport:
        """What the exchange knows of one order. Raises OrderNotFound."""
        self._need_key()
        request = {"symbol": self._name(instrument_id)} | reference(client_order_id)
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

    async def fetch_fills(
        self, instrument_id: InstrumentId, since_ts: int | None = None, from_trade_id: str | None = None
    ) -> tuple[Fill, ...]:
        """Our executions, oldest first, all pages. Trade ids rise, by market; a time further back than a day is no
        beginning, for the exchange tells one day at most of it."""
        self._need_key()
        symbol = self._name(instrument_id)
        start = {"fromId": int(from_trade_id or 0)} if since_ts is None else {"startTime": since_ts // 1_000_000}
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
            with translated(), patience(CANDLES_PATIENCE_S):
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
        request = order_request(self._name(order.instrument_id), order)
        with translated(Purpose.SUBMIT):
            answer = await self._account.privatePostOrder(request)
            return account_frames.order_answer(frame(answer), self._markets, self._clock.now_ns())

    async def submit_list(self, orders: Sequence[Order]) -> tuple[OrderReport, ...]:
        """Send orders of one list once, all or none, under our own ids. Raises as submit_order does."""
        self._need_key(orders=True)
        kind, request = list_request(self._name(orders[0].instrument_id), orders)
        send = {
            ONE_CANCELS_OTHER: self._account.privatePostOrderListOco,
            ONE_EXIT: self._account.privatePostOrderListOto,
            TWO_EXITS: self._account.privatePostOrderListOtoco,
        }[kind]
        with translated(Purpose.SUBMIT):
            return account_frames.list_answer(frame(await send(request)), self._markets, self._clock.now_ns())

    async def replace_order(self, old: Order, new: Order) -> tuple[OrderReport, OrderReport]:
        """Cancel `old` and send `new`, once; what became of both.

        Raises CancelRefused (neither happened), ReplacementRejected (the old one is canceled), OutcomeUnknown; any
        other ExchangeError means that neither happened.
        """
        self._need_key(orders=True)
        request = replacement_request(self._name(old.instrument_id), old, new)
        with translated(Purpose.SUBMIT):
            answer = frame(await self._account.privatePostOrderCancelReplace(request))
            received = self._clock.now_ns()
            canceled, sent = (
                account_frames.order_answer(frame(answer[half]), self._markets, received)
                for half in ("cancelResponse", "newOrderResponse")
            )
            return canceled, sent

    async def cancel_order(self, order: Order) -> OrderReport:
        """Cancel an order by our own id, and with it the list it is in. Raises OrderNotFound when it is not working, or
        OutcomeUnknown."""
        self._need_key(orders=True)
        request = {"symbol": self._name(order.instrument_id)} | reference(order.client_order_id)
        with translated(Purpose.CANCEL):
            answer = frame(await self._account.privateDeleteOrder(request))
            received = self._clock.now_ns()
            if "orderReports" not in answer:
                return account_frames.order_answer(answer, self._markets, received)
            reports = account_frames.list_answer(answer, self._markets, received)
            found = next((report for report in reports if _is_of(report, order)), None)
            if found is None:
                raise MalformedData("a list was canceled that the order is not in")
            return found

    def hold_orders(self, why: str) -> None:
        """From now on no new order leaves of which not one byte has left; empty lets them leave again. Cancels pass."""
        self._account.held = why

    def look_at(self, instrument_ids: Collection[InstrumentId]) -> None:
        """Audit the books of these before others."""
        self._looked_at = instrument_ids

    async def stream_market(self, channel: MarketChannel, sink: MarketSink, doubt: DoubtSink = undoubted) -> None:
        """Subscribe once and hand every event to `sink` until the connection is lost: raises ExchangeUnavailable."""
        markets = {self._name(instrument_id): instrument_id for instrument_id in channel.instrument_ids}
        rules = {name: self._markets[name] for name in markets}
        reader = MarketReader(
            self._market, channel, rules, sink, self._clock, self._options, self._on_fault,
            doubt=doubt, renewals=self._renewals, looked_at=lambda: self._looked_at,
        )  # fmt: skip
        await reader.run()

    async def stream_account(self, sink: AccountSink, ready: Callable[[], None]) -> None:
        """Hand every event of our account to `sink` until the connection is lost: raises ExchangeUnavailable."""
        self._need_key()
        life_s = self._options.connection_life_s
        reader = AccountReader(self._account, self._markets, self._seen, sink, self._clock, self._on_fault, life_s)
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


def _is_of(report: OrderReport, order: Order) -> bool:
    """Whether the report tells of this order."""
    if order.exchange_order_id is not None:
        return report.exchange_order_id == order.exchange_order_id
    return report.client_order_id == order.client_order_id
