"""The words for where orders go and whether they may."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """Where orders go. Accounts, orders and journals are separate in each mode."""

    SIM = "sim"
    """The simulator on this machine."""
    TESTNET = "testnet"
    """The exchange's own test network."""
    PAPER = "paper"
    """Live public data, orders matched here."""
    LIVE = "live"
    """Real orders, real money."""


class TradingState(StrEnum):
    """Whether the gate lets orders through. Cancels always pass."""

    ACTIVE = "active"
    REDUCING = "reducing"
    """Only what shrinks a position passes."""
    HALTED = "halted"
    """Nothing passes."""
