"""The profit of the day."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_engine.clock import NANOS
from fks_engine.model import Fill, Position, Side
from fks_engine.portfolio.day import DayProfits
from tests.engine.builders import BTC, a_fill, an_instrument

D = Decimal
DAY = 86_400 * NANOS
MIDNIGHT = 20_000 * DAY


class Book:
    """One position and its day."""

    def __init__(self) -> None:
        self.days = DayProfits()
        self.position = Position(instrument_id=BTC)

    def fill(self, side: Side, quantity: str, price: str, at: int, now: int) -> None:
        fill: Fill = replace(a_fill(side, quantity, price, fee=D(0)), ts_event=at)
        self.days.traded(fill, self.position, now)
        self.position = self.position.after(fill, an_instrument())

    def profit(self, mark: str | None, now: int) -> Decimal | None:
        return self.days.profit(self.position, D(mark) if mark else None, now)


def test_what_was_bought_today_earns_from_its_price() -> None:
    book = Book()
    book.fill(Side.BUY, "1", "100", MIDNIGHT + 5, MIDNIGHT + 6)
    assert book.profit("103", MIDNIGHT + 7) == 3
    book.fill(Side.SELL, "1", "104", MIDNIGHT + 8, MIDNIGHT + 9)
    assert book.profit(None, MIDNIGHT + 10) == 4


def test_what_was_held_before_earns_from_the_first_look_of_the_day() -> None:
    book = Book()
    book.fill(Side.BUY, "1", "100", MIDNIGHT - 5, MIDNIGHT + 6)
    assert book.profit("150", MIDNIGHT + 7) == 0
    assert book.profit("151", MIDNIGHT + 8) == 1


def test_a_new_day_begins_at_nothing() -> None:
    book = Book()
    book.fill(Side.BUY, "1", "100", MIDNIGHT + 5, MIDNIGHT + 6)
    assert book.profit("110", MIDNIGHT + 7) == 10
    assert book.profit("112", MIDNIGHT + DAY) == 0
    assert book.profit("111", MIDNIGHT + DAY + 1) == -1


def test_an_old_fill_that_is_read_back_later_is_no_profit_of_today() -> None:
    book = Book()
    book.fill(Side.BUY, "1", "100", MIDNIGHT + 5, MIDNIGHT + 6)
    assert book.profit("110", MIDNIGHT + 7) == 10
    book.fill(Side.BUY, "1", "50", MIDNIGHT - DAY, MIDNIGHT + 8)
    assert book.profit("110", MIDNIGHT + 9) == 0


def test_a_market_that_was_looked_at_before_its_fills_of_today_were_read_back_earns_from_them() -> None:
    book = Book()
    assert book.profit("110", MIDNIGHT + 9) == 0
    book.fill(Side.BUY, "1", "100", MIDNIGHT + 5, MIDNIGHT + 10)
    book.fill(Side.SELL, "1", "104", MIDNIGHT + 6, MIDNIGHT + 10)
    assert book.profit("110", MIDNIGHT + 11) == 4


def test_without_a_price_what_is_held_has_no_profit_to_tell() -> None:
    book = Book()
    book.fill(Side.BUY, "1", "100", MIDNIGHT + 5, MIDNIGHT + 6)
    assert book.profit(None, MIDNIGHT + 7) is None
