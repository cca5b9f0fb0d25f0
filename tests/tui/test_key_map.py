"""Keys that the user binds anew."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fks_tui.actions import action as actions
from fks_tui.actions.action import bindings
from fks_tui.actions.desk import HELP, THEME
from fks_tui.actions.markets import BUY
from fks_tui.key_map import key_map


@pytest.fixture(autouse=True)
def _as_before() -> object:
    yield
    actions.rebind({})


def test_an_action_gets_the_keys_it_was_given_everywhere_it_is_told() -> None:
    found = key_map({"order.buy": "f20, ctrl+b"})
    assert found.problems == ()
    actions.rebind(found.keys)
    assert BUY.keys == "F20 Ctrl+b"
    (bound,) = bindings([BUY])
    assert getattr(bound, "key", None) == "f20,ctrl+b"


def test_a_footer_that_names_one_key_names_the_new_one() -> None:
    actions.rebind({"desk.help": "f20"})
    (bound,) = bindings([HELP])
    assert getattr(bound, "key_display", "") == "F20"


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({"order.bye": "b"}, "keys.order.bye: there is no such action"),
        ({"order.buy": " , "}, "keys.order.buy = ' , ': no key is given"),
        ({"order.buy": "s"}, "s is 'Sell' (order.sell) in Quotes; it keeps b"),
        ({"order.buy": "j"}, "j is 'Down' (list.down)"),
        ({"order.buy": "f3"}, "F3 is 'Orders' (desk.orders)"),
        ({"desk.orders": "b"}, "b is 'Buy' (order.buy)"),
        ({"order.buy": "f20", "order.sell": "f20"}, "F20 is"),
        ({"order.buy": "?"}, "keys.order.buy = '?': ? is 'Help' (desk.help)"),
        ({"order.buy": "slash"}, "/ is 'Filter' (quotes.filter)"),
        ({"alerts.remove": "j"}, "j is 'Down' (list.down) in Alerts"),
        ({"order.buy": "flurb"}, "terminals send no key 'flurb'"),
        ({"order.buy": "ctrl+i"}, "a terminal sends ctrl+i as tab"),
        ({"order.buy": "ctrl+shift+b"}, "terminals send no key 'ctrl+shift+b'"),
        ({"search.up": "k"}, "k is typed into the field there (Find a market)"),
        ({"ticket.send": "1"}, "1 is typed into the field there (Order ticket)"),
        ({"desk.quit_anywhere": "x"}, "x is typed into the field there"),
        ({"line.complete": "left"}, "← edits the field there (Order line)"),
    ],
)
def test_what_cannot_be_is_told_and_the_action_keeps_its_key(wanted: dict[str, str], problem: str) -> None:
    found = key_map(wanted)
    assert problem in found.problems[0]
    assert len(found.keys) == len(wanted) - 1


def test_keys_are_taken_as_people_write_them() -> None:
    found = key_map({"desk.orders": "F21", "order.buy": "Ctrl-B, Shift+g", "desk.theme": "&,PgUp", "arm.yes": "Ctrl+Y"})
    (problem,) = found.problems
    assert problem == "keys.desk.theme = '&,PgUp': PgUp is 'Page up' (list.page_up) in Quotes; it keeps Ctrl+t"
    assert found.keys == {"desk.orders": "f21", "order.buy": "ctrl+b,G", "arm.yes": "ctrl+y"}
    assert key_map({"desk.theme": "&"}).keys == {"desk.theme": "ampersand"}
    actions.rebind({"desk.theme": "ampersand"})
    assert THEME.keys == "&"


def test_a_key_may_do_one_thing_on_a_screen_and_another_in_a_window() -> None:
    assert key_map({"desk.ladder": "ctrl+g"}).problems == ()
    assert key_map({"orders.cancel": "x", "quit.detach": "x"}).problems == ()


def test_a_key_that_falls_back_is_held_against_the_others_again() -> None:
    found = key_map({"order.buy": "s", "order.sell": "q"})
    assert found.keys == {}
    assert len(found.problems) == 2


def test_two_actions_may_change_places() -> None:
    found = key_map({"order.buy": "s", "order.sell": "b"})
    assert found == ({"order.buy": "s", "order.sell": "b"}, ())


def test_screens_that_are_imported_later_answer_to_the_new_key() -> None:
    code = (
        "from fks_tui.actions import action as actions; actions.rebind({'positions.flatten': 'f20'})\n"
        "from fks_tui.screens.positions import PositionsScreen\n"
        "print([each.key for each in PositionsScreen.BINDINGS if each.id == 'positions.flatten'])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['f20']"


def test_the_halt_takes_no_key_that_is_typed_and_none_that_is_taken() -> None:
    found = key_map({"desk.halt": "h"})
    assert found.keys == {}
    assert "is typed into the field there" in found.problems[0]
    assert key_map({"desk.halt": "ctrl+up"}).keys == {"desk.halt": "ctrl+up"}
    assert "'HALT' (desk.halt)" in key_map({"order.buy": "f12"}).problems[0]
