"""Exchanges behind one port; the only importer of ccxt."""

from fks_engine.exchange.factory import build_exchange
from fks_engine.exchange.options import Environment, ExchangeEndpoints, ExchangeOptions

__all__ = ["Environment", "ExchangeEndpoints", "ExchangeOptions", "build_exchange"]
