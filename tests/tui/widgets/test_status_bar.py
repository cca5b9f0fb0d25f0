"""The status status."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import Connection, DeskView, Mode, TradingState
from fks_tui.widgets.status_bar import StatusBar
from tests.desk_views import a_disconnected_view, a_position, a_view, an_account, an_empty_view, an_engine
from tests.tui.widgets.panes import PaneApp, text_of

pytestmark = pytest.mark.anyio


async def said(view: DeskView, width: int) -> str:
    app = PaneApp(status := StatusBar())
    async with app.run_test(size=(width, 1)) as pilot:
        status.show(view)
        await pilot.pause()
        return text_of(status)[0]


class TestWhatItSays:
    async def test_everything_where_there_is_room(self) -> None:
        text = await said(a_view(), 160)
        for part in (" SIM ", "● LIVE", "oldest data 0.4s", "active", "equity 228,015.93 USDT", "day +15.93"):
            assert part in text
        assert "1 working order" in text
        assert text.endswith("12:00:00 UTC")

    async def test_before_balances_arrive_there_is_no_equity(self) -> None:
        assert "equity –" in await said(an_empty_view(), 160)

    async def test_equity_and_the_day_of_stale_prices_are_marked(self) -> None:
        old = an_account(positions=(a_position(mark_stale=True),))
        for width, words in ((160, "equity ~228,015.93 USDT  day ~+15.93"), (80, "eq ~228,016  ~+15.93")):
            assert words in await said(a_view(account=old), width)
        assert "~" not in await said(a_view(), 160)

    async def test_equity_that_leaves_assets_out_says_so(self) -> None:
        view = a_view(account=an_account(unpriced_assets=("XYZ",)))
        assert "+ unpriced" in await said(view, 160)

    async def test_live_mode_cannot_be_overlooked(self) -> None:
        assert "LIVE · REAL MONEY" in await said(a_view(engine=an_engine(mode=Mode.LIVE)), 160)

    async def test_read_only_is_said(self) -> None:
        text = await said(a_view(engine=an_engine(read_only=True, exchange="kraken")), 160)
        assert text.startswith(" READ ONLY  kraken")
        assert "SIM" not in text
        assert "order" not in text.replace("order trip", "")

    async def test_orders_that_were_not_read_are_not_counted(self) -> None:
        for width in (80, 160):
            assert "0 working" not in await said(an_empty_view(), width)
        assert "orders not read yet" in await said(an_empty_view(), 160)

    async def test_the_machinery_is_told_where_there_is_room_and_gives_way_first(self) -> None:
        wide = await said(a_view(), 200)
        for part in ("order trip 4.2 ms", "clock +0 ms", "budget 5%", "810/s messages"):
            assert part in wide
        narrow = await said(a_view(), 120)
        assert "810/s" not in narrow
        assert narrow.endswith("12:00:00 UTC")

    async def test_a_clock_that_is_far_off_is_told_even_where_room_is_short(self) -> None:
        assert "clk -2300 ms" in await said(a_view(engine=an_engine(clock_offset_ms=-2300.0)), 110)


class TestAlarms:
    @pytest.mark.parametrize("width", [60, 80, 200])
    @pytest.mark.parametrize(
        ("changes", "alarm"),
        [
            ({"connection": Connection.STALE}, "▲ STALE"),
            ({"connection": Connection.RATE_LIMITED}, "◷ RATE LIMITED"),
            ({"connection": Connection.DISCONNECTED}, "✖ DISCONNECTED"),
            ({"connection": Connection.RECONNECTING}, "◌ RECONNECTING"),
            ({"trading_state": TradingState.HALTED}, "■ HALTED"),
            ({"trading_state": TradingState.REDUCING}, "▼ REDUCING"),
        ],
    )
    async def test_they_are_never_shortened(self, changes: dict[str, object], alarm: str, width: int) -> None:
        assert alarm in await said(a_view(engine=an_engine(**changes)), width)


class TestRoom:
    @pytest.mark.parametrize("view", [a_view(), a_disconnected_view(), an_empty_view()], ids=["live", "gone", "empty"])
    @pytest.mark.parametrize("width", [80, 100, 200])
    async def test_it_fits(self, view: DeskView, width: int) -> None:
        rich = replace(view, account=replace(view.account, equity=Decimal("12345678.90"), day_profit=Decimal("-98765")))
        assert len(await said(rich, width)) <= width

    async def test_profit_and_orders_are_kept_at_eighty_columns(self) -> None:
        text = await said(a_view(), 80)
        assert "+15.93" in text
        assert "1 working order" in text
