"""What the settings say about the desk in the terminal."""

from __future__ import annotations

from dataclasses import dataclass, field

from fks_engine.api import Timeframe
from fks_tui.asked_settings import AskedSettings
from fks_tui.layout import LayoutKeeper
from fks_tui.order_sizes import DEFAULT_SIZES


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
    sizes: tuple[str, ...] = DEFAULT_SIZES
    """The sizes on keys 1 to 5 of the ladder: `0.1` base units, `$500` quote units, `10%` of what is free."""
    disarm_after_s: float = 60.0
    """One-press trading disarms itself after so long without a key."""
    sounds: frozenset[str] = frozenset({"alert"})
    """The kinds of notices that ring the terminal's bell: alert, fill, order."""
    key_problems: tuple[str, ...] = ()
    """What of the keys in fks.toml could not be done."""
    settings: AskedSettings = field(default_factory=AskedSettings)
    """The settings as the desk has read them."""
    differences: tuple[str, ...] = ()
    """In which settings the engine runs with something else than was asked for, in words."""
    layout: LayoutKeeper = field(default_factory=LayoutKeeper)
    """What the desk looked like when it was last left."""

    @property
    def timeframe_now(self) -> Timeframe:
        """The candles that were looked at last; those a chart opens with, where none were."""
        kept = self.layout.now.timeframe
        return Timeframe(kept) if kept in set(Timeframe) else self.timeframe
