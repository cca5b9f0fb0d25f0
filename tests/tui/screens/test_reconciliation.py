"""The audit line on Orders and Positions, and the reconciliation window."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from fks_engine.api import (
    AcceptDifferences,
    DenialReason,
    Denied,
    DeskView,
    ReconciliationStep,
    ReconciliationView,
    StepState,
    older,
)
from fks_tui.app import DeskApp
from fks_tui.audit_words import audit_line, step_lines
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.quit import Farewell
from fks_tui.screens.reconciliation import ReconciliationScreen
from fks_tui.widgets.audit_line import AuditLine
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import a_disconnected_view, a_view
from tests.fake_desk import FakeDesk
from tests.risk_views import a_difference, a_reconciliation, a_stop
from tests.tui.pilots import LARGE, SMALL, desk_app, until

SnapCompare = Callable[..., bool]


def told(reconciliation: ReconciliationView | None) -> str:
    return str(audit_line(a_view(reconciliation=reconciliation))[0])


def a_stopped_view() -> DeskView:
    differences = (a_stop(9), a_stop(8, subject="ETH"), a_difference())
    return a_view(reconciliation=a_reconciliation(1, StepState.STOPPED, differences=differences))


class TestLine:
    def test_it_says_when_it_was_last_looked_and_what_differed(self) -> None:
        assert told(a_reconciliation()) == "audited 3s ago · balances 41s ago · no differences"
        two = a_reconciliation(differences=(a_difference(2), a_difference(1)))
        assert told(two) == "audited 3s ago · balances 41s ago · 2 differences   R shows them"

    def test_ages_are_counted_on_in_silence(self) -> None:
        view = older(a_view(reconciliation=a_reconciliation()), 60.0)
        assert str(audit_line(view)[0]).startswith("audited 63s ago · balances 101s ago".replace("101s", "1m"))

    def test_of_an_engine_that_is_gone_the_ages_are_marked(self) -> None:
        gone = a_view(reconciliation=a_reconciliation(), engine=a_disconnected_view().engine)
        assert "audited ~3s ago" in str(audit_line(gone)[0])

    def test_while_it_starts_it_names_the_step(self) -> None:
        assert told(a_reconciliation(2)) == "▸ reconciling 3/5: fills, 12 fetched, 1 was unknown"

    def test_what_nobody_can_explain_is_loud_and_says_what_to_do(self) -> None:
        words, stops = audit_line(a_stopped_view())
        assert stops
        assert "STOPPED: 2 differences nobody can explain" in str(words)
        assert "look at the account's withdrawals" in str(words)

    def test_a_step_that_needs_two_lines_goes_on_under_its_own_words(self) -> None:
        detail = "12 of 12 markets read, 1,234 fills found that nobody had told, all of them are booked"
        lines = step_lines(ReconciliationStep(name="fills", state=StepState.DONE, detail=detail), 74)
        assert [str(each) for each in lines] == [
            "✓ fills        12 of 12 markets read, 1,234 fills found that nobody had",
            "               told, all of them are booked",
        ]

    def test_without_an_account_there_is_nothing_to_say(self) -> None:
        assert told(None) == ""


@asynccontextmanager
async def opened(view: DeskView) -> AsyncIterator[tuple[DeskApp, Pilot[Farewell], FakeDesk]]:
    app, desk = desk_app(view)
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("R")
        await until(
            pilot, lambda: isinstance(app.screen, ReconciliationScreen) and isinstance(app.focused, RecordTable)
        )
        yield app, pilot, desk


def hint(app: DeskApp) -> str:
    return str(app.screen.query_one(".hint", SteadyText).render())


@pytest.mark.anyio
class TestScreens:
    @pytest.mark.parametrize("key", ["f3", "f4"])
    async def test_the_line_stands_on_orders_and_on_positions(self, key: str) -> None:
        app, _ = desk_app(a_view(reconciliation=a_reconciliation()))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press(key)
            await pilot.pause()
            line = app.screen.query_one(AuditLine)
            assert line.display
            assert "audited 3s ago" in str(line.render())


@pytest.mark.anyio
class TestWindow:
    async def test_y_takes_the_exchanges_word_for_all_that_stops_after_a_question(self) -> None:
        async with opened(a_stopped_view()) as (app, pilot, desk):
            assert "y accept the 2 that keep the gate shut" in hint(app)
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            said = " ".join(str(each.render()) for each in app.screen.query(".consequence"))
            assert "BTC: 2.09990 becomes 1.59990" in said
            await pilot.press("y")
            await until(pilot, lambda: AcceptDifferences((9, 8)) in desk.submitted)

    async def test_a_no_accepts_nothing(self) -> None:
        async with opened(a_stopped_view()) as (app, pilot, desk):
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("enter")  # the focus begins on no
            await until(pilot, lambda: isinstance(app.screen, ReconciliationScreen))
            assert not desk.submitted

    async def test_what_the_engine_refuses_is_said_in_the_window(self) -> None:
        async with opened(a_stopped_view()) as (app, pilot, desk):
            desk.denial = Denied(DenialReason.NOT_CONNECTED, "the exchange cannot be asked")
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("y")
            await until(pilot, lambda: "the exchange cannot be asked" in hint(app))

    async def test_where_nothing_stops_nothing_is_accepted(self) -> None:
        async with opened(a_view(reconciliation=a_reconciliation(differences=(a_difference(),)))) as (app, pilot, _):
            await pilot.press("y")
            await pilot.pause()
            assert isinstance(app.screen, ReconciliationScreen)


WINDOWS: dict[str, Callable[[], DeskView]] = {
    "unknown": a_view,
    "starting": lambda: a_view(reconciliation=a_reconciliation(2)),
    "stopped": a_stopped_view,
    "audited": lambda: a_view(reconciliation=a_reconciliation(differences=(a_difference(2), a_difference(1)))),
}


class TestLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    @pytest.mark.parametrize("state", WINDOWS)
    def test_window(self, snap_compare: SnapCompare, state: str, size: tuple[int, int]) -> None:
        app, _ = desk_app(WINDOWS[state]())
        assert snap_compare(app, press=("R",), terminal_size=size)

    @pytest.mark.parametrize("key", ["f3", "f4"])
    @pytest.mark.parametrize("state", ["starting", "stopped", "audited"])
    def test_line(self, snap_compare: SnapCompare, state: str, key: str) -> None:
        app, _ = desk_app(WINDOWS[state]())
        assert snap_compare(app, press=(key,), terminal_size=SMALL)

    def test_sixteen_colours(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_stopped_view(), theme="fks-16")
        assert snap_compare(app, press=("f3", "R"), terminal_size=SMALL)
