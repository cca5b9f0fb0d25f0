"""The balances as they were last known, and whether the fills since then explain what the exchange says now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS
from fks_engine.model import EXACT, Balance, BalancesChanged, BalancesTaken, Checkpoint, FillTaken, Side, market_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fks_engine.model import Fill, InstrumentId, JournalEntry

CLOCK_JUMP_NS: Final = 60 * NANOS
"""The exchange's clock is put right by less: fills dated so long before a balance may have come after it."""
OVERTAKEN_NS: Final = 5 * NANOS
"""A balance that is older than the last known one by less was overtaken by it on the way."""
WHOLE_EVERY_NS: Final = 3_600 * NANOS
"""So often all balances are told to the journal, changed or not."""
MOST_SUMS: Final = 20_000
"""So many ways to cut fills of one moment in different markets are tried."""
PLACES: Final = 8
"""Decimal places that the exchange books; what goes beyond is rounded, and nobody tells which way."""
SMALLEST: Final = Decimal(1).scaleb(-PLACES)
_ZERO: Final = Decimal(0)


def effects(fill: Fill) -> dict[str, Decimal]:
    """What a fill does to the balance of each asset that it touches."""
    base, _, quote = market_of(fill.instrument_id).partition("/")
    notional = EXACT.multiply(fill.price, fill.quantity)
    sign = 1 if fill.side is Side.BUY else -1
    changes = {base: sign * fill.quantity, quote: -sign * notional}
    changes[fill.fee_asset] = EXACT.subtract(changes.get(fill.fee_asset, _ZERO), fill.fee)
    return changes


@dataclass(frozen=True, slots=True)
class BalanceComparison:
    """One asset whose balance is not what was last known."""

    asset: str
    known: Decimal
    """What was last known."""
    ours: Decimal
    """That and the fills since."""
    theirs: Decimal
    """What the exchange says now."""
    fills: int
    """How many fills are dated after what was last known."""
    is_explained: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """The last known total of an asset."""

    total: Decimal
    ts_event: int
    told: int
    """So many fills had been told before it."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A fill and its place among those told, as seen from one asset."""

    number: int
    ts_event: int
    change: Decimal


class KnownBalances:
    """Keeps each asset's last known balance and the fills told around and after it.

    A fill counts as later than a balance that is dated before it. Of fills of the same millisecond any may be in the
    balance, in the order of their ids. Where the exchange's clock was turned in between, the order in which both were
    told decides instead.
    """

    def __init__(self) -> None:
        self._complete: BalancesTaken | None = None
        self._complete_known: dict[str, _Known] = {}
        self._complete_told = 0
        self._later: dict[str, tuple[_Known, Balance, BalancesTaken]] = {}
        self._fills: dict[tuple[InstrumentId, str], tuple[int, Fill]] = {}
        self._told = 0
        self._stirred: set[str] = set()
        """Assets that a fill touched since all balances were last known."""
        self._whole_ts: int | None = None
        """The exchange's time of the balances that the journal was last told whole by `take_in_short`."""

    @property
    def since_ts(self) -> int | None:
        """When all balances were last known, by the exchange's clock; None where they never were."""
        return None if self._complete is None else self._complete.balances.ts_event

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Take up what the journal tells."""
        for entry in entries:
            if isinstance(entry, FillTaken):
                self.take_fill(entry.fill)
            elif isinstance(entry, BalancesTaken):
                self.take(entry)
            elif isinstance(entry, Checkpoint):
                for fill in entry.fills:
                    self.take_fill(fill)
                for taken in entry.balances:
                    self.take(taken)

    def checkpoint(self) -> tuple[BalancesTaken, ...]:
        """What tells every asset's last known balance, in the order to be told."""
        later = tuple(_alone(balance, taken) for _, balance, taken in self._later.values())
        return later if self._complete is None else (self._complete, *later)

    def take_fill(self, fill: Fill) -> bool:
        """Count a fill, once; whether it is new and dated after all balances were last known."""
        key, since_ts = (fill.instrument_id, fill.trade_id), self.since_ts
        if key in self._fills or (since_ts is not None and fill.ts_event < since_ts - CLOCK_JUMP_NS):
            return False
        self._told += 1
        self._fills[key] = (self._told, fill)
        self._stirred.update(effects(fill))
        return since_ts is not None and fill.ts_event > since_ts

    def take(self, taken: BalancesTaken) -> None:
        """Know balances from here on."""
        change = taken.balances
        if change.complete:
            self._complete, self._complete_told = taken, self._told
            self._complete_known = {each.asset: self._known(each, change) for each in change.balances}
            self._later = {asset: later for asset, later in self._later.items() if later[0].ts_event > change.ts_event}
            self._stirred.clear()
            self._forget(change.ts_event)
            return
        for balance in change.balances:
            before = self._later.get(balance.asset)
            if before is None or not 0 < before[0].ts_event - change.ts_event < OVERTAKEN_NS:
                self._later[balance.asset] = (self._known(balance, change), balance, taken)

    def take_in_short(self, taken: BalancesTaken) -> BalancesTaken | None:
        """Know balances from here on; what a journal has to be told so that it says the same, None for nothing.

        All balances are told whole once in a while, in between only those that changed or that a fill touched.
        """
        short = self._short(taken)
        self.take(taken)
        return short

    def _short(self, taken: BalancesTaken) -> BalancesTaken | None:
        change = taken.balances
        if not change.complete:
            return taken
        is_recent = self._whole_ts is not None and 0 <= change.ts_event - self._whole_ts < WHOLE_EVERY_NS
        if not is_recent or any(known.ts_event > change.ts_event for known, _, _ in self._later.values()):
            self._whole_ts = change.ts_event
            return taken
        theirs = {balance.asset: balance for balance in change.balances}
        assets = sorted(theirs.keys() | self._complete_known.keys() | self._later.keys())
        told = tuple(theirs.get(asset, Balance(asset, _ZERO, _ZERO)) for asset in assets)
        news = tuple(each for each in told if each.asset in self._stirred or self._total(each.asset) != each.total)
        if not news:
            return None
        return BalancesTaken(ts=taken.ts, balances=BalancesChanged(news, False, change.ts_event, change.ts_received))

    def _total(self, asset: str) -> Decimal | None:
        known = self._of(asset)
        return None if known is None else known.total

    def compare(self, now: BalancesChanged) -> tuple[BalanceComparison, ...]:
        """Every asset whose balance is known and changed, against a complete statement of the exchange."""
        theirs = {balance.asset: balance.total for balance in now.balances}
        assets = sorted(theirs.keys() | self._complete_known.keys() | self._later.keys())
        compared = (self._compared(asset, theirs.get(asset, _ZERO), now.ts_event) for asset in assets)
        return tuple(each for each in compared if each is not None)

    def _compared(self, asset: str, theirs: Decimal, now_ts: int) -> BalanceComparison | None:
        known = self._of(asset)
        if known is None or known.total == theirs:
            return None
        markets, inexact = self._touching(asset, known)
        later = [told.change for fills in markets for told in fills if told.ts_event > known.ts_event]
        wanted, slack = EXACT.subtract(theirs, known.total), SMALLEST * inexact
        sums = (
            total
            for starts in (_after_time, _after_told)
            for ends in (_all, _until_time)
            for total in _sums(_values(fills, starts(fills, known), ends(fills, now_ts)) for fills in markets)
        )
        return BalanceComparison(
            asset=asset,
            known=known.total,
            ours=sum(later, known.total),
            theirs=theirs,
            fills=len(later),
            is_explained=any(abs(EXACT.subtract(total, wanted)) <= slack for total in sums),
        )

    def _of(self, asset: str) -> _Known | None:
        if asset in self._later:
            return self._later[asset][0]
        if self._complete is None:
            return None
        nothing = _Known(_ZERO, self._complete.balances.ts_event, self._complete_told)
        return self._complete_known.get(asset, nothing)

    def _known(self, balance: Balance, change: BalancesChanged) -> _Known:
        return _Known(balance.total, change.ts_event, self._told)

    def _touching(self, asset: str, known: _Known) -> tuple[list[list[_Told]], int]:
        """The fills by market, in the order of their ids, that may have changed an asset since; and how many of their
        changes the exchange may have rounded."""
        markets: dict[InstrumentId, list[tuple[str, _Told]]] = defaultdict(list)
        inexact = 0
        for (market, trade_id), (number, fill) in self._fills.items():
            if fill.ts_event < known.ts_event - CLOCK_JUMP_NS:
                continue
            change = effects(fill).get(asset)
            if change is not None:
                exponent = change.normalize(EXACT).as_tuple().exponent
                inexact += isinstance(exponent, int) and exponent < -PLACES
                markets[market].append((trade_id.rjust(20, "0"), _Told(number, fill.ts_event, change)))
        return [[told for _, told in sorted(fills, key=lambda each: each[0])] for fills in markets.values()], inexact

    def _forget(self, ts_event: int) -> None:
        """Let go of fills that every known balance holds."""
        oldest = min([ts_event, *(later[0].ts_event for later in self._later.values())]) - 2 * CLOCK_JUMP_NS
        self._fills = {key: told for key, told in self._fills.items() if told[1].ts_event >= oldest}


def _alone(balance: Balance, taken: BalancesTaken) -> BalancesTaken:
    """What was told of one asset, without the others of which more is known by now."""
    change = taken.balances
    return BalancesTaken(ts=taken.ts, balances=BalancesChanged((balance,), False, change.ts_event, change.ts_received))


def _after_time(fills: Sequence[_Told], known: _Known) -> list[list[bool]]:
    """Which fills came after what is known, by their time: of those of its millisecond any last ones may have."""
    return _cuts(fills, known.ts_event, is_after=True)


def _after_told(fills: Sequence[_Told], known: _Known) -> list[list[bool]]:
    """Which fills came after what is known, by the order in which they were told."""
    return [[told.number > known.told for told in fills]]


def _all(fills: Sequence[_Told], now_ts: int) -> list[list[bool]]:
    """The exchange has booked all fills that are known by now."""
    return [[True] * len(fills)]


def _until_time(fills: Sequence[_Told], now_ts: int) -> list[list[bool]]:
    """The exchange has booked the fills up to its time; of those of that millisecond any first ones."""
    return _cuts(fills, now_ts, is_after=False)


def _cuts(fills: Sequence[_Told], ts: int, *, is_after: bool) -> list[list[bool]]:
    sure = [told.ts_event > ts if is_after else told.ts_event < ts for told in fills]
    same = [place for place, told in enumerate(fills) if told.ts_event == ts]
    found = [sure]
    for place in reversed(same) if is_after else same:
        more = list(found[-1])
        more[place] = True
        found.append(more)
    return found


def _values(fills: Sequence[_Told], starts: list[list[bool]], ends: list[list[bool]]) -> set[Decimal]:
    """What the fills of a market may add up to between two balances."""
    return {
        sum((told.change for told, begun, done in zip(fills, start, end, strict=True) if begun and done), _ZERO)
        for start in starts
        for end in ends
    }


def _sums(markets: Iterable[set[Decimal]]) -> set[Decimal]:
    """What the fills of all markets may add up to."""
    sums = {_ZERO}
    for values in markets:
        sums = {EXACT.add(total, value) for total in sums for value in values}
        if len(sums) > MOST_SUMS:
            sums = set(list(sums)[:MOST_SUMS])
    return sums
