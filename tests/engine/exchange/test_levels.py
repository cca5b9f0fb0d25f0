from __future__ import annotations

from typing import Any

import ccxt.pro
import pytest
from ccxt.async_support.base.ws.order_book_side import Asks, Bids
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.errors import MalformedData
from fks_engine.exchange import levels, market_frames
from fks_engine.exchange.error_map import FRAME_FAULTS
from tests.engine.exchange.frames import DEPTH, NASTY, spoiled

CHANGES = st.lists(
    st.tuples(st.integers(1, 30).map(lambda price: f"{price}.50000000"), st.sampled_from(["0.00000000", "1.0", "2.5"])),
    max_size=60,
)


@given(CHANGES, st.sampled_from([Bids, Asks]))
def test_a_side_ends_up_as_ccxt_itself_would_have_it(changes: list[tuple[str, str]], side: Any) -> None:
    ours, theirs = side(), side()
    levels.apply(ours, [list(change) for change in changes])
    ccxt.pro.binance().handle_deltas(theirs, changes)
    assert [(entry[0], float(entry[1])) for entry in ours] == [(price, size) for price, size in theirs]
    assert ours._index == theirs._index


def test_a_level_keeps_the_texts_it_came_with() -> None:
    side = Bids()
    levels.apply(side, [["61828.09000000", "3.61811000"]])
    levels.apply(side, [["61828.09000000", "3.7"]])
    assert side[0][:3] == [61828.09, "3.7", "61828.09000000"]


def test_a_snapshot_leaves_empty_levels_out() -> None:
    assert levels.entries([["2.0", "1.0"], ["1.0", "0.000"]]) == [[2.0, "1.0", "2.0", None]]


@pytest.mark.parametrize("level", [*([value, "1.0"] for value in NASTY), *(["1.0", value] for value in NASTY[:2])])
def test_a_level_that_cannot_be_true_is_refused(level: Any) -> None:
    for read in (levels.entries, lambda changes: levels.apply(Bids(), changes)):
        with pytest.raises(FRAME_FAULTS):
            read([level])


def test_a_price_of_zero_is_refused() -> None:
    with pytest.raises(MalformedData, match="cannot be true"):
        levels.entries([["0.00000000", "1.0"]])


@given(spoiled((DEPTH,)))
def test_no_spoiled_depth_gets_into_a_book(message: Any) -> None:
    side = Asks()
    try:
        market_frames.delta(message)
        levels.apply(side, message["a"])
        levels.apply(side, message["b"])
    except FRAME_FAULTS:
        pass
    assert all(0 < price < 1e19 and float(size) > 0 for price, size, *_ in side)
    assert len(side) == len(side._index)
