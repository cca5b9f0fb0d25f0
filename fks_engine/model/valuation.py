"""What one asset is worth in another, by the marks of the markets that lie between them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from fks_engine.model.instrument import InstrumentId, instrument_id

Marks = Callable[[InstrumentId], Decimal | None]
"""The price that a market's positions are valued at; None where none is known."""

_ONE = Decimal(1)
BRIDGES: Final = ("USDT", "USDC", "FDUSD", "BTC", "ETH", "BNB", "EUR", "TRY")
"""Assets that most others are quoted in, tried in this order where no market joins two assets."""


def rate(asset: str, currency: str, exchange: str, mark: Marks) -> Decimal | None:
    """What one unit of `asset` is worth in `currency`: direct, inverse or over one bridge; None without such marks."""
    direct = _direct(asset, currency, exchange, mark)
    if direct is not None:
        return direct
    for bridge in BRIDGES:
        if bridge in {asset, currency}:
            continue
        there = _direct(asset, bridge, exchange, mark)
        on = None if there is None else _direct(bridge, currency, exchange, mark)
        if there is not None and on is not None:
            return there * on
    return None


def route(
    asset: str, currency: str, exchange: str, is_listed: Callable[[InstrumentId], bool]
) -> tuple[InstrumentId, ...]:
    """The markets whose marks would give the rate; empty for one and the same asset, and where no route is listed."""
    direct = _listed(asset, currency, exchange, is_listed)
    if asset == currency or direct is not None:
        return () if direct is None else (direct,)
    for bridge in BRIDGES:
        if bridge in {asset, currency}:
            continue
        there = _listed(asset, bridge, exchange, is_listed)
        on = _listed(bridge, currency, exchange, is_listed)
        if there is not None and on is not None:
            return there, on
    return ()


def _direct(asset: str, currency: str, exchange: str, mark: Marks) -> Decimal | None:
    """The rate by one market, either way round."""
    if asset == currency:
        return _ONE
    price = mark(instrument_id(exchange, f"{asset}/{currency}"))
    if price is not None and price > 0:
        return price
    inverse = mark(instrument_id(exchange, f"{currency}/{asset}"))
    return _ONE / inverse if inverse is not None and inverse > 0 else None


def _listed(asset: str, currency: str, exchange: str, is_listed: Callable[[InstrumentId], bool]) -> InstrumentId | None:
    """The market that joins two assets, either way round."""
    for market in (f"{asset}/{currency}", f"{currency}/{asset}"):
        candidate = instrument_id(exchange, market)
        if asset != currency and is_listed(candidate):
            return candidate
    return None
