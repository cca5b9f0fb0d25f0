"""Supervised subscriptions that turn exchange data into events."""

from fks_engine.streams.account import AccountStream
from fks_engine.streams.market import MarketStream
from fks_engine.streams.markets import MarketStreams

__all__ = ["AccountStream", "MarketStream", "MarketStreams"]
