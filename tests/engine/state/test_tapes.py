"""Tapes in the order of their trades, whatever the order in which they are told."""

from __future__ import annotations

from itertools import permutations

from fks_engine.state.tapes import LATE_NS, Tapes
from tests.engine.builders import BTC, a_trade


def told(size: int, *trades: tuple[int, str]) -> list[str]:
    """The ids on the tape, newest first, after these (time, id) were told."""
    tapes = Tapes(size)
    for ts_event, trade_id in trades:
        tapes.put(a_trade(ts_event=ts_event, trade_id=trade_id))
    return [trade.trade_id for trade in tapes.newest(BTC, 100)]


def test_trades_stand_in_their_order_however_they_come() -> None:
    for order in permutations([(10, "9"), (10, "10"), (11, "11"), (12, "12")]):
        assert told(10, *order) == ["12", "11", "10", "9"]


def test_a_trade_that_is_told_twice_stands_once() -> None:
    assert told(10, (1, "1"), (2, "2"), (2, "2"), (1, "1")) == ["2", "1"]


def test_a_full_tape_takes_an_overtaken_trade_for_its_oldest() -> None:
    assert told(3, (1, "1"), (2, "2"), (4, "4"), (3, "3")) == ["4", "3", "2"]
    assert told(2, (2, "2"), (3, "3"), (1, "1")) == ["3", "2"]


def test_a_replay_that_begins_anew_is_not_late() -> None:
    assert told(3, (LATE_NS + 10, "8"), (1, "1"), (2, "2")) == ["2", "1", "8"]
