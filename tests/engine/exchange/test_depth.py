"""A book from a snapshot and numbered changes, and its audit at the snapshot's own number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.exchange.depth import BUFFERED_CHANGES, DepthBook, Snapshot
from fks_engine.exchange.levels import BookSide

Change = dict[str, Any]


def change(first: int, final: int, bids: list[list[str]] | None = None, asks: list[list[str]] | None = None) -> Change:
    return {"U": first, "u": final, "E": 1_723_161_276_318, "b": bids or [], "a": asks or []}


def snapshot(update_id: int, bids: list[list[str]], asks: list[list[str]], limit: int = 100) -> Snapshot:
    return Snapshot.read({"lastUpdateId": update_id, "bids": bids, "asks": asks}, limit)


def contents(side: BookSide) -> dict[str, str]:
    return {side.levels[key][1]: side.levels[key][0] for key in side.keys}


def started(update_id: int = 100) -> DepthBook:
    book = DepthBook()
    assert book.start(snapshot(update_id, [["99", "1"], ["98", "2"]], [["101", "1"], ["102", "2"]])) is None
    return book


def test_changes_before_the_snapshot_are_kept_and_those_it_contains_are_left_out() -> None:
    book = DepthBook()
    for each in (change(98, 99, [["99", "9"]]), change(100, 101, [["98", "7"]]), change(102, 102, [["97", "3"]])):
        assert book.take(each) is None
    assert book.start(snapshot(100, [["99", "1"], ["98", "2"]], [["101", "1"]])) is None
    assert contents(book.bids) == {"99": "1", "98": "7", "97": "3"}
    assert book.update_id == 102


def test_a_snapshot_from_before_the_first_change_is_too_old() -> None:
    book = DepthBook()
    book.take(change(105, 106))
    assert book.start(snapshot(100, [["99", "1"]], [["101", "1"]])) == "changes 101 to 104 are missing"


def test_a_change_that_comes_twice_is_taken_once_and_a_missing_one_is_noticed() -> None:
    book = started()
    assert book.take(change(101, 103, [["99", "5"]])) is None
    assert book.take(change(101, 103, [["99", "5"]])) is None
    assert book.take(change(105, 105)) == "changes 104 to 104 are missing"


@pytest.mark.parametrize(("bids", "asks"), [([["101", "1"]], []), ([], [["99", "1"]]), ([["200", "1"]], [])])
def test_a_crossed_book_is_noticed(bids: list[list[str]], asks: list[list[str]]) -> None:
    fault = started().take(change(101, 101, bids, asks))
    assert fault is not None
    assert "crossed" in fault


def test_too_many_changes_without_a_snapshot_end_in_a_gap_and_not_in_memory() -> None:
    book = DepthBook()
    for number in range(1, BUFFERED_CHANGES + 10):
        book.take(change(number, number))
    assert book.start(snapshot(3, [["99", "1"]], [["101", "1"]])) == "changes 4 to 9 are missing"


def test_a_true_book_passes_its_audit_though_the_snapshot_is_ahead() -> None:
    book = started()
    audit = book.audit()
    assert not audit.reaches(102)
    book.take(change(101, 102, [["99", "0"], ["97", "4"]]))
    book.take(change(103, 104, [["98", "8"]]))
    assert audit.reaches(102)
    assert audit.verdict(snapshot(102, [["98", "2"], ["97", "4"]], [["101", "1"], ["102", "2"]])) is None
    book.end_audit(audit)


def test_prices_in_a_change_that_the_snapshot_cuts_in_two_are_left_out() -> None:
    book = started()
    audit = book.audit()
    book.take(change(101, 103, [["99", "0"]], [["101", "5"]]))
    middle = snapshot(102, [["99", "7"], ["98", "2"]], [["101", "1"], ["102", "2"]])
    assert audit.verdict(middle) is None
    ghost = snapshot(102, [["99", "7"]], [["101", "1"], ["102", "2"]])
    assert audit.verdict(ghost) is not None


@pytest.mark.parametrize(
    ("bids", "words"),
    [
        ([["99", "1"]], "1 levels that the exchange has not, lacks 0, and 0"),
        ([["99", "1"], ["98.5", "1"], ["98", "2"]], "0 levels that the exchange has not, lacks 1, and 0"),
        ([["99", "1"], ["98", "2.5"]], "0 levels that the exchange has not, lacks 0, and 1"),
    ],
)
def test_what_differs_is_told_in_numbers(bids: list[list[str]], words: str) -> None:
    verdict = started().audit().verdict(snapshot(100, bids, [["101", "1"], ["102", "2"]]))
    assert verdict is not None
    assert words in verdict


def test_levels_beyond_the_reach_of_the_snapshot_or_the_book_are_not_compared() -> None:
    book = started()
    short = snapshot(100, [["99", "1"]], [["101", "1"]], limit=1)
    assert book.audit().verdict(short) is None
    narrow = DepthBook()
    narrow.start(snapshot(100, [["99", "1"]], [["101", "1"]], limit=1))
    assert narrow.audit().verdict(snapshot(100, [["99", "1"], ["98", "2"]], [["101", "1"], ["102", "2"]])) is None


def test_a_snapshot_from_before_the_audit_tells_nothing() -> None:
    assert started().audit().verdict(snapshot(90, [["1", "1"]], [["2", "1"]])) is None


LEVEL = st.tuples(st.integers(90, 99), st.sampled_from(["0", "1", "2"])).map(lambda pair: [str(pair[0]), pair[1]])


@given(st.lists(st.lists(LEVEL, max_size=3), min_size=1, max_size=20), st.data())
def test_a_book_that_took_every_change_never_fails_an_audit(changes: list[list[list[str]]], data: Any) -> None:
    """At any moment, against a snapshot of any later state, in the middle of a change too."""
    truth = BookSide(is_bids=True)
    truth.apply([["95", "1"]])
    states = [[[text, size] for text, size in contents(truth).items()]]
    single = [level for levels in changes for level in levels]
    for level in single:
        truth.apply([level])
        states.append([[text, size] for text, size in contents(truth).items()])
    book = DepthBook()
    assert book.start(snapshot(0, states[0], [])) is None
    numbered, number = [], 0
    for levels in changes:
        if levels:
            numbered.append(change(number + 1, number + len(levels), levels))
            number += len(levels)
    begin = data.draw(st.integers(0, len(numbered)))
    for each in numbered[:begin]:
        assert book.take(each) is None
    audit = book.audit()
    for each in numbered[begin:]:
        assert book.take(each) is None
    assert book.update_id is not None
    at = data.draw(st.integers(0, number))
    assert audit.verdict(snapshot(at, states[at], [])) is None
