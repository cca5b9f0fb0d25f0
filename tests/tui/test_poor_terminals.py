"""What is read where the terminal has few colours, or none are wanted: text that stands out from what is under it."""

from __future__ import annotations

import pytest
from rich.style import Style

from fks_tui.app import DeskApp
from tests.desk_views import a_view
from tests.tui.pilots import SMALL, desk_app

pytestmark = pytest.mark.anyio
PLAIN = [
    ({"TERM": "xterm", "NO_COLOR": "1"}, ()),
    ({"TERM": "xterm", "NO_COLOR": "1"}, ("f5",)),
    ({"TERM": "xterm", "NO_COLOR": "1"}, ("q",)),
    ({"TERM": "linux", "NO_COLOR": "1"}, ("f3",)),
    ({"TERM": "dumb"}, ("b",)),
]


def styles(app: DeskApp) -> list[tuple[str, Style]]:
    """Every text on the screen with its style, as it is written."""
    strips = app.screen._compositor.render_strips(app.size)
    return [(text, style) for strip in strips for text, style, _ in strip if style is not None and text.strip()]


def surroundings(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name in ("COLORTERM", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


async def seen(theme: str | None, *keys: str) -> list[tuple[str, Style]]:
    app, _ = desk_app(a_view(), theme=theme)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        return styles(app)


@pytest.mark.parametrize(("environment", "keys"), PLAIN, ids=str)
async def test_without_colours_everything_is_in_the_terminals_own_two(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], keys: tuple[str, ...]
) -> None:
    surroundings(monkeypatch, environment)
    found = await seen(None, *keys)
    assert found
    assert all(each is None or each.is_default for _, style in found for each in (style.color, style.bgcolor))


async def test_without_colours_what_was_filled_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    surroundings(monkeypatch, {"TERM": "xterm", "NO_COLOR": "1"})
    reversed_texts = [text for text, style in await seen(None) if style.reverse]
    assert any("SIM" in text for text in reversed_texts)
    assert not any("oldest data" in text for text in reversed_texts)


@pytest.mark.parametrize(
    ("term", "theme"), [("xterm-256color", "fks-16"), ("xterm", "fks-dark"), ("xterm", "fks-light")]
)
async def test_with_no_color_no_text_has_the_colour_that_is_under_it(
    monkeypatch: pytest.MonkeyPatch, term: str, theme: str
) -> None:
    surroundings(monkeypatch, {"TERM": term, "NO_COLOR": "1"})
    for text, style in await seen(theme):
        if style.color is not None and style.bgcolor is not None and not style.color.is_default:
            assert style.color != style.bgcolor, text


async def test_a_dumb_terminal_gets_no_colours_whatever_theme_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    surroundings(monkeypatch, {"TERM": "dumb"})
    assert all(each.color is None or each.color.is_default for _, each in await seen("fks-dark", "ctrl+t"))
