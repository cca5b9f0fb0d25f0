"""Keeping one subscription alive: waits between tries, and what is known of its health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

import anyio

from fks_engine.api import Connection, StageStatus
from fks_engine.clock import NANOS
from fks_engine.errors import ExchangeUnavailable, RateLimited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fks_engine.clock import Clock
    from fks_engine.resilience import Backoff

LIVED_S: Final = 5.0
"""A connection that lasted this long was a good one: the next wait is the shortest again."""


class Supervision:
    """The health of one subscription, and the loop that takes it up again whenever the exchange is lost."""

    def __init__(self, name: str, clock: Clock, backoff: Backoff, stale_after_s: float | None) -> None:
        self._name = name
        self._clock = clock
        self._backoff = backoff
        self._stale_after_s = stale_after_s
        self._connection = Connection.STARTING
        self._fault = ""
        self._renewed = ""
        self._waits_until_ns = 0
        self._current: anyio.CancelScope | None = None
        self._heard_ns: int | None = None
        self.received = 0
        self.restarts = 0

    def heard(self) -> None:
        """Something came: the subscription is alive."""
        self.received += 1
        self._heard_ns = self._clock.monotonic_ns()
        self._connection = Connection.LIVE

    def subscribed(self) -> None:
        """The exchange has acknowledged the subscription, which may stay silent."""
        self._connection = Connection.LIVE

    def renewed(self, reason: str) -> None:
        """A part of the subscription was taken up again, the rest going on."""
        self.restarts += 1
        self._renewed = reason

    def renew(self, reason: str) -> None:
        """Give up the running subscription and take it up again; nothing where there is none."""
        if self._current is not None:
            self._fault = reason
            self._current.cancel()

    @property
    def age_s(self) -> float | None:
        """Seconds since something came last; None before the first time."""
        return None if self._heard_ns is None else (self._clock.monotonic_ns() - self._heard_ns) / NANOS

    async def keep(self, subscribe: Callable[[], Awaitable[None]], lost: Callable[[], None]) -> NoReturn:
        """Subscribe again and again; `lost` is called before the first try and whenever the exchange was lost.

        Only ExchangeUnavailable is expected; everything else is raised, for whoever supervises the stage.
        """
        lost()
        while True:
            began_ns = self._clock.monotonic_ns()
            asked_s, connection = 0.0, Connection.RECONNECTING
            try:
                with anyio.CancelScope() as scope:
                    self._current = scope
                    await subscribe()
                if not scope.cancelled_caught:
                    self._fault = "the subscription ended"
            except RateLimited as error:
                self._fault, asked_s, connection = str(error), error.retry_after_s or 0.0, Connection.RATE_LIMITED
            except ExchangeUnavailable as error:
                self._fault = str(error)
            finally:
                self._current = None
                self._connection = connection
                lost()
            self.restarts += 1
            if self._clock.monotonic_ns() - began_ns > LIVED_S * NANOS:
                self._backoff.reset()
            wait_s = max(asked_s, self._backoff.next_s())
            self._waits_until_ns = self._clock.monotonic_ns() + int(wait_s * NANOS)
            await anyio.sleep(wait_s)
            self._connection = Connection.RECONNECTING

    def status(self, *, aging: bool = True) -> StageStatus:
        """The health in words; without `aging`, silence means nothing."""
        age_s = self.age_s
        connection = self._connection
        detail = f"{self.received} events"
        if connection is Connection.LIVE and aging and self._is_old(age_s):
            connection, detail = Connection.STALE, f"nothing for {age_s:.0f} s"
        elif connection is Connection.LIVE and self._renewed:
            detail = f"{detail}; {self._renewed}"
        elif connection is Connection.RATE_LIMITED:
            left_s = max(0, self._waits_until_ns - self._clock.monotonic_ns()) / NANOS
            detail = f"the exchange asks us to wait {left_s:.0f} s"
        elif connection is Connection.RECONNECTING:
            detail = f"connecting again: {self._fault}" if self._fault else "connecting again"
        elif connection is Connection.STARTING:
            detail = "waiting for the first event" if aging else "subscribing"
        return StageStatus(self._name, connection, detail, age_s if aging else None, self.restarts)

    def _is_old(self, age_s: float | None) -> bool:
        return age_s is not None and self._stale_after_s is not None and age_s > self._stale_after_s
