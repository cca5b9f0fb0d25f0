"""What a picture tells of one market."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.desk_views import BTC, a_view


def test_the_quote_of_a_market_is_found_by_its_id() -> None:
    view = a_view()
    row = view.quote(BTC)
    assert row is not None
    assert row.instrument_id == BTC
    assert replace(view, quotes=()).quote(BTC) is None


def test_the_middle_needs_both_sides() -> None:
    row = a_view().quotes[0]
    assert replace(row, bid=Decimal("1.1"), ask=Decimal("1.2")).mid == Decimal("1.15")
    assert replace(row, bid=None).mid is None
    assert replace(row, ask=None).mid is None
