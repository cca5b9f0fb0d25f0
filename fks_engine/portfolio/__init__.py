"""Fills and balances in; positions, profit and equity out."""

from fks_engine.portfolio.portfolio import Portfolio

__all__ = ["Portfolio"]
