"""What the exchange tells may come in any order, twice or never: ledger and portfolio end where the exchange is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.model import EXACT, Fill, OrderReport, OrderStatus, Side
from fks_engine.orders import OrderSettings
from fks_engine.portfolio import Portfolio
from tests.engine.builders import BTC, a_fill, a_submit
from tests.engine.orders.desk import OrderDesk

S = OrderStatus
SPARING = OrderSettings(first_pause_s=2, longest_pause_s=10, fills_due_s=10, audit_interval_s=10)
QUANTITY = Decimal("0.1")
UNTIL_AUDITED_S = 80
"""By then every market's orders and fills were once held against the exchange's."""


@dataclass(frozen=True)
class Past:
    """What happened to one order at the exchange."""

    side: Side
    parts: tuple[tuple[Decimal, Decimal], ...]
    """Quantity and price of each execution."""
    end: OrderStatus | None
    """How it ended before it was filled; None where it rests, or is filled."""


@dataclass(frozen=True)
class Day:
    """Some orders, what the streams told of them and in which order, and how far the disk had got at a death."""

    pasts: tuple[Past, ...]
    told: tuple[int, ...]
    durable: int


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    sizes = draw(
        st.sampled_from([(), ("0.03",), ("0.1",), ("0.01", "0.02"), ("0.04", "0.06"), ("0.02", "0.03", "0.05")])
    )
    parts = tuple((Decimal(size), Decimal(draw(st.integers(58_000, 62_000)))) for size in sizes)
    is_filled = sum(size for size, _ in parts) == QUANTITY
    end = None if is_filled else draw(st.sampled_from([None, S.CANCELED, S.EXPIRED]))
    return Past(draw(st.sampled_from(list(Side))), parts, end)


@st.composite
def days(draw: st.DrawFn) -> Day:
    """An event is told as often as its number is drawn, in the order of the draw."""
    chosen = tuple(draw(st.lists(pasts(), min_size=1, max_size=4)))
    told = draw(st.lists(st.integers(0, 40), max_size=50))
    return Day(chosen, tuple(told), draw(st.integers(0, 60)))


def happened(desk: OrderDesk, order_id: str, past: Past, first_trade: int) -> list[OrderReport | Fill]:
    """Let the exchange live through it; everything that its streams would tell, in the right order."""
    report = desk.exchange.orders[order_id]
    events: list[OrderReport | Fill] = [report]
    filled, notional = Decimal(0), Decimal(0)
    for number, (quantity, price) in enumerate(past.parts):
        filled, notional = filled + quantity, notional + quantity * price
        status = S.FILLED if filled == QUANTITY else S.PARTIALLY_FILLED
        report = replace(report, status=status, filled_quantity=filled, average_price=notional / filled)
        fill = a_fill(
            past.side,
            quantity,
            price,
            fee=quantity / 1_000,
            fee_asset="BTC" if past.side is Side.BUY else "USDT",
            trade_id=str(first_trade + number),
            client_order_id=order_id,
            exchange_order_id=report.exchange_order_id,
            ts_event=desk.time.now_ns() + first_trade + number,
        )
        desk.exchange.fills.append(fill)
        events += [report, fill]
    if past.end is not None:
        report = replace(report, status=past.end)
        events.append(report)
    desk.exchange.orders[order_id] = report
    return events


def a_portfolio(desk: OrderDesk) -> Portfolio:
    return Portfolio(desk.market, desk.bus, desk.time, "USDT", exchange_name="binance", journal=desk.journal)


async def hear(desk: OrderDesk, day: Day) -> None:
    """Send the day's orders and tell of them what the day tells, in its order."""
    events: list[OrderReport | Fill] = []
    for number, past in enumerate(day.pasts):
        order_id = await desk.submit(a_submit(past.side, QUANTITY))
        events += happened(desk, order_id, past, 100 * number)
    for number in day.told:
        event = events[number % len(events)]
        if isinstance(event, Fill):
            desk.bus.fills.publish(event)
        else:
            desk.bus.order_reports.publish(event)


def agrees(desk: OrderDesk, portfolio: Portfolio) -> None:
    """Hold orders, fills and the position against the exchange, and the fills of each order against its sum."""
    fills, count = portfolio.fills(1_000, 0)
    assert count == len(desk.exchange.fills)
    assert {fill.trade_id: fill for fill in fills} == {fill.trade_id: fill for fill in desk.exchange.fills}
    for order_id, report in desk.exchange.orders.items():
        order = desk.order(order_id)
        assert order.status is report.status
        assert order.filled_quantity == report.filled_quantity
        assert order.average_price == report.average_price
        assert order.filled_quantity == sum(fill.quantity for fill in fills if fill.client_order_id == order_id)
    position = portfolio.position(BTC)
    assert position.quantity == sum(signed(fill) for fill in fills)
    assert position.cash_flow == sum(paid(fill) for fill in fills)
    assert position.fill_count == len(fills)


def signed(fill: Fill) -> Decimal:
    return EXACT.subtract(fill.quantity, fill.fee) if fill.side is Side.BUY else -fill.quantity


def paid(fill: Fill) -> Decimal:
    notional = EXACT.multiply(fill.quantity, fill.price)
    return -notional if fill.side is Side.BUY else EXACT.subtract(notional, fill.fee)


async def live(day: Day) -> None:
    desk = OrderDesk(SPARING)
    portfolio = a_portfolio(desk)
    async with desk.running():
        await desk.manager.synchronise()
        await hear(desk, day)
        await desk.time.passes(UNTIL_AUDITED_S)
    agrees(desk, portfolio)


@settings(max_examples=80, deadline=None)
@given(days())
def test_events_in_any_order_twice_or_never_end_where_the_exchange_is_once_it_was_asked(day: Day) -> None:
    anyio.run(live, day)


async def die_and_live_again(day: Day) -> None:
    desk = OrderDesk(SPARING)
    portfolio = a_portfolio(desk)
    async with desk.running():
        await desk.manager.synchronise()
        await hear(desk, day)
    desk.journal.flush(day.durable)
    after = OrderDesk(SPARING, before=desk)
    portfolio = a_portfolio(after)
    portfolio.restore(after.journal.durable)
    async with after.running():
        portfolio.load_fills(await after.exchange.fetch_fills(BTC))
        await after.manager.synchronise()
        agrees(after, portfolio)
        await after.time.passes(UNTIL_AUDITED_S)
    agrees(after, portfolio)


@settings(max_examples=80, deadline=None)
@given(days())
def test_a_death_among_events_in_any_order_is_made_good_by_one_reconciliation(day: Day) -> None:
    anyio.run(die_and_live_again, day)
