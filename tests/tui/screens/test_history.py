"""The history screen, the life of an order, and the export."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from fks_engine.api import ExportWhat, OrderStatus, Side
from fks_tui.app import DeskApp
from fks_tui.screens.history import HistoryScreen
from fks_tui.screens.history_export import HistoryExport
from fks_tui.screens.order_life import OrderLife
from fks_tui.screens.quit import Farewell
from fks_tui.widgets.past_order_table import PastOrderTable
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_past import past_orders
from tests.desk_views import BTC, NOW, SECOND, a_disconnected_view, a_view
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until

SnapCompare = Callable[..., bool]


class OpenHistory:
    """The screen under a pilot."""

    def __init__(self, app: DeskApp, pilot: Pilot[Farewell], desk: FakeDesk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk
        assert isinstance(app.screen, HistoryScreen)
        self.screen = app.screen

    @property
    def keys(self) -> list[str]:
        return [record.key for record in self.screen.query_one(PastOrderTable).records]

    def text(self, selector: str) -> str:
        return str(self.app.screen.query_one(selector, SteadyText).visual)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(self.pilot, condition)


@asynccontextmanager
async def opened(
    prepare: Callable[[FakeDesk], None] = lambda _: None, size: tuple[int, int] = LARGE
) -> AsyncIterator[OpenHistory]:
    app, desk = desk_app()
    prepare(desk)
    async with app.run_test(size=size) as pilot:
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen) and app.screen.is_mounted)
        yield OpenHistory(app, pilot, desk)


@pytest.mark.anyio
class TestList:
    async def test_orders_of_all_runs_stand_newest_first_with_their_date(self) -> None:
        async with opened() as s:
            await s.until(lambda: len(s.keys) == 12)
            assert s.keys[0] == "fks-000001"
            line = s.screen.query_one(PastOrderTable).render_line(2).text
            assert "2025-11-22 10:00:00" in line
            assert "Account has insufficient balance" in line
            assert "12 orders" in s.text(".chips")

    async def test_one_order_is_counted_as_one(self) -> None:
        def one(desk: FakeDesk) -> None:
            desk.past.orders = past_orders(1)

        async with opened(one) as s:
            await s.until(lambda: s.text(".chips").endswith("  1 order"))

    async def test_words_find_orders_while_they_are_typed(self) -> None:
        async with opened() as s:
            await s.press("slash", *"limit of")
            await s.until(lambda: s.keys == ["fks-000003", "fks-000008"])
            assert "[“limit of”]" in s.text(".chips")
            await s.press("enter")
            assert s.app.focused is s.screen.query_one(PastOrderTable)
            await s.press("escape")
            await s.until(lambda: len(s.keys) == 12)
            assert s.screen.query_one(Input).value == ""

    async def test_market_side_and_status_filter_and_show_as_chips(self) -> None:
        async with opened() as s:
            await s.until(lambda: len(s.keys) == 12)
            await s.press("f", "s", "s", "t", "t")
            await s.until(lambda: s.desk.past.asked[-1].statuses == (OrderStatus.FILLED,))
            last = s.desk.past.asked[-1]
            assert (last.instrument_id, last.side) == (BTC, Side.SELL)
            for chip in ("[BTC/USDT]", "[▼ SELL]", "[filled]"):
                assert chip in s.text(".chips")
            await s.until(lambda: s.keys == [])
            await s.press("f")
            await s.until(lambda: s.desk.past.asked[-1].instrument_id is None)

    async def test_older_pages_are_loaded_as_the_cursor_comes_to_the_end(self) -> None:
        def prepare(desk: FakeDesk) -> None:
            desk.past.orders = past_orders(450)

        async with opened(prepare) as s:
            await s.until(lambda: len(s.keys) == 200)
            assert "200 of 450 orders" in s.text(".chips")
            await s.press("end")
            await s.until(lambda: len(s.keys) == 400)
            await s.press("end")
            await s.until(lambda: len(s.keys) == 450)
            assert "450 orders" in s.text(".chips")
            newest = s.desk.past.orders[0].ts_created
            assert [(each.offset, each.until_ts) for each in s.desk.past.asked[-2:]] == [(200, newest), (400, newest)]

    async def test_it_is_asked_for_again_once_the_engine_has_started(self) -> None:
        def prepare(desk: FakeDesk) -> None:
            desk.past.refusal = "not connected yet"

        async with opened(prepare) as s:
            await s.until(lambda: "not connected yet" in s.text(".history-problem"))
            s.desk.past.refusal = ""
            s.desk.show(a_view(ts=NOW + 5 * SECOND))
            await s.until(lambda: len(s.keys) == 12 and not s.text(".history-problem"))

    async def test_what_cannot_be_read_is_told_and_the_rest_stays(self) -> None:
        async with opened() as s:
            await s.until(lambda: len(s.keys) == 12)
            s.desk.past.refusal = "the journal is on fire"
            await s.press("r")
            await s.until(lambda: "the journal is on fire" in s.text(".history-problem"))
            assert len(s.keys) == 12


@pytest.mark.anyio
class TestLife:
    async def test_enter_tells_every_step_with_the_time_between(self) -> None:
        async with opened() as s:
            await s.until(lambda: len(s.keys) == 12)
            await s.press("enter")
            await s.until(lambda: isinstance(s.app.screen, OrderLife) and "written" in s.text(".life"))
            text = s.text(".life")
            for words in ("by ticket", "worth 6390 USDT", "12:00:00.002", "+1.500 ms", "✗ moved", "trade 7001"):
                assert words in text
            await s.press("escape")
            await s.until(lambda: s.app.screen is s.screen)

    async def test_the_details_of_an_order_lead_to_its_life(self) -> None:
        async with opened() as s:
            await s.press("f3", "tab", "enter", "t")
            await s.until(lambda: isinstance(s.app.screen, OrderLife) and "by ticket" in s.text(".life"))

    async def test_an_order_that_the_journal_does_not_know_is_told(self) -> None:
        async with opened() as s:
            await s.until(lambda: len(s.keys) == 12)
            s.desk.past.orders = ()
            await s.press("enter")
            await s.until(lambda: isinstance(s.app.screen, OrderLife) and "no such order" in s.text(".life"))


@pytest.mark.anyio
class TestExport:
    async def test_a_file_is_written_with_what_is_shown(self) -> None:
        async with opened() as s:
            await s.press("t", "e")
            await s.until(lambda: isinstance(s.app.screen, HistoryExport))
            assert s.app.screen.query_one(Input).value == "~/fks-orders-2025-11-22.csv"
            await s.press("f6", "enter")
            await s.until(lambda: "12 fills written to /home/trader/fks-orders.csv" in s.text(".hint"))
            (job,) = s.desk.past.exports
            assert (job.path, job.what) == ("~/fks-fills-2025-11-22.csv", ExportWhat.FILLS)
            assert job.chosen.statuses

    async def test_escape_cancels_what_is_written_and_then_closes(self) -> None:
        async with opened() as s:
            await s.until(lambda: len(s.keys) == 12)
            s.desk.past.gate = anyio.Event()
            await s.press("e", "enter")
            await s.until(lambda: isinstance(s.app.screen, HistoryExport) and "50% written" in s.text(".hint"))
            await s.press("escape")
            await s.until(lambda: "Canceled" in s.text(".hint"))
            await s.press("escape")
            await s.until(lambda: s.app.screen is s.screen)

    async def test_a_refusal_is_told_and_the_name_can_be_changed(self) -> None:
        async with opened() as s:
            s.desk.past.fault = "/tmp/a.csv exists already: choose another name"
            await s.press("e", "enter")
            await s.until(lambda: "✗ /tmp/a.csv exists already" in s.text(".hint"))
            assert not s.app.screen.query_one(Input).disabled


class TestPictures:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_rows(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app()
        assert snap_compare(app, press=["f7"], terminal_size=size)

    def test_rows_in_sixteen_colours(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app(theme="fks-16")
        desk.past.warning = "part of the journal cannot be read: `fks journal verify` tells more"
        assert snap_compare(app, press=["f7"], terminal_size=SMALL)

    def test_filtered(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app()
        assert snap_compare(app, press=["f7", "f", "s", "slash", "u"], terminal_size=SMALL)

    def test_empty(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        desk.past.orders = ()
        assert snap_compare(app, press=["f7"], terminal_size=SMALL)

    def test_loading(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        desk.past.gate = anyio.Event()
        assert snap_compare(app, press=["f7"], terminal_size=SMALL)

    def test_refused(self, snap_compare: SnapCompare) -> None:
        app, desk = desk_app()
        desk.past.refusal = "the exchange is not connected yet (loading instruments); nothing was sent"
        assert snap_compare(app, press=["f7"], terminal_size=SMALL)

    def test_disconnected(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_disconnected_view())
        assert snap_compare(app, press=["f7"], terminal_size=SMALL)

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_life(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app()
        assert snap_compare(app, press=["f7", "enter"], terminal_size=size)

    def test_export(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app()
        assert snap_compare(app, press=["f7", "e", "enter"], terminal_size=SMALL)
