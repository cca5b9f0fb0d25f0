"""Balances and positions, kept true by the bus; profit and equity in the reporting currency."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.api import AccountView, BalanceRow
from fks_engine.clock import NANOS
from fks_engine.model import (
    EXACT,
    Balance,
    BalancesChanged,
    Checkpoint,
    FillTaken,
    Position,
    instrument_id,
    rate,
    route,
)
from fks_engine.portfolio.day import DayProfits
from fks_engine.portfolio.equity import EquityHistory
from fks_engine.portfolio.rows import position_row
from fks_engine.ports import OrderJournal, Unkept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.api import PositionRow
    from fks_engine.clock import Clock
    from fks_engine.model import Fill, InstrumentId, JournalEntry
    from fks_engine.ports import MarketState
    from fks_engine.topics import Bus

FILLS_KEPT: Final = 5_000
SAMPLE_INTERVAL_S: Final = 1.0
EXPOSURE_KEPT_NS: Final = NANOS // 4
OVERTAKEN_NS: Final = 5 * NANOS
"""A change of a balance that is older than the last one by less was overtaken by it."""
_ZERO: Final = Decimal(0)


class Portfolio:
    """What the account holds, what of it came through our fills, and what it is worth.

    Follows the bus at once. The ids of the last booked fills are kept, and of each market the time before which all
    are booked, so that no fill counts twice however often it is told. Fills whose instrument is not listed
    wait until it is.
    """

    def __init__(
        self,
        market: MarketState,
        bus: Bus,
        clock: Clock,
        reporting_currency: str,
        *,
        exchange_name: str,
        journal: OrderJournal | None = None,
    ) -> None:
        self._journal = journal or Unkept()
        self._market = market
        self._clock = clock
        self._currency = reporting_currency
        self._exchange_name = exchange_name
        self._balances: dict[str, Balance] = {}
        self._has_balances = False
        self._changed_at: dict[str, int] = {}
        """When the exchange last told a change of an asset, by its clock."""
        self._positions: dict[InstrumentId, Position] = {}
        self._booked: set[tuple[InstrumentId, str]] = set()
        self._fills: deque[Fill] = deque()
        self._unlisted: deque[Fill] = deque(maxlen=FILLS_KEPT)
        self._last: dict[InstrumentId, Fill] = {}
        """The last fill of each market, by the exchange's clock."""
        self._forgotten_until: dict[InstrumentId, int] = {}
        """Fills of a market up to this time were booked, and are no longer kept one by one."""
        self._is_replaying = False
        self._history = EquityHistory()
        self._days = DayProfits()
        self._unpriced: frozenset[str] = frozenset()
        self._last_rates: dict[str, Decimal] = {}
        self._sampled_ns = 0
        self._exposure: tuple[int, Decimal] | None = None
        """What it was last, and when by the monotonic clock; None once a balance has changed since."""
        self.unvalued_fees: dict[str, Decimal] = {}
        """Fees taken in assets that had no price at the time; profits leave them out."""
        bus.balances.tap(self._take_balances)
        bus.fills.tap(self.take_fill)

    def balance(self, asset: str) -> Balance:
        """The balance of one asset; zeros when the account has none."""
        return self._balances.get(asset) or Balance(asset, _ZERO, _ZERO)

    def position(self, instrument_id: InstrumentId) -> Position:
        """The position; a flat one when there is none."""
        return self._positions.get(instrument_id) or Position(instrument_id=instrument_id)

    def positions(self) -> tuple[Position, ...]:
        """Every position that a fill ever touched, flat ones included."""
        return tuple(self._positions.values())

    def fills(self, limit: int, offset: int) -> tuple[tuple[Fill, ...], int]:
        """Fills newest first, each once, and how many are kept."""
        return tuple(islice(reversed(self._fills), offset, offset + limit)), len(self._fills)

    def load_fills(self, fills: Iterable[Fill]) -> None:
        """Book fills from the exchange's record, in the order of their time.

        Fees in a third asset are valued at its present price, for the record does not tell the one of then.
        """
        for fill in sorted(fills, key=lambda fill: (fill.ts_event, fill.trade_id.rjust(20, "0"))):
            self.take_fill(fill)

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Book what the journal tells, once the instruments are known."""
        self._is_replaying = True
        try:
            for entry in entries:
                if isinstance(entry, FillTaken):
                    self.take_fill(entry.fill)
                elif isinstance(entry, Checkpoint):
                    self._take_checkpoint(entry)
        finally:
            self._is_replaying = False

    def last_fill(self, instrument_id: InstrumentId) -> Fill | None:
        """The last fill of a market that is known; None where there is none."""
        return self._last.get(instrument_id)

    def checkpoint(self) -> Checkpoint:
        """What a restart needs of the account to book each fill once: positions, the last fills, the balances."""
        now = self._clock.now_ns()
        return Checkpoint(
            ts=now,
            positions=tuple(self._positions.values()),
            fills=tuple(self._fills),
            last_fills=tuple(self._last.values()),
            forgotten_until=dict(self._forgotten_until),
        )

    def _take_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Go on from positions as they were; the fills that made them are known and not booked again."""
        self._positions = {position.instrument_id: position for position in checkpoint.positions}
        self._last = {fill.instrument_id: fill for fill in checkpoint.last_fills}
        self._fills = deque(checkpoint.fills)
        self._booked = {(fill.instrument_id, fill.trade_id) for fill in (*checkpoint.fills, *checkpoint.last_fills)}
        self._forgotten_until = dict(checkpoint.forgotten_until)

    def needed_marks(self) -> frozenset[InstrumentId]:
        """The instruments whose quotes would price all that the account holds."""
        assets = {asset for asset, balance in self._balances.items() if balance.total}
        listed = self._market.instrument
        routes = (
            route(asset, self._currency, self._exchange_name, lambda market: listed(market) is not None)
            for asset in assets
        )
        markets = {market for each in routes for market in each}
        return frozenset(markets | {key for key, position in self._positions.items() if position.quantity})

    def account_view(self) -> AccountView:
        """The account as a whole, as it stands now."""
        self._claim_unlisted_fills()
        if self._clock.monotonic_ns() - self._sampled_ns >= SAMPLE_INTERVAL_S * NANOS:
            self.sample()
        rates = {asset: self._rate(asset) for asset in self._held_assets()}
        balances = tuple(
            BalanceRow(self.balance(asset), None if price is None else EXACT.multiply(self.balance(asset).total, price))
            for asset, price in rates.items()
        )
        equity = sum((row.value for row in balances if row.value is not None), _ZERO) if self._has_balances else None
        rows = self._position_rows(equity)
        idle = EXACT.multiply(self.balance(self._currency).total, rates.get(self._currency) or _ZERO)
        return AccountView(
            reporting_currency=self._currency,
            equity=equity,
            unpriced_assets=tuple(asset for asset, price in rates.items() if price is None),
            day_profit=self._history.day_profit,
            realised=self._in_reporting((row.instrument_id, row.realised) for row in rows),
            unrealised=self._in_reporting((row.instrument_id, row.unrealised or _ZERO) for row in rows),
            balances=balances,
            positions=rows,
            equity_curve=self._history.curve,
            exposure=(equity - idle) / equity if equity else None,
        )

    def exposure(self) -> Decimal | None:
        """Worth of all that is held beside the reporting currency, as far as it can be priced, at most a quarter of a
        second old; None before the balances are known."""
        if not self._has_balances:
            return None
        now = self._clock.monotonic_ns()
        if self._exposure is None or now - self._exposure[0] > EXPOSURE_KEPT_NS:
            worths = (
                EXACT.multiply(self.balance(asset).total, self._rate(asset) or _ZERO)
                for asset in self._held_assets()
                if asset != self._currency
            )
            self._exposure = (now, sum(worths, _ZERO))
        return self._exposure[1]

    def sample(self) -> None:
        """Note what the account is worth now, for the day's profit and the curve."""
        self._sampled_ns = self._clock.monotonic_ns()
        if not self._has_balances:
            return
        equity = newly_priced = _ZERO
        unpriced: set[str] = set()
        for asset in self._held_assets():
            price = self._rate(asset)
            if price is None:
                unpriced.add(asset)
                continue
            worth = EXACT.multiply(self.balance(asset).total, price)
            equity = EXACT.add(equity, worth)
            if asset in self._unpriced:
                newly_priced = EXACT.add(newly_priced, worth)
        self._unpriced = frozenset(unpriced)
        self._history.add(self._clock.now_ns(), equity, newly_priced)

    async def run(self) -> None:
        """Sample the account's worth once a second until cancelled."""
        while True:
            self.sample()
            await anyio.sleep(SAMPLE_INTERVAL_S)

    def take_fill(self, fill: Fill) -> None:
        """Book one fill, once however often it is told."""
        key = (fill.instrument_id, fill.trade_id)
        if key in self._booked or fill.ts_event <= self._forgotten_until.get(fill.instrument_id, 0):
            return
        if len(self._fills) == FILLS_KEPT:
            old = self._fills.popleft()  # of the oldest only this is kept: it was booked, as all before it were
            self._booked.discard((old.instrument_id, old.trade_id))
            until = self._forgotten_until.get(old.instrument_id, 0)
            self._forgotten_until[old.instrument_id] = max(old.ts_event, until)
        self._booked.add(key)
        self._fills.append(fill)
        last = self._last.get(fill.instrument_id)
        if last is None or last.ts_event <= fill.ts_event:
            self._last[fill.instrument_id] = fill
        if not self._is_replaying:
            self._journal.note(FillTaken(ts=self._clock.now_ns(), fill=fill))
        if not self._book(fill):
            self._unlisted.append(fill)

    def _take_balances(self, change: BalancesChanged) -> None:
        """Replace what changed, or everything where the snapshot is complete and nothing newer came meanwhile."""
        self._exposure = None
        news = {balance.asset: balance for balance in change.balances}
        if change.complete:
            self._has_balances = True
            newer = {asset for asset, ts in self._changed_at.items() if ts > change.ts_event}
            self._balances = {asset: self._balances[asset] for asset in newer} | {
                asset: balance for asset, balance in news.items() if asset not in newer
            }
            return
        for asset, balance in news.items():
            if not 0 < self._changed_at.get(asset, 0) - change.ts_event < OVERTAKEN_NS:
                self._balances[asset] = balance
                self._changed_at[asset] = change.ts_event

    def _book(self, fill: Fill) -> bool:
        """Let a fill change its position; False where its instrument is not known yet."""
        instrument = self._market.instrument(fill.instrument_id)
        if instrument is None:
            return False
        fee_value = None
        if fill.fee and fill.fee_asset not in {instrument.base, instrument.quote}:
            price = rate(fill.fee_asset, instrument.quote, self._exchange_name, self._market.mark)
            if price is None:
                self.unvalued_fees[fill.fee_asset] = self.unvalued_fees.get(fill.fee_asset, _ZERO) + fill.fee
            else:
                fee_value = EXACT.multiply(fill.fee, price)
        before = self.position(fill.instrument_id)
        self._days.traded(fill, before, self._clock.now_ns())
        self._positions[fill.instrument_id] = before.after(fill, instrument, fee_value)
        return True

    def _claim_unlisted_fills(self) -> None:
        """Book the fills whose instrument has become known."""
        for _ in range(len(self._unlisted)):
            fill = self._unlisted.popleft()
            if not self._book(fill):
                self._unlisted.append(fill)

    def _held_assets(self) -> list[str]:
        """Assets with something in them, the reporting currency first."""
        held = sorted(asset for asset, balance in self._balances.items() if balance.total)
        return sorted(held, key=lambda asset: asset != self._currency)

    def _position_rows(self, equity: Decimal | None) -> tuple[PositionRow, ...]:
        """Positions, and holdings that no fill explains, by market."""
        external = self._external_quantities()
        return tuple(
            self._position_row(key, external.get(key, _ZERO), equity)
            for key in sorted(self._positions.keys() | external.keys())
        )

    def _position_row(self, key: InstrumentId, external: Decimal, equity: Decimal | None) -> PositionRow:
        position = self.position(key)
        day_profit = self._days.profit(position, self._market.mark(key), self._clock.now_ns())
        row = position_row(position, self._market, external, day_profit)
        instrument = self._market.instrument(key)
        price = None if instrument is None else self._rate(instrument.quote)
        if not equity or row.notional is None or price is None:
            return row
        return replace(row, exposure=row.notional * price / equity)

    def _external_quantities(self) -> dict[InstrumentId, Decimal]:
        """What the account holds of each base asset beyond our fills, told once: at its main instrument."""
        if not self._has_balances:
            return {}
        from_fills: dict[str, Decimal] = {}
        instruments: dict[str, list[InstrumentId]] = {}
        for key, position in self._positions.items():
            instrument = self._market.instrument(key)
            if instrument is not None:
                from_fills[instrument.base] = EXACT.add(from_fills.get(instrument.base, _ZERO), position.quantity)
                instruments.setdefault(instrument.base, []).append(key)
        external: dict[InstrumentId, Decimal] = {}
        for asset in from_fills.keys() | set(self._held_assets()) - {self._currency}:
            beyond = EXACT.subtract(self.balance(asset).total, from_fills.get(asset, _ZERO))
            main = instrument_id(self._exchange_name, f"{asset}/{self._currency}")
            if self._market.instrument(main) is None:
                main = min(instruments.get(asset, [main]))
            if beyond and self._market.instrument(main) is not None:
                external[main] = beyond
        return external

    def _in_reporting(self, sums: Iterable[tuple[InstrumentId, Decimal]]) -> Decimal:
        """The sum of figures in quote assets, as far as those can be priced."""
        total = _ZERO
        for key, value in sums:
            instrument = self._market.instrument(key)
            price = None if instrument is None else self._rate(instrument.quote)
            if price is not None:
                total = EXACT.add(total, EXACT.multiply(value, price))
        return total

    def _rate(self, asset: str) -> Decimal | None:
        """The asset's price in the reporting currency; the last known one while its market shows one side only."""
        price = rate(asset, self._currency, self._exchange_name, self._market.mark)
        if price is None:
            return self._last_rates.get(asset)
        self._last_rates[asset] = price
        return price
