"""One row of a benchmark: what was measured, against a peer or a goal, and the ratio."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


def load_now() -> float:
    """How many processes wanted a core in the last minute: figures from a busy machine are to be doubted."""
    return os.getloadavg()[0]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and the peer's, the physical limit's or the goal's figure from the same run."""

    what: str
    ours: str
    peer: str
    against: str
    ratio: float | None = None
    """Ours over the peer's; below 1 is better than the peer, or within the goal."""
    goal: float | None = None
    """The ratio that this project wants at most; None where it has set none."""
    load: float = field(default_factory=load_now)
    """The machine's load when the figure was taken."""

    @property
    def is_missed(self) -> bool:
        """Whether a goal was set and not reached."""
        return self.goal is not None and (self.ratio is None or self.ratio > self.goal)


def against_goal(what: str, value: float, goal: float, unit: str, against: str = "goal", digits: int = 1) -> Measured:
    """A row for a figure that is to stay under its goal."""
    return Measured(what, f"{value:.{digits}f} {unit}", f"{goal:g} {unit}", against, value / goal, 1.0)


def _verdict(row: Measured) -> str:
    if row.goal is None:
        return ""
    words = "MISSED" if row.is_missed else "met"
    return words if row.goal <= 1.0 else f"{words} ({row.goal:g}x)"


def table(rows: list[Measured]) -> str:
    """The rows as aligned text, and under them what missed its goal."""
    head = ("measured", "FKS", "peer or goal", "ratio", "goal", "load", "against")
    lines = [
        (
            row.what,
            row.ours,
            row.peer,
            "" if row.ratio is None else f"{row.ratio:.2f}x",
            _verdict(row),
            f"{row.load:.1f}",
            row.against,
        )
        for row in rows
    ]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *lines]
    ]
    missed = [row.what for row in rows if row.is_missed]
    told = sum(row.goal is not None for row in rows)
    text.append(f"{told - len(missed)} of {told} goals met" + (f"; missed: {'; '.join(missed)}" if missed else ""))
    text.append(f"load: processes that wanted one of {os.cpu_count()} cores; above that, times include waiting for one")
    return "\n".join(text)
