"""One order's life under events that come late, twice and in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.model import TRANSITIONS, Fill, Order, OrderReport, OrderStatus, TimeInForce
from fks_engine.orders.life import Effect, TrackedOrder
from tests.engine.builders import NOW, a_fill, a_report, an_order

S = OrderStatus


@dataclass(frozen=True)
class History:
    """What really happened to an order at the exchange, and the events that tell of it."""

    status: OrderStatus
    fills: tuple[Fill, ...]
    events: tuple[OrderReport | Fill, ...]

    @property
    def filled(self) -> Decimal:
        return sum((fill.quantity for fill in self.fills), Decimal(0))

    @property
    def average_price(self) -> Decimal | None:
        return sum((fill.notional for fill in self.fills), Decimal(0)) / self.filled if self.fills else None


QUANTITY = 10
SUBMITTED = an_order(quantity=QUANTITY, status=S.SUBMITTED, exchange_order_id=None)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A true history: accepted, filled in some parts, then left resting, filled up, canceled or expired."""
    if draw(st.booleans()) and draw(st.booleans()):
        return History(S.REJECTED, (), (a_report(S.REJECTED, order=SUBMITTED, reason="no"),))
    parts: list[int] = []
    while sum(parts) < QUANTITY and draw(st.booleans()):
        parts.append(draw(st.integers(1, QUANTITY - sum(parts))))
    fills = tuple(
        a_fill(quantity=part, price=draw(st.integers(58_000, 60_000)), trade_id=str(number))
        for number, part in enumerate(parts)
    )
    events: list[OrderReport | Fill] = [a_report(S.ACCEPTED, order=SUBMITTED)]
    done = 0
    for fill, part in zip(fills, parts, strict=True):
        done += part
        status = S.FILLED if done == QUANTITY else S.PARTIALLY_FILLED
        events += [fill, a_report(status, done, order=SUBMITTED)]
    resting = S.PARTIALLY_FILLED if fills else S.ACCEPTED
    final = S.FILLED if done == QUANTITY else draw(st.sampled_from([resting, S.CANCELED, S.EXPIRED]))
    if final.is_terminal and final is not S.FILLED:
        events.append(a_report(final, done, order=SUBMITTED))
    return History(final, fills, tuple(events))


def deliver(tracked: TrackedOrder, event: OrderReport | Fill) -> Effect:
    return tracked.take_fill(event, NOW) if isinstance(event, Fill) else tracked.take_report(event, NOW)


@given(histories(), st.data())
def test_events_in_any_order_make_only_legal_moves_and_end_where_the_exchange_stands(
    history: History, data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(history.events), max_size=6))
    events = data.draw(st.permutations([*history.events, *repeated]))
    cancel_at = data.draw(st.one_of(st.none(), st.integers(0, len(events))))
    lost_at = data.draw(st.one_of(st.none(), st.integers(0, len(events))))
    tracked = TrackedOrder(SUBMITTED)

    def check(step: Callable[[], object]) -> None:
        before = tracked.order
        effect = step()
        after = tracked.order
        assert effect is not Effect.ILLEGAL
        assert after.status is before.status or after.status in TRANSITIONS[before.status]
        assert after.filled_quantity >= before.filled_quantity

    for position, event in enumerate(events):
        is_answered = tracked.order.exchange_order_id is not None or tracked.order.status.is_terminal
        if position == lost_at and not is_answered:
            check(lambda: tracked.move(S.UNKNOWN, NOW))
        if position == cancel_at and S.PENDING_CANCEL in TRANSITIONS[tracked.order.status]:
            check(lambda: tracked.move(S.PENDING_CANCEL, NOW))
        check(lambda event=event: deliver(tracked, event))  # type: ignore[misc]

    order = tracked.order
    if not (order.status is S.PENDING_CANCEL and history.status.is_working):
        assert order.status is history.status
    assert order.filled_quantity == history.filled
    assert order.average_price == history.average_price
    assert not tracked.lacks_fills


@given(histories())
def test_reports_alone_tell_how_much_was_filled(history: History) -> None:
    tracked = TrackedOrder(SUBMITTED)
    for event in history.events:
        if not isinstance(event, Fill):
            tracked.take_report(event, NOW)
    assert tracked.order.status is history.status
    assert tracked.order.filled_quantity == history.filled
    assert tracked.lacks_fills == bool(history.fills)


@pytest.mark.parametrize(
    ("status", "told"),
    [(S.FILLED, S.CANCELED), (S.ACCEPTED, S.REJECTED), (S.CANCELED, S.EXPIRED), (S.DENIED, S.ACCEPTED)],
)
def test_a_contradiction_is_ignored(status: OrderStatus, told: OrderStatus) -> None:
    tracked = TrackedOrder(an_order(status=status))
    before = tracked.order
    assert tracked.take_report(a_report(told, "0.05"), NOW) is Effect.ILLEGAL
    assert tracked.order is before


@pytest.mark.parametrize("told", [S.UNKNOWN, S.PENDING_CANCEL, S.SUBMITTED, S.DENIED, S.INITIALIZED])
def test_the_exchange_cannot_tell_a_status_that_is_ours(told: OrderStatus) -> None:
    tracked = TrackedOrder(an_order(status=S.SUBMITTED))
    assert tracked.take_report(a_report(told), NOW) is Effect.ILLEGAL


def test_an_acceptance_that_comes_after_a_fill_is_late_and_changes_no_status() -> None:
    tracked = TrackedOrder(SUBMITTED)
    tracked.take_fill(a_fill(quantity=3), NOW)
    assert tracked.take_report(a_report(S.ACCEPTED, order=SUBMITTED), NOW) is Effect.LATE
    assert tracked.order.status is S.PARTIALLY_FILLED


def test_a_fill_counts_once() -> None:
    tracked = TrackedOrder(SUBMITTED)
    assert tracked.take_fill(a_fill(quantity=3), NOW) is Effect.CHANGED
    assert tracked.take_fill(a_fill(quantity=3), NOW) is Effect.DUPLICATE
    assert tracked.order.filled_quantity == 3


def test_a_fill_that_crossed_the_cancel_is_booked_and_the_order_stays_canceled() -> None:
    tracked = TrackedOrder(an_order(quantity=10, status=S.PENDING_CANCEL))
    tracked.take_report(a_report(S.CANCELED, 4, order=tracked.order), NOW)
    assert tracked.lacks_fills
    tracked.take_fill(a_fill(quantity=4, price=59_990), NOW)
    assert tracked.order.status is S.CANCELED
    assert tracked.order.average_price == 59_990
    assert not tracked.lacks_fills


def test_a_report_of_a_working_order_does_not_undo_a_cancel_that_is_under_way() -> None:
    tracked = TrackedOrder(an_order(quantity=10, status=S.PENDING_CANCEL))
    tracked.take_report(a_report(S.ACCEPTED, 4, order=tracked.order), NOW)
    assert tracked.order.status is S.PENDING_CANCEL
    assert tracked.order.filled_quantity == 4


def test_a_late_fill_overrules_our_conclusion_that_the_order_never_arrived() -> None:
    tracked = TrackedOrder(replace(SUBMITTED, status=S.REJECTED, reason="never_arrived"))
    tracked.take_fill(a_fill(quantity=4), NOW)
    assert tracked.order.status is S.PARTIALLY_FILLED
    assert tracked.order.reason == ""


def test_an_order_that_was_never_sent_cannot_be_filled() -> None:
    tracked = TrackedOrder(an_order(status=S.DENIED))
    assert tracked.take_fill(a_fill(), NOW) is Effect.ILLEGAL


def test_an_expired_rest_is_explained() -> None:
    def reason(order: Order) -> str:
        tracked = TrackedOrder(order)
        tracked.take_report(a_report(S.EXPIRED, order=order), NOW)
        return tracked.order.reason

    assert "at once" in reason(an_order(time_in_force=TimeInForce.IOC))
    assert "not all of it" in reason(an_order(time_in_force=TimeInForce.FOK))
    assert reason(an_order()) == "the exchange ended it"
