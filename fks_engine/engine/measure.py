"""How far the exchange is: its clock against ours, and the time a request takes there and back."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fks_engine.clock import Clock
    from fks_engine.ports import Exchange

MILLI = 1_000_000
"""Nanoseconds in a millisecond."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One question for the time."""

    round_trip_ms: float
    offset_ms: float
    """The exchange's clock less ours; the answer is taken to have been given halfway through the round trip."""


async def sample(exchange: Exchange, clock: Clock) -> Sample:
    """Ask the exchange for its time once. Raises the ExchangeError family."""
    sent, began = clock.now_ns(), clock.monotonic_ns()
    server = await exchange.fetch_server_time()
    round_trip = clock.monotonic_ns() - began
    return Sample(round_trip / MILLI, (server - sent - round_trip / 2) / MILLI)


def best_offset_ms(samples: list[Sample]) -> float:
    """The offset by the quickest half of the samples, where the halfway rule errs least."""
    quickest = sorted(samples, key=lambda each: each.round_trip_ms)[: max(1, len(samples) // 2)]
    return median(each.offset_ms for each in quickest)
