"""The limits as settings and people set them: validated, durable, and the stricter of the two holding."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import anyio

from fks_engine.api import Accepted, DenialReason, Denied, LimitChange
from fks_engine.errors import JournalUnavailable
from fks_engine.model import Checkpoint, LimitName, LimitSet, market_of, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fks_engine.api import SetLimit
    from fks_engine.clock import Clock
    from fks_engine.model import Instrument, InstrumentId, JournalEntry
    from fks_engine.ports import OrderJournal
    from fks_engine.risk.limits import RiskLimits

CHANGES_KEPT: Final = 50
NOT_KNOWN: Final = "not known"
COUNTS: Final = frozenset({LimitName.MAX_OPEN_ORDERS, LimitName.MAX_ORDERS_PER_SECOND})
_WORTH: Final = (Decimal("0.01"), Decimal(10) ** 15)
BOUNDS: Final[dict[LimitName, tuple[Decimal, Decimal]]] = {
    LimitName.MAX_ORDER_NOTIONAL: _WORTH,
    LimitName.MAX_ORDER_QUANTITY: (Decimal(1).scaleb(-18), Decimal(10) ** 15),
    LimitName.MAX_INSTRUMENT_NOTIONAL: _WORTH,
    LimitName.MAX_EXPOSURE: _WORTH,
    LimitName.MAX_OPEN_ORDERS: (Decimal(1), Decimal(1_000)),
    LimitName.MAX_ORDERS_PER_SECOND: (Decimal(1), Decimal(1_000)),
    LimitName.MAX_DAILY_LOSS: _WORTH,
    LimitName.MAX_DRAWDOWN_PERCENT: (Decimal("0.01"), Decimal(100)),
    LimitName.PRICE_BAND_PERCENT: (Decimal("0.01"), Decimal(100)),
    LimitName.MAX_SLIPPAGE_PERCENT: (Decimal("0.01"), Decimal(50)),
    LimitName.MAX_DATA_AGE_S: (Decimal("0.5"), Decimal(3_600)),
}
"""The least and the most that each limit can be set to at run time."""


class LimitBook:
    """The settings' limits, those set at run time, and what holds of both. One change is made at a time."""

    def __init__(self, setting: RiskLimits, clock: Clock, journal: OrderJournal) -> None:
        self.setting = setting
        self.limits = setting
        """What holds: of each limit the stricter one."""
        self._clock = clock
        self._journal = journal
        self._set: dict[LimitName, LimitSet] = {}
        self._changes: deque[LimitChange] = deque(maxlen=CHANGES_KEPT)
        self._changing = anyio.Lock()
        self._watchers: list[Callable[[RiskLimits], None]] = []

    def watch(self, take: Callable[[RiskLimits], None]) -> None:
        """Have `take` told what holds, now and whenever that changes."""
        self._watchers.append(take)
        take(self.limits)

    @property
    def changes(self) -> tuple[LimitChange, ...]:
        """The last changes at run time, newest first."""
        return tuple(reversed(self._changes))

    def at_run_time(self, name: LimitName) -> LimitSet | None:
        """How a limit was last set; None where the setting alone holds."""
        entry = self._set.get(name)
        return entry if entry is not None and (entry.value is not None or entry.instrument_ids) else None

    def last_set(self) -> tuple[LimitSet, ...]:
        """The last setting of each limit that is not the settings' own, for a checkpoint."""
        return tuple(entry for name in LimitName if (entry := self.at_run_time(name)) is not None)

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Take the limits up as the journal tells them."""
        for entry in entries:
            if isinstance(entry, Checkpoint):
                known = {(change.ts, change.name) for change in self._changes}
                self._set = {each.name: each for each in entry.limits}
                self._changes.extend(
                    LimitChange(ts=each.ts, name=each.name, before=NOT_KNOWN, after=_words(each), origin=each.origin)
                    for each in entry.limits
                    if (each.ts, each.name) not in known
                )
            elif isinstance(entry, LimitSet):
                self._take(entry)
        self._apply()

    async def set(self, command: SetLimit, listed: Callable[[InstrumentId], Instrument | None]) -> Accepted | Denied:
        """Set a limit over restarts. One that only tightens holds at once, any other once it is durable."""
        fault = self._fault(command, listed)
        if fault is not None:
            return Denied(DenialReason.INVALID_LIMIT, fault, {"limit": command.name.value})
        async with self._changing:
            entry = LimitSet(
                ts=self._clock.now_ns(),
                name=command.name,
                value=command.value,
                instrument_ids=tuple(sorted(set(command.instrument_ids))),
                origin=command.origin[:40],
            )
            after = effective(self.setting, {**self._set, entry.name: entry})
            tightens = stricter(after, self.limits) == after
            if tightens:
                self._take(entry)
                self._apply()
            try:
                await self._journal.record(entry)
            except JournalUnavailable as error:
                return self._unrecorded(entry, tightens, error)
            if not tightens:
                self._take(entry)
                self._apply()
        return Accepted()

    def _unrecorded(self, entry: LimitSet, tightens: bool, error: JournalUnavailable) -> Denied:
        """What is said where a limit could not be written down: a stricter one holds all the same while we run."""
        if not tightens:
            message = f"the limit stays as it was, for the journal takes nothing: {error}"
            return Denied(DenialReason.JOURNAL_UNAVAILABLE, message)
        self._journal.note(entry)
        message = (
            f"the stricter limit holds now, but may be lost with a restart, for the journal takes nothing: {error}"
        )
        return Denied(DenialReason.JOURNAL_UNAVAILABLE, message)

    def _take(self, entry: LimitSet) -> None:
        before = self.at_run_time(entry.name)
        self._set[entry.name] = entry
        self._changes.append(
            LimitChange(ts=entry.ts, name=entry.name, before=_words(before), after=_words(entry), origin=entry.origin)
        )

    def _apply(self) -> None:
        self.limits = effective(self.setting, self._set)
        for take in self._watchers:
            take(self.limits)

    def _fault(self, command: SetLimit, listed: Callable[[InstrumentId], Instrument | None]) -> str | None:
        """Why a limit cannot be set so, and what to do; None where it can."""
        name, value = command.name, command.value
        if name is LimitName.INSTRUMENTS:
            if value is not None:
                return "the allowed markets are no number; name the markets, or none to let the setting alone hold"
            unknown = [market_of(each)[:40] or each[:40] for each in command.instrument_ids if listed(each) is None]
            if unknown:
                return f"not listed by the exchange: {', '.join(unknown[:5])}; look them up in the market search"
            ours = self.setting.instruments
            if command.instrument_ids and ours is not None and not ours & set(command.instrument_ids):
                markets = ", ".join(sorted(market_of(each) for each in ours))
                return f"no market would be left: the setting risk.instruments allows {markets}; name some of these"
            return None
        if command.instrument_ids:
            return f"{name.value} holds for all markets; name none"
        if value is None:
            return None
        least, most = BOUNDS[name]
        if not value.is_finite() or not least <= value <= most:
            return f"{name.value} goes from {plain(least, 18)} to {plain(most)}; {plain(value, 18)[:40]} does not"
        if name in COUNTS and value != value.to_integral_value():
            return f"{name.value} is a whole number; {plain(value)} is none"
        return None


def effective(setting: RiskLimits, at_run_time: dict[LimitName, LimitSet]) -> RiskLimits:
    """What holds of settings and limits set at run time: of each the stricter one, of market lists what both name."""
    changes: dict[str, Any] = {name.value: None for name in LimitName}
    for name, entry in at_run_time.items():
        if name is LimitName.INSTRUMENTS:
            if entry.instrument_ids:
                changes[name.value] = frozenset(entry.instrument_ids)
        elif entry.value is not None:
            changes[name.value] = int(entry.value) if name in COUNTS else entry.value
    return stricter(setting, replace(setting, **changes))


def stricter(first: RiskLimits, second: RiskLimits) -> RiskLimits:
    """Of each limit the stricter one of two."""
    held: dict[str, Any] = {name.value: _stricter(getattr(first, name), getattr(second, name)) for name in LimitName}
    return replace(first, **held)


def _stricter(first: object, second: object) -> object:
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, frozenset) and isinstance(second, frozenset):
        return first & second
    assert isinstance(first, Decimal | int)
    assert isinstance(second, Decimal | int)
    return min(first, second)


def _words(entry: LimitSet | None) -> str:
    """What a limit was set to at run time, for people."""
    if entry is None or (entry.value is None and not entry.instrument_ids):
        return "none"
    if entry.instrument_ids:
        return ", ".join(market_of(each) for each in entry.instrument_ids)
    return plain(entry.value or Decimal(0), 18)
