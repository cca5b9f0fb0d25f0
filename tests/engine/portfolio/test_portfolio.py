"""Balances, positions and their worth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import PositionRow
from fks_engine.clock import ManualClock
from fks_engine.model import Fill, InstrumentId, PositionSide, Side, instrument_id
from fks_engine.portfolio import Portfolio
from fks_engine.topics import Bus
from tests.engine.builders import BTC, ETH, ETH_IN_BTC, NOW, a_balance, a_fill, an_instrument, the_balances
from tests.engine.still_market import StillMarket

BNB = instrument_id("binance", "BNB/USDT")


class Books:
    """A portfolio fed through its bus."""

    def __init__(self) -> None:
        self.market = StillMarket()
        self.bus = Bus()
        self.clock = ManualClock()
        self.portfolio = Portfolio(self.market, self.bus, self.clock, "USDT", exchange_name="binance")

    def row(self, key: InstrumentId = BTC) -> PositionRow:
        (row,) = [row for row in self.portfolio.account_view().positions if row.instrument_id == key]
        return row


def test_before_the_first_balances_there_is_no_equity() -> None:
    view = Books().portfolio.account_view()
    assert (view.equity, view.day_profit, view.positions, view.equity_curve) == (None, None, (), ())


def test_equity_is_the_worth_of_all_that_has_a_price_and_names_what_has_none() -> None:
    books = Books()
    books.bus.balances.publish(
        the_balances(a_balance("BTC", "1", "0.5"), a_balance("USDT", 1_000), a_balance("XYZ", 7), a_balance("BNB", 0))
    )
    view = books.portfolio.account_view()
    assert view.equity == 1_000 + Decimal("1.5") * Decimal("60000.05")
    assert view.unpriced_assets == ("XYZ",)
    assert [(row.balance.asset, row.value is None) for row in view.balances] == [
        ("USDT", False),
        ("BTC", False),
        ("XYZ", True),
    ]


def test_exposure_is_what_is_held_beside_the_reporting_currency_and_follows_balances_at_once() -> None:
    books = Books()
    assert books.portfolio.exposure() is None
    books.bus.balances.publish(the_balances(a_balance("BTC", 1, 1), a_balance("USDT", 1_000), a_balance("XYZ", 7)))
    assert books.portfolio.exposure() == 2 * Decimal("60000.05")
    books.market.show(BTC, 50_000, 50_000)
    books.clock.advance(0.3)
    assert books.portfolio.exposure() == 100_000
    books.bus.balances.publish(the_balances(a_balance("BTC", 1), complete=False))
    assert books.portfolio.exposure() == 50_000


def test_a_change_replaces_its_assets_and_a_snapshot_replaces_all() -> None:
    books = Books()
    books.bus.balances.publish(the_balances(a_balance("BTC", 1), a_balance("USDT", 1_000)))
    books.bus.balances.publish(the_balances(a_balance("USDT", 900, 100), complete=False))
    assert books.portfolio.balance("USDT").locked == 100
    assert books.portfolio.balance("BTC").free == 1
    books.bus.balances.publish(the_balances(a_balance("USDT", 950)))
    assert books.portfolio.balance("USDT").free == 950
    assert books.portfolio.balance("BTC").total == 0


def test_a_snapshot_that_is_older_than_a_change_does_not_undo_it() -> None:
    books = Books()
    change = the_balances(a_balance("USDT", 900), complete=False)
    books.bus.balances.publish(replace(change, ts_event=NOW + 5))
    books.bus.balances.publish(the_balances(a_balance("USDT", 1_000), a_balance("BTC", 1)))
    assert books.portfolio.balance("USDT").free == 900
    assert books.portfolio.balance("BTC").free == 1


def test_a_position_follows_its_fills_and_counts_each_once() -> None:
    books = Books()
    for _ in range(3):
        books.bus.fills.publish(a_fill(Side.BUY, "0.5", 50_000, trade_id="1"))
    books.bus.fills.publish(a_fill(Side.BUY, "0.5", 60_000, trade_id="2"))
    books.bus.fills.publish(a_fill(Side.BUY, "1", 3_000, trade_id="1", instrument_id=ETH))
    assert books.portfolio.position(BTC).quantity == 1
    assert books.portfolio.position(BTC).average_price == 55_000
    assert books.portfolio.position(ETH).quantity == 1
    assert books.portfolio.position(ETH_IN_BTC).side is PositionSide.FLAT
    fills, total = books.portfolio.fills(2, 0)
    assert ([fill.trade_id for fill in fills], total) == (["1", "2"], 3)


def test_the_exchanges_record_rebuilds_what_the_stream_had_told() -> None:
    fills = [
        a_fill(Side.BUY, 1, 100, trade_id="9", ts_event=NOW),
        a_fill(Side.SELL, 3, 110, trade_id="10", ts_event=NOW),
        a_fill(Side.BUY, 2, 90, trade_id="11", ts_event=NOW + 1, fee="0.1"),
    ]
    told, loaded = Books(), Books()
    for fill in fills:
        told.bus.fills.publish(fill)
    loaded.portfolio.load_fills(reversed(fills))
    assert loaded.portfolio.fills(10, 0)[1] == 3
    assert loaded.portfolio.position(BTC) == told.portfolio.position(BTC)
    loaded.portfolio.load_fills(fills)
    assert loaded.portfolio.fills(10, 0)[1] == 3
    loaded.bus.fills.publish(fills[1])
    assert loaded.portfolio.position(BTC) == told.portfolio.position(BTC)


def test_a_position_is_valued_at_the_mark() -> None:
    books = Books()
    books.bus.fills.publish(a_fill(Side.BUY, 2, 50_000, trade_id="1"))
    books.bus.fills.publish(a_fill(Side.SELL, 1, 51_000, trade_id="2", fee="51"))
    books.market.show(BTC, 59_999, 60_001)
    row = books.row()
    assert (row.side, row.quantity, row.average_price) == (PositionSide.LONG, Decimal(1), Decimal(50_000))
    assert row.mark == 60_000
    assert row.notional == 60_000
    assert row.realised == 949
    assert row.unrealised == 10_000
    assert row.fees == 51
    assert not row.mark_stale


def test_without_a_mark_a_position_has_no_worth_but_a_flat_one_has_none_to_miss() -> None:
    books = Books()
    books.bus.fills.publish(a_fill(Side.BUY, 1, 50_000, trade_id="1"))
    del books.market.quotes[BTC]
    assert books.row().unrealised is None
    assert books.row().notional is None
    books.bus.fills.publish(a_fill(Side.SELL, 1, 50_000, trade_id="2"))
    assert books.row().unrealised == 0


def test_what_no_fill_explains_is_external() -> None:
    books = Books()
    books.bus.fills.publish(a_fill(Side.BUY, 1, 50_000, fee="0.001", fee_asset="BTC"))
    books.bus.balances.publish(the_balances(a_balance("BTC", "2.9", "0.099"), a_balance("USDT", 9)))
    row = books.row()
    assert row.quantity == Decimal("0.999")
    assert row.external_quantity == 2


def test_a_holding_without_any_fill_has_a_row_of_its_own() -> None:
    books = Books()
    books.bus.balances.publish(the_balances(a_balance("ETH", 3), a_balance("USDT", 9), a_balance("XYZ", 1)))
    row = books.row(ETH)
    assert (row.side, row.quantity, row.external_quantity) == (PositionSide.FLAT, Decimal(0), Decimal(3))
    assert row.average_price is None
    assert [other.instrument_id for other in books.portfolio.account_view().positions] == [ETH]


def test_markets_that_share_a_base_asset_tell_what_is_external_once() -> None:
    books = Books()
    books.market.show(ETH_IN_BTC, "0.05", "0.051")
    books.bus.fills.publish(a_fill(Side.BUY, 1, "0.05", trade_id="1", instrument_id=ETH_IN_BTC))
    books.bus.fills.publish(a_fill(Side.BUY, 2, 3_000, trade_id="1", instrument_id=ETH))
    books.bus.balances.publish(the_balances(a_balance("ETH", 4)))
    assert books.row(ETH).external_quantity == 1
    assert books.row(ETH_IN_BTC).external_quantity == 0


def test_external_holdings_stand_where_the_asset_is_traded_if_not_against_the_reporting_currency() -> None:
    books = Books()
    only = an_instrument("XYZ/BTC")
    books.market.list(only)
    books.bus.fills.publish(a_fill(Side.BUY, 1, "0.001", instrument_id=only.id))
    books.bus.balances.publish(the_balances(a_balance("XYZ", 3)))
    assert books.row(only.id).external_quantity == 2


def test_profits_of_other_quote_assets_are_told_in_the_reporting_currency() -> None:
    books = Books()
    books.market.show(BTC, 59_999, 60_001)
    books.market.show(ETH_IN_BTC, "0.06", "0.06")
    books.bus.fills.publish(a_fill(Side.BUY, 2, "0.05", trade_id="1", instrument_id=ETH_IN_BTC))
    books.bus.fills.publish(a_fill(Side.SELL, 1, "0.07", trade_id="2", instrument_id=ETH_IN_BTC))
    view = books.portfolio.account_view()
    assert view.realised == Decimal("0.02") * 60_000
    assert view.unrealised == Decimal("0.01") * 60_000


def test_a_fee_in_a_third_asset_is_valued_by_its_market() -> None:
    books = Books()
    books.market.list(an_instrument("BNB/USDT"))
    books.market.show(BNB, 599, 601)
    books.bus.fills.publish(a_fill(Side.BUY, 1, 50_000, fee="0.01", fee_asset="BNB"))
    assert books.row().fees == 6
    assert books.row().average_price == 50_006
    assert books.portfolio.unvalued_fees == {}


def test_a_fee_that_cannot_be_valued_is_told_and_not_guessed() -> None:
    books = Books()
    books.bus.fills.publish(a_fill(Side.BUY, 1, 50_000, fee="0.01", fee_asset="BNB"))
    assert books.row().average_price == 50_000
    assert books.portfolio.unvalued_fees == {"BNB": Decimal("0.01")}


def test_fills_of_an_instrument_that_is_not_loaded_yet_wait_for_it() -> None:
    books = Books()
    late = an_instrument("XYZ/USDT")
    books.bus.fills.publish(a_fill(Side.BUY, 1, 50, instrument_id=late.id))
    assert books.portfolio.positions() == ()
    books.market.list(late)
    assert books.row(late.id).quantity == 1
    assert books.row(late.id).quantity == 1


def test_the_days_profit_follows_the_market_and_not_the_arrival_of_prices() -> None:
    books = Books()
    del books.market.quotes[BTC]
    books.bus.balances.publish(the_balances(a_balance("BTC", 1), a_balance("USDT", 1_000)))
    assert books.portfolio.account_view().day_profit == 0
    books.clock.advance(1)
    books.market.show(BTC, 60_000, 60_000)
    assert books.portfolio.account_view().day_profit == 0
    books.clock.advance(1)
    books.market.show(BTC, 60_100, 60_100)
    view = books.portfolio.account_view()
    assert view.day_profit == 100
    assert [equity for _, equity in view.equity_curve] == [1_000.0, 61_000.0, 61_100.0]


def test_the_marks_that_equity_needs_are_named() -> None:
    books = Books()
    books.market.list(an_instrument("XYZ/BTC"))
    books.bus.balances.publish(the_balances(a_balance("ETH", 1), a_balance("XYZ", 1), a_balance("USDT", 1)))
    assert books.portfolio.needed_marks() == {ETH, instrument_id("binance", "XYZ/BTC"), BTC}


trades = st.lists(
    st.builds(
        lambda side, quantity, price, fee, asset: a_fill(side, quantity, price, fee=fee, fee_asset=asset),
        st.sampled_from(Side),
        st.decimals(min_value="0.00001", max_value="10", places=5),
        st.decimals(min_value="1", max_value="100000", places=2),
        st.decimals(min_value="0", max_value="0.01", places=8),
        st.sampled_from(["BTC", "USDT", "BNB"]),
    ),
    max_size=20,
)


@given(trades)
def test_profit_equals_cash_flow_and_marked_inventory_however_often_fills_are_told(
    drawn: list[Fill],
) -> None:
    books = Books()
    books.market.list(an_instrument("BNB/USDT"))
    books.market.show(BNB, 600, 600)
    fills = [replace(fill, trade_id=str(number)) for number, fill in enumerate(drawn)]
    for position, fill in enumerate(fills):
        books.bus.fills.publish(fill)
        books.portfolio.load_fills(fills[: position + 1])
    books.market.show(BTC, 60_000, 60_000)
    cash = inventory = Decimal(0)
    for fill in fills:
        signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
        cash -= signed * fill.price
        inventory += signed
        if fill.fee_asset == "BTC":
            inventory -= fill.fee
        else:
            cash -= fill.fee * (600 if fill.fee_asset == "BNB" else 1)
    view = books.portfolio.account_view()
    assert view.realised + view.unrealised == cash + inventory * 60_000


def test_a_market_that_shows_one_side_for_a_moment_changes_no_profit() -> None:
    books = Books()
    books.bus.balances.publish(the_balances(a_balance("BTC", 1), a_balance("USDT", 1_000)))
    books.portfolio.sample()
    two_sided = books.market.quotes.pop(BTC)
    for quotes in ({}, {BTC: two_sided}):
        books.market.quotes.update(quotes)
        books.clock.advance(1)
        books.portfolio.sample()
        view = books.portfolio.account_view()
        assert view.day_profit == 0
        assert view.equity == Decimal("61000.05")
        assert view.unpriced_assets == ()
