"""Typed publish and subscribe; each topic has one stated policy for a subscriber that is too slow."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewestWins(Generic[T]):
    """Keep the newest item of each key; older ones are replaced and counted."""

    key: Callable[[T], Hashable]


@dataclass(frozen=True, slots=True)
class DropOldest:
    """Keep the last `size` items; older ones are dropped and counted."""

    size: int


@dataclass(frozen=True, slots=True)
class KeepAll:
    """Never drop: orders, fills, balances. More than `alarm` waiting is a fault that is counted."""

    alarm: int = 10_000


Policy = NewestWins[T] | DropOldest | KeepAll


class SubscriptionStatistics(NamedTuple):
    """How a subscriber keeps up."""

    waiting: int
    delivered: int
    replaced: int
    dropped: int
    over_alarm: int


class Subscription(Generic[T]):
    """One subscriber's queue. Publishing to it never waits; reading takes all that is there at once."""

    def __init__(self, policy: Policy[T]) -> None:
        self._policy = policy
        self._queue: deque[T] = deque(maxlen=policy.size if isinstance(policy, DropOldest) else None)
        self._newest: dict[Hashable, T] = {}
        self._wake = anyio.Event()
        self._delivered = self._replaced = self._dropped = self._over_alarm = 0

    def put(self, item: T) -> None:
        """Take one item, as the policy says."""
        policy = self._policy
        if isinstance(policy, NewestWins):
            key = policy.key(item)
            self._replaced += key in self._newest
            self._newest[key] = item
        else:
            if isinstance(policy, DropOldest):
                self._dropped += len(self._queue) == policy.size
            else:
                self._over_alarm += len(self._queue) >= policy.alarm
            self._queue.append(item)
        if not self._wake.is_set():
            self._wake.set()

    async def drain(self) -> list[T]:
        """All items that wait, oldest first; waits for the first one."""
        while not self._queue and not self._newest:
            self._wake = anyio.Event()
            await self._wake.wait()
        return self.drain_nowait()

    def drain_nowait(self) -> list[T]:
        """All items that wait now, which may be none."""
        items = [*self._queue, *self._newest.values()]
        self._queue.clear()
        self._newest.clear()
        self._delivered += len(items)
        return items

    def statistics(self) -> SubscriptionStatistics:
        """Counts since the subscription began."""
        waiting = len(self._queue) + len(self._newest)
        return SubscriptionStatistics(waiting, self._delivered, self._replaced, self._dropped, self._over_alarm)


class Topic(Generic[T]):
    """A named channel for one type of item."""

    def __init__(self, name: str, policy: Policy[T]) -> None:
        self.name = name
        self.policy = policy
        self._subscriptions: list[Subscription[T]] = []
        self._taps: list[Callable[[T], None]] = []
        self.published = 0

    def publish(self, item: T) -> None:
        """Hand `item` to every tap at once and to every subscriber's queue. Never waits."""
        self.published += 1
        for tap in self._taps:
            tap(item)
        for subscription in self._subscriptions:
            subscription.put(item)

    def tap(self, function: Callable[[T], None]) -> None:
        """Call `function` with each item, inside publish: for state that must be current before anyone reads on."""
        self._taps.append(function)

    def subscribe(self) -> Subscription[T]:
        """A new queue that gets every item from now on."""
        subscription: Subscription[T] = Subscription(self.policy)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription[T]) -> None:
        """Stop feeding a queue; unknown ones are ignored."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
