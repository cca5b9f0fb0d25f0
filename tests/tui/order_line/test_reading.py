"""Typed lines read against the desk."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.api import (
    AddToWatchlist,
    AlertCondition,
    CancelAllOrders,
    CancelOrder,
    Exits,
    FlattenPosition,
    OrderCommand,
    OrderType,
    PositionRow,
    PositionSide,
    ReplaceOrder,
    SetAlert,
    Side,
    SubmitOco,
    SubmitOrder,
    TimeInForce,
    Watchlist,
    instrument_id,
)
from fks_tui.order_line.completion import completions
from fks_tui.order_line.markets import Markets, Unlooked
from fks_tui.order_line.reading import Go, Reading, read
from fks_tui.order_line.words import Doubt
from tests.desk_views import BTC, ETH, PEPE, SOL, a_position, a_quote_row, a_view, an_account, an_instrument, an_order

D = Decimal
EVERY = {each: an_instrument(each) for each in (BTC, ETH, SOL, PEPE)}


def the_markets(**changes: object) -> Markets:
    return Markets(a_view(**changes), EVERY)


def reading_of(text: str, markets: Markets | None = None) -> Reading:
    found = read(text, markets or the_markets())
    assert isinstance(found, Reading), found
    return found


def order_of(text: str) -> OrderCommand:
    order = reading_of(text).order
    assert isinstance(order, SubmitOrder | SubmitOco)
    return order


def single(text: str) -> SubmitOrder:
    order = order_of(text)
    assert isinstance(order, SubmitOrder)
    return order


def doubt_of(text: str, markets: Markets | None = None) -> Doubt:
    found = read(text, markets or the_markets())
    assert isinstance(found, Doubt), found
    return found


class TestOrders:
    def test_an_entry_with_exits_becomes_one_command_and_one_sentence(self) -> None:
        reading = reading_of("buy 0.1 btc @ 64000 po tp 2% sl 1%")
        assert reading.action == SubmitOrder(
            instrument_id=BTC,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            quantity=D("0.10000"),
            limit_price=D("64000.00"),
            time_in_force=TimeInForce.GTC,
            post_only=True,
            exits=Exits(take_profit_price=D("65280.00"), stop_price=D("63360.00")),
            origin="order line",
        )
        assert reading.sentence == (
            "BUY 0.10000 BTC/USDT limit 64,000.00 GTC post-only = 6,400.00 USDT, "
            "then TP 65,280.00 / SL 63,360.00 when filled"
        )

    @pytest.mark.parametrize(
        ("text", "price"),
        [
            ("buy 1 btc @ bid", "63999.99"),
            ("buy 1 btc @ bid+2t", "64000.01"),
            ("buy 1 btc @ -10bp", "63935.99"),
            ("sell 1 btc @ +10bp", "64064.02"),
            ("buy 1 btc @ mid -0.5%", "63680.00"),
            ("buy 1 btc @ last", "64000.00"),
            ("buy 1 btc @ 64000.009", "64000.00"),
            ("sell 1 btc @ 64000.001", "64000.01"),
        ],
    )
    def test_prices_count_from_the_market_and_round_away_from_harm(self, text: str, price: str) -> None:
        assert single(text).limit_price == D(price)

    @pytest.mark.parametrize(
        ("text", "quantity"),
        [
            ("buy $500 btc @ 64000", "0.00781"),
            ("buy 500 usdt btc @ 64000", "0.00781"),
            ("buy 50% btc @ 64000", "0.73125"),
            ("sell 50% btc market", "1.04995"),
            ("sell all btc market", "2.09990"),
            ("buy 0.123456789 btc @ 64000", "0.12345"),
        ],
    )
    def test_sizes_never_come_to_more_than_was_said(self, text: str, quantity: str) -> None:
        assert single(text).quantity == D(quantity)

    def test_a_share_bought_at_market_can_be_paid_at_the_cap(self) -> None:
        view = a_view()
        capped = Markets(replace(view, engine=replace(view.engine, max_slippage_percent=D(1))), EVERY)
        ask = D("64000.01")
        free = next(row.balance.free for row in view.account.balances if row.balance.asset == "USDT")
        command = reading_of("buy all btc market", capped).order
        assert isinstance(command, SubmitOrder)
        assert command.quantity * ask * D("1.01") <= free < (command.quantity + D("0.00001")) * ask * D("1.01")
        half = reading_of("buy 50% btc market", capped).order
        assert isinstance(half, SubmitOrder)
        assert half.quantity * ask <= free / 2 < (half.quantity + D("0.00001")) * ask

    def test_a_sale_with_exits_and_no_price_is_an_oco(self) -> None:
        assert order_of("sell 0.1 btc tp 66000 sl 62000 limit 61900") == SubmitOco(
            instrument_id=BTC,
            side=Side.SELL,
            quantity=D("0.10000"),
            take_profit_price=D("66000.00"),
            stop_price=D("62000.00"),
            stop_limit_price=D("61900.00"),
            origin="order line",
        )

    @pytest.mark.parametrize(
        ("text", "kind", "stop", "limit"),
        [
            ("sell 0.1 btc stop 63000", OrderType.STOP, "63000", None),
            ("sell 0.1 btc stop 63000 limit 62900", OrderType.STOP_LIMIT, "63000", "62900"),
            ("sell 0.1 btc sl 1%", OrderType.STOP, "63360", None),
            ("sell 0.1 btc tp 66000", OrderType.TAKE_PROFIT, "66000", None),
            ("sell 0.1 btc tp 66000 limit 65900", OrderType.TAKE_PROFIT_LIMIT, "66000", "65900"),
        ],
    )
    def test_orders_that_wait_for_a_price(self, text: str, kind: OrderType, stop: str, limit: str | None) -> None:
        command = single(text)
        assert (command.order_type, command.stop_price) == (kind, D(stop))
        assert command.limit_price == (None if limit is None else D(limit))

    def test_exits_on_the_wrong_sides_are_refused(self) -> None:
        assert "tp is the higher price" in doubt_of("buy 0.1 btc @ 64000 tp 63000 sl 65000").message

    def test_a_share_of_nothing_is_refused(self) -> None:
        assert "there is no ETH free" in doubt_of("sell 50% eth market").message

    def test_an_unusual_price_or_worth_is_told_before_it_is_sent(self) -> None:
        assert "+15.62% from the ask" in reading_of("buy 0.1 btc @ 74000").cautions[0]
        assert reading_of("buy 0.1 btc @ 63000").cautions == ()
        orders = tuple(an_order(each, quantity=D("0.001")) for each in range(3))
        (caution,) = reading_of("buy 1 btc @ 64000", the_markets(working_orders=orders, recent_orders=())).cautions
        assert "1001 times your usual order of 63.90 USDT" in caution


class TestMarkets:
    def test_a_base_alone_means_the_market_in_the_reporting_currency(self) -> None:
        other = instrument_id("binance", "BTC/USDC")
        markets = the_markets(quotes=(a_quote_row(other), a_quote_row(BTC)))
        assert reading_of("go btc", markets).action == Go(BTC)

    def test_several_markets_in_other_currencies_are_a_question(self) -> None:
        quotes = tuple(a_quote_row(instrument_id("binance", each)) for each in ("XMR/BTC", "XMR/EUR"))
        doubt = doubt_of("go xmr", the_markets(quotes=quotes))
        assert doubt.choices == ("go XMR/BTC", "go XMR/EUR")

    def test_a_market_that_is_not_known_is_looked_up_once_and_then_named(self) -> None:
        assert read("go bt", the_markets()) == Unlooked("BT")
        asked = replace(the_markets(), asked=frozenset({"BT"}))
        doubt = doubt_of("go bt", asked)
        assert "is no market" in doubt.message
        assert doubt.choices == ("go BTC/USDT",)


class TestOtherVerbs:
    def test_cancel_names_a_market_a_side_or_an_order(self) -> None:
        assert reading_of("cancel btc").action == CancelAllOrders(BTC, None)
        assert reading_of("cancel bids").action == CancelAllOrders(None, Side.BUY)
        assert reading_of("cancel all").sentence == "Cancel 1 working order"
        assert reading_of("cancel fks-000002").action == CancelOrder("fks-000002")

    def test_cancel_of_a_side_does_not_count_exits_that_wait_for_their_entry(self) -> None:
        exits = [an_order(number, side=Side.SELL, waits_for="fks-000001") for number in (2, 3)]
        markets = the_markets(working_orders=(an_order(1), *exits, an_order(4, side=Side.SELL)))
        assert reading_of("cancel asks", markets).sentence == "Cancel 1 working ask"
        assert reading_of("cancel all", markets).sentence == "Cancel 4 working orders"

    def test_move_replaces_the_one_order_of_a_market(self) -> None:
        reading = reading_of("move btc @ 63950")
        assert reading.action == ReplaceOrder(
            client_order_id="fks-000002", limit_price=D("63950.00"), origin="order line"
        )
        assert "from 63,900.00 to 63,950.00" in reading.sentence

    def test_move_asks_which_of_several_orders(self) -> None:
        markets = the_markets(working_orders=(an_order(2), an_order(3)))
        assert doubt_of("move btc @ 1", markets).choices == ("move fks-000002 @ 1", "move fks-000003 @ 1")

    def test_close_watch_and_alert(self) -> None:
        assert reading_of("close btc").action == FlattenPosition(BTC)
        assert reading_of("close all").action == FlattenPosition()
        assert reading_of("close btc").sentence == (
            "BTC/USDT: cancel 1 order, then sell 0.0999 BTC at market, within the slippage cap"
        )
        assert reading_of("alert btc below 60000").action == SetAlert(BTC, AlertCondition.BELOW, D(60000))
        markets = the_markets(watchlists=(Watchlist("main", (BTC,)),))
        assert reading_of("watch eth", markets).action == AddToWatchlist("main", ETH)


class TestClose:
    def test_without_orders_it_only_sells(self) -> None:
        reading = reading_of("close btc", the_markets(working_orders=()))
        assert reading.action == FlattenPosition(BTC)
        assert reading.sentence.startswith("BTC/USDT: sell 0.0999 BTC at market")

    def test_without_a_position_it_cancels_the_orders_and_says_so(self) -> None:
        reading = reading_of("close eth", the_markets(working_orders=(an_order(3, instrument_id=ETH),)))
        assert reading.action == CancelAllOrders(ETH)
        assert reading.sentence == "ETH/USDT: cancel 1 order; nothing is sold: no position is open"

    def test_with_neither_there_is_nothing(self) -> None:
        doubt = doubt_of("close eth")
        assert doubt.message == "No position is open, and no order of ETH/USDT is working"

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            (a_position(side=PositionSide.SHORT, quantity=D("-0.01076")), "so there is nothing to buy back"),
            (a_position(quantity=D("0.00001"), dust="worth 0.64 USDT"), "the position is dust, worth 0.64 USDT"),
        ],
    )
    def test_what_cannot_be_sold_is_not_promised(self, row: PositionRow, why: str) -> None:
        reading = reading_of("close btc", the_markets(account=an_account(positions=(row,))))
        assert reading.action == CancelAllOrders(BTC)
        assert reading.sentence.startswith("BTC/USDT: cancel 1 order; nothing is sold: ")
        assert reading.sentence.endswith(why)
        assert "nothing to close" in doubt_of("close all", the_markets(account=an_account(positions=(row,)))).message


class TestUnwatched:
    @pytest.mark.parametrize(
        "text", ["buy 1 eth @ bid", "buy $500 eth market", "sell 1 eth tp 2%", "sell 1 eth tp 2% sl 2%"]
    )
    def test_a_market_off_the_watchlist_says_how_to_see_its_prices(self, text: str) -> None:
        markets = the_markets(quotes=(a_quote_row(BTC),))
        assert "ETH/USDT is on no watchlist" in doubt_of(text, markets).message
        assert "type 'watch eth/usdt' first" in doubt_of(text, markets).message


class TestCompletions:
    @pytest.mark.parametrize(
        ("text", "first"),
        [
            ("", "buy"),
            ("ca", "cancel"),
            ("buy 0.1 ", "btc/usdt"),
            ("buy 0.1 ep", "pepe/usdt"),
            ("buy 0.1 btc", "buy 0.1 btc @ bid"),
            ("buy 0.1 btc @ 64000 p", "po"),
            ("buy 0.1 btc @ 64000 tp ", "1%"),
            ("cancel ", "all"),
            ("alert btc ", "above"),
            ("move ", "btc/usdt"),
            ("buy 0.1 btc @ ", "bid"),
        ],
    )
    def test_the_next_words_are_offered(self, text: str, first: str) -> None:
        assert completions(text, the_markets())[0].word == first

    def test_an_old_price_is_not_said_to_be_now(self) -> None:
        rows = tuple(replace(row, stale=True, age_s=35.0) for row in a_view().quotes)
        meanings = [each.meaning for each in completions("buy 0.1 btc @ ", the_markets(quotes=rows))]
        assert any(each.startswith("the bid, ") and each.endswith(" 35s old") for each in meanings)
        assert not any(each.endswith("now") for each in meanings)

    def test_a_completion_carries_on_the_line(self) -> None:
        (po,) = completions("buy 0.1 btc @ 64000 p", the_markets())
        assert po.line == "buy 0.1 btc @ 64000 po "

    def test_what_is_said_is_not_offered_again(self) -> None:
        words = {each.word for each in completions("buy 0.1 btc @ 64000 po ", the_markets())}
        assert not words & {"@", "po", "market"}


WORDS = [
    "buy",
    "sell",
    "cancel",
    "close",
    "move",
    "watch",
    "alert",
    "go",
    "help",
    "0.1",
    "1e9",
    "64000",
    "999999999999",
    "0.00000001",
    "$500",
    "50%",
    "all",
    "btc",
    "eth",
    "sol",
    "pepe",
    "doge",
    "btc/usdt",
    "usdt",
    "@",
    "bid",
    "mid",
    "-10bp",
    "-100%",
    "+2t",
    "-99999999t",
    "market",
    "stop",
    "limit",
    "tp",
    "sl",
    "2%",
    "100%",
    "po",
    "ioc",
    "reduce",
    "oco",
    "above",
    "moves",
    "fks-000002",
    "bids",
]


class TestAnything:
    @settings(max_examples=200)
    @given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=11).map(" ".join)))
    def test_no_line_crashes_and_every_order_stands_on_the_steps(self, text: str) -> None:
        markets = the_markets()
        completions(text, markets)
        found = read(text, markets)
        if not isinstance(found, Reading) or not isinstance(found.order, SubmitOrder | SubmitOco):
            return
        order, instrument = found.order, EVERY[found.order.instrument_id]
        assert order.quantity > 0
        assert instrument.quantity_to_step(order.quantity) == order.quantity
        prices = (
            [order.limit_price, order.stop_price]
            if isinstance(order, SubmitOrder)
            else [order.take_profit_price, order.stop_price]
        )
        for price in prices:
            assert price is None or (price > 0 and instrument.price_to_tick(price) == price)
        assert order.side.upper() in found.sentence
