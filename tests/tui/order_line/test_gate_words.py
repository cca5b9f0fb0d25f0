"""Halt, reduce and resume on the order line: one word each, with nothing asked behind it."""

from __future__ import annotations

import pytest

from fks_engine.api import SetTradingState, TradingState
from fks_tui.order_line.grammar import read_line
from fks_tui.order_line.lines import GateLine, GateVerb
from fks_tui.order_line.markets import Markets
from fks_tui.order_line.reading import Halt, Reading, read
from fks_tui.order_line.words import Doubt
from fks_tui.order_line.writing import written
from tests.desk_views import a_view, an_engine

HALTED = Markets(a_view(engine=an_engine(trading_state=TradingState.HALTED)))


@pytest.mark.parametrize("verb", GateVerb)
def test_a_word_is_read_and_written_again(verb: GateVerb) -> None:
    line = read_line(verb.value.upper())
    assert line == GateLine(verb)
    assert written(GateLine(verb)) == verb.value


def test_half_a_word_or_one_more_is_no_command() -> None:
    assert isinstance(read_line("resum"), Doubt)
    assert isinstance(read_line("halt btc"), Doubt)


def test_each_word_is_one_command() -> None:
    active = Markets(a_view())
    halt, reduce = read("halt", active), read("reduce", active)
    assert isinstance(halt, Reading)
    assert halt.action == Halt()
    assert isinstance(reduce, Reading)
    assert reduce.action == SetTradingState(TradingState.REDUCING, "by hand")
    resume = read("resume", HALTED)
    assert isinstance(resume, Reading)
    assert resume.action == SetTradingState(TradingState.ACTIVE, "by hand")
    assert resume.sentence.startswith("Lift the halt")


def test_a_halt_is_not_narrowed_to_reducing() -> None:
    said = read("reduce", HALTED)
    assert isinstance(said, Doubt)
    assert "resume it first" in said.message
