"""The jobs that a desk may run: measuring the exchange, exporting the history."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from fks_engine.api import ExchangeMeasured, ExportHistory, Failed, MeasureExchange, Progress
from fks_engine.engine.lookup import NO_HISTORY
from fks_engine.engine.measure import best_offset_ms, sample
from fks_engine.errors import FksError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fks_engine.api import Job, JobPart
    from fks_engine.clock import Clock
    from fks_engine.engine.parts import Parts

MAX_SAMPLES: Final = 1_000


async def parts_of(job: Job, parts: Parts, clock: Clock) -> AsyncGenerator[JobPart]:
    """What a job tells from its beginning to its end; a caller that leaves ends it."""
    match job:
        case MeasureExchange(samples=samples):
            async with aclosing(_measured(parts, clock, max(1, min(samples, MAX_SAMPLES)))) as told:
                async for part in told:
                    yield part
        case ExportHistory():
            history = parts.records.history
            if history is None:
                yield Failed(NO_HISTORY)
                return
            async with aclosing(history.export(job)) as written:
                async for each in written:
                    yield each


async def _measured(parts: Parts, clock: Clock, total: int) -> AsyncGenerator[JobPart]:
    samples = []
    for done in range(total):
        try:
            samples.append(await sample(parts.exchange, clock))
        except FksError as error:
            yield Failed(f"the exchange did not answer question {done + 1} of {total}: {error}")
            return
        yield Progress(done + 1, total, f"round trip {samples[-1].round_trip_ms:.1f} ms")
    trips = sorted(each.round_trip_ms for each in samples)
    yield ExchangeMeasured(trips[len(trips) // 2], trips[-1], best_offset_ms(samples), total)
