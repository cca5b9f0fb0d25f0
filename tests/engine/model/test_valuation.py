"""Conversions between assets over the marks of markets."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.model import InstrumentId, instrument_id, rate, route

MARKS = {
    instrument_id("binance", "BTC/USDT"): Decimal(60_000),
    instrument_id("binance", "ETH/BTC"): Decimal("0.05"),
    instrument_id("binance", "USDT/TRY"): Decimal(40),
    instrument_id("binance", "DEAD/USDT"): Decimal(0),
}


def worth(asset: str, currency: str) -> Decimal | None:
    return rate(asset, currency, "binance", MARKS.get)


def way(asset: str, currency: str) -> tuple[InstrumentId, ...]:
    return route(asset, currency, "binance", MARKS.__contains__)


def test_an_asset_is_worth_itself() -> None:
    assert worth("USDT", "USDT") == 1
    assert way("USDT", "USDT") == ()


def test_a_market_converts_both_ways() -> None:
    assert worth("BTC", "USDT") == 60_000
    assert worth("TRY", "USDT") == Decimal("0.025")
    assert way("TRY", "USDT") == ("binance:USDT/TRY",)


def test_one_asset_in_between_is_enough() -> None:
    assert worth("ETH", "USDT") == 3_000
    assert way("ETH", "USDT") == ("binance:ETH/BTC", "binance:BTC/USDT")


def test_no_route_is_no_worth_rather_than_nothing() -> None:
    assert worth("XYZ", "USDT") is None
    assert way("XYZ", "USDT") == ()


def test_a_price_of_nothing_is_no_price() -> None:
    assert worth("DEAD", "USDT") is None
