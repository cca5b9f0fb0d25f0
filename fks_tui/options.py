"""What the settings say about the desk in the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from fks_engine.api import Timeframe


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOptions:
    """How one desk behaves; the settings fill it, tests name what they are about."""

    timeframe: Timeframe = Timeframe.M1
    """The candles a chart opens with."""
    confirm_orders: bool = True
    """Ask before an order is sent."""
    theme: str | None = None
    """The name of the theme; None chooses by what the terminal can show."""
    heartbeat_s: float = 1.0
    """How often an unchanged picture is shown again, with its ages counted on."""
