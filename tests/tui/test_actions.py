"""The one table of actions."""

from __future__ import annotations

from collections import Counter

from textual.binding import Binding

from fks_tui.actions import ACTION_GROUPS, DESK_ACTIONS, HELP, LIST_ACTIONS, QUOTES_ACTIONS, Action, bindings
from fks_tui.themes import THEMES, VARIABLE_DEFAULTS, theme_for

EVERY_ACTION = {action.id: action for group in ACTION_GROUPS.values() for action in group}


def keys(*groups: tuple[Action, ...]) -> list[str]:
    return [key for group in groups for action in group for key in action.key.split(",")]


class TestActions:
    def test_an_id_names_one_action(self) -> None:
        for group in ACTION_GROUPS.values():
            for action in group:
                assert EVERY_ACTION[action.id] == action

    def test_every_action_says_what_it_does_in_a_sentence(self) -> None:
        for action in EVERY_ACTION.values():
            assert action.title
            assert action.help.endswith("."), action.id

    def test_no_key_does_two_things_on_one_screen(self) -> None:
        for name in ("Quotes", "Orders", "Positions"):
            counted = Counter(keys(DESK_ACTIONS, LIST_ACTIONS, ACTION_GROUPS[name]))
            assert [key for key, count in counted.items() if count > 1] == [], name

    def test_digits_stay_free_for_the_ladder(self) -> None:
        assert not {key for key in keys(*ACTION_GROUPS.values()) if key in set("12345")}

    def test_keys_are_written_as_people_write_them(self) -> None:
        assert HELP.keys == "F1 ?"

    def test_a_binding_keeps_id_and_tooltip(self) -> None:
        made = bindings(QUOTES_ACTIONS)
        assert all(isinstance(each, Binding) and each.id and each.tooltip for each in made)


class TestThemes:
    def test_every_theme_names_every_colour_of_the_desk(self) -> None:
        for theme in THEMES:
            assert set(VARIABLE_DEFAULTS) <= set(theme.variables), theme.name

    def test_a_terminal_of_sixteen_colours_gets_its_own_theme(self) -> None:
        assert theme_for("standard").ansi
        assert not theme_for("truecolor").ansi
        assert not theme_for(None).ansi
