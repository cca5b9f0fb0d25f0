"""Toasts, and what they must not cover."""

from __future__ import annotations

import pytest
from textual.widget import Widget
from textual.widgets._toast import Toast

from fks_engine.api import DeskView, Notice, NoticeLevel, TradingState
from fks_tui.app import DeskApp
from fks_tui.screens.base import DeskModal
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.halt import HaltScreen
from fks_tui.widgets.key_footer import KeyFooter
from fks_tui.widgets.status_bar import StatusBar
from tests.desk_views import NOW, a_view, an_engine, an_order
from tests.risk_views import a_halt, a_risk_view
from tests.tui.pilots import LARGE, SMALL, desk_app, until

pytestmark = pytest.mark.anyio
LONG = "LTC/USDT buy 10 at 95.00: " + "a long story " * 12
WINDOWS = {
    "cancel all": (["f3", "C"], ".question, .consequence, .buttons"),
    "edit": (["f3", "e"], ".ticket"),
    "order line": (["colon", *"buy"], "#line, .mark, .sentence, .verdict, .completions"),
    "ticket": (["b"], ".ticket"),
    "quit": (["q"], ".dialog"),
    "halt": (["f12"], ".modal"),
    "limit": (["f8", "e"], ".modal"),
    "reconciliation": (["R"], ".modal"),
}


def covered(app: DeskApp, widget: Widget) -> bool:
    """Whether a toast lies over a widget."""
    return any(toast.region.intersection(widget.region).area for toast in app.screen.query(Toast))


def tell(app: DeskApp) -> None:
    for number in range(7):
        app.notify(LONG, title=f"Order {number} rejected", timeout=60, markup=False)


def newest_is_seen(app: DeskApp) -> bool:
    toasts = list(app.screen.query(Toast))
    return bool(toasts) and "Order 6" in str(toasts[-1].render()) and toasts[-1].region.height > 0


@pytest.mark.parametrize("name", WINDOWS)
async def test_toasts_over_a_window_cover_nothing_that_is_asked_or_typed(name: str) -> None:
    keys, parts = WINDOWS[name]
    app, _ = desk_app(a_view(working_orders=(an_order(2), an_order(3), an_order(4)), risk=a_risk_view()))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        for key in keys:
            await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, DeskModal) and bool(app.screen.query(parts)))
        tell(app)
        await until(pilot, lambda: newest_is_seen(app))
        assert len(app.screen.query(Toast)) == 1
        assert min(toast.region.y for toast in app.screen.query(Toast)) >= 1  # the status bar below stays seen
        assert not [each for each in app.screen.query(parts) if covered(app, each)]


@pytest.mark.parametrize(("size", "most"), [(SMALL, 2), (LARGE, 6)])
@pytest.mark.parametrize("key", ["f3", "f4", "f5"])
async def test_a_stack_of_toasts_holds_the_newest_and_leaves_the_status_bar_free(
    key: str, size: tuple[int, int], most: int
) -> None:
    app, _ = desk_app(a_view())
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.press(key)
        tell(app)
        await until(pilot, lambda: newest_is_seen(app) and len(app.screen.query(Toast)) == most)
        assert min(toast.region.y for toast in app.screen.query(Toast)) >= 1


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
async def test_toasts_leave_the_limits_of_the_risk_screen_free(size: tuple[int, int]) -> None:
    app, _ = desk_app(a_view(risk=a_risk_view()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.press("f8")
        tell(app)
        await until(pilot, lambda: newest_is_seen(app))
        assert not covered(app, app.screen.query_one("#limits"))
        assert not covered(app, app.screen.query_one(StatusBar))
        assert not covered(app, app.screen.query_one(KeyFooter))


def a_halted_view(*notices: Notice) -> DeskView:
    engine = an_engine(trading_state=TradingState.HALTED, trading_state_reason="by hand")
    return a_view(engine=engine, risk=a_risk_view(halt=a_halt()), notices=notices)


def told(app: DeskApp) -> list[str]:
    return [each.title for each in app._notifications]


async def test_a_halt_that_its_window_shows_is_told_in_no_toast() -> None:
    halted = Notice(1, NoticeLevel.ERROR, "Trading halted", "by a desk: by hand", NOW)
    done = Notice(2, NoticeLevel.SUCCESS, "Halt done", "nothing of ours is open", NOW)
    other = Notice(3, NoticeLevel.ERROR, "Order rejected", "LTC/USDT", NOW)
    app, desk = desk_app(a_view())
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        desk.show(a_halted_view(halted, done, other))
        await until(pilot, lambda: isinstance(app.screen, HaltScreen) and bool(told(app)))
        assert told(app) == ["Order rejected"]


async def test_a_halt_that_was_lifted_is_told_once() -> None:
    active = Notice(1, NoticeLevel.WARNING, "Trading active", "by a desk: by hand; the halt is lifted", NOW)
    app, desk = desk_app(a_halted_view())
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HaltScreen))
        app.screen._resuming = True  # type: ignore[attr-defined]
        app.screen._show_field(True)  # type: ignore[attr-defined]
        await pilot.press(*"resume", "enter")
        await until(pilot, lambda: not isinstance(app.screen, HaltScreen))
        desk.show(a_view(notices=(active,)))
        await until(pilot, lambda: bool(told(app)))
        assert told(app) == ["Trading active"]


async def test_a_screen_two_windows_down_tells_a_halt_at_once() -> None:
    app, desk = desk_app(a_view(risk=a_risk_view()))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("f8", "e")
        await until(pilot, lambda: isinstance(app.screen, DeskModal) and "gate open" in seen(app))
        app.push_screen(Confirm("Sure?", [], yes="Yes", no="No"))
        await until(pilot, lambda: len(app.screen_stack) == 3 and "gate open" in seen(app))
        app._halting._is_ours = True  # no third window over it
        desk.show(a_halted_view())
        await until(pilot, lambda: "HALTED" in seen(app, 0) and "gate open" not in seen(app))


def seen(app: DeskApp, *lines: int) -> str:
    """What the terminal shows, through the windows, too."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert update is not None
    options = app.console.options.update_dimensions(*app.size)
    text = "".join(segment.text for segment in app.console.render(update, options) if not segment.control)
    rows = [text[at : at + app.size.width] for at in range(0, len(text), app.size.width)]
    return "\n".join(rows[each] for each in lines) if lines else text
