"""The one table of actions."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from typing import get_args

from textual.binding import Binding

from fks_engine.config.settings import Theme
from fks_tui import actions
from fks_tui.actions.action import Action, bindings
from fks_tui.actions.desk import DESK_ACTIONS, HELP, LIST_ACTIONS
from fks_tui.actions.groups import ACTION_GROUPS
from fks_tui.actions.markets import QUOTES_ACTIONS
from fks_tui.actions.places import PLACES
from fks_tui.themes import THEMES, VARIABLE_DEFAULTS, theme_after, theme_for

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
        for name in ("Quotes", "Orders", "Positions", "Ladder"):
            lists = () if name == "Ladder" else LIST_ACTIONS
            counted = Counter(keys(DESK_ACTIONS, lists, ACTION_GROUPS[name]))
            assert [key for key, count in counted.items() if count > 1] == [], name

    def test_every_action_stands_in_the_help_and_in_a_place_where_its_keys_are_judged(self) -> None:
        declared = {
            value.id: value
            for found in pkgutil.iter_modules(actions.__path__)
            for value in vars(importlib.import_module(f"{actions.__name__}.{found.name}")).values()
            if isinstance(value, Action)
        }
        assert declared.keys() <= EVERY_ACTION.keys()
        assert declared.keys() <= {action.id for place in PLACES for action in place.actions}
        assert EVERY_ACTION.keys() == {action.id for place in PLACES for action in place.actions}

    def test_no_key_does_two_things_in_one_window(self) -> None:
        for place in PLACES:
            counted = Counter(key for action in place.actions for key in action.key.split(","))
            twice = {key for key, count in counted.items() if count > 1}
            assert twice == ({"ctrl+c"} if place.name == "Quit" else set()), place.name

    def test_digits_are_the_ladders_alone(self) -> None:
        others = [group for name, group in ACTION_GROUPS.items() if name != "Ladder"]
        assert not {key for key in keys(*others) if key in set("12345")}

    def test_keys_are_written_as_people_write_them(self) -> None:
        assert HELP.keys == "F1 ?"

    def test_a_binding_keeps_id_and_tooltip(self) -> None:
        made = bindings(QUOTES_ACTIONS)
        assert all(isinstance(each, Binding) and each.id and each.tooltip for each in made)


class TestThemes:
    def test_the_settings_name_every_theme(self) -> None:
        assert set(get_args(Theme)) == {theme.name for theme in THEMES}

    def test_the_key_goes_round_the_themes_that_the_terminal_can_show(self) -> None:
        following = {theme.name: theme_after(theme.name, "truecolor").name for theme in THEMES}
        assert set(following.values()) == set(following)
        assert theme_after("fks-16", "standard").name == "fks-16"
        assert theme_after("textual-dark", "256").name == "fks-dark"

    def test_every_theme_names_every_colour_of_the_desk(self) -> None:
        for theme in THEMES:
            assert set(VARIABLE_DEFAULTS) <= set(theme.variables), theme.name

    def test_a_terminal_of_sixteen_colours_gets_its_own_theme(self) -> None:
        assert theme_for("standard").ansi
        assert not theme_for("truecolor").ansi
        assert theme_for(None).ansi  # none at all: the one theme that does without
