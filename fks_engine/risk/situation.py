"""One order and all that the gate looks at to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from fks_engine.errors import UnknownInstrument
from fks_engine.model import EXACT, OrderType, Side, TradingState, rate
from fks_engine.risk.walk import Walk, opposite_levels, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fks_engine.api import Difference, SubmitOrder
    from fks_engine.model import Instrument, InstrumentId, Order, Quote
    from fks_engine.ports import Account, MarketState
    from fks_engine.risk.limits import RiskLimits

_ZERO = Decimal(0)


class Use(NamedTuple):
    """How much of a limit is used, in the reporting currency."""

    held: Decimal
    working: Decimal
    """What working orders would add."""
    asked: Decimal
    """What this order would add."""

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.held + self.working + self.asked


def spends(order: Order, instrument: Instrument, asset: str) -> bool:
    """Whether an order gives `asset` away."""
    return (instrument.quote if order.side is Side.BUY else instrument.base) == asset


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is asked, the limits, and the market and account as they stand. Read only; made for one verdict."""

    command: SubmitOrder
    limits: RiskLimits
    market: MarketState
    account: Account
    working: Sequence[Order]
    trading_state: TradingState = TradingState.ACTIVE
    trading_state_reason: str = ""
    connected: bool = True
    read_only: bool = False
    banned_for_s: float | None = None
    """Seconds for which the exchange takes no request of ours; None while it does."""
    journal_fault: str = ""
    """Why the journal takes nothing; empty while it does."""
    unexplained: tuple[Difference, ...] = ()
    """What of the account nobody can explain, until a person accepts it."""
    replaced: Order | None = None
    """The order whose place this one takes: what it holds is free for this one."""
    entry: SubmitOrder | None = None
    """The order that has to fill whole before this one begins to work; it works at the entry's price then."""
    order_count: int = 1
    """How many orders the command stands for; they are sent together or not at all."""
    stop_count: int | None = None
    """How many of them wait for a stop price; None counts this one alone."""
    sent_in_second: int | None = None
    """How many orders were let through in the second before now; None where that is not asked."""

    @cached_property
    def _rates(self) -> dict[str, Decimal | None]:
        return {}

    @cached_property
    def instrument_use(self) -> Use | None:
        """What is held, bought by working orders and by this one of its base asset; None where nothing prices it."""
        base, worth = self.instrument.base, self.worth
        held, price = self.account.balance(base).total, self.rate_to_reporting(base)
        if worth is None or (price is None and held):
            return None
        working = _working_worth(self, lambda order, market: order.side is Side.BUY and market.base == base)
        return Use(EXACT.multiply(held, price or _ZERO), working, worth)

    @cached_property
    def exposure_use(self) -> Use | None:
        """What is held beside the reporting currency, spent of it by working orders and by this one; None before it is
        known."""
        held, worth, currency = self.account.exposure(), self.worth, self.limits.reporting_currency
        if held is None or worth is None:
            return None
        return Use(held, _working_worth(self, lambda order, market: spends(order, market, currency)), worth)

    @cached_property
    def listed(self) -> Instrument | None:
        """The instrument; None where the exchange does not list it."""
        return self.market.instrument(self.command.instrument_id)

    @cached_property
    def instrument(self) -> Instrument:
        """The instrument, once it is known to be listed. Raises UnknownInstrument."""
        if self.listed is None:
            raise UnknownInstrument(self.command.instrument_id)
        return self.listed

    @cached_property
    def quote(self) -> Quote | None:
        """The latest quote, if it has two sides."""
        quote = self.market.quote(self.command.instrument_id)
        return quote if quote is not None and quote.bid > 0 and quote.ask > 0 else None

    @property
    def is_buy(self) -> bool:
        """Whether quote units are spent for base units."""
        return self.command.side is Side.BUY

    @property
    def touch(self) -> Decimal | None:
        """The best price on the other side; for an exit the price that its entry was bought or sold at."""
        if self.entry is not None:
            return self.entry.limit_price
        if self.quote is None:
            return None
        return self.quote.ask if self.is_buy else self.quote.bid

    @cached_property
    def taking_price(self) -> Decimal | None:
        """The mean price that the whole quantity would take now; what no level shows is priced at the last one.

        It is no better than the best price of the quote: the book may be the older of the two.
        """
        met, quantity = self.met, self.command.quantity
        if met is None:
            return self.touch
        rest = EXACT.subtract(quantity, met.quantity)
        mean = EXACT.add(met.notional, EXACT.multiply(rest, met.last_price)) / quantity
        if self.touch is None:
            return mean
        return max(mean, self.touch) if self.is_buy else min(mean, self.touch)

    @cached_property
    def met(self) -> Walk | None:
        """What an order that takes would meet in the visible book now, within its limit or cap."""
        command = self.command
        levels = opposite_levels(command.side, self.market.book(command.instrument_id), self.quote)
        return walk(command.side, levels, command.quantity, command.limit_price)

    @property
    def price(self) -> Decimal | None:
        """The price the order is valued at: its limit, else its stop price, else what taking would give."""
        command = self.command
        if command.order_type is OrderType.MARKET:
            return self.taking_price
        return command.limit_price if command.order_type.has_limit else command.stop_price

    @property
    def price_at_exchange(self) -> Decimal | None:
        """The price that the exchange values the order at: a market order is sent as a limit order at its cap."""
        return self.command.limit_price or self.price

    @property
    def notional(self) -> Decimal | None:
        """Price times quantity in the quote asset."""
        return None if self.price is None else EXACT.multiply(self.price, self.command.quantity)

    @cached_property
    def worth(self) -> Decimal | None:
        """What the order is worth in the reporting currency; None where no price tells.

        A sale far under the bid is worth what the bid pays, for it would trade there.
        """
        price, in_reporting = self.worth_price, self.rate_to_reporting(self.instrument.quote)
        if price is None or in_reporting is None:
            return None
        return EXACT.multiply(EXACT.multiply(price, self.command.quantity), in_reporting)

    @property
    def worth_price(self) -> Decimal | None:
        """The price that the order's worth is counted at, in the quote asset."""
        price, touch = self.price, self.touch
        return max(price, touch) if price is not None and touch is not None and not self.is_buy else price

    @property
    def band_price(self) -> Decimal | None:
        """The price that must not lie far beyond `band_origin`: the limit, or what a market order would pay."""
        return self.command.limit_price if self.command.order_type.has_stop else self.price

    @property
    def band_origin(self) -> tuple[str, Decimal | None]:
        """Where the price band is counted from: the stop price, the entry's price or the mid, by name."""
        if self.command.order_type.has_stop:
            return "stop price", self.command.stop_price
        if self.entry is not None:
            return "entry price", self.entry.limit_price
        return "mid", None if self.quote is None else self.quote.mid

    @property
    def spent_asset(self) -> str:
        """The asset that the order gives away."""
        return self.instrument.quote if self.is_buy else self.instrument.base

    @property
    def spent(self) -> Decimal | None:
        """How much of it. Fees come off what is received, so they need no balance of their own."""
        price = self.price_at_exchange
        if not self.is_buy or price is None:
            return None if self.is_buy else self.command.quantity
        return EXACT.multiply(price, self.command.quantity)

    @cached_property
    def available(self) -> Decimal:
        """The free balance of the spent asset, less what our orders on their way to the exchange will lock.

        What an order that is to be replaced holds counts as free.
        """
        asset = self.spent_asset
        balance = self.account.balance(asset)
        freed = _ZERO if self.replaced is None else min(balance.locked, self._reserved(self.replaced, asset))
        return max(_ZERO, balance.free + freed - self._reserved_on_the_way(asset))

    def rate_to_reporting(self, asset: str) -> Decimal | None:
        """What one unit of `asset` is worth in the reporting currency."""
        if asset not in self._rates:
            exchange = self.command.instrument_id.partition(":")[0]
            self._rates[asset] = rate(asset, self.limits.reporting_currency, exchange, self.market.mark)
        return self._rates[asset]

    def _reserved_on_the_way(self, asset: str) -> Decimal:
        """What orders that the exchange has not acknowledged yet will lock of `asset`.

        Two orders of which one cancels the other lock what the dearer one needs, and exits nothing before their entry.
        """
        by_list: dict[str, Decimal] = {}
        for order in self.working:
            if order.exchange_order_id is None and order.waits_for is None:
                key = order.order_list_id or order.client_order_id
                by_list[key] = max(by_list.get(key, _ZERO), self._reserved(order, asset))
        return sum(by_list.values(), _ZERO)

    def _reserved(self, order: Order, asset: str) -> Decimal:
        """What an order locks of `asset` at the exchange."""
        instrument = self.market.instrument(order.instrument_id)
        if instrument is None or order.status.is_terminal:
            return _ZERO
        if order.side is Side.SELL:
            return order.leaves_quantity if instrument.base == asset else _ZERO
        if instrument.quote != asset:
            return _ZERO
        price = order.limit_price or order.stop_price or self._market_price(order.instrument_id) or _ZERO
        return EXACT.multiply(order.leaves_quantity, price)

    def _market_price(self, instrument_id: InstrumentId) -> Decimal | None:
        quote = self.market.quote(instrument_id)
        return None if quote is None else quote.ask


def _working_worth(situation: Situation, counts: Callable[[Order, Instrument], bool]) -> Decimal:
    """What is left of working orders is worth: of a list of which one cancels the other the dearer one's.

    An exit that waits for its entry is no order of its own yet, and what nothing prices is left out.
    """
    by_list: dict[str, Decimal] = {}
    for order in situation.working:
        instrument = situation.market.instrument(order.instrument_id)
        if instrument is None or order.waits_for is not None or not counts(order, instrument):
            continue
        quote, in_reporting = situation.market.quote(order.instrument_id), situation.rate_to_reporting(instrument.quote)
        price = order.limit_price or order.stop_price or (None if quote is None else quote.ask)
        if price is None or in_reporting is None:
            continue
        worth = EXACT.multiply(EXACT.multiply(order.leaves_quantity, price), in_reporting)
        key = order.order_list_id or order.client_order_id
        by_list[key] = max(by_list.get(key, _ZERO), worth)
    return sum(by_list.values(), _ZERO)
