"""The keys that fks.toml gives to actions, and which of them cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fks_tui.actions.action import Action, written
from fks_tui.actions.desk import DESK_ACTIONS, LIST_ACTIONS
from fks_tui.actions.groups import ACTION_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EVERYWHERE = "Desk"
_WITH_LISTS = frozenset({"Quotes", "Orders", "Positions"})
"""Places whose screens hold a list, so that its keys are taken there."""


class KeyMap(NamedTuple):
    """Keys by the action's id, and what is wrong with the rest of what was wanted."""

    keys: Mapping[str, str]
    problems: tuple[str, ...]


def key_map(wanted: Mapping[str, str]) -> KeyMap:
    """The user's keys with each conflict told and left out: the action keeps the keys it had."""
    actions = {action.id: action for group in ACTION_GROUPS.values() for action in group}
    keys: dict[str, str] = {}
    problems: list[str] = []
    for name, text in wanted.items():
        chosen = ",".join(part.strip() for part in text.split(",") if part.strip())
        if name not in actions:
            problems.append(f"keys.{name}: there is no such action; F1 names them")
        elif not chosen:
            problems.append(f'keys.{name}: no key is given; write one like "b" or "ctrl+b"')
        else:
            keys[name] = chosen
    for name in tuple(keys):
        clash = _clash(actions[name], keys, actions)
        if clash:
            problems.append(f"keys.{name} = {keys[name]!r}: {clash}; it keeps {actions[name].keys}")
            del keys[name]
    return KeyMap(keys, tuple(problems))


def _clash(action: Action, keys: Mapping[str, str], actions: Mapping[str, Action]) -> str:
    """Which other action answers to one of its keys where it works; empty where none does."""
    mine = set(keys[action.id].split(","))
    for other in _beside(action):
        theirs = set(keys.get(other.id, other.key).replace(" ", "").split(","))
        if other.id != action.id and mine & theirs and other.id in actions:
            taken = written(min(mine & theirs))
            return f"{taken} is {other.title!r} ({other.id})"
    return ""


def _beside(action: Action) -> Iterable[Action]:
    """The actions that work in the same places."""
    for name, group in ACTION_GROUPS.items():
        if action in group:
            yield from group
            if name in _WITH_LISTS:
                yield from LIST_ACTIONS
            yield from DESK_ACTIONS
            if name == _EVERYWHERE:
                for others in ACTION_GROUPS.values():
                    yield from others
