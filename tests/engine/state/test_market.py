from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_engine.clock import ManualClock
from fks_engine.model import Candle, DayStatistics, Timeframe
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.state import LatestMarket
from fks_engine.topics import Bus
from tests.engine.builders import BTC, ETH, a_book, a_quote, a_trade, an_instrument

QUOTES = MarketChannel(ChannelKind.QUOTES, (BTC, ETH))
BOOKS = MarketChannel(ChannelKind.BOOKS, (BTC,))


def a_market() -> tuple[LatestMarket, Bus, ManualClock]:
    clock, bus = ManualClock(), Bus()
    market = LatestMarket(clock, stale_after_s=5.0, tape_size=3)
    market.load({BTC: an_instrument()})
    market.attach(bus)
    market.mark_disconnected(QUOTES)
    market.mark_disconnected(BOOKS)
    return market, bus, clock


def a_day(last: str = "110", **changes: int) -> DayStatistics:
    return DayStatistics(
        BTC, Decimal(100), Decimal(120), Decimal(90), Decimal(last), Decimal(5000), changes.get("ts_received", 0)
    )


def test_a_market_that_was_never_heard_of_is_stale_and_empty() -> None:
    market, _, _ = a_market()
    known = [market.instrument(ETH), market.quote(BTC), market.book(BTC), market.mark(BTC), market.quote_age_s(BTC)]
    assert known == [None] * 5
    assert market.is_stale(BTC)
    assert market.book_stale(BTC)
    (row,) = market.quote_rows([BTC])
    assert row.stale
    assert [row.bid, row.last, row.change, row.age_s] == [None] * 4


def test_a_quote_is_there_inside_publish() -> None:
    market, bus, _ = a_market()
    bus.quotes.publish(a_quote("100", "102"))
    assert market.mark(BTC) == 101
    assert not market.is_stale(BTC)


def test_a_side_without_orders_has_no_price_and_gives_no_mark() -> None:
    market, bus, _ = a_market()
    bus.quotes.publish(a_quote("100", "0", ask_size=Decimal(0)))
    assert market.mark(BTC) is None
    (row,) = market.quote_rows([BTC])
    assert (row.bid, row.ask, row.ask_size) == (Decimal(100), None, None)


def test_a_quote_goes_stale_when_nothing_proves_it_current() -> None:
    market, bus, clock = a_market()
    bus.quotes.publish(a_quote())
    clock.advance(5)
    assert not market.is_stale(BTC)
    clock.advance(0.1)
    assert market.is_stale(BTC)
    assert market.quote_rows([BTC])[0].stale
    assert market.mark(BTC) is not None


def test_a_persons_own_limit_makes_a_quote_stale_earlier_and_never_later() -> None:
    clock, bus, most = ManualClock(), Bus(), [Decimal(2)]
    market = LatestMarket(clock, stale_after_s=5.0, max_quote_age_s=lambda: most[0])
    market.attach(bus)
    bus.quotes.publish(a_quote())
    clock.advance(2.1)
    assert market.is_stale(BTC)
    assert market.quote_rows([BTC])[0].stale
    most[0] = Decimal(60)
    assert not market.is_stale(BTC)
    clock.advance(3)
    assert market.is_stale(BTC)


def test_a_lost_stream_makes_all_its_quotes_stale_at_once() -> None:
    market, bus, _ = a_market()
    bus.quotes.publish(a_quote())
    bus.quotes.publish(a_quote(instrument=ETH))
    market.mark_disconnected(QUOTES)
    assert market.is_stale(BTC)
    assert market.is_stale(ETH)
    bus.quotes.publish(a_quote())
    assert not market.is_stale(BTC)
    assert market.is_stale(ETH)


def test_a_lost_book_is_gone_until_its_new_snapshot() -> None:
    market, bus, _ = a_market()
    bus.books.publish(a_book())
    assert len(market.book_levels(BTC, 1)[0]) == 1
    assert not market.book_stale(BTC)
    market.mark_disconnected(BOOKS)
    assert market.book(BTC) is None
    assert market.book_levels(BTC, 5) == ((), ())
    assert market.book_stale(BTC)
    bus.books.publish(a_book())
    assert not market.book_stale(BTC)


def test_the_tape_is_newest_first_and_bounded() -> None:
    market, bus, _ = a_market()
    for number in range(5):
        bus.trades.publish(a_trade(trade_id=str(number)))
    assert [trade.trade_id for trade in market.tape(BTC)] == ["4", "3", "2"]
    assert [trade.trade_id for trade in market.tape(BTC, 1)] == ["4"]


def test_a_row_shows_the_day_and_the_last_price_whoever_told_it_last() -> None:
    market, bus, _ = a_market()
    bus.statistics.publish(a_day("110", ts_received=10))
    (row,) = market.quote_rows([BTC])
    assert (row.last, row.change, row.quote_volume) == (Decimal(110), Decimal("0.1"), Decimal(5000))
    bus.trades.publish(a_trade("111", ts_received=11))
    assert market.quote_rows([BTC])[0].last == 111
    bus.statistics.publish(a_day("112", ts_received=12))
    assert market.quote_rows([BTC])[0].last == 112


def test_the_oldest_quote_of_the_watchlist_is_told() -> None:
    market, bus, clock = a_market()
    assert market.oldest_quote_age_s([BTC, ETH]) is None
    bus.quotes.publish(a_quote(instrument=ETH))
    market.mark_disconnected(QUOTES)
    clock.advance(7)
    bus.quotes.publish(a_quote())
    assert market.oldest_quote_age_s([BTC, ETH]) == 7


def test_candles_are_kept_by_length_and_age_as_their_setting_says() -> None:
    market, bus, clock = a_market()
    candle = Candle(BTC, Timeframe.H1, 0, 1.0, 1.0, 1.0, 1.0, 0.0, False)
    bus.candles.publish(candle)
    assert market.candle(BTC, Timeframe.H1) == candle
    assert market.candle(BTC, Timeframe.M1) is None
    clock.advance(59)
    assert not market.is_channel_stale(ChannelKind.CANDLES, BTC)
    clock.advance(2)
    assert market.is_channel_stale(ChannelKind.CANDLES, BTC)
    market.mark_disconnected(MarketChannel(ChannelKind.CANDLES, (BTC,), Timeframe.H1))
    assert market.candles(BTC, Timeframe.H1) == ()


def test_a_part_of_a_connection_in_doubt_is_stale_until_it_tells_again() -> None:
    clock, bus = ManualClock(), Bus()
    market = LatestMarket(clock)
    market.attach(bus)
    both = MarketChannel(ChannelKind.BOOKS, (BTC, ETH))
    market.mark_disconnected(both)
    for instrument_id in (BTC, ETH):
        bus.books.publish(replace(a_book(), instrument_id=instrument_id))
    market.mark_doubtful(MarketChannel(ChannelKind.BOOKS, (ETH,)))
    bus.books.publish(a_book())
    assert market.book(ETH) is None
    assert market.book_stale(ETH)
    assert not market.book_stale(BTC)
    bus.books.publish(replace(a_book(), instrument_id=ETH))
    assert not market.book_stale(ETH)
