"""What the runs have shown: how often each point and fault was met, and what was wrong afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("duplicates", "orphans", "lost_fills", "differences")
_ORPHANS = ("not known to", "only at the exchange", "somebody else's")


def kind_of(difference: str, check: str) -> str:
    """Under which kind a difference between engine, journal and exchange counts."""
    if ("was sent" in difference or "was booked" in difference) and "times" in difference:
        return "duplicates"
    if any(words in difference for words in _ORPHANS):
        return "lost_fills" if check.startswith("fills") or difference.startswith("fill ") else "orphans"
    return "differences"


@dataclass
class Tally:
    """The counts of all runs so far."""

    runs: int = 0
    died: Counter[str] = field(default_factory=Counter)
    """By point, how often the engine died there."""
    missed: Counter[str] = field(default_factory=Counter)
    """By point, how often nothing passed it in time; the engine was killed at random then."""
    stood: Counter[str] = field(default_factory=Counter)
    """By fault, in how many runs it stood."""
    struck: Counter[str] = field(default_factory=Counter)
    """By fault, how often a request or message met it."""
    exchange_deaths: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)
    orders: int = 0
    fills: int = 0

    def add_wrong(self, difference: str, check: str) -> None:
        """Count one difference."""
        self.wrong[kind_of(difference, check)] += 1
        self.details.append(f"{check}: {difference}")

    def line(self) -> str:
        """The last word."""
        return " ".join([f"runs {self.runs}", *(f"{kind} {self.wrong[kind]}" for kind in KINDS)])

    def table(self) -> Iterator[str]:
        """Each point and how often the engine died there, each fault and how often it was met."""
        yield f"{'point':<34} {'died':>6} {'missed':>7}"
        for name in sorted(self.died | self.missed):
            yield f"{name:<34} {self.died[name]:>6} {self.missed[name]:>7}"
        yield f"{'fault':<42} {'runs':>6} {'struck':>7}"
        for name in sorted(self.stood | self.struck):
            yield f"{name:<42} {self.stood[name]:>6} {self.struck[name]:>7}"
        yield f"{self.orders} orders, {self.fills} fills; the exchange was killed {self.exchange_deaths} times"

    @property
    def holds(self) -> bool:
        """Whether nothing was wrong."""
        return not any(self.wrong[kind] for kind in KINDS)
