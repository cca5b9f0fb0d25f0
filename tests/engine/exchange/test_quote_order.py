"""Quotes that were overtaken, and numbers that were false."""

from __future__ import annotations

from fks_engine.exchange.quote_order import MOST_IN_A_ROW, NEAR, QuoteOrder
from tests.engine.builders import ETH, a_quote


def test_an_overtaken_quote_is_no_news_and_the_same_one_again_is() -> None:
    order = QuoteOrder()
    assert [order.is_news(a_quote(update_id=number)) for number in (5, 7, 6, 7, 8)] == [True, True, False, True, True]
    assert order.is_news(a_quote(instrument=ETH, update_id=1))


def test_a_number_that_is_far_too_high_keeps_nothing_back() -> None:
    order = QuoteOrder()
    order.is_news(a_quote(update_id=10 + NEAR + 1))
    assert order.is_news(a_quote(update_id=10))


def test_a_number_that_is_a_little_too_high_keeps_back_only_a_few() -> None:
    order = QuoteOrder()
    order.is_news(a_quote(update_id=1_000))
    taken = [order.is_news(a_quote(update_id=number)) for number in range(MOST_IN_A_ROW + 2)]
    assert taken == [False] * MOST_IN_A_ROW + [True, True]
