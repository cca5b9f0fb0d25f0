"""The screens that fill the terminal, in the order of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_tui.screens.alerts import AlertsScreen
from fks_tui.screens.history import HistoryScreen
from fks_tui.screens.ladder import LadderScreen
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.positions import PositionsScreen
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.screens.risk import RiskScreen
from fks_tui.screens.settings import SettingsScreen

if TYPE_CHECKING:
    from fks_tui.screens.base import DeskScreen

SCREENS: Final[tuple[type[DeskScreen], ...]] = (
    QuotesScreen,
    OrdersScreen,
    PositionsScreen,
    LadderScreen,
    AlertsScreen,
    HistoryScreen,
    RiskScreen,
    SettingsScreen,
)
