"""The desk's themes, and the names of its own colours that fks.tcss may use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from rich.style import Style
from textual.filter import NoColor
from textual.theme import BUILTIN_THEMES, Theme

if TYPE_CHECKING:
    from rich.console import Console
    from textual.color import Color

_PACKAGE: Final = Path(__file__).resolve().parent
STYLESHEET: Final = next(
    (each for each in (_PACKAGE / "fks.tcss", _PACKAGE.parent / "fks.tcss") if each.is_file()), _PACKAGE / "fks.tcss"
)
"""In the package where it is installed, beside it in a checkout."""
_DARK = {
    "buy": "#3fb68b",
    "sell": "#f0616d",
    "buy-flash": "#1d5443",
    "sell-flash": "#6b2a32",
    "buy-depth": "#123a30",
    "sell-depth": "#42202a",
    "own": "#e3b341",
    "stale": "#c9a227",
    "muted": "#8b949e",
    "faint": "#30363d",
    "cursor": "#264466",
    "cursor-blurred": "#1f2a38",
    "alarm": "#d73a49",
    "alarm-text": "#ffffff",
    "alert": "#e3b341",
    "alert-text": "#10151c",
    "sim": "#1f6feb",
    "testnet": "#b58900",
    "paper": "#8957e5",
    "mode-text": "#ffffff",
    "footer-background": "#161b22",
    "footer-key-foreground": "#58a6ff",
    "input-selection-background": "#264466",
    "block-cursor-background": "#264466",
    "block-cursor-foreground": "#ffffff",
    "block-cursor-text-style": "none",
}
DARK = Theme(
    name="fks-dark",
    primary="#58a6ff",
    secondary="#7d8da1",
    accent="#58a6ff",
    warning="#e3b341",
    error="#f0616d",
    success="#3fb68b",
    foreground="#d6dde6",
    background="#0d1117",
    surface="#0d1117",
    panel="#161b22",
    boost="#1c232d",
    dark=True,
    variables=_DARK,
)
LIGHT = Theme(
    name="fks-light",
    primary="#0b57b5",
    secondary="#57606a",
    accent="#0b57b5",
    warning="#8a5a00",
    error="#b3202f",
    success="#10704a",
    foreground="#1b2128",
    background="#fbfcfd",
    surface="#fbfcfd",
    panel="#eceff3",
    boost="#e2e7ed",
    dark=False,
    variables={
        "buy": "#10704a",
        "sell": "#b3202f",
        "buy-flash": "#b5e3cf",
        "sell-flash": "#f5c3c7",
        "buy-depth": "#d5efe4",
        "sell-depth": "#f9dcdf",
        "own": "#8a5a00",
        "stale": "#8a5a00",
        "muted": "#57606a",
        "faint": "#c9d1d9",
        "cursor": "#bcd7f7",
        "cursor-blurred": "#e2e7ed",
        "alarm": "#b3202f",
        "alarm-text": "#ffffff",
        "alert": "#f0c84c",
        "alert-text": "#1b2128",
        "sim": "#0b57b5",
        "testnet": "#8a5a00",
        "paper": "#6639ba",
        "mode-text": "#ffffff",
        "footer-background": "#eceff3",
        "footer-key-foreground": "#0b57b5",
        "input-selection-background": "#bcd7f7",
        "block-cursor-background": "#bcd7f7",
        "block-cursor-foreground": "#1b2128",
        "block-cursor-text-style": "none",
    },
)
SIXTEEN = Theme(
    name="fks-16",
    primary="ansi_bright_blue",
    secondary="ansi_cyan",
    accent="ansi_bright_blue",
    warning="ansi_yellow",
    error="ansi_bright_red",
    success="ansi_bright_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    ansi=True,
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "buy": "ansi_bright_green",
        "sell": "ansi_bright_red",
        "buy-flash": "ansi_green",
        "sell-flash": "ansi_red",
        "buy-depth": "ansi_green",
        "sell-depth": "ansi_red",
        "own": "ansi_bright_yellow",
        "stale": "ansi_yellow",
        "muted": "ansi_default",
        "faint": "ansi_bright_black",
        "cursor": "ansi_blue",
        "cursor-blurred": "ansi_bright_black",
        "alarm": "ansi_red",
        "alarm-text": "ansi_bright_white",
        "alert": "ansi_yellow",
        "alert-text": "ansi_black",
        "sim": "ansi_blue",
        "testnet": "ansi_magenta",
        "paper": "ansi_cyan",
        "mode-text": "ansi_bright_white",
        "footer-background": "ansi_default",
        "footer-key-foreground": "ansi_bright_blue",
        "border": "ansi_bright_blue",
        "border-blurred": "ansi_bright_black",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-background": "ansi_blue",
        "block-cursor-text-style": "none",
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_bright_white",
    },
)
BLUE_ORANGE = Theme(
    name="fks-blue-orange",
    primary="#7cc4ff",
    secondary="#7d8da1",
    accent="#7cc4ff",
    warning="#f2d16b",
    error="#ff9e4a",
    success="#5aa9ff",
    foreground="#d6dde6",
    background="#0d1117",
    surface="#0d1117",
    panel="#161b22",
    boost="#1c232d",
    dark=True,
    variables={
        **_DARK,
        "buy": "#5aa9ff",
        "sell": "#ff9e4a",
        "buy-flash": "#1b4a7d",
        "sell-flash": "#7a4312",
        "buy-depth": "#12304f",
        "sell-depth": "#4a2c10",
        "own": "#f2f2f2",
        "alarm": "#c85a00",
        "footer-key-foreground": "#7cc4ff",
    },
)
"""The dark theme for eyes that do not tell red from green."""
CONTRAST = Theme(
    name="fks-contrast",
    primary="#8fd0ff",
    secondary="#e0e0e0",
    accent="#8fd0ff",
    warning="#ffe14d",
    error="#ff8080",
    success="#5dff9e",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#1a1a1a",
    dark=True,
    variables={
        **_DARK,
        "buy": "#5dff9e",
        "sell": "#ff8080",
        "buy-flash": "#00602c",
        "sell-flash": "#7d0000",
        "buy-depth": "#004d24",
        "sell-depth": "#660000",
        "own": "#ffe14d",
        "stale": "#ffe14d",
        "muted": "#d0d0d0",
        "faint": "#8a8a8a",
        "cursor": "#004a99",
        "cursor-blurred": "#333333",
        "footer-background": "#000000",
        "footer-key-foreground": "#8fd0ff",
        "input-selection-background": "#004a99",
        "block-cursor-background": "#004a99",
    },
)
"""White on black, for bright rooms and weak eyes."""
THEMES = (DARK, LIGHT, BLUE_ORANGE, CONTRAST, SIXTEEN)
VARIABLE_DEFAULTS: dict[str, str] = dict(_DARK)
"""Without a default, a theme of Textual's own that lacks one of these could not read fks.tcss."""


_FEW_COLORS: Final = ("standard", None)
_REVERSED: Final = Style(reverse=True)


def theme_after(name: str, color_system: str | None) -> Theme:
    """The theme after the one of this name, among those that the terminal can show."""
    shown = (SIXTEEN,) if color_system in _FEW_COLORS else THEMES
    names = [theme.name for theme in shown]
    return shown[(names.index(name) + 1) % len(shown)] if name in names else shown[0]


def theme_for(color_system: str | None) -> Theme:
    """The theme to open with, by the colours that rich says the terminal has; None is a terminal without any."""
    return SIXTEEN if color_system in _FEW_COLORS else DARK


def opening(console: Console, chosen: str | None, kept: str) -> str:
    """The name of the theme to open with: the chosen one, else the one that was left, as far as there are colours."""
    colours = console.color_system
    if colours is None:
        return theme_for(colours).name
    known = kept in {theme.name for theme in THEMES} and not console.no_color
    return chosen or (kept if known else theme_for(colours).name)


class Uncoloured(NoColor):
    """Leaves out the sixteen colours; what they would put on another background is reversed."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in the terminal's own two colours."""
        return [
            Segment(text, style and style + self.DEFAULT_COLORS + (_REVERSED if _is_filled(style) else Style.null()))
            for text, style, _ in segments
        ]


def _is_filled(style: Style) -> bool:
    return style.bgcolor is not None and not style.bgcolor.is_default
