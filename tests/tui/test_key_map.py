"""Keys that the user binds anew."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fks_tui.actions import action as actions
from fks_tui.actions.action import bindings
from fks_tui.actions.desk import HELP
from fks_tui.actions.markets import BUY
from fks_tui.key_map import key_map


@pytest.fixture(autouse=True)
def _as_before() -> object:
    yield
    actions.rebind({})


def test_an_action_gets_the_keys_it_was_given_everywhere_it_is_told() -> None:
    found = key_map({"order.buy": "f12, ctrl+b"})
    assert found.problems == ()
    actions.rebind(found.keys)
    assert BUY.keys == "F12 Ctrl+b"
    (bound,) = bindings([BUY])
    assert getattr(bound, "key", None) == "f12,ctrl+b"


def test_a_footer_that_names_one_key_names_the_new_one() -> None:
    actions.rebind({"desk.help": "f12"})
    (bound,) = bindings([HELP])
    assert getattr(bound, "key_display", "") is None


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({"order.bye": "b"}, "keys.order.bye: there is no such action"),
        ({"order.buy": " , "}, "keys.order.buy: no key is given"),
        ({"order.buy": "s"}, "s is 'Sell' (order.sell); it keeps b"),
        ({"order.buy": "j"}, "j is 'Down' (list.down)"),
        ({"order.buy": "f3"}, "F3 is 'Orders' (desk.orders)"),
        ({"desk.orders": "b"}, "b is 'Buy' (order.buy)"),
        ({"order.buy": "f12", "order.sell": "f12"}, "F12 is"),
    ],
)
def test_what_cannot_be_is_told_and_the_action_keeps_its_key(wanted: dict[str, str], problem: str) -> None:
    found = key_map(wanted)
    assert problem in found.problems[0]
    assert len(found.keys) == len(wanted) - 1


def test_two_actions_may_change_places() -> None:
    found = key_map({"order.buy": "s", "order.sell": "b"})
    assert found == ({"order.buy": "s", "order.sell": "b"}, ())


def test_screens_that_are_imported_later_answer_to_the_new_key() -> None:
    code = (
        "from fks_tui.actions import action as actions; actions.rebind({'positions.flatten': 'f12'})\n"
        "from fks_tui.screens.positions import PositionsScreen\n"
        "print([each.key for each in PositionsScreen.BINDINGS if each.id == 'positions.flatten'])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['f12']"
