"""One side of a book, against ccxt's own."""

from __future__ import annotations

from typing import Any

import ccxt.pro
import pytest
from ccxt.async_support.base.ws.order_book_side import Asks, Bids
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.errors import MalformedData
from fks_engine.exchange import market_frames
from fks_engine.exchange.error_map import FRAME_FAULTS
from fks_engine.exchange.levels import KEPT_LEVELS, NO_END, BookSide
from tests.engine.exchange.frames import DEPTH, NASTY, spoiled

CHANGES = st.lists(
    st.tuples(st.integers(1, 30).map(lambda price: f"{price}.50000000"), st.sampled_from(["0.00000000", "1.0", "2.5"])),
    max_size=60,
)


def contents(side: BookSide) -> list[tuple[str, str]]:
    """Price and size texts, best first."""
    return [(side.levels[key][1], side.levels[key][0]) for key in side.keys]


@given(CHANGES, st.booleans())
def test_a_side_ends_up_as_ccxt_itself_would_have_it(changes: list[tuple[str, str]], is_bids: bool) -> None:
    ours = BookSide(is_bids=is_bids)
    theirs: Any = Bids() if is_bids else Asks()
    ours.apply([list(change) for change in changes])
    ccxt.pro.binance().handle_deltas(theirs, changes)
    assert [(float(price), float(size)) for price, size in contents(ours)] == [(row[0], row[1]) for row in theirs]
    assert ours.keys == list(theirs._index)
    assert ours.levels.keys() == set(ours.keys)


def test_a_level_keeps_the_texts_it_came_with() -> None:
    side = BookSide(is_bids=True)
    side.apply([["61828.09000000", "3.61811000"]])
    side.apply([["61828.09000000", "3.7"]])
    assert contents(side) == [("61828.09000000", "3.7")]


def test_a_snapshot_leaves_empty_levels_out() -> None:
    side = BookSide(is_bids=True)
    side.load([["2.0", "1.0"], ["1.0", "0.000"]], 100)
    assert contents(side) == [("2.0", "1.0")]


@pytest.mark.parametrize("level", [*([value, "1.0"] for value in NASTY), *(["1.0", value] for value in NASTY[:2])])
def test_a_level_that_cannot_be_true_is_refused(level: Any) -> None:
    with pytest.raises(FRAME_FAULTS):
        BookSide(is_bids=False).apply([level])


def test_a_price_of_zero_is_refused() -> None:
    with pytest.raises(MalformedData, match="cannot be true"):
        BookSide(is_bids=False).apply([["0.00000000", "1.0"]])


@given(spoiled((DEPTH,)))
def test_no_spoiled_depth_gets_into_a_book(message: Any) -> None:
    side = BookSide(is_bids=False)
    try:
        market_frames.delta(message)
        side.apply(message["a"])
        side.apply(message["b"])
    except FRAME_FAULTS:
        pass
    assert all(0 < float(price) < 1e19 and float(size) > 0 for price, size in contents(side))
    assert len(side.keys) == len(side.levels)


def test_a_snapshot_covers_a_side_to_its_end_only_when_it_was_not_cut() -> None:
    cut, whole = BookSide(is_bids=True), BookSide(is_bids=True)
    cut.load([["10", "1"], ["9", "1"], ["8", "1"]], 3)
    whole.load([["10", "1"], ["9", "1"], ["8", "1"]], 5)
    assert (cut.covered, whole.covered) == (-8.0, NO_END)
    assert cut.is_whole(3)
    cut.apply([["10", "0"], ["7", "1"]])
    assert not cut.is_whole(3)
    whole.apply([["10", "0"]])
    assert whole.is_whole(3)


def test_a_side_that_grows_too_long_is_cut_and_less_is_covered() -> None:
    side = BookSide(is_bids=True)
    side.apply([[str(price + 1), "1"] for price in range(2 * KEPT_LEVELS + 1)])
    side.trim()
    assert len(side.keys) == len(side.levels) == KEPT_LEVELS
    assert side.covered == side.keys[-1] == -(KEPT_LEVELS + 2)
