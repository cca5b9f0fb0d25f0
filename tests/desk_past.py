"""Orders of earlier runs for a desk without an engine: their pages, lives and exports."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import (
    Exported,
    ExportHistory,
    Failed,
    HistoryPage,
    HistoryRequest,
    LifeStep,
    LifeStepKind,
    OrderLifePage,
    OrderLifeRequest,
    OrderStatus,
    OrderType,
    Progress,
    Refused,
    Side,
)
from tests.desk_views import ETH, NOW, SECOND, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fks_engine.api import JobPart, Order

_S = OrderStatus
_MILLI = SECOND // 1_000


def past_orders(count: int) -> tuple[Order, ...]:
    """Orders of every ending, newest first, an hour between two of them."""
    endings: tuple[dict[str, object], ...] = (
        {"status": _S.FILLED, "filled_quantity": Decimal("0.1"), "average_price": Decimal("63900.00")},
        {"status": _S.CANCELED},
        {"status": _S.REJECTED, "reason": "Account has insufficient balance for requested action."},
        {"status": _S.DENIED, "reason": "worth 64000 USDT, over the limit of 25000", "side": Side.SELL},
        {"status": _S.EXPIRED, "instrument_id": ETH, "order_type": OrderType.MARKET, "limit_price": None},
    )
    return tuple(
        an_order(each, ts_created=NOW - each * 3_600 * SECOND, **endings[each % len(endings)])
        for each in range(1, count + 1)
    )


def a_life() -> tuple[LifeStep, ...]:
    """From the key to the end, with all that may come between."""
    k = LifeStepKind
    checks = (("order notional", {"worth": "6390 USDT", "limit": "25000 USDT"}), ("price band", {"off mid": "0.2%"}))
    return (
        LifeStep(ts=NOW, kind=k.ASKED, text="by ticket: buy limit 0.1 BTC/USDT at 63900"),
        *(LifeStep(ts=NOW, kind=k.CHECKED, text=f"{name}: passed", numbers=numbers) for name, numbers in checks),
        LifeStep(ts=NOW + _MILLI // 2, kind=k.WRITTEN, text="to the journal, before anything is sent"),
        LifeStep(ts=NOW + 2 * _MILLI, kind=k.SENT, text="the first byte leaves"),
        LifeStep(ts=NOW + 2 * SECOND, kind=k.MOVED, text="now unknown: no answer within 2 s", is_fault=True),
        LifeStep(
            ts=NOW + 3 * SECOND, kind=k.REPLIED, text="working", numbers={"filled": "0 of 0.1", "exchange's id": "5001"}
        ),
        LifeStep(
            ts=NOW + 63 * SECOND,
            kind=k.FILLED,
            text="0.04 at 63900",
            numbers={"fee": "0.00004 BTC", "as": "maker", "trade": "7001"},
        ),
        LifeStep(ts=NOW + 90 * SECOND, kind=k.CANCEL_ASKED, text="until it is over"),
        LifeStep(ts=NOW + 90 * SECOND + 8 * _MILLI, kind=k.REPLIED, text="canceled", numbers={"filled": "0.04 of 0.1"}),
    )


class DeskPast:
    """What a test lets the history say."""

    def __init__(self) -> None:
        self.orders: tuple[Order, ...] = past_orders(12)
        self.warning = ""
        self.refusal = ""
        """Why nothing can be read; empty where all can."""
        self.asked: list[HistoryRequest] = []
        self.gate: anyio.Event | None = None
        """What the answers and the exports wait for."""
        self.exports: list[ExportHistory] = []
        self.fault = ""
        """Why an export fails."""

    async def answered(self, request: HistoryRequest | OrderLifeRequest) -> HistoryPage | OrderLifePage | Refused:
        """A page, once the gate is open."""
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal:
            return Refused(self.refusal)
        if isinstance(request, OrderLifeRequest):
            found = [each for each in self.orders if each.client_order_id == request.client_order_id]
            return OrderLifePage(found[0], a_life()) if found else Refused("the journal tells of no such order")
        self.asked.append(request)
        orders = [each for each in self.orders if _passes(each, request)]
        return HistoryPage(tuple(orders[request.offset : request.offset + request.limit]), len(orders), self.warning)

    async def exported(self, job: ExportHistory) -> AsyncGenerator[JobPart]:
        """Progress, and how it ends."""
        self.exports.append(job)
        if self.fault:
            yield Failed(self.fault)
            return
        yield Progress(1, 2, "written")
        if self.gate is not None:
            await self.gate.wait()
        yield Exported("/home/trader/fks-orders.csv", len(self.orders))


def _passes(order: Order, request: HistoryRequest) -> bool:
    text = f"{order.client_order_id} {order.reason} {order.status} {order.instrument_id}".lower()
    return (
        all(word in text for word in request.text.lower().split())
        and request.instrument_id in (None, order.instrument_id)
        and request.side in (None, order.side)
        and (not request.statuses or order.status in request.statuses)
        and (request.until_ts is None or order.ts_created <= request.until_ts)
    )
