"""One position as a desk shows it, valued at its mark."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.api import PositionRow
from fks_engine.model import EXACT, plain

if TYPE_CHECKING:
    from fks_engine.model import Instrument, Position
    from fks_engine.ports import MarketState

_ONE = Decimal(1)


def position_row(
    position: Position, market: MarketState, external_quantity: Decimal, day_profit: Decimal | None
) -> PositionRow:
    """The position with its profit; figures that need a price are None without one, except that nothing held is 0."""
    mark = market.mark(position.instrument_id)
    price = mark if mark is not None or position.quantity else EXACT.create_decimal(0)
    unrealised = None if price is None else position.unrealised(price)
    instrument = market.instrument(position.instrument_id)
    return PositionRow(
        instrument_id=position.instrument_id,
        side=position.side,
        quantity=position.quantity,
        average_price=position.average_price,
        mark=mark,
        mark_stale=market.is_stale(position.instrument_id),
        notional=None if price is None else EXACT.multiply(abs(position.quantity), price),
        realised=position.realised,
        unrealised=unrealised,
        fees=position.fees,
        external_quantity=external_quantity,
        break_even=None if instrument is None else break_even(position, instrument),
        unrealised_fraction=unrealised / abs(position.cost) if unrealised is not None and position.cost else None,
        day_profit=day_profit,
        total_profit=None if unrealised is None else EXACT.add(position.realised, unrealised),
        dust="" if instrument is None else dust_words(position, instrument, mark),
    )


def break_even(position: Position, instrument: Instrument) -> Decimal | None:
    """The price, rounded up to a tick, at which selling all pays back its cost and the taker's fee of the sale.

    None where nothing is held, or where what is held has cost nothing.
    """
    if position.quantity <= 0 or position.cost <= 0:
        return None
    return instrument.price_up(position.cost / (position.quantity * (_ONE - instrument.taker_fee)))


def dust_words(position: Position, instrument: Instrument, mark: Decimal | None) -> str:
    """Why what is held cannot be sold as it is, and what to do; empty where it can, or where nothing is held."""
    held = position.quantity
    if held <= 0:
        return ""
    sellable = instrument.quantity_to_step(held)
    if sellable < max(instrument.min_quantity, instrument.step_size):
        least = plain(max(instrument.min_quantity, instrument.step_size))
        return f"under the least quantity of {least} {instrument.base}: buy more and sell all, or leave it"
    if mark is not None and sellable * mark < instrument.min_notional:
        worth, least = plain(round(sellable * mark, 2)), plain(instrument.min_notional)
        return (
            f"worth {worth} {instrument.quote}, under the exchange's minimum of {least}: buy more and sell all, "
            "or leave it"
        )
    return ""
