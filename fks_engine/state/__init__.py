"""The latest known market, in memory: quotes, books, candle rings, conflation."""

from fks_engine.state.market import LatestMarket

__all__ = ["LatestMarket"]
