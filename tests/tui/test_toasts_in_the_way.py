"""Toasts, and what they must not cover."""

from __future__ import annotations

import pytest
from textual.widget import Widget
from textual.widgets._toast import Toast

from fks_tui.app import DeskApp
from fks_tui.screens.base import DeskModal
from tests.desk_views import a_view, an_order
from tests.tui.pilots import LARGE, SMALL, desk_app, until

pytestmark = pytest.mark.anyio
LONG = "LTC/USDT buy 10 at 95.00: " + "a long story " * 12
WINDOWS = {
    "cancel all": (["f3", "C"], ".question, .consequence, .buttons"),
    "edit": (["f3", "e"], ".ticket"),
    "order line": (["colon", *"buy"], "#line, .mark, .sentence, .verdict, .completions"),
    "ticket": (["b"], ".ticket"),
    "quit": (["q"], ".dialog"),
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
    app, _ = desk_app(a_view(working_orders=(an_order(2), an_order(3), an_order(4))))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        for key in keys:
            await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, DeskModal) and bool(app.screen.query(parts)))
        tell(app)
        await until(pilot, lambda: newest_is_seen(app))
        assert len(app.screen.query(Toast)) == 1
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
