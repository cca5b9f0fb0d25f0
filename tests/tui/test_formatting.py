"""Numbers and times as the desk writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_tui import formatting
from tests.desk_views import NOW

D = Decimal


class TestPrices:
    def test_a_price_has_its_ticks_decimals(self) -> None:
        assert formatting.price(D("64000"), formatting.decimals_of(D("0.01"))) == "64000.00"

    def test_a_tiny_price_is_never_written_with_an_exponent(self) -> None:
        assert formatting.price(D("8.12E-6"), formatting.decimals_of(D("1E-8"))) == "0.00000812"

    def test_a_tick_over_one_has_no_decimals(self) -> None:
        assert formatting.decimals_of(D("10")) == 0
        assert formatting.decimals_of(D("1E+2")) == 0

    def test_what_is_not_there_is_a_dash(self) -> None:
        assert formatting.price(None, 2) == formatting.NOTHING

    def test_forty_digits_are_not_rounded_through_a_float(self) -> None:
        assert formatting.price(D("12345678901234567890123456789.01"), 2) == "12345678901234567890123456789.01"


class TestSentences:
    @pytest.mark.parametrize(("text", "written"), [("no price yet", "No price yet"), ("BTC", "BTC"), ("", "")])
    def test_a_sentence_begins_with_a_capital_and_keeps_the_rest(self, text: str, written: str) -> None:
        assert formatting.sentence(text) == written


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "written"),
        [("228015.93", "228,015.93"), ("-2000", "-2,000.00"), ("0.005", "0.00"), ("0.015", "0.02")],
    )
    def test_money_has_separators_and_two_decimals(self, value: str, written: str) -> None:
        assert formatting.money(D(value)) == written

    @pytest.mark.parametrize(
        ("value", "written"), [("15.93", "+15.93"), ("-15.93", "-15.93"), ("0", "0.00"), ("-0.001", "0.00")]
    )
    def test_profit_has_a_sign_unless_it_is_nothing(self, value: str, written: str) -> None:
        assert formatting.signed_money(D(value)) == written

    def test_a_fraction_is_written_as_percent(self) -> None:
        assert formatting.percent(D("0.0123")) == "+1.23%"
        assert formatting.percent(D("-0.5")) == "-50.00%"
        assert formatting.percent(None) == formatting.NOTHING


class TestQuantities:
    @pytest.mark.parametrize(
        ("value", "width", "written"),
        [
            ("1.25", 8, "1.25"),
            ("1234.56789", 8, "1234.568"),
            ("123456.789", 7, "123457"),
            ("123456789012", 8, "123B"),
            ("0.00001234567", 8, "0.000012"),
        ],
    )
    def test_a_size_fits_its_width(self, value: str, width: int, written: str) -> None:
        assert formatting.size(D(value), width) == written
        assert len(formatting.size(D(value), width)) <= width

    def test_a_quantity_without_a_step_loses_its_idle_zeros(self) -> None:
        assert formatting.quantity(D("0.1000")) == "0.1"
        assert formatting.quantity(D("100")) == "100"
        assert formatting.quantity(D("0.000")) == "0"

    @pytest.mark.parametrize(
        ("value", "written"),
        [("1234567890", "1.23B"), ("45600", "45.6K"), ("812", "812"), ("9.5", "9.50"), ("-3400000", "-3.40M")],
    )
    def test_a_large_number_is_written_compactly(self, value: str, written: str) -> None:
        assert formatting.compact(D(value)) == written


class TestBasisPoints:
    def test_a_spread_too_small_to_be_seen_is_not_nothing(self) -> None:
        assert formatting.basis_points(D("0.02"), D("64000")) == "<0.01"
        assert formatting.basis_points(D("0.02"), D("148.5")) == "1.35"
        assert formatting.basis_points(D("0"), D("148.5")) == "0.00"
        assert formatting.basis_points(D("1"), D("0")) == formatting.NOTHING


class TestTimes:
    @pytest.mark.parametrize(
        ("seconds", "written"),
        [
            (0.0, "0.0s"),
            (0.24, "0.2s"),
            (9.96, "9.9s"),
            (42.9, "42s"),
            (180.0, "3m"),
            (7_200.0, "2h"),
            (432_000.0, "5d"),
        ],
    )
    def test_an_age_is_as_exact_as_it_is_young(self, seconds: float, written: str) -> None:
        assert formatting.age(seconds) == written

    def test_a_clock_that_ran_backwards_makes_no_negative_age(self) -> None:
        assert formatting.age(-3.0) == "0.0s"

    def test_times_are_utc(self) -> None:
        assert formatting.clock_time(NOW) == "12:00:00"
        assert formatting.date_time(NOW) == "2025-11-22 12:00:00"
