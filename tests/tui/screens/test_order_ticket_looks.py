"""The order ticket as it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Input

from fks_engine.api import (
    DenialReason,
    Denied,
    Mode,
    Side,
)
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.quit import Farewell
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import BTC, a_stale_view, a_view, an_engine
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until
from tests.tui.screens.tickets import TOO_MUCH

SnapCompare = Callable[..., bool]


class TestTicketLooks:
    @staticmethod
    def _open(
        desk: FakeDesk,
        quantity: str,
        *keys: str,
        words: str = "let it through",
        denial: Denied | None = None,
    ) -> Callable[[Pilot[Farewell]], object]:
        async def run(pilot: Pilot[Farewell]) -> None:
            await pilot.pause()
            desk.denial = denial
            ticket = OrderTicket(desk, BTC, Side.BUY, confirm=True)
            await pilot.app.push_screen(ticket)
            ticket.query_one("#quantity", Input).value = quantity
            verdict = ticket.query_one(".verdict", SteadyText)
            await until(pilot, lambda: words in str(verdict.visual))
            await pilot.press(*keys)
            await until(pilot, lambda: not keys or ticket.query_one(ContentSwitcher).current == "review")
            await pilot.pause()

        return run

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_live(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=size, run_before=self._open(desk, "0.1"))

    def test_stale(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app(a_stale_view())
        message = "the quote is 42 s old and may be 5 s at most; wait for the market"
        denial = Denied(DenialReason.MARKET_STALE, message, {"age_s": "42", "limit_s": "5"})
        opened = self._open(desk, "0.1", words="42 s old", denial=denial)
        assert snap_compare(app, terminal_size=SMALL, run_before=opened)

    def test_denied(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        opened = self._open(desk, "1", words="would pass", denial=TOO_MUCH)
        assert snap_compare(app, terminal_size=SMALL, run_before=opened)

    def test_wrong_input(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=SMALL, run_before=self._open(desk, "12,5", words="no commas"))

    def test_review(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=SMALL, run_before=self._open(desk, "0.1", "enter"))

    def test_review_with_real_money(self, snap_compare: SnapCompare) -> None:
        view = a_view()
        app, desk = desk_app(replace(view, engine=an_engine(mode=Mode.LIVE)))
        assert snap_compare(app, terminal_size=SMALL, run_before=self._open(desk, "0.1", "enter"))
