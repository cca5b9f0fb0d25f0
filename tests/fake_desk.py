"""A Desk without an engine: it shows the views it is given and remembers what it was asked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import (
    Accepted,
    AnswerUnavailable,
    CandlesPage,
    CandlesRequest,
    ConnectionLost,
    DenialReason,
    Denied,
    ExchangeMeasured,
    ExportHistory,
    FillsPage,
    FillsRequest,
    HistoryRequest,
    InstrumentsPage,
    InstrumentsRequest,
    OrderLifeRequest,
    OrdersPage,
    OrdersRequest,
    Preview,
    Progress,
    ReplaceOrder,
    SettingRow,
    SettingsPage,
    SettingsRequest,
    Side,
    SubmitOco,
    SubmitOrder,
    blank_preview,
)
from tests.desk_past import DeskPast
from tests.desk_views import a_view, an_instrument, candles

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fks_engine.api import AnswerPart, Command, DeskView, Job, JobPart, OrderCommand, Page, Previewable, Request


class FakeDesk:
    """Keeps the Desk contract over a view that a test sets."""

    def __init__(self, view: DeskView | None = None) -> None:
        self._view = view or a_view()
        self._changed = anyio.Event()
        self.submitted: list[Command] = []
        self.previewed: list[OrderCommand] = []
        self.previewed_changes: list[ReplaceOrder] = []
        self.denial: Denied | None = None
        """What submit and preview answer; None lets everything through."""
        self.trouble: ConnectionLost | None = None
        """What submit raises; None while the engine hears it."""
        self.past = DeskPast()
        self.warnings: tuple[str, ...] = ()
        """What the preview of a replacement warns of."""

    def show(self, view: DeskView) -> None:
        """Replace the picture; it gets the next number."""
        self._view = replace(view, number=self._view.number + 1)
        self._changed.set()
        self._changed = anyio.Event()

    def view(self) -> DeskView:
        return self._view

    async def changed(self, number: int) -> DeskView:
        while self._view.number == number:
            await self._changed.wait()
        return self._view

    async def submit(self, command: Command) -> Accepted | Denied:
        self.submitted.append(command)
        if self.trouble is not None:
            raise self.trouble
        if self.denial is not None:
            return self.denial
        sends = isinstance(command, SubmitOrder | SubmitOco | ReplaceOrder)
        return Accepted((f"fks-{len(self.submitted):06d}",) if sends else ())

    async def preview(self, command: Previewable) -> Preview:
        if isinstance(command, ReplaceOrder):
            self.previewed_changes.append(command)
            return self._preview_change(command)
        self.previewed.append(command)
        instrument = an_instrument(command.instrument_id)
        limit_price = command.limit_price if isinstance(command, SubmitOrder) else command.take_profit_price
        price = limit_price or Decimal("64000.01")
        quantity = instrument.quantity_to_step(command.quantity) if command.quantity.is_finite() else Decimal(0)
        return Preview(
            quantity=quantity,
            limit_price=limit_price and instrument.price_to_tick(limit_price),
            expected_price=price,
            notional=price * quantity,
            fee=quantity * instrument.taker_fee,
            fee_asset=instrument.base,
            position_before=Decimal("0.09990"),
            position_after=Decimal("0.09990") + quantity,
            available=Decimal("93600.00"),
            available_asset=instrument.quote,
            denial=self.denial,
        )

    def _preview_change(self, change: ReplaceOrder) -> Preview:
        old = next((each for each in self._view.working_orders if each.client_order_id == change.client_order_id), None)
        if old is None:
            return blank_preview(change, Denied(DenialReason.UNKNOWN_ORDER, "there is no such order"))
        instrument = an_instrument(old.instrument_id)
        quantity = old.leaves_quantity if change.quantity is None else change.quantity
        limit_price = change.limit_price or old.limit_price
        price = limit_price or change.stop_price or old.stop_price or Decimal("64000.01")
        is_buy, held = old.side is Side.BUY, Decimal("0.09990")
        available = Decimal("93600.00") if is_buy else held
        spent = price * quantity if is_buy else quantity
        return Preview(
            quantity=quantity,
            limit_price=limit_price,
            expected_price=price,
            notional=price * quantity,
            fee=(quantity if is_buy else price * quantity) * instrument.maker_fee,
            fee_asset=instrument.base if is_buy else instrument.quote,
            position_before=held,
            position_after=held + (quantity if is_buy else -quantity),
            available=available,
            available_asset=instrument.quote if is_buy else instrument.base,
            denial=self.denial,
            warnings=self.warnings,
            available_after=available - spent,
        )

    async def query(self, request: Request) -> Page:
        match request:
            case InstrumentsRequest(text=text, limit=limit):
                found = [row.instrument_id for row in self._view.quotes if text.lower() in row.instrument_id.lower()]
                return InstrumentsPage(tuple(an_instrument(each) for each in found[:limit]), len(found))
            case CandlesRequest(instrument_id=id, timeframe=timeframe, limit=limit):
                return CandlesPage(id, timeframe, candles(id, min(limit, 120), timeframe))
            case OrdersRequest(limit=limit, offset=offset):
                orders = self._view.working_orders + self._view.recent_orders
                return OrdersPage(orders[offset : offset + limit], len(orders))
            case FillsRequest(limit=limit, offset=offset):
                fills = self._view.recent_fills
                return FillsPage(fills[offset : offset + limit], len(fills))
            case SettingsRequest():
                rows = (
                    SettingRow("mode", "sim", "sim", "default", "Where orders go."),
                    SettingRow("risk.max_order_notional", "50000", "25000", "fks.toml", "The most one order is worth."),
                )
                return SettingsPage(rows, "/home/trader/.config/fks/fks.toml")
            case HistoryRequest() | OrderLifeRequest():
                return await self.past.answered(request)

    async def run(self, job: Job) -> AsyncGenerator[JobPart]:
        if isinstance(job, ExportHistory):
            async for part in self.past.exported(job):
                yield part
            return
        for done in range(job.samples):
            yield Progress(done + 1, job.samples, "measuring")
            await anyio.lowlevel.checkpoint()
        yield ExchangeMeasured(1.2, 3.4, 0.1, job.samples)

    async def ask(self, question: str) -> AsyncGenerator[AnswerPart]:
        yield AnswerUnavailable("this desk has no assistant")
