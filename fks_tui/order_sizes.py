"""The sizes on the number keys: base units, quote units or a share of what is free, as the quantity of an order."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Final

from fks_engine.api import Side
from fks_tui.formatting import money
from fks_tui.typed_numbers import Field, Problem, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.api import BalanceRow, Instrument

DEFAULT_SIZES: Final = ("$100", "$500", "$1000", "$5000", "10%")
_PRECISION: Final = 64


def quantity_of(
    size: str, side: Side, price: Decimal, instrument: Instrument, balances: Iterable[BalanceRow]
) -> Decimal | Problem:
    """What `size` (`0.1`, `$500`, `10%`) is at `price`, in base units on the instrument's step; or why it is nothing.

    A share is taken of the free quote asset by a buy, and of the free base asset by a sell.
    """
    with localcontext(prec=_PRECISION):
        if size.startswith("$"):
            wanted = Decimal(size[1:]) / price
        elif size.endswith("%"):
            asset = instrument.quote if side is Side.BUY else instrument.base
            free = next((row.balance.free for row in balances if row.balance.asset == asset), Decimal(0))
            if free <= 0:
                return Problem(Field.QUANTITY, f"{size} of nothing: there is no free {asset}")
            wanted = free * Decimal(size[:-1]) / 100 / (price if side is Side.BUY else 1)
        else:
            wanted = Decimal(size)
        quantity = instrument.quantity_to_step(wanted)
    if quantity > 0:
        return quantity
    step = plain(instrument.step_size)
    return Problem(
        Field.QUANTITY, f"{size} is less than the smallest step, {step} {instrument.base}, at {plain(price)}"
    )


def capped_price(side: Side, ask: Decimal | None, slippage_percent: Decimal | None) -> Decimal | None:
    """What a purchase at market may pay at worst, and what the exchange locks for each unit of it.

    None for a sale, which locks what it sells, and where nothing bounds the price.
    """
    if side is Side.SELL or ask is None or slippage_percent is None:
        return None
    with localcontext(prec=_PRECISION):
        return ask * (1 + slippage_percent / 100)


def written(size: str, instrument: Instrument | None = None) -> str:
    """A size as the desk writes it: `0.1 BTC`, `$1,000`, `10%`."""
    if size.startswith("$"):
        return f"${money(Decimal(size[1:]), 0 if '.' not in size else 2)}"
    if size.endswith("%") or instrument is None:
        return size
    return f"{size} {instrument.base}"
