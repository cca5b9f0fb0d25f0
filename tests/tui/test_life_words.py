"""The numbers of an order's life in words, and its steps in order."""

from __future__ import annotations

from fks_engine.api import LifeStep, LifeStepKind, OrderType
from fks_tui.life_words import in_order, number_words
from fks_tui.precision import Precision
from tests.desk_views import NOW, a_view, an_order


def words(**numbers: str) -> str:
    precision = Precision()
    precision.learn(a_view().quotes)
    return number_words(an_order(1), numbers, precision)


def test_prices_have_their_market_s_decimals_separators_and_the_quote_asset() -> None:
    assert words(limit_price="64000") == "limit price 64,000.00 USDT"
    assert words(bid="63999.99", ask="64000.01") == "bid 63,999.99 USDT · ask 64,000.01 USDT"
    assert words(mid="64000.005") == "mid 64,000.005 USDT"


def test_ages_shares_quantities_and_sums_are_named_as_a_trader_names_them() -> None:
    assert words(age_s="0.4", limit_s="5") == "quote age 0.4 s · allowed age 5 s"
    assert words(quantity="0.1", band_percent="10") == "quantity 0.1 BTC · allowed band 10%"
    assert words(notional="128000", limit="100000") == "worth 128,000 · limit 100,000"
    assert words(needed="6390", available="0.5", asset="USDT") == "needed 6,390 USDT · available 0.5 USDT"
    assert words(open_orders="3") == "open orders 3"


def test_ids_and_words_stay_as_they_are() -> None:
    assert words(trade="7001234", fee="0.00004 BTC", filled="0 of 0.1") == (
        "trade 7001234 · fee 0.00004 BTC · filled 0 of 0.1"
    )


def test_an_answer_of_nothing_filled_stands_before_the_fills_that_overtook_it() -> None:
    kind = LifeStepKind
    sent = LifeStep(ts=NOW, kind=kind.SENT, text="the first byte leaves")
    fill = LifeStep(ts=NOW + 1, kind=kind.FILLED, text="0.1 at 63900")
    late = LifeStep(ts=NOW + 2, kind=kind.REPLIED, text="working", numbers={"filled": "0 of 0.1"})
    over = LifeStep(ts=NOW + 3, kind=kind.REPLIED, text="filled", numbers={"filled": "0.1 of 0.1"})
    assert in_order((sent, fill, late, over)) == [sent, late, fill, over]
    assert in_order((sent, over, late, fill)) == [sent, late, over, fill]


def test_the_bound_of_a_market_order_is_its_worst_price() -> None:
    order = an_order(1, order_type=OrderType.MARKET)
    assert number_words(order, {"limit_price": "64649.89"}, Precision()) == "worst price 64,649.89 USDT"
