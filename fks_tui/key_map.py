"""The keys that fks.toml gives to actions, and which of them cannot be."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.widgets import Input

from fks_tui.actions.action import Action, written
from fks_tui.actions.groups import ACTION_GROUPS
from fks_tui.actions.places import PLACES, Place
from fks_tui.key_names import UnknownKey, key_name, types_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_EDITING = frozenset(
    key for each in Input.BINDINGS for key in (each[0] if isinstance(each, tuple) else each.key).split(",")
)
"""Keys that a text field keeps for itself besides those that type."""


class KeyMap(NamedTuple):
    """Keys by the action's id, and what is wrong with the rest of what was wanted."""

    keys: Mapping[str, str]
    problems: tuple[str, ...]


def key_map(wanted: Mapping[str, str]) -> KeyMap:
    """The user's keys as Textual names them; what cannot be is told and left out, so the action keeps what it had."""
    actions = {action.id: action for group in ACTION_GROUPS.values() for action in group}
    keys: dict[str, str] = {}
    problems: list[str] = []
    for name, text in wanted.items():
        if name not in actions:
            problems.append(f"keys.{name}: there is no such action; the help screen names them")
            continue
        try:
            keys[name] = _named(text)
        except UnknownKey as error:
            problems.append(f"keys.{name} = {text!r}: {error}; it keeps {actions[name].default_keys}")
    for check in (_typed, partial(_clash, keys=keys)):
        for name, fault in _left_out(keys, actions, check):
            problems.append(f"keys.{name} = {wanted[name]!r}: {fault}; it keeps {actions[name].default_keys}")
    return KeyMap(keys, tuple(problems))


def _left_out(
    keys: dict[str, str], actions: Mapping[str, Action], check: Callable[[Action, frozenset[str]], str]
) -> Iterator[tuple[str, str]]:
    """Take out what `check` finds fault with, until it finds none: a key that falls back may meet another one."""
    faulty = True
    while faulty:
        faulty = False
        for name in tuple(keys):
            if fault := check(actions[name], _split(keys[name])):
                del keys[name]
                faulty = True
                yield name, fault


def _named(text: str) -> str:
    """The keys of a comma-separated text by Textual's names. Raises UnknownKey."""
    parts = [","] if text == "," else [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UnknownKey('no key is given; write one like "b" or "ctrl+b"')
    return ",".join(dict.fromkeys(map(key_name, parts)))


def _split(keys: str) -> frozenset[str]:
    return frozenset(part.strip() for part in keys.split(","))


def _places_of(action: Action) -> Iterable[Place]:
    return (place for place in PLACES if action in place.actions)


def _typed(action: Action, chosen: frozenset[str]) -> str:
    """Which of the keys a text field would take for itself where the action must work; empty where none."""
    for place in _places_of(action):
        if action.id not in place.typed:
            continue
        for key in sorted(chosen - _split(action.key)):
            if types_text(key):
                return f"{written(key)} is typed into the field there ({place.name})"
            if key in _EDITING:
                return f"{written(key)} edits the field there ({place.name})"
    return ""


def _clash(action: Action, chosen: frozenset[str], *, keys: Mapping[str, str]) -> str:
    """Which other action answers to one of its keys where it works; empty where none does."""
    for place in _places_of(action):
        for other in place.actions:
            if other.id == action.id:
                continue
            common = chosen & _split(keys.get(other.id, other.key))
            common -= _split(action.key) & _split(other.key)  # told apart already as they come
            if common:
                return f"{written(min(common))} is {other.title!r} ({other.id}) in {place.name}"
    return ""
