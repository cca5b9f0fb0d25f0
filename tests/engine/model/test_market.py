"""Quotes, statistics and timeframes."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.model import DayStatistics, Level, Timeframe
from tests.engine.builders import BTC, NOW, a_quote


def test_the_middle_of_a_quote_lies_between_bid_and_ask() -> None:
    quote = a_quote("100.00", "100.03")
    assert quote.mid == Decimal("100.015")
    assert quote.spread == Decimal("0.03")


def test_a_quote_gives_its_two_levels() -> None:
    quote = a_quote("100", "101")
    assert quote.best_bid == Level(Decimal(100), Decimal(2))
    assert quote.best_ask == Level(Decimal(101), Decimal(3))


def test_the_change_of_a_day_is_a_fraction_of_its_start() -> None:
    day = DayStatistics(BTC, Decimal(100), Decimal(120), Decimal(90), Decimal(110), Decimal(1), NOW)
    assert day.change == Decimal("0.1")


def test_a_day_that_began_at_nothing_has_no_change() -> None:
    day = DayStatistics(BTC, Decimal(0), Decimal(0), Decimal(0), Decimal(110), Decimal(1), NOW)
    assert day.change == 0


def test_every_timeframe_has_a_length() -> None:
    lengths = [timeframe.seconds for timeframe in Timeframe]
    assert lengths == sorted(lengths)
    assert Timeframe.H4.seconds == 4 * Timeframe.H1.seconds
