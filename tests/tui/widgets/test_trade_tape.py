"""The tape."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import Side, Trade
from fks_tui.widgets import trade_tape
from fks_tui.widgets.trade_tape import TradeTape
from tests.desk_views import BTC, NOW, SECOND, a_focus
from tests.tui.pilots import until
from tests.tui.widgets.panes import PaneApp, Repaints, text_of

pytestmark = pytest.mark.anyio


class TestTape:
    async def test_the_newest_trade_is_on_top_with_its_side(self) -> None:
        app = PaneApp(tape := TradeTape())
        async with app.run_test(size=(34, 10)) as pilot:
            tape.show(a_focus())
            await pilot.pause()
            assert text_of(tape)[2].split() == ["12:00:00", "▼", "63999.99", "0.01200"]
            assert text_of(tape)[3].split() == ["11:59:59", "▲", "64000.00", "0.01300"]

    async def test_a_new_trade_makes_one_line(self) -> None:
        app = PaneApp(tape := TradeTape())
        focus = a_focus()
        async with app.run_test(size=(34, 10)) as pilot:
            tape.show(focus)
            await pilot.pause()
            repaints = Repaints(tape)
            trade = Trade(BTC, "901", Decimal("64000.50"), Decimal("1.5"), Side.BUY, NOW + SECOND, NOW + SECOND)
            tape.show(replace(focus, trades=(trade, *focus.trades)))
            await until(pilot, lambda: bool(repaints.made))
            assert [line.split()[2] for line in repaints.made] == ["64000.50"]

    async def test_a_tape_that_runs_is_not_painted_with_every_trade(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trade_tape, "EVERY_S", 3_600.0)
        app = PaneApp(tape := TradeTape())
        focus = a_focus()
        async with app.run_test(size=(34, 10)) as pilot:
            tape.show(focus)
            await pilot.pause()
            before = text_of(tape)
            tape.show(replace(focus, trades=focus.trades[1:]))
            await pilot.pause()
            assert text_of(tape) == before

    async def test_another_market_and_old_age_are_seen_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trade_tape, "EVERY_S", 3_600.0)
        app = PaneApp(tape := TradeTape())
        focus = a_focus()
        async with app.run_test(size=(34, 10)) as pilot:
            for shown in (focus, replace(focus, book_stale=True), None, focus):
                tape.show(shown)
                await pilot.pause()
                assert ("No trades yet" in " ".join(text_of(tape))) is (shown is None)

    async def test_no_trades_are_said(self) -> None:
        app = PaneApp(tape := TradeTape())
        async with app.run_test(size=(34, 10)) as pilot:
            tape.show(a_focus(trades=()))
            await pilot.pause()
            assert "No trades yet" in " ".join(text_of(tape))
