"""A working order opened for a change, as it looks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from fks_engine.api import DenialReason, Denied, OrderStatus, OrderType, Side
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.order_edit import OrderEdit
from fks_tui.screens.quit import Farewell
from fks_tui.screens.ticket_words import Stage
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import a_disconnected_view, a_stale_view, a_view, an_order
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, until
from tests.tui.screens.tickets import TOO_MUCH, GatedDesk, LostDesk

D = Decimal
SnapCompare = Callable[..., bool]
Run = Callable[[Pilot[Farewell]], object]
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
ORDER = an_order(2, status=OrderStatus.PARTIALLY_FILLED, filled_quantity=D("0.04000"))
SELL_STOP = an_order(
    3,
    order_type=OrderType.STOP_LIMIT,
    side=Side.SELL,
    quantity=D("0.05000"),
    stop_price=D("63000.00"),
    limit_price=D("62900.00"),
)
STALE = Denied(
    DenialReason.MARKET_STALE, "the quote is 42 s old and may be 5 s at most; wait for the market", {"age_s": "42"}
)
DUST = "0.00001 BTC would be left, worth 0.64 USDT: less than the exchange's minimum of 5 USDT"


def app_over(desk: FakeDesk) -> DeskApp:
    return DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=3600.0))


class TestEditLooks:
    @staticmethod
    def _open(
        desk: FakeDesk, words: str, *, price: str = "63950", order: object = ORDER, stage: Stage = Stage.EDITING
    ) -> Run:
        async def run(pilot: Pilot[Farewell]) -> None:
            await pilot.pause()
            screen = OrderEdit(desk, order, confirm=True)  # type: ignore[arg-type]
            await pilot.app.push_screen(screen)
            await until(pilot, lambda: screen._change.instrument is not None)
            screen.query_one("#price", Input).value = price
            line = screen.query_one(".verdict", SteadyText)
            if stage is not Stage.EDITING:
                await until(pilot, lambda: "let it through" in str(line.visual))
                await pilot.press("enter")
                await until(pilot, lambda: screen.stage is Stage.REVIEWING and not screen.is_being_read)
            if stage in {Stage.SENDING, Stage.LOST}:
                await pilot.press("enter")
                await until(pilot, lambda: screen.stage is stage)
            await until(pilot, lambda: words in str(line.visual) and not screen.is_being_read)
            await pilot.pause()

        return run

    @SIZES
    def test_live(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        desk = FakeDesk(a_view(working_orders=(ORDER,)))
        assert snap_compare(app_over(desk), terminal_size=size, run_before=self._open(desk, "let it through"))

    @SIZES
    def test_nothing_changed(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        desk = FakeDesk(a_view(working_orders=(ORDER,)))
        run = self._open(desk, "Nothing is changed", price="63900")
        assert snap_compare(app_over(desk), terminal_size=size, run_before=run)

    @SIZES
    def test_denied(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        desk = FakeDesk(a_view(working_orders=(ORDER,)))
        desk.denial = TOO_MUCH
        assert snap_compare(app_over(desk), terminal_size=size, run_before=self._open(desk, "Denied"))

    @SIZES
    def test_reviewing_a_stop_with_a_warning(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        desk = FakeDesk(a_view(working_orders=(SELL_STOP,)))
        desk.warnings = (DUST,)
        run = self._open(desk, "Send this change", price="62950", order=SELL_STOP, stage=Stage.REVIEWING)
        assert snap_compare(app_over(desk), terminal_size=size, run_before=run)

    @SIZES
    def test_stale(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        desk = FakeDesk(a_stale_view())
        desk.denial = STALE
        run = self._open(desk, "42 s old", order=an_order(2))
        assert snap_compare(app_over(desk), terminal_size=size, run_before=run)

    @SIZES
    def test_disconnected(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        desk = LostDesk(a_disconnected_view(), previews=False)
        run = self._open(desk, "engine is gone", order=an_order(2))
        assert snap_compare(app_over(desk), terminal_size=size, run_before=run)

    def test_asking(self, snap_compare: SnapCompare) -> None:
        desk = GatedDesk(a_view(working_orders=(ORDER,)))
        assert snap_compare(app_over(desk), terminal_size=SMALL, run_before=self._open(desk, "Asking the gate"))

    def test_sending(self, snap_compare: SnapCompare) -> None:
        desk = GatedDesk(a_view(working_orders=(ORDER,)))
        desk.previews.set()
        run = self._open(desk, "Handed to the engine", stage=Stage.SENDING)
        assert snap_compare(app_over(desk), terminal_size=SMALL, run_before=run)

    def test_no_answer(self, snap_compare: SnapCompare) -> None:
        desk = LostDesk(a_view(working_orders=(ORDER,)))
        run = self._open(desk, "may have been sent", stage=Stage.LOST)
        assert snap_compare(app_over(desk), terminal_size=SMALL, run_before=run)
