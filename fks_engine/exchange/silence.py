"""Which markets of a stream are silent though the exchange has news of them, and what has been tried about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from fks_engine.clock import Clock

MOST_TRIES: Final = 4
"""Renewals of one market's stream without a word from it; after that it is told as silent and left alone."""


class Remedy(Enum):
    """What is to be done about a silent market."""

    SUBSCRIBE = "subscribe"
    """Subscribe again, on the same connection."""
    CONNECT = "connect"
    """Make a new connection."""
    NOTHING = "nothing"
    """Everything was tried."""


@dataclass(slots=True)
class _Suspect:
    """What the exchange answered about a market that the stream is silent about."""

    answer: object
    changed_ns: int | None = None
    """When a later answer was first another one."""


class Renewals:
    """How often each stream was taken up again for its silence; outlives connections."""

    def __init__(self) -> None:
        self._tries: dict[object, int] = {}

    def remedy(self, keys: Collection[object]) -> Remedy:
        """What to do now about these streams; counts as tried."""
        tries = max((self._tries.get(key, 0) for key in keys), default=0)
        for key in keys:
            self._tries[key] = tries + 1
        if tries >= MOST_TRIES:
            return Remedy.NOTHING
        return Remedy.CONNECT if tries % 2 else Remedy.SUBSCRIBE

    def heard(self, keys: Iterable[object]) -> None:
        """These streams have told something."""
        if self._tries:
            for key in keys:
                self._tries.pop(key, None)


class SilenceWatch:
    """Tells a silent stream from a quiet market by what the exchange answers about the market in the meantime.

    A market without a frame for `after_s` is asked about. Only where the answer changes, and the stream has still
    not told anything `grace_s` later, is the stream silent: the change should have come on it.
    """

    def __init__(self, names: Iterable[str], clock: Clock, after_s: float, grace_s: float) -> None:
        self._clock = clock
        self._after_ns = int(after_s * NANOS)
        self._grace_ns = int(grace_s * NANOS)
        self._any_ns = clock.monotonic_ns()
        self._turns = dict.fromkeys(names, self._any_ns)
        """When each was heard or last asked about."""
        self._suspects: dict[str, _Suspect] = {}
        self._given_up: set[str] = set()
        self.fresh: set[str] = set()
        """Markets that have told something; whoever reads frames adds to it."""

    def settle(self) -> set[str]:
        """Take in what was heard; those markets."""
        heard, self.fresh = self.fresh, set()
        now_ns = self._clock.monotonic_ns()
        self._any_ns = now_ns if heard else self._any_ns
        for name in heard:
            self._turns[name] = now_ns
            self._suspects.pop(name, None)
        self._given_up -= heard
        return heard

    def suspects(self, limit: int) -> list[str]:
        """Markets to ask about now, at most so many, those that were silent or unasked for longest first."""
        now_ns = self._clock.monotonic_ns()
        silent = [
            name for name, turn_ns in self._turns.items()
            if now_ns - turn_ns >= self._after_ns and name not in self._given_up and not self._is_changed(name)
        ]  # fmt: skip
        return sorted(silent, key=self._turns.__getitem__)[:limit]

    def answered(self, answers: Mapping[str, object]) -> None:
        """What the exchange says of suspects now; the first answer about one is what later ones are held against."""
        now_ns = self._clock.monotonic_ns()
        for name, answer in answers.items():
            if name in self.fresh:
                continue
            suspect = self._suspects.setdefault(name, _Suspect(answer))
            if suspect.answer != answer:
                suspect.changed_ns = now_ns
            else:
                self._turns[name] = now_ns - self._after_ns + self._grace_ns

    def silent(self) -> list[str]:
        """Markets whose stream is silent for certain, each told once; all, where nothing comes on the connection."""
        now_ns = self._clock.monotonic_ns()
        found = [
            name for name, suspect in self._suspects.items()
            if suspect.changed_ns is not None and now_ns - suspect.changed_ns >= self._grace_ns
            and name not in self.fresh
        ]  # fmt: skip
        is_dead = bool(found) and not self.fresh and now_ns - self._any_ns >= self._after_ns
        names = [name for name in self._turns if name not in self._given_up] if is_dead else found
        for name in names:
            self._suspects.pop(name, None)
            self._turns[name] = now_ns
        return names

    def _is_changed(self, name: str) -> bool:
        suspect = self._suspects.get(name)
        return suspect is not None and suspect.changed_ns is not None

    def give_up(self, names: Iterable[str]) -> None:
        """Ask about these no more until they tell something."""
        self._given_up.update(names)
