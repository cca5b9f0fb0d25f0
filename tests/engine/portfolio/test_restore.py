"""A portfolio that goes on from a journal: every fill counts once, whatever is told again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.clock import NANOS, ManualClock
from fks_engine.model import Checkpoint, Fill, FillTaken, Side
from fks_engine.portfolio import Portfolio
from fks_engine.portfolio import portfolio as portfolio_module
from fks_engine.topics import Bus
from tests.engine.builders import BTC, ETH, NOW, a_fill
from tests.engine.kept_journal import KeptJournal
from tests.engine.still_market import StillMarket


def a_portfolio(journal: KeptJournal | None = None) -> Portfolio:
    return Portfolio(
        StillMarket(), Bus(), ManualClock(), "USDT", exchange_name="binance", journal=journal or KeptJournal()
    )


@st.composite
def trades(draw: st.DrawFn) -> list[Fill]:
    """Fills of two markets in the order of their time; ids count by market, and some share a moment."""
    return [
        a_fill(
            draw(st.sampled_from(list(Side))),
            draw(st.sampled_from(["0.1", "0.25", "1"])),
            draw(st.integers(50_000, 70_000)),
            trade_id=str(number + 1),
            instrument_id=draw(st.sampled_from([BTC, ETH])),
            ts_event=NOW + (number // 2) * NANOS,
        )
        for number in range(draw(st.integers(1, 30)))
    ]


def positions(portfolio: Portfolio) -> dict[str, tuple[Decimal, Decimal | None, Decimal]]:
    return {each.instrument_id: (each.quantity, each.average_price, each.realised) for each in portfolio.positions()}


@given(trades(), st.integers(0, 30), st.integers(0, 30))
def test_what_is_told_again_after_a_checkpoint_counts_once(fills: list[Fill], before: int, again: int) -> None:
    first = a_portfolio()
    first.load_fills(fills[:before])
    checkpoint = first.checkpoint()
    second = a_portfolio()
    second.restore([checkpoint, *(FillTaken(ts=NOW, fill=fill) for fill in fills[again:])])
    second.load_fills(fills)
    whole = a_portfolio()
    whole.load_fills(fills)
    if again <= before:
        assert positions(second) == positions(whole)
    assert {fill.trade_id for fill in second.fills(100, 0)[0]} == {fill.trade_id for fill in fills}


def test_a_fill_is_kept_once_and_not_again_when_it_is_told_from_the_journal() -> None:
    kept = KeptJournal()
    portfolio = a_portfolio(kept)
    portfolio.take_fill(a_fill())
    portfolio.take_fill(a_fill())
    kept.flush(10)
    assert [type(entry) for entry in kept.durable] == [FillTaken]
    again = KeptJournal()
    a_portfolio(again).restore(kept.durable)
    again.flush(10)
    assert again.durable == []


def test_fills_before_those_that_a_checkpoint_remembers_are_in_its_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio_module, "FILLS_KEPT", 3)
    fills = [a_fill(trade_id=str(number), ts_event=NOW + number) for number in range(1, 11)]
    first = a_portfolio()
    first.load_fills(fills)
    checkpoint = first.checkpoint()
    assert isinstance(checkpoint, Checkpoint)
    assert len(checkpoint.fills) == 3
    second = a_portfolio()
    second.restore([checkpoint])
    second.load_fills(fills)
    assert positions(second) == positions(first)
    second.load_fills([a_fill(trade_id="11", ts_event=NOW + 11)])
    assert second.position(BTC).quantity == first.position(BTC).quantity + Decimal("0.1")
