"""One row of a benchmark: what was measured, against what, and the ratio."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and the peer's or the physical limit's figure from the same run."""

    what: str
    ours: str
    peer: str
    against: str
    ratio: float | None = None
    """Ours over the peer's; below 1 is better than the peer."""


def table(rows: list[Measured]) -> str:
    """The rows as aligned text."""
    head = ("measured", "FKS", "peer", "ratio", "the peer")
    lines = [
        (row.what, row.ours, row.peer, "" if row.ratio is None else f"{row.ratio:.2f}x", row.against) for row in rows
    ]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *lines]
    )
