"""No word from outside is read as markup, wherever it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from fks_tui.screens.base import DeskScreen
from tests.architecture import markup
from tests.architecture.source import Module, our_modules, report
from tests.tui.pilots import SMALL, desk_app, until

Rule = Callable[[Iterable[Module]], Iterator[str]]
SWITCH = "markup=" + "True"


@pytest.mark.parametrize("rule", [markup.frames, markup.markup], ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    found = list(rule(our_modules()))
    assert not found, report(found)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (markup.frames, "box.border_title = name"),
        (markup.frames, "box.border_title, box.border_subtitle = name, place"),
        (markup.frames, 'box.border_subtitle = f"Add to {name}"'),
        (markup.frames, 'box.border_title = "[red]"'),
        (markup.markup, "Static(name)"),
        (markup.markup, 'Static(f"{name}")'),
        (markup.markup, 'Static("")'),
        (markup.markup, "OptionList(Option(label(name)))"),
        (markup.markup, f"self.notify(text, {SWITCH})"),
        (markup.markup, "Content.from_markup(text)"),
    ],
)
def test_a_planted_offence_is_found(rule: Rule, text: str) -> None:
    assert len(list(rule([Module.planted("fks_tui.screens.planted", text)]))) == 1


@pytest.mark.parametrize(
    "text",
    [
        'box.border_title = "Orders"',
        "entitle(box, name)",
        'Static("Leave the desk")',
        "Static(Content(name))",
        "Static(name, markup=False)",
        "OptionList(Option(label(name)), markup=False)",
        "def line(each) -> Content:\n    return Content(each)\nOption(line(name))",
    ],
)
def test_what_is_allowed_passes(text: str) -> None:
    module = Module.planted("fks_tui.screens.planted", text)
    assert [*markup.frames([module]), *markup.markup([module])] == []


@pytest.mark.anyio
async def test_a_toast_shows_brackets_whoever_asks_for_it_and_however() -> None:
    app, _ = desk_app()
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        screen = app.screen
        assert isinstance(screen, DeskScreen)
        for teller in (app, screen, screen.query_one("QuoteGrid")):
            teller.notify("the list a[/b] is gone", title="[/c]")
            teller.notify("the list a[/b] is gone", title="[/c]", markup=True)
        await until(pilot, lambda: bool(screen.query("Toast")))
        assert [each.markup for each in app._notifications] == [False] * 6
        assert {str(each.render()) for each in screen.query("Toast")} == {"[/c]\nthe list a[/b] is gone"}
