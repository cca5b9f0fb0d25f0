"""Memory, CPU time and open files of processes, read from /proc every few seconds."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from statistics import linear_regression, median

import anyio

EVERY_S = 2.0
IS_MEASURED = sys.platform == "linux"
MB = 1e6


@dataclass(frozen=True)
class Sample:
    """One process at one moment."""

    at_s: float
    rss_mb: float
    cpu_s: float
    fds: int


def sample(pid: int, at_s: float) -> Sample | None:
    """How the process stands; None where it is gone."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        fds = len(os.listdir(f"/proc/{pid}/fd"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return Sample(at_s, pages * os.sysconf("SC_PAGE_SIZE") / MB, seconds, fds)


@dataclass
class Series:
    """The samples of one process."""

    samples: list[Sample] = field(default_factory=list)

    def after(self, at_s: float) -> Series:
        """Those from a moment on."""
        return Series([each for each in self.samples if each.at_s >= at_s])

    @property
    def most_rss(self) -> float:
        """Megabytes at most."""
        return max(each.rss_mb for each in self.samples)

    @property
    def most_fds(self) -> int:
        """Open files at most."""
        return max(each.fds for each in self.samples)

    @property
    def mb_per_h(self) -> float:
        """The slope of memory."""
        hours = [each.at_s / 3600 for each in self.samples]
        return linear_regression(hours, [each.rss_mb for each in self.samples]).slope

    @property
    def grown_mb(self) -> float:
        """Median of the last fifth less the median of the first."""
        fifth = max(1, len(self.samples) // 5)
        first, last = self.samples[:fifth], self.samples[-fifth:]
        return median(each.rss_mb for each in last) - median(each.rss_mb for each in first)

    @property
    def least_fds(self) -> tuple[int, int]:
        """The fewest open files in the first fifth and in the last: what is open for a moment is left out."""
        fifth = max(1, len(self.samples) // 5)
        first, last = self.samples[:fifth], self.samples[-fifth:]
        return min(each.fds for each in first), min(each.fds for each in last)

    def rss_course(self, points: int = 8) -> str:
        """Megabytes at so many moments, evenly apart."""
        last = len(self.samples) - 1
        return " ".join(f"{self.samples[last * number // (points - 1)].rss_mb:.0f}" for number in range(points))

    @property
    def cpu_share(self) -> float:
        """CPU seconds per second."""
        first, last = self.samples[0], self.samples[-1]
        return (last.cpu_s - first.cpu_s) / max(last.at_s - first.at_s, 1e-9)


@dataclass
class Sampler:
    """Samples whatever processes it was told of."""

    series: dict[str, Series] = field(default_factory=dict)
    _pids: dict[str, int] = field(default_factory=dict)

    def begin(self, name: str, pid: int) -> None:
        """Sample this process under this name from now on."""
        self._pids[name] = pid
        self.series.setdefault(name, Series())

    def end(self, name: str) -> None:
        """Let it be; what was measured stays."""
        self._pids.pop(name, None)

    def look(self) -> None:
        """One sample of each."""
        for name, pid in tuple(self._pids.items()):
            found = sample(pid, anyio.current_time())
            if found is not None:
                self.series[name].samples.append(found)

    async def run(self) -> None:
        """Sample until canceled; nothing where there is no /proc."""
        while IS_MEASURED:
            self.look()
            await anyio.sleep(EVERY_S)
