"""The table of a soak: what was done, what it cost, and what held."""

from __future__ import annotations

from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING

from tests.bench.terminal import percentiles
from tests.soak.desks import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.soak.run import Soak
    from tests.soak.samples import Series
    from tests.soak.verdict import Check

WIDTH = 34


def table(soak: Soak, checks: Sequence[Check]) -> str:
    """Everything in lines of text; broken checks with their details at the end."""
    lines = [f"{name:<{WIDTH}} {text}" for name, text in _figures(soak)]
    lines += ["", f"{'what must hold':<{WIDTH}} {'found':<46} {'bound':<12}"]
    lines += [f"{each.name:<{WIDTH}} {each.found:<46} {each.bound:<12} {_word(each)}" for each in checks]
    for each in checks:
        if not each.holds:
            lines += ["", f"BROKEN: {each.name}", *(f"  {detail}" for detail in each.details)]
    return "\n".join(lines)


def _word(check: Check) -> str:
    return "holds" if check.holds else "BROKEN"


def _figures(soak: Soak) -> Iterator[tuple[str, str]]:
    trader, watch = soak.trader, soak.watch
    yield "load", f"{soak.seconds / 60:.1f} min, seed {soak.trader.seed - 1}"
    yield "orders and commands", _outcomes(trader.answers)
    denied = Counter[str]()
    for (_, word), count in trader.answers.items():
        if word not in ("accepted", "lost"):
            denied[word] += count
    yield "denied by the gate", _most(denied)
    yield (
        "orders sent",
        f"{len(trader.accepted_ids)}; ends: {_most(Counter(o.status.value for o in watch.orders.values()))}",
    )
    yield "faults that struck", _most(Counter(soak.trouble.applied), 80)
    yield (
        "episodes",
        f"{len(soak.trouble.recovered_s)}; recovery: {_spread(list(soak.trouble.recovered_s.values()), 's')}",
    )
    slowest = sorted(soak.trouble.recovered_s.items(), key=lambda item: -item[1])[:5]
    yield "slowest recoveries", "; ".join(f"{seconds:.1f} s {name}" for name, seconds in slowest)
    yield "order round trip", _spread(watch.round_trips_ms, "ms")
    yield "answer of the door to a command", _spread(trader.answer_ms, "ms")
    yield "answer of the door to a query", _spread(watch.door_ms, "ms")
    yield "engine loop lag", _spread(watch.loop_lags_ms, "ms")
    yield "stage restarts", _most(Counter({name: count for name, count in watch.restarts.items() if count}))
    yield "warnings and errors told", _most(watch.notices, 12)
    yield (
        "desk on the socket",
        f"{soak.reader.visits} visits, {soak.reader.pictures} pictures {dict(soak.reader.refused) or ''}",
    )
    yield "desk in a terminal", f"{_most(soak.person.visits)}; {soak.person.written_bytes / 1e6:.1f} MB written"
    for name in ("engine", "simulator"):
        if (series := soak.sampler.series[name]).samples:
            yield name, f"{_process([series])}; RSS in time {series.rss_course()}"
    visits = [series for name, series in soak.sampler.series.items() if name.startswith(NAME) and series.samples]
    if visits:
        yield "desks in a terminal", _process(visits)


def _process(all_series: Sequence[Series]) -> str:
    """What one process, or several of the same kind, cost."""
    return (
        f"RSS at most {max(each.most_rss for each in all_series):.0f} MB, "
        f"CPU {fmean(each.cpu_share for each in all_series):.1%}, "
        f"open files at most {max(each.most_fds for each in all_series)}"
    )


def _outcomes(answers: Counter[tuple[str, str]]) -> str:
    kinds = sorted({kind for kind, _ in answers})
    asked = {kind: sum(count for (one, _), count in answers.items() if one == kind) for kind in kinds}
    return ", ".join(f"{kind} {answers[kind, 'accepted']}/{asked[kind]}" for kind in kinds)


def _most(counts: Counter[str], limit: int = 15) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common(limit)) or "none"


def _spread(values: Sequence[float], unit: str) -> str:
    if not values:
        return "none"
    half, high = percentiles(values)
    return f"p50 {half:.1f} {unit}, p99 {high:.1f} {unit}, most {max(values):.1f} {unit}, of {len(values)}"
