"""Every limit with its use now, as a desk sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from fks_engine.api import LimitRow
from fks_engine.model import EXACT, LimitName, Side, market_of, rate
from fks_engine.risk.situation import spends

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fks_engine.api import AccountView, QuoteRow
    from fks_engine.model import Instrument, InstrumentId, Order
    from fks_engine.ports import MarketState
    from fks_engine.risk.limit_book import LimitBook
    from fks_engine.risk.loss_watch import LossWatch

_ZERO: Final = Decimal(0)
_UNITS: Final = {
    LimitName.MAX_ORDER_QUANTITY: "base units",
    LimitName.MAX_OPEN_ORDERS: "orders",
    LimitName.MAX_ORDERS_PER_SECOND: "orders/s",
    LimitName.MAX_DRAWDOWN_PERCENT: "%",
    LimitName.PRICE_BAND_PERCENT: "%",
    LimitName.MAX_SLIPPAGE_PERCENT: "%",
    LimitName.MAX_DATA_AGE_S: "s",
    LimitName.INSTRUMENTS: "markets",
}
"""What is not here is counted in the reporting currency."""


class _Use(NamedTuple):
    """How much of a limit is used, and by what."""

    used: Decimal | None
    subject: str = ""


@dataclass
class _Working:
    """What working orders come to, the largest of them, and what they would buy of each base asset."""

    largest: _Use = field(default_factory=lambda: _Use(_ZERO))
    most_units: _Use = field(default_factory=lambda: _Use(_ZERO))
    bought: dict[str, Decimal] = field(default_factory=dict)
    """By base asset, in the reporting currency."""
    spent: Decimal = _ZERO
    """Of the reporting currency."""


class LimitRows:
    """Makes the rows for one picture; asked once per tick for all desks."""

    def __init__(
        self,
        book: LimitBook,
        losses: LossWatch,
        market: MarketState,
        *,
        exchange: str,
        stale_after_s: float,
        sent_in_second: Callable[[], int],
    ) -> None:
        self._book = book
        self._losses = losses
        self._market = market
        self._exchange = exchange
        self._stale_after_s = Decimal(str(stale_after_s))
        self._sent_in_second = sent_in_second

    def rows(self, working: Sequence[Order], account: AccountView, quotes: Sequence[QuoteRow]) -> tuple[LimitRow, ...]:
        """One row for each limit, in the order of their names."""
        currency, orders = account.reporting_currency, self._sums(working, account.reporting_currency)
        held = {row.balance.asset: row.value for row in account.balances if row.value is not None}
        uses = {
            LimitName.MAX_ORDER_NOTIONAL: orders.largest,
            LimitName.MAX_ORDER_QUANTITY: orders.most_units,
            LimitName.MAX_INSTRUMENT_NOTIONAL: _most_held(held, orders.bought, currency),
            LimitName.MAX_EXPOSURE: _Use(_exposure(account, held, orders.spent)),
            LimitName.MAX_OPEN_ORDERS: _Use(Decimal(len(working))),
            LimitName.MAX_ORDERS_PER_SECOND: _Use(Decimal(self._sent_in_second())),
            LimitName.MAX_DAILY_LOSS: _Use(self._losses.day_loss, self._losses.doubt),
            LimitName.MAX_DRAWDOWN_PERCENT: _Use(self._losses.drawdown_percent, self._losses.doubt),
            LimitName.MAX_DATA_AGE_S: _oldest(quotes),
        }
        return tuple(self._row(name, uses.get(name) or _Use(None), currency) for name in LimitName)

    def _row(self, name: LimitName, use: _Use, currency: str) -> LimitRow:
        if name is LimitName.INSTRUMENTS:
            return self._markets_row()
        setting, held = getattr(self._book.setting, name), getattr(self._book.limits, name)
        if name is LimitName.MAX_DATA_AGE_S:
            setting, held = (min(each or self._stale_after_s, self._stale_after_s) for each in (setting, held))
        entry = self._book.at_run_time(name)
        limit = None if held is None else Decimal(held)
        return LimitRow(
            name=name,
            limit=limit,
            setting=None if setting is None else Decimal(setting),
            at_run_time=None if entry is None else entry.value,
            used=use.used,
            unit=_UNITS.get(name, currency),
            subject=use.subject,
            is_breached=limit is not None and use.used is not None and use.used > limit,
        )

    def _markets_row(self) -> LimitRow:
        setting, held = self._book.setting.instruments, self._book.limits.instruments
        entry = self._book.at_run_time(LimitName.INSTRUMENTS)
        return LimitRow(
            name=LimitName.INSTRUMENTS,
            limit=None if held is None else Decimal(len(held)),
            setting=None if setting is None else Decimal(len(setting)),
            at_run_time=None if entry is None else Decimal(len(entry.instrument_ids)),
            used=None,
            unit=_UNITS[LimitName.INSTRUMENTS],
            instrument_ids=() if held is None else tuple(sorted(held)),
        )

    def _sums(self, working: Sequence[Order], currency: str) -> _Working:
        """What working orders come to; of a list of which one cancels the other the dearer one counts."""
        found, rates = _Working(), dict[str, Decimal | None]()
        by_list: dict[str, tuple[Decimal, Order, Instrument]] = {}
        for order in working:
            instrument = self._market.instrument(order.instrument_id)
            if instrument is None:
                continue
            leaves = order.leaves_quantity
            if found.most_units.used is None or leaves > found.most_units.used:
                found.most_units = _Use(leaves, market_of(order.instrument_id))
            if instrument.quote not in rates:
                rates[instrument.quote] = rate(instrument.quote, currency, self._exchange, self._market.mark)
            worth = self._worth(order, leaves, rates[instrument.quote])
            if found.largest.used is None or worth > found.largest.used:
                found.largest = _Use(worth, market_of(order.instrument_id))
            key = order.order_list_id or order.client_order_id
            if order.waits_for is None and (key not in by_list or worth > by_list[key][0]):
                by_list[key] = (worth, order, instrument)
        for worth, order, instrument in by_list.values():
            if order.side is Side.BUY:
                found.bought[instrument.base] = found.bought.get(instrument.base, _ZERO) + worth
            if spends(order, instrument, currency):
                found.spent += worth
        return found

    def _worth(self, order: Order, leaves: Decimal, in_reporting: Decimal | None) -> Decimal:
        price = order.limit_price or order.stop_price or self._market.mark(order.instrument_id)
        if price is None or in_reporting is None:
            return _ZERO
        return EXACT.multiply(EXACT.multiply(leaves, price), in_reporting)


def _most_held(held: dict[str, Decimal], bought: dict[str, Decimal], currency: str) -> _Use:
    """The base asset that most is held of, with what working orders would buy of it."""
    totals = {
        asset: held.get(asset, _ZERO) + bought.get(asset, _ZERO) for asset in held.keys() | bought if asset != currency
    }
    if not totals:
        return _Use(_ZERO)
    asset = max(totals, key=lambda each: (totals[each], each))
    return _Use(totals[asset], f"{asset}/{currency}")


def _exposure(account: AccountView, held: dict[str, Decimal], spent: Decimal) -> Decimal | None:
    if account.equity is None:
        return None
    return sum((value for asset, value in held.items() if asset != account.reporting_currency), spent)


def _oldest(quotes: Sequence[QuoteRow]) -> _Use:
    """The oldest quote of the watchlist."""
    ages: list[tuple[float, InstrumentId]] = [(row.age_s, row.instrument_id) for row in quotes if row.age_s is not None]
    if not ages:
        return _Use(None)
    age_s, instrument_id = max(ages)
    return _Use(Decimal(f"{age_s:.1f}"), market_of(instrument_id))
