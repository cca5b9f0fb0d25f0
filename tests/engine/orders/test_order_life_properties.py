"""Orders, lists, replacements and cancels under random losses: in the end the engine knows what the exchange knows."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.api import ReplaceOrder, SubmitOco
from fks_engine.errors import ExchangeError, ExchangeUnavailable, OrderRejected, OutcomeUnknown, RateLimited
from fks_engine.model import OrderStatus, Side
from fks_engine.orders import OrderSettings
from tests.engine.builders import BTC, a_submit
from tests.engine.orders.desk import OrderDesk
from tests.engine.virtual_time import settled

S = OrderStatus
SPARING = OrderSettings(first_pause_s=2, longest_pause_s=10, fills_due_s=10, audit_interval_s=10)
"""Few wakes, for virtual time is made of them."""
OCO = SubmitOco(
    instrument_id=BTC,
    side=Side.SELL,
    quantity=Decimal("0.1"),
    take_profit_price=Decimal(62_000),
    stop_price=Decimal(58_000),
)
LOST: list[ExchangeError | None] = [None, None, OutcomeUnknown("timeout")]
NOT_TAKEN: list[ExchangeError | None] = [
    None, None, OutcomeUnknown("cut"), ExchangeUnavailable("refused"), OrderRejected("no"), RateLimited("slow", 1),
]  # fmt: skip
UNHEARD: list[ExchangeError | None] = [None, OutcomeUnknown("timeout"), ExchangeUnavailable("away")]


@st.composite
def days(draw: st.DrawFn) -> tuple[list[tuple[str, int]], dict[str, list[ExchangeError | None]]]:
    """What a trader does, and what befalls the requests."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["submit", "oco", "replace", "replace", "cancel", "fill", "part", "wait"]),
                st.integers(0, 9),
            ),
            min_size=3,
            max_size=14,
        )
    )
    fates = {
        "lost_sends": draw(st.lists(st.sampled_from(LOST), max_size=8)),
        "failed_sends": draw(st.lists(st.sampled_from(NOT_TAKEN), max_size=8)),
        "failed_cancels": draw(st.lists(st.sampled_from(UNHEARD), max_size=8)),
        "lost_cancels": draw(st.lists(st.sampled_from(LOST), max_size=4)),
        "failed_questions": draw(st.lists(st.sampled_from(UNHEARD), max_size=12)),
    }
    return steps, fates


async def trade(desk: OrderDesk, step: str, choice: int) -> None:
    working = [order.client_order_id for order in desk.manager.working()]
    chosen = working[choice % len(working)] if working else ""
    resting = [each for each, report in desk.exchange.orders.items() if report.status.is_working]
    match step:
        case "submit":
            await desk.manager.submit(a_submit())
        case "oco":
            await desk.manager.submit(OCO)
        case "replace":
            await desk.manager.replace(ReplaceOrder(client_order_id=chosen, quantity=Decimal(choice + 1) / 100))
        case "cancel":
            await desk.manager.cancel(chosen)
        case "fill" | "part" if resting:
            order_id = resting[choice % len(resting)]
            quantity = desk.exchange.orders[order_id].quantity
            is_whole = step == "fill"
            # Told or not: half of what happens at the exchange reaches no stream.
            report = desk.exchange.set_status(
                order_id, S.FILLED if is_whole else S.PARTIALLY_FILLED, quantity if is_whole else quantity / 2
            )
            if choice % 2:
                desk.bus.order_reports.publish(report)
        case _:
            await desk.time.passes(choice)
    await settled()


async def live(steps: list[tuple[str, int]], fates: dict[str, list[ExchangeError | None]]) -> OrderDesk:
    desk = OrderDesk(SPARING)
    for name, errors in fates.items():
        getattr(desk.exchange, name).extend(errors)
    async with desk.running():
        await desk.manager.synchronise()
        for step, choice in steps:
            await trade(desk, step, choice)
        for name in fates:
            getattr(desk.exchange, name).clear()
        await desk.time.passes(80)
    return desk


@settings(max_examples=60, deadline=None)
@given(days())
def test_whatever_is_lost_the_engine_ends_up_with_what_the_exchange_has_and_sends_nothing_twice(
    day: tuple[list[tuple[str, int]], dict[str, list[ExchangeError | None]]],
) -> None:
    desk = anyio.run(live, *day)
    sent = Counter(order.client_order_id for order in desk.exchange.sent)
    sent += Counter(order_id for ids in desk.exchange.sent_lists for order_id in ids)
    sent += Counter(new for _, new in desk.exchange.replaced)
    assert all(count == 1 for count in sent.values())
    orders = {order.client_order_id: order for order in desk.manager.page(1_000, 0)[0]}
    for order_id, report in desk.exchange.orders.items():
        order = orders[order_id]
        if order.status is S.PENDING_CANCEL:
            raise AssertionError(f"{order_id} is still being canceled: {order.reason}")
        assert order.status is report.status
        assert order.filled_quantity == report.filled_quantity
    absent = [order for order_id, order in orders.items() if order_id not in desk.exchange.orders]
    assert all(order.status in {S.REJECTED, S.CANCELED, S.DENIED} for order in absent)
    for order in orders.values():
        if order.replaces is not None and order.status in {S.ACCEPTED, S.PARTIALLY_FILLED}:
            assert orders[order.replaces].status.is_terminal
