"""Topics: who gets what, and what happens to a subscriber that is too slow."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.bus import DropOldest, KeepAll, NewestWins, Topic
from fks_engine.topics import Bus
from tests.engine.builders import BTC, ETH, a_fill, a_quote

if TYPE_CHECKING:
    from fks_engine.bus import Subscription

pytestmark = pytest.mark.anyio


async def test_every_subscriber_gets_every_item_from_its_subscription_on() -> None:
    topic: Topic[int] = Topic("numbers", KeepAll())
    early = topic.subscribe()
    topic.publish(1)
    late = topic.subscribe()
    topic.publish(2)
    assert early.drain_nowait() == [1, 2]
    assert late.drain_nowait() == [2]
    assert topic.published == 2


async def test_the_newest_item_of_each_key_wins_and_the_others_are_counted() -> None:
    topic: Topic[tuple[str, int]] = Topic("prices", NewestWins(lambda item: item[0]))
    subscription = topic.subscribe()
    for item in [("a", 1), ("b", 1), ("a", 2), ("a", 3)]:
        topic.publish(item)
    assert subscription.drain_nowait() == [("a", 3), ("b", 1)]
    statistics = subscription.statistics()
    assert (statistics.delivered, statistics.replaced, statistics.waiting) == (2, 2, 0)


async def test_the_oldest_items_are_dropped_and_counted() -> None:
    topic: Topic[int] = Topic("tape", DropOldest(3))
    subscription = topic.subscribe()
    for item in range(5):
        topic.publish(item)
    assert subscription.drain_nowait() == [2, 3, 4]
    assert subscription.statistics().dropped == 2


async def test_what_must_not_be_lost_is_kept_and_a_long_queue_is_a_counted_fault() -> None:
    topic: Topic[int] = Topic("fills", KeepAll(alarm=2))
    subscription = topic.subscribe()
    for item in range(5):
        topic.publish(item)
    assert subscription.statistics().over_alarm == 3
    assert subscription.drain_nowait() == [0, 1, 2, 3, 4]


async def test_reading_waits_for_the_first_item() -> None:
    topic: Topic[int] = Topic("numbers", KeepAll())
    subscription = topic.subscribe()
    got: list[int] = []

    async def read(subscription: Subscription[int]) -> None:
        got.extend(await subscription.drain())

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read, subscription)
            await anyio.wait_all_tasks_blocked()
            assert got == []
            topic.publish(7)
    assert got == [7]


async def test_a_tap_has_the_item_before_any_subscriber() -> None:
    topic: Topic[int] = Topic("numbers", KeepAll())
    subscription = topic.subscribe()
    seen: list[int] = []
    topic.tap(lambda item: seen.append(item + len(subscription.drain_nowait())))
    topic.publish(1)
    assert seen == [1]
    assert subscription.drain_nowait() == [1]


async def test_a_subscriber_that_left_gets_nothing_more() -> None:
    topic: Topic[int] = Topic("numbers", KeepAll())
    subscription = topic.subscribe()
    topic.unsubscribe(subscription)
    topic.unsubscribe(subscription)
    topic.publish(1)
    assert subscription.drain_nowait() == []


async def test_quotes_conflate_by_instrument_and_fills_never() -> None:
    bus = Bus()
    quotes, fills = bus.quotes.subscribe(), bus.fills.subscribe()
    for price in (100, 101):
        bus.quotes.publish(a_quote(price, price + 1, instrument=BTC))
        bus.quotes.publish(a_quote(price, price + 1, instrument=ETH))
        bus.fills.publish(a_fill())
    assert [(quote.instrument_id, quote.bid) for quote in quotes.drain_nowait()] == [
        (BTC, Decimal(101)),
        (ETH, Decimal(101)),
    ]
    assert len(fills.drain_nowait()) == 2
