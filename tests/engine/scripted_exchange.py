"""An exchange that does what a test tells it: it holds orders, and answers, fails or stays silent on request."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.errors import CancelRefused, ExchangeError, OrderNotFound
from fks_engine.model import BalancesChanged, OrderReport, OrderStatus
from fks_engine.ports import undoubted
from tests.engine.builders import NOW, a_report, an_instrument, the_balances

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import anyio

    from fks_engine.model import Candle, Fill, Instrument, InstrumentId, Order, Timeframe
    from fks_engine.ports import AccountSink, DoubtSink, MarketChannel, MarketSink, RateUsage


class ScriptedExchange:
    """Implements the Exchange port in memory.

    `lost_sends` arrive though their answer is an error; `failed_sends` never arrive. Each list is used up from its
    front, one entry a request; None means that all goes well.
    """

    def __init__(self) -> None:
        self.name = "binance"
        self.read_only = False
        self.orders: dict[str, OrderReport] = {}
        self.fills: list[Fill] = []
        self.sent: list[Order] = []
        self.sent_lists: list[tuple[str, ...]] = []
        self.replaced: list[tuple[str, str]] = []
        self.failed_replacements: deque[ExchangeError | None] = deque()
        """Raised once the old order of a replacement is canceled and before the new one is taken."""
        self.canceled: list[str] = []
        self.asked: list[str] = []
        self.listed: list[InstrumentId | None] = []
        self.fill_requests = 0
        self.lost_sends: deque[ExchangeError | None] = deque()
        self.failed_sends: deque[ExchangeError | None] = deque()
        self.failed_cancels: deque[ExchangeError | None] = deque()
        self.lost_cancels: deque[ExchangeError | None] = deque()
        self.failed_questions: deque[ExchangeError | None] = deque()
        self.failed_lists: deque[ExchangeError | None] = deque()
        self.failed_fills: deque[ExchangeError | None] = deque()
        self.corrected_ns: int | None = None
        self.usage: RateUsage | None = None
        self.held = ""
        self.hold: anyio.Event | None = None
        """While set to an event, sends wait for it."""
        self.on_arrival: Callable[[Order], None] = lambda order: None

    async def open(self) -> Mapping[InstrumentId, Instrument]:
        instrument = an_instrument()
        return {instrument.id: instrument}

    async def close(self) -> None:
        return None

    async def fetch_server_time(self) -> int:
        return NOW

    async def fetch_balances(self) -> BalancesChanged:
        return the_balances()

    async def fetch_order(self, instrument_id: InstrumentId, client_order_id: str) -> OrderReport:
        self.asked.append(client_order_id)
        _raise_next(self.failed_questions)
        if client_order_id not in self.orders:
            raise OrderNotFound("Order does not exist.")
        return self.orders[client_order_id]

    async def fetch_open_orders(self, instrument_id: InstrumentId | None = None) -> tuple[OrderReport, ...]:
        _raise_next(self.failed_lists)
        self.listed.append(instrument_id)
        return tuple(
            report
            for report in self.orders.values()
            if report.status.is_working and instrument_id in {None, report.instrument_id}
        )

    async def fetch_fills(
        self, instrument_id: InstrumentId, since_ts: int | None = None, from_trade_id: str | None = None
    ) -> tuple[Fill, ...]:
        self.fill_requests += 1
        _raise_next(self.failed_fills)
        return tuple(fill for fill in self.fills if since_ts is None or fill.ts_event >= since_ts)

    async def fetch_candles(
        self, instrument_id: InstrumentId, timeframe: Timeframe, limit: int, before_ts: int | None = None
    ) -> tuple[Candle, ...]:
        return ()

    async def submit_order(self, order: Order) -> OrderReport:
        self.sent.append(order)
        if self.hold is not None:
            await self.hold.wait()
        _raise_next(self.failed_sends)
        report = self.place(order)
        self.on_arrival(order)
        _raise_next(self.lost_sends)
        return report

    async def submit_list(self, orders: Sequence[Order]) -> tuple[OrderReport, ...]:
        self.sent_lists.append(tuple(order.client_order_id for order in orders))
        if self.hold is not None:
            await self.hold.wait()
        _raise_next(self.failed_sends)
        reports = tuple(
            replace(self.place(order), is_pending=order.waits_for is not None, order_list_id="7") for order in orders
        )
        for report in reports:
            self.orders[report.client_order_id] = report
        _raise_next(self.lost_sends)
        return reports

    async def replace_order(self, old: Order, new: Order) -> tuple[OrderReport, OrderReport]:
        self.replaced.append((old.client_order_id, new.client_order_id))
        if self.hold is not None:
            await self.hold.wait()
        _raise_next(self.failed_sends)
        if self.orders[old.client_order_id].status.is_terminal:
            raise CancelRefused("Unknown order sent. (-2011)")
        canceled = self.set_status(old.client_order_id, OrderStatus.CANCELED)
        _raise_next(self.failed_replacements)
        report = self.place(new)
        _raise_next(self.lost_sends)
        return canceled, report

    async def cancel_order(self, order: Order) -> OrderReport:
        self.canceled.append(order.client_order_id)
        _raise_next(self.failed_cancels)
        report = self.orders.get(order.client_order_id)
        if report is None or report.status.is_terminal:
            raise OrderNotFound("Unknown order sent.")
        self.set_status(order.client_order_id, OrderStatus.CANCELED)
        for other in list(self.orders.values()):
            is_bound = report.order_list_id is not None and other.order_list_id == report.order_list_id
            if is_bound and other.status.is_working:
                self.set_status(other.client_order_id, OrderStatus.CANCELED)
        _raise_next(self.lost_cancels)
        return self.orders[order.client_order_id]

    def correct_clock(self, offset_ns: int) -> None:
        self.corrected_ns = offset_ns

    @property
    def rate_usage(self) -> RateUsage | None:
        return self.usage

    def look_at(self, instrument_ids: Collection[InstrumentId]) -> None:
        return None

    def hold_orders(self, why: str) -> None:
        self.held = why

    async def stream_market(self, channel: MarketChannel, sink: MarketSink, doubt: DoubtSink = undoubted) -> None:
        return None

    async def stream_account(self, sink: AccountSink, ready: Callable[[], None]) -> None:
        return None

    def place(self, order: Order) -> OrderReport:
        """Let an order rest at the exchange."""
        report = replace(a_report(order=order), exchange_order_id=str(9_000 + len(self.orders)))
        self.orders[order.client_order_id] = report
        return report

    def set_status(self, client_order_id: str, status: OrderStatus, filled: Decimal | str | int = 0) -> OrderReport:
        """Let something happen to an order at the exchange."""
        report = self.orders[client_order_id]
        filled = max(Decimal(filled), report.filled_quantity)
        price = (report.limit_price or Decimal(60_000)) if filled else None
        self.orders[client_order_id] = replace(report, status=status, filled_quantity=filled, average_price=price)
        return self.orders[client_order_id]


def _raise_next(errors: deque[ExchangeError | None]) -> None:
    error = errors.popleft() if errors else None
    if error is not None:
        raise error
