from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.simulator.nouns import ZERO, Depth, DepthChange, Level, Quote, Side
from fks_engine.simulator.recorded_book import RecordedBook, TakenSizes
from fks_engine.simulator.replay_frames import FrameRecording
from tests.engine.simulator.recordings import real_frames, sample_frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fks_engine.simulator.replay_recording import Recorded


def level(price: str, size: str) -> Level:
    return Decimal(price), Decimal(size)


def book() -> RecordedBook:
    opening = Depth(10, [level("99", "1"), level("98", "2")], [level("101", "3"), level("102", "4")])
    return RecordedBook("BTCUSDT", opening)


def quote(update_id: int, bid: str, bid_size: str, ask: str, ask_size: str) -> Quote:
    return Quote("BTCUSDT", update_id, Decimal(bid), Decimal(bid_size), Decimal(ask), Decimal(ask_size))


def change(first_id: int, final_id: int, bids: list[Level], asks: list[Level]) -> DepthChange:
    return DepthChange("BTCUSDT", first_id, final_id, bids, asks, 0)


def test_a_diff_sets_adds_and_removes_levels() -> None:
    rebuilt = book()
    assert rebuilt.change(change(11, 12, [level("99", "0"), level("98.5", "5")], [level("101", "7")]))
    assert rebuilt.depth(2) == Depth(12, [level("98.5", "5"), level("98", "2")], [level("101", "7"), level("102", "4")])


def test_a_diff_the_book_already_holds_changes_nothing() -> None:
    rebuilt = book()
    assert not rebuilt.change(change(8, 10, [level("99", "0")], []))
    assert rebuilt.depth(5) == book().depth(5)


def test_an_older_snapshot_is_ignored_and_a_newer_one_replaces_the_book() -> None:
    rebuilt = book()
    assert not rebuilt.load(Depth(9, [], []))
    assert rebuilt.load(Depth(20, [level("50", "1")], []))
    assert rebuilt.depth(5) == Depth(20, [level("50", "1")], [])


def test_a_quote_newer_than_the_diffs_is_the_best_and_hides_levels_before_it() -> None:
    rebuilt = book()
    rebuilt.show(quote(11, "98", "9", "101.5", "1"))
    assert rebuilt.best() == quote(11, "98", "9", "101.5", "1")
    assert list(rebuilt.levels(Side.BUY)) == [level("98", "9")]
    assert list(rebuilt.levels(Side.SELL)) == [level("101.5", "1"), level("102", "4")]
    assert rebuilt.size_at(Side.BUY, Decimal(99)) == ZERO
    assert rebuilt.depth(1).bids == [level("99", "1")]


def test_a_quote_older_than_the_diffs_says_nothing() -> None:
    rebuilt = book()
    rebuilt.show(quote(10, "97", "9", "103", "1"))
    assert rebuilt.best() == quote(10, "99", "1", "101", "3")


def test_an_empty_side_of_a_quote_has_no_levels() -> None:
    rebuilt = book()
    rebuilt.show(quote(11, "98", "9", "0", "0"))
    assert list(rebuilt.levels(Side.SELL)) == []
    assert rebuilt.size_at(Side.SELL, Decimal(101)) == ZERO


def test_a_taken_size_stays_taken_until_its_level_has_another_size() -> None:
    rebuilt = book()
    taken = TakenSizes(rebuilt, Decimal("0.1"))
    taken.take(Side.SELL, Decimal(101), Decimal("2.5"))
    rebuilt.change(change(11, 11, [], [level("101", "3"), level("102", "9")]))
    taken.refresh()
    assert taken.free(Side.SELL, Decimal(101)) == Decimal("0.5")
    rebuilt.change(change(12, 12, [], [level("101", "4")]))
    taken.refresh()
    assert taken.free(Side.SELL, Decimal(101)) == Decimal(4)


def test_a_size_finer_than_the_step_is_free_in_whole_steps_only() -> None:
    rebuilt = RecordedBook("BTCUSDT", Depth(1, [], [level("101", "0.00017")]))
    assert TakenSizes(rebuilt, Decimal("0.0001")).free(Side.SELL, Decimal(101)) == Decimal("0.0001")


prices = st.integers(1, 12).map(Decimal)
sizes = st.integers(0, 5).map(Decimal)
levels = st.lists(st.tuples(prices, sizes), max_size=6)


@given(diffs=st.lists(st.tuples(levels, levels), max_size=30))
def test_any_diffs_leave_each_side_sorted_without_empty_levels(diffs: list[tuple[list[Level], list[Level]]]) -> None:
    rebuilt = RecordedBook("BTCUSDT")
    expected: dict[Side, dict[Decimal, Decimal]] = {side: {} for side in Side}
    for update_id, (bids, asks) in enumerate(diffs, start=1):
        rebuilt.change(change(update_id, update_id, bids, asks))
        expected[Side.BUY].update(bids)
        expected[Side.SELL].update(asks)
    depth = rebuilt.depth(100)
    assert depth.bids == sorted(((p, s) for p, s in expected[Side.BUY].items() if s), reverse=True)
    assert depth.asks == sorted((p, s) for p, s in expected[Side.SELL].items() if s)


def recorded(path: Path, symbol: str = "BTCUSDT") -> tuple[RecordedBook, Iterator[Recorded]]:
    """The book at the start of a recording, and the symbol's events."""
    recording = FrameRecording(path)
    opened = RecordedBook(symbol, recording.openings[symbol].depth)
    return opened, (frame.event for frame in recording.frames(0) if frame.event.symbol == symbol)


def compare(rebuilt: RecordedBook, events: Iterator[Recorded]) -> int:
    """How many quotes had the update id of a diff; each must be the best of the book rebuilt up to it."""
    quotes: dict[int, Quote] = {}
    compared = 0
    for event in events:
        if isinstance(event, Quote):
            quotes[event.update_id] = event
        elif isinstance(event, DepthChange):
            if rebuilt.change(event) and event.final_id in quotes:
                assert rebuilt.best() == quotes[event.final_id]
                compared += 1
            quotes = {update_id: quote for update_id, quote in quotes.items() if update_id > rebuilt.last_update_id}
    return compared


def test_the_rebuilt_book_equals_the_recorded_quotes_of_the_same_update_id() -> None:
    assert compare(*recorded(real_frames())) == 1_072


@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_the_book_of_the_sample_equals_its_quotes_of_the_same_update_id(symbol: str) -> None:
    assert compare(*recorded(sample_frames(), symbol)) > 30


def test_a_client_that_joins_at_any_moment_syncs_and_ends_with_the_same_book() -> None:
    server, events = recorded(real_frames())
    clients: list[RecordedBook] = []
    for number, event in enumerate(events):
        if isinstance(event, DepthChange):
            server.change(event)
            for client in clients:
                if event.final_id > client.last_update_id:
                    assert event.first_id <= client.last_update_id + 1
                    client.change(event)
        if number % 9_973 == 0:
            clients.append(RecordedBook("BTCUSDT", server.depth(20_000)))
    assert len(clients) == 10
    assert all(client.depth(20_000) == server.depth(20_000) for client in clients)
