"""What is held of one instrument, at what cost, and the profit it has made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from fks_engine.model.decimals import EXACT
from fks_engine.model.fill import Fill
from fks_engine.model.instrument import Instrument, InstrumentId
from fks_engine.model.order_types import Side

_ZERO = Decimal(0)


class PositionSide(StrEnum):
    """Which way a position points."""

    LONG = "long"
    SHORT = "short"
    FLAT = "flat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What our fills have left of one instrument, in exact decimals.

    Two running sums say everything: `cash_flow`, what the fills paid and received in the quote asset (fees included),
    and `cost`, the part of it that is still tied up in `quantity`. Realised profit is `cash_flow + cost` and unrealised
    is `quantity * mark - cost`, so that their sum equals `cash_flow + quantity * mark` to the last digit, however
    `cost` was rounded.
    """

    instrument_id: InstrumentId
    quantity: Decimal = _ZERO
    """Base units held through fills; negative when short."""
    cost: Decimal = _ZERO
    """What `quantity` cost in the quote asset; negative when short."""
    cash_flow: Decimal = _ZERO
    """Quote units received less paid, over all fills and fees."""
    fees: Decimal = _ZERO
    """Fees paid so far, valued in the quote asset at the time of the fill."""
    fill_count: int = 0
    ts_opened: int = 0
    """When the position last left flat, nanoseconds UTC."""

    @property
    def side(self) -> PositionSide:
        """Long, short or flat."""
        if self.quantity > 0:
            return PositionSide.LONG
        return PositionSide.SHORT if self.quantity < 0 else PositionSide.FLAT

    @property
    def average_price(self) -> Decimal | None:
        """Cost of one base unit held, buying fees included; None when flat."""
        return self.cost / self.quantity if self.quantity else None

    @property
    def realised(self) -> Decimal:
        """Profit that later prices cannot change, in the quote asset, after fees."""
        return EXACT.add(self.cash_flow, self.cost)

    def unrealised(self, mark: Decimal) -> Decimal:
        """Profit that selling everything at `mark` would add, in the quote asset, before the fee of doing so."""
        return EXACT.subtract(EXACT.multiply(self.quantity, mark), self.cost)

    def after(self, fill: Fill, instrument: Instrument, fee_value: Decimal | None = None) -> Position:
        """The position once `fill` is booked.

        A fee in the base asset shrinks the quantity; one in the quote asset is cash; one in a third asset is cash worth
        `fee_value` quote units (0 when its price is not known).
        """
        signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
        cash = EXACT.multiply(-signed, fill.price)
        fee_in_quote = fee_value or _ZERO
        if fill.fee_asset == instrument.base:
            signed = EXACT.subtract(signed, fill.fee)
            fee_in_quote = EXACT.multiply(fill.fee, fill.price)
        else:
            if fill.fee_asset == instrument.quote:
                fee_in_quote = fill.fee
            cash = EXACT.subtract(cash, fee_in_quote)
        quantity = EXACT.add(self.quantity, signed)
        was_flat_or_turned = not self.quantity or (quantity != 0 and (quantity > 0) != (self.quantity > 0))
        return replace(
            self,
            quantity=quantity,
            cost=self._cost_after(signed, cash, quantity),
            cash_flow=EXACT.add(self.cash_flow, cash),
            fees=EXACT.add(self.fees, fee_in_quote),
            fill_count=self.fill_count + 1,
            ts_opened=fill.ts_event if was_flat_or_turned else self.ts_opened,
        )

    def _cost_after(self, signed: Decimal, cash: Decimal, quantity: Decimal) -> Decimal:
        """What the new quantity cost: adding adds the cash paid, shrinking keeps the average, turning starts anew."""
        if not quantity:
            return _ZERO
        if not self.quantity or (signed > 0) == (self.quantity > 0):
            return EXACT.subtract(self.cost, cash)
        if (quantity > 0) == (self.quantity > 0):
            return (self.cost * quantity / self.quantity).normalize()
        return EXACT.multiply(-cash, quantity) / signed
