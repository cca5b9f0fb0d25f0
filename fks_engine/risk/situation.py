"""One order and all that the gate looks at to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from fks_engine.errors import UnknownInstrument
from fks_engine.model import EXACT, OrderType, Side, TradingState, rate
from fks_engine.risk.walk import opposite_levels, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import SubmitOrder
    from fks_engine.model import Instrument, InstrumentId, Order, Quote
    from fks_engine.ports import Account, MarketState
    from fks_engine.risk.limits import RiskLimits

_ZERO = Decimal(0)


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
        """The best price on the other side."""
        if self.quote is None:
            return None
        return self.quote.ask if self.is_buy else self.quote.bid

    @cached_property
    def taking_price(self) -> Decimal | None:
        """The mean price that the whole quantity would take now; what no level shows is priced at the last one.

        It is no better than the best price of the quote: the book may be the older of the two.
        """
        command = self.command
        levels = opposite_levels(command.side, self.market.book(command.instrument_id), self.quote)
        met = walk(command.side, levels, command.quantity)
        if met is None:
            return self.touch
        rest = EXACT.subtract(command.quantity, met.quantity)
        mean = EXACT.add(met.notional, EXACT.multiply(rest, met.last_price)) / command.quantity
        if self.touch is None:
            return mean
        return max(mean, self.touch) if self.is_buy else min(mean, self.touch)

    @property
    def price(self) -> Decimal | None:
        """The price the order is valued at: its limit, else what taking would give."""
        return self.command.limit_price if self.command.order_type is OrderType.LIMIT else self.taking_price

    @property
    def notional(self) -> Decimal | None:
        """Price times quantity in the quote asset."""
        return None if self.price is None else EXACT.multiply(self.price, self.command.quantity)

    @property
    def spent_asset(self) -> str:
        """The asset that the order gives away."""
        return self.instrument.quote if self.is_buy else self.instrument.base

    @property
    def spent(self) -> Decimal | None:
        """How much of it. Fees come off what is received, so they need no balance of their own."""
        return self.notional if self.is_buy else self.command.quantity

    @property
    def available(self) -> Decimal:
        """The free balance of the spent asset, less what our orders on their way to the exchange will lock."""
        asset = self.spent_asset
        reserved = sum(
            (self._reserved(order, asset) for order in self.working if order.exchange_order_id is None), _ZERO
        )
        return max(_ZERO, self.account.balance(asset).free - reserved)

    def rate_to_reporting(self, asset: str) -> Decimal | None:
        """What one unit of `asset` is worth in the reporting currency."""
        exchange = self.command.instrument_id.partition(":")[0]
        return rate(asset, self.limits.reporting_currency, exchange, self.market.mark)

    def _reserved(self, order: Order, asset: str) -> Decimal:
        """What an order that the exchange has not acknowledged yet will lock of `asset`."""
        instrument = self.market.instrument(order.instrument_id)
        if instrument is None or order.status.is_terminal:
            return _ZERO
        if order.side is Side.SELL:
            return order.leaves_quantity if instrument.base == asset else _ZERO
        if instrument.quote != asset:
            return _ZERO
        price = order.limit_price or self._market_price(order.instrument_id) or _ZERO
        return EXACT.multiply(order.leaves_quantity, price)

    def _market_price(self, instrument_id: InstrumentId) -> Decimal | None:
        quote = self.market.quote(instrument_id)
        return None if quote is None else quote.ask
