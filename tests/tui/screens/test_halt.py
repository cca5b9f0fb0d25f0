"""The halt key on every screen and window, and the halt window."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from fks_engine.api import (
    ConnectionLost,
    DenialReason,
    Denied,
    DeskView,
    HaltView,
    SetTradingState,
    TradingState,
)
from fks_tui.app import DeskApp
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.halt import HaltScreen
from fks_tui.screens.halting import Halting
from fks_tui.screens.quit import Farewell
from fks_tui.widgets.key_footer import KeyFooter
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import a_disconnected_view, a_view, an_account, an_engine
from tests.fake_desk import FakeDesk
from tests.risk_views import a_done_halt, a_halt, a_risk_view
from tests.tui.pilots import LARGE, SMALL, desk_app, until

SnapCompare = Callable[..., bool]
HALT = SetTradingState(TradingState.HALTED, "by hand")


@pytest.fixture(autouse=True)
def _windows_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HaltScreen, "READING_S", 0.0)
    monkeypatch.setattr(Halting, "AGAIN_S", 0.01)


def a_halted_view(halt: HaltView | None = None, **changes: object) -> DeskView:
    halt = halt or a_halt()
    engine = an_engine(trading_state=TradingState.HALTED, trading_state_reason=halt.reason)
    return a_view(engine=engine, risk=a_risk_view(halt=halt), **changes)


@asynccontextmanager
async def opened(view: DeskView | None = None, *keys: str) -> AsyncIterator[tuple[DeskApp, Pilot[Farewell], FakeDesk]]:
    app, desk = desk_app(view)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        yield app, pilot, desk


@asynccontextmanager
async def a_window(view: DeskView) -> AsyncIterator[tuple[DeskApp, Pilot[Farewell], FakeDesk]]:
    """The window as it opens by itself for a halt that this desk did not ask for."""
    async with opened(view) as (app, pilot, desk):
        await until(pilot, lambda: isinstance(app.screen, HaltScreen) and "HALTED" in text(app))
        yield app, pilot, desk


def text(app: DeskApp) -> str:
    return "\n".join(str(each.render()) for each in app.screen.query(SteadyText) if each.display)


@pytest.mark.anyio
class TestKey:
    @pytest.mark.parametrize(
        "keys",
        [
            (),
            ("f3",),
            ("f4",),
            ("f5",),
            ("f6",),
            ("f8",),
            ("f9",),
            ("slash", "b"),
            ("b",),
            ("b", "1"),
            ("colon", "b"),
            ("f1",),
            ("q",),
            ("ctrl+p", "x"),
            ("f",),
            ("W",),
            ("f6", "a", "6"),
            ("R",),
            ("f8", "e", "1"),
            ("f3", "C"),
            ("f11",),
        ],
        ids="-".join,
    )
    async def test_it_halts_at_once_wherever_the_keys_go(self, keys: tuple[str, ...]) -> None:
        async with opened(a_view(risk=a_risk_view()), *keys) as (app, pilot, desk):
            await pilot.press("f12")
            await until(pilot, lambda: HALT in desk.submitted and isinstance(app.screen, HaltScreen))

    async def test_it_asks_nothing_and_opens_one_window_however_often_it_is_pressed(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("f12", "f12", "f12")
            await until(pilot, lambda: isinstance(app.screen, HaltScreen))
            assert not [each for each in app.screen_stack if isinstance(each, Confirm)]
            assert len([each for each in app.screen_stack if isinstance(each, HaltScreen)]) == 1
            assert set(desk.submitted) == {HALT}

    async def test_every_screen_shows_it_at_the_end_of_its_footer(self) -> None:
        async with opened() as (app, pilot, _):
            for key in ("f2", "f3", "f4", "f5", "f6", "f8", "f9"):
                await pilot.press(key)
                await pilot.pause()
                assert app.screen.query_one(KeyFooter).render_line(0).text.endswith(" F12 HALT "), key

    async def test_a_click_on_it_halts(self) -> None:
        async with opened() as (_, pilot, desk):
            await pilot.click(KeyFooter, offset=(SMALL[0] - 4, 0))
            await until(pilot, lambda: HALT in desk.submitted)

    async def test_the_order_line_takes_the_word(self) -> None:
        async with opened(None, "colon", *"halt", "enter") as (app, pilot, desk):
            await until(pilot, lambda: HALT in desk.submitted and isinstance(app.screen, HaltScreen))


@pytest.mark.anyio
class TestWindow:
    async def test_it_opens_by_itself_once_for_a_halt_that_came_from_elsewhere(self) -> None:
        async with opened() as (app, pilot, desk):
            desk.show(a_halted_view(a_halt(origin="the daily loss limit")))
            await until(pilot, lambda: isinstance(app.screen, HaltScreen))
            await until(pilot, lambda: "by the daily loss limit" in text(app))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, HaltScreen))
            desk.show(a_halted_view(a_halt(origin="the daily loss limit", open_orders=1)))
            shown = desk.view().number
            await until(pilot, lambda: app._shown == shown)
            assert not isinstance(app.screen, HaltScreen)

    async def test_a_halt_of_this_desk_that_was_closed_before_its_picture_stays_closed(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("f12")
            await until(pilot, lambda: isinstance(app.screen, HaltScreen))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, HaltScreen))
            desk.show(a_halted_view())
            shown = desk.view().number
            await until(pilot, lambda: app._shown == shown)
            assert not isinstance(app.screen, HaltScreen)

    async def test_it_tells_who_why_how_far_and_what_it_waits_for(self) -> None:
        async with a_window(a_halted_view(a_halt(detail="the exchange asks us to wait 42 s"))) as (app, pilot, desk):
            said = text(app)
            assert "HALTED  at 11:59:58 UTC by a desk: by hand" in said
            assert "✓ latched" in said
            assert "▸ canceling" in said
            assert "· verifying" in said
            assert "flattening" not in said
            assert "orders left 3" in said
            assert "42 s" in said
            desk.show(a_halted_view(a_done_halt()))
            await until(pilot, lambda: "verified at 12:00:00 UTC: nothing of ours is open" in text(app))

    async def test_keys_meant_for_what_it_covers_do_nothing_yet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(HaltScreen, "READING_S", 60.0)
        async with a_window(a_halted_view()) as (app, pilot, _):
            await pilot.press("f", "y", "r")
            assert isinstance(app.screen, HaltScreen)
            assert app.focused is None


@pytest.mark.anyio
class TestResume:
    async def test_only_the_whole_word_lifts_a_halt(self) -> None:
        async with a_window(a_halted_view()) as (app, pilot, desk):
            await pilot.press("r", *"resum", "enter")
            await until(pilot, lambda: "type the whole word" in text(app))
            assert not desk.submitted
            await pilot.press("e", "enter")
            await until(pilot, lambda: SetTradingState(TradingState.ACTIVE, "by hand") in desk.submitted)
            await until(pilot, lambda: not isinstance(app.screen, HaltScreen))

    async def test_what_the_engine_refuses_is_said_in_the_window(self) -> None:
        async with a_window(a_halted_view()) as (app, pilot, desk):
            desk.denial = Denied(DenialReason.TRADING_HALTED, "2 orders are not verified as closed yet")
            await pilot.press("r", *"resume", "enter")
            await until(pilot, lambda: "Denied: 2 orders are not verified" in text(app))
            assert isinstance(app.screen, HaltScreen)

    async def test_escape_leaves_the_field_first(self) -> None:
        async with a_window(a_halted_view()) as (app, pilot, _):
            await pilot.press("r", "r", "e", "escape")
            assert isinstance(app.screen, HaltScreen)
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, HaltScreen))

    async def test_its_own_key_opens_the_field_and_a_gate_that_only_reduces_is_opened_by_a_yes(self) -> None:
        reducing = a_view(engine=an_engine(trading_state=TradingState.REDUCING))
        async with opened(reducing, "f10") as (app, pilot, desk):
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("y")
            await until(pilot, lambda: SetTradingState(TradingState.ACTIVE, "by hand") in desk.submitted)
            desk.show(a_halted_view())
            await until(pilot, lambda: isinstance(app.screen, HaltScreen))
            await pilot.press("escape", "f10")
            await until(pilot, lambda: isinstance(app.screen, HaltScreen) and app.focused is not None)

    async def test_reducing_is_asked_once_and_not_while_halted(self) -> None:
        async with opened(None, "f11") as (app, pilot, desk):
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("y")
            await until(pilot, lambda: SetTradingState(TradingState.REDUCING, "by hand") in desk.submitted)
            desk.show(a_halted_view())
            await until(pilot, lambda: isinstance(app.screen, HaltScreen))
            await pilot.press("escape", "f11")
            await pilot.pause()
            assert not isinstance(app.screen, Confirm)


@pytest.mark.anyio
class TestFlatten:
    async def test_it_asks_once_what_is_sold_and_for_how_much(self) -> None:
        async with a_window(a_halted_view()) as (app, pilot, desk):
            await pilot.press("f")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            said = " ".join(str(each.render()) for each in app.screen.query(".consequence"))
            assert "BTC/USDT: sell 0.0999 BTC at market within the slippage cap, about 6,403.59" in said
            await pilot.press("y")
            wanted = SetTradingState(TradingState.HALTED, "by hand", flatten=True)
            await until(pilot, lambda: wanted in desk.submitted)

    async def test_nothing_held_is_nothing_to_ask(self) -> None:
        async with a_window(a_halted_view(account=an_account(positions=()))) as (app, pilot, desk):
            await pilot.press("f")
            await until(pilot, lambda: "Nothing is held" in text(app))
            assert not desk.submitted


@pytest.mark.anyio
class TestUnanswered:
    async def test_it_says_so_loudly_and_asks_until_it_is_answered(self) -> None:
        async with opened() as (app, pilot, desk):
            desk.trouble = ConnectionLost("the engine is gone (pid 4242)")
            await pilot.press("f12")
            await until(pilot, lambda: isinstance(app.screen, HaltScreen) and len(desk.submitted) > 3)
            await until(pilot, lambda: "THE ENGINE DOES NOT ANSWER" in text(app) and "fks halt" in text(app))
            desk.trouble = None
            desk.show(a_halted_view())
            await until(pilot, lambda: "canceling" in text(app) and "DOES NOT ANSWER" not in text(app))
            told = len(desk.submitted)
            await pilot.pause(0.05)
            assert len(desk.submitted) == told

    async def test_closing_the_window_ends_the_asking(self) -> None:
        async with opened(a_disconnected_view()) as (app, pilot, desk):
            desk.trouble = ConnectionLost("the engine is gone (pid 4242)")
            await pilot.press("f12")
            await until(pilot, lambda: isinstance(app.screen, HaltScreen))
            await pilot.press("escape")
            await until(pilot, lambda: not app._halting._asking)
            told = len(desk.submitted)
            await pilot.pause(0.05)
            assert len(desk.submitted) <= told + 1


LOOKS = {
    "canceling": lambda: a_halted_view(a_halt(origin="fks halt", reason="lunch")),
    "waiting": lambda: a_halted_view(a_halt(flatten=True, detail="the exchange asks us to wait 42 s (429)")),
    "done": lambda: a_halted_view(a_done_halt()),
}


class TestLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    @pytest.mark.parametrize("state", LOOKS)
    def test_state(self, snap_compare: SnapCompare, state: str, size: tuple[int, int]) -> None:
        app, _ = desk_app(LOOKS[state]())
        assert snap_compare(app, terminal_size=size)

    def test_typing_the_word(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_halted_view(a_done_halt()))
        assert snap_compare(app, press=("r", *"resu", "enter"), terminal_size=SMALL)

    def test_sixteen_colours(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_halted_view(), theme="fks-16")
        assert snap_compare(app, terminal_size=SMALL)

    def test_no_colour(self, snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        app, _ = desk_app(a_halted_view())
        assert snap_compare(app, terminal_size=SMALL)

    def test_no_answer(self, snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Halting, "AGAIN_S", 3600.0)
        app, desk = desk_app(a_disconnected_view())
        desk.trouble = ConnectionLost("the engine is gone (pid 4242)")
        assert snap_compare(app, press=("f12",), terminal_size=SMALL)
