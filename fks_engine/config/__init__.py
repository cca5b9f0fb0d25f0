"""Frozen settings from fks.toml, FKS_* variables and the command line; secrets masked, folders placed."""

from fks_engine.config.folders import Folders, user_folders
from fks_engine.config.loading import load_settings, settings_file
from fks_engine.config.risk_settings import RiskSettings
from fks_engine.config.settings import (
    DeskSettings,
    EngineSettings,
    ExchangeSettings,
    LogSettings,
    MarketSettings,
    Settings,
    SimulatorSettings,
)

__all__ = [
    "DeskSettings",
    "EngineSettings",
    "ExchangeSettings",
    "Folders",
    "LogSettings",
    "MarketSettings",
    "RiskSettings",
    "Settings",
    "SimulatorSettings",
    "load_settings",
    "settings_file",
    "user_folders",
]
