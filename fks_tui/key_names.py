"""The names of the keys that terminals send, and how people may write them."""

from __future__ import annotations

import string
import unicodedata
from typing import Final

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

_SPELLINGS: Final = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "page_down": "pagedown",
    "control": "ctrl",
    "strg": "ctrl",
    "option": "alt",
    "meta": "alt",
    "spacebar": "space",
    "dot": "full_stop",
    "period": "full_stop",
    "bang": "exclamation_mark",
    "equals": "equals_sign",
    "semi_colon": "semicolon",
}
_SAME: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
"""Keys that a terminal cannot tell from others."""
_MODIFIERS: Final = ("ctrl", "alt", "shift")


def name_of(character: str) -> str:
    """Textual's name of the key that types `character`."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


SIGNS: Final = {name_of(each): each for each in f"{string.punctuation} "}
"""What the keys with names of signs type."""
_NAMED: Final = {str(key.value) for key in Keys if not str(key.value).startswith("<")} - {"return", "ctrl-at", *_SAME}


class UnknownKey(ValueError):
    """No terminal sends such a key; the message says what may have been meant."""


def key_name(text: str) -> str:
    """Textual's name of the key that `text` means: `/` is slash, `F10` f10, `Ctrl-B` ctrl+b, `Shift+b` B.

    Raises UnknownKey where no terminal sends it, or not as a key of its own.
    """
    if len(text) == 1:
        return name_of(text)
    *modifiers, last = text.replace("-", "+").split("+") if text[-1] not in "+-" else [*text[:-2].split("+"), text[-1]]
    held = {_SPELLINGS.get(each.strip().lower(), each.strip().lower()) for each in modifiers}
    last = last.strip()
    if not held.issubset(_MODIFIERS) or not last:
        raise UnknownKey(f"{text!r} is no key; keys are written like b, B, /, f12, ctrl+b, shift+up")
    if len(last) > 1:
        last = last.lower()
        last = _SPELLINGS.get(last, KEY_NAME_REPLACEMENTS.get(last, last))
    elif "shift" in held and held != {"shift"}:
        last = last.lower()
    elif held == {"shift"} and last.isalpha():
        return last.upper()
    elif held:
        last = name_of(last.lower())
    name = "+".join([*(each for each in _MODIFIERS if each in held), last])
    if name in _SAME:
        raise UnknownKey(f"a terminal sends {text} as {_SAME[name]}; write {_SAME[name]!r} if that is meant")
    if not _is_sent(name, held, last):
        raise UnknownKey(f"terminals send no key {text!r}; keys are written like b, B, /, f12, ctrl+b, shift+up")
    return name


def _is_sent(name: str, held: set[str], last: str) -> bool:
    """Whether terminals tell this key apart from others."""
    if name in _NAMED or (not held and last in SIGNS):
        return True
    return held == {"alt"} and len(last) == 1 and last.isalnum()


def types_text(name: str) -> bool:
    """Whether a text field takes the key as text."""
    return len(name) == 1 or name in SIGNS
