from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_engine.simulator.nouns import DepthChange, PublicTrade, Quote, SymbolRules
from fks_engine.simulator.recorded_book import RecordedBook
from fks_engine.simulator.replay_prints import LEVELS, MadeBook, with_made_books

D = Decimal
RULES = SymbolRules("BTCUSDT", "BTC", "USDT", tick=D("0.01"), step=D("0.001"))


def made(price: str = "100") -> MadeBook:
    return MadeBook(RULES, D(price), D("0.5"), first_update_id=7)


def test_a_buyers_print_is_the_ask_and_a_sellers_the_bid() -> None:
    book = made()
    assert book.print(D("100.01"), by_buyer=True, time_ms=0) is None
    quote = book.print(D("100.02"), by_buyer=True, time_ms=0)
    assert quote == Quote("BTCUSDT", 8, D("100.01"), D("0.5"), D("100.02"), D("0.5"))
    quote = book.print(D("99"), by_buyer=False, time_ms=0)
    assert quote is not None
    assert (quote.bid, quote.ask) == (D(99), D("99.01"))


def test_the_other_side_stays_within_one_basis_point() -> None:
    book = made("50000")
    quote = book.print(D("50100"), by_buyer=True, time_ms=0)
    assert quote is not None
    assert (quote.bid, quote.ask) == (D("50094.99"), D(50100))


def test_each_side_has_levels_that_grow_with_their_distance() -> None:
    depth = made("100").depth()
    assert len(depth.bids) == len(depth.asks) == LEVELS
    assert depth.bids[:2] == [(D(100), D("0.5")), (D("99.99"), D(1))]
    assert depth.asks[1] == (D("100.02"), D(1))


def test_a_price_of_one_tick_has_no_bid_below_zero() -> None:
    book = made("0.02")
    quote = book.print(D("0.01"), by_buyer=True, time_ms=0)
    assert quote is not None
    assert (quote.bid, quote.bid_size) == (D(0), D(0))
    assert book.depth().bids == []


prints = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 90), st.booleans()), max_size=60)


@given(prints=prints)
def test_the_published_diffs_rebuild_the_made_book(prints: list[tuple[int, int, bool]]) -> None:
    trades, time_ms = [], 0
    for number, (cents, gap_ms, by_seller) in enumerate(prints):
        time_ms += gap_ms
        price = D(100) + D(cents) / 100
        trades.append(PublicTrade("BTCUSDT", number, price, D(1), by_seller, time_ms, time_ms))
    server = made()
    client = RecordedBook("BTCUSDT", server.depth())
    frames = list(with_made_books(trades, {"BTCUSDT": server}, shift_ms=5))
    last_id = 7
    for frame in frames:
        event = frame.event
        if isinstance(event, DepthChange):
            assert event.first_id == last_id + 1
            assert event.event_ms == frame.at_ns // 1_000_000 + 5
            last_id = event.final_id
            client.change(event)
        elif isinstance(event, Quote):
            client.show(event)
            assert event.bid < event.ask
    assert client.depth(100) == server.depth()
    assert [frame.event for frame in frames if isinstance(frame.event, PublicTrade)] == [
        trade._replace(time_ms=trade.time_ms + 5, event_ms=trade.event_ms + 5) for trade in trades
    ]
    assert [frame.at_ns for frame in frames] == sorted(frame.at_ns for frame in frames)
