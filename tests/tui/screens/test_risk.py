"""The risk screen and the window that sets a limit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from fks_engine.api import (
    DenialReason,
    Denied,
    DeskView,
    LimitName,
    SetLimit,
    TradingState,
)
from fks_tui.app import DeskApp
from fks_tui.screens.limit_edit import LimitEdit
from fks_tui.screens.quit import Farewell
from fks_tui.screens.risk import RiskScreen
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import (
    BTC,
    ETH,
    a_disconnected_view,
    a_stale_view,
    a_view,
    an_empty_view,
    an_engine,
)
from tests.fake_desk import FakeDesk
from tests.risk_views import a_done_halt, a_free_row, a_limit_row, a_risk_view
from tests.tui.pilots import LARGE, SMALL, desk_app, until

SnapCompare = Callable[..., bool]
D = Decimal


def a_limited_view() -> DeskView:
    return a_view(risk=a_risk_view())


def a_breached_view() -> DeskView:
    engine = an_engine(trading_state=TradingState.HALTED, trading_state_reason="the day's loss passed its limit")
    halt = a_done_halt(origin="the daily loss limit", reason="lost 2,013.20 of 2,000.00 USDT today")
    lost = a_limit_row(
        LimitName.MAX_DAILY_LOSS, limit=D(2000), setting=D(2000), used=D("2013.20"), subject="", is_breached=True
    )
    risk = a_risk_view(halt=halt)
    rows = tuple(lost if row.name is lost.name else row for row in risk.rows)
    return a_view(engine=engine, risk=replace(risk, rows=rows))


@asynccontextmanager
async def opened(
    view: DeskView, *keys: str, size: tuple[int, int] = LARGE
) -> AsyncIterator[tuple[DeskApp, Pilot[Farewell], FakeDesk]]:
    app, desk = desk_app(view)
    async with app.run_test(size=size) as pilot:
        await pilot.press("f8", *keys)
        await pilot.pause()
        yield app, pilot, desk


def lines(app: DeskApp, table: str = "#limits") -> list[str]:
    shown = app.screen.query_one(table, RecordTable)
    return [" ".join(shown.render_line(y).text.strip("▸").split()) for y in range(1, shown.size.height)]


def note(app: DeskApp) -> str:
    return str(app.screen.query_one(".hint", SteadyText).render())


@pytest.mark.anyio
class TestLimits:
    async def test_each_limit_says_how_much_of_what_holds_is_used_and_by_what(self) -> None:
        async with opened(a_limited_view()) as (app, _, _):
            rows = lines(app)
            assert rows[0] == "Order worth ██▌ 25% 6,390.00 25,000.00 USDT 50,000.00 25,000.00 BTC/USDT"
            assert rows[1].startswith("Order quantity – 0.1 none no limit")
            assert "93% 140,993.59 150,000.00 ! near" in rows[2]
            assert "Markets – – BTC/USDT, ETH/USDT" in rows[11]

    async def test_a_breach_is_said_in_words_and_so_is_the_halt_that_followed(self) -> None:
        async with opened(a_breached_view(), "escape", "escape") as (app, pilot, _):
            await pilot.press("escape", "f8")
            await until(pilot, lambda: isinstance(app.screen, RiskScreen))
            assert any("100% 2,013.20 2,000.00 ✖ BREACHED" in row for row in lines(app))
            gate = str(app.screen.query_one(".gate", SteadyText).render())
            assert "HALTED" in gate
            assert "by the daily loss limit: lost 2,013.20 of 2,000.00 USDT today · done" in gate

    async def test_changes_are_listed_newest_first(self) -> None:
        async with opened(a_limited_view()) as (app, _, _):
            assert lines(app, "#changes")[0] == "2025-11-22 11:59:00 Markets none BTC/USDT, ETH/USDT fks risk"

    async def test_a_change_from_nothing_tells_that_the_setting_held_and_numbers_have_separators(self) -> None:
        async with opened(a_limited_view()) as (app, _, _):
            assert lines(app, "#changes")[1] == "2025-11-22 11:50:00 Order worth the setting 25,000 Risk screen"

    async def test_before_they_are_known_nothing_is_said_of_limits(self) -> None:
        async with opened(an_empty_view()) as (app, _, _):
            assert "Limits are not known yet: loading instruments" in lines(app)[1]

    async def test_what_is_old_is_marked_as_old(self) -> None:
        async with opened(replace(a_disconnected_view(), risk=a_risk_view())) as (app, _, _):
            assert "~6,390.00" in lines(app)[0]


@pytest.mark.anyio
class TestEdit:
    async def test_a_number_is_typed_and_set(self) -> None:
        async with opened(a_limited_view(), "e") as (app, pilot, desk):
            await until(pilot, lambda: isinstance(app.focused, Input))
            await pilot.press(*("backspace",) * 5, *"12000", "enter")
            wanted = SetLimit(name=LimitName.MAX_ORDER_NOTIONAL, value=D(12000), origin="Risk screen")
            await until(pilot, lambda: wanted in desk.submitted)
            await until(pilot, lambda: isinstance(app.screen, RiskScreen))

    async def test_an_empty_field_leaves_the_setting_alone_to_hold(self) -> None:
        async with opened(a_limited_view(), "e") as (app, pilot, desk):
            await until(pilot, lambda: isinstance(app.focused, Input))
            await pilot.press(*("backspace",) * 5)
            await until(pilot, lambda: note(app) == "The setting alone will hold.")
            await pilot.press("enter")
            wanted = SetLimit(name=LimitName.MAX_ORDER_NOTIONAL, origin="Risk screen")
            await until(pilot, lambda: wanted in desk.submitted)

    async def test_a_looser_number_than_the_setting_is_told_to_change_nothing(self) -> None:
        async with opened(a_limited_view(), "e", "0") as (app, pilot, _):
            await until(pilot, lambda: note(app) == "The setting, 50,000.00, is stricter: it goes on holding.")

    async def test_a_looser_number_is_set_by_a_second_enter_only_and_the_first_says_why(self) -> None:
        async with opened(a_limited_view(), "e", "0") as (app, pilot, desk):
            await pilot.press("enter")
            await until(pilot, lambda: "is stricter: it goes on holding. Enter again" in note(app))
            assert not desk.submitted
            await pilot.press("enter")
            wanted = SetLimit(name=LimitName.MAX_ORDER_NOTIONAL, value=D(250000), origin="Risk screen")
            await until(pilot, lambda: wanted in desk.submitted)

    async def test_a_loss_that_is_reached_already_halts_by_a_second_enter_only(self) -> None:
        async with opened(a_limited_view(), *("down",) * 7, "e", "ctrl+u", *"0.1", "enter") as (app, pilot, desk):
            await until(pilot, lambda: note(app) == "0.4% is used already: trading halts at once. Enter again sets it.")
            assert not desk.submitted
            await pilot.press("enter")
            wanted = SetLimit(name=LimitName.MAX_DRAWDOWN_PERCENT, value=D("0.1"), origin="Risk screen")
            await until(pilot, lambda: wanted in desk.submitted)

    async def test_what_is_no_number_is_not_sent(self) -> None:
        async with opened(a_limited_view(), "e", "x", "enter") as (app, pilot, desk):
            await until(pilot, lambda: note(app) == "Type a number.")
            assert not desk.submitted

    async def test_what_is_refused_is_said_and_what_was_typed_stays(self) -> None:
        async with opened(a_limited_view(), "e", "0") as (app, pilot, desk):
            desk.denial = Denied(DenialReason.INVALID_LIMIT, "max_order_notional is at least 10")
            await pilot.press("enter", "enter")
            await until(pilot, lambda: note(app) == "✗ Order worth is at least 10")
            assert app.screen.query_one(Input).value == "250000"

    async def test_markets_are_typed_with_commas_and_a_base_is_enough(self) -> None:
        async with opened(a_limited_view(), "end", "e") as (app, pilot, desk):
            await until(pilot, lambda: isinstance(app.focused, Input))
            await pilot.press("ctrl+u", *"eth, btc/usdt", "enter")
            wanted = SetLimit(name=LimitName.INSTRUMENTS, instrument_ids=(ETH, BTC), origin="Risk screen")
            await until(pilot, lambda: wanted in desk.submitted)

    async def test_a_word_that_is_no_market_is_named(self) -> None:
        async with opened(a_limited_view(), "end", "e", "ctrl+u", *"doge", "enter") as (app, pilot, desk):
            await until(pilot, lambda: note(app).startswith("DOGE is no market known here"))
            assert not desk.submitted
            assert isinstance(app.screen, LimitEdit)


STATES: dict[str, Callable[[], DeskView]] = {
    "limited": a_limited_view,
    "unlimited": lambda: a_view(
        risk=a_risk_view(rows=tuple(a_free_row(name, "USDT") for name in LimitName), changes=())
    ),
    "empty": an_empty_view,
    "stale": lambda: replace(a_stale_view(), risk=a_risk_view()),
    "disconnected": lambda: replace(a_disconnected_view(), risk=a_risk_view()),
    "read-only": lambda: a_view(engine=an_engine(read_only=True, orders_known=False)),
}


class TestLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    @pytest.mark.parametrize("state", STATES)
    def test_state(self, snap_compare: SnapCompare, state: str, size: tuple[int, int]) -> None:
        app, _ = desk_app(STATES[state]())
        assert snap_compare(app, press=("f8",), terminal_size=size)

    def test_sixteen_colours(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_limited_view(), theme="fks-16")
        assert snap_compare(app, press=("f8", "down"), terminal_size=SMALL)

    def test_editing(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_limited_view())
        assert snap_compare(app, press=("f8", "e", "0"), terminal_size=SMALL)
