"""What the desk remembers of its looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import Follow, Timeframe
from fks_tui.app import DeskApp
from fks_tui.layout import Layout, LayoutKeeper, read_layout, write_layout
from fks_tui.options import DeskOptions
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.quotes import QuotesScreen
from tests.desk_views import ETH, a_view
from tests.fake_desk import FakeDesk
from tests.tui.pilots import until


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    kept = Layout(mode="orders", market=ETH, timeframe="5m", is_turned=True)
    write_layout(tmp_path / "layout.json", kept)
    assert read_layout(tmp_path / "layout.json") == kept


def test_no_file_and_no_folder_cost_nothing(tmp_path: Path) -> None:
    assert read_layout(None) == read_layout(tmp_path / "none.json") == Layout()
    write_layout(tmp_path / "no" / "folder.json", Layout(mode="orders"))
    write_layout(None, Layout())


@given(
    st.binary(max_size=40) | st.sampled_from([b"[]", b'{"mode": 5}', b'{"mode": null, "x": 1}', b'{"is_turned": "a"}'])
)
def test_a_file_that_is_none_of_ours_is_left_out(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layout.json"
        path.write_bytes(content)
        assert read_layout(path) == Layout()


@pytest.mark.anyio
async def test_the_next_desk_comes_back_to_screen_market_timeframe_and_theme(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    first = DeskApp(FakeDesk(), options=DeskOptions(layout=LayoutKeeper(path), heartbeat_s=3600.0))
    async with first.run_test() as pilot:
        await until(pilot, lambda: isinstance(first.screen, QuotesScreen) and first.focused is not None)
        await pilot.press("down", "right_square_bracket", "ctrl+t", "f3")
        await until(pilot, lambda: isinstance(first.screen, OrdersScreen))
        await until(pilot, lambda: read_layout(path).mode == "orders")  # another desk may open before this one ends
    desk = FakeDesk(a_view(focus=None))
    second = DeskApp(desk, options=DeskOptions(layout=LayoutKeeper(path), heartbeat_s=3600.0))
    async with second.run_test() as pilot:
        await until(pilot, lambda: isinstance(second.screen, OrdersScreen))
        assert second.theme == first.theme
        await pilot.press("f2")
        await until(pilot, lambda: Follow(ETH, Timeframe.M5) in desk.submitted)
        assert desk.submitted[0] == Follow(ETH, Timeframe.M5)
