"""Supervision of stages, and the growing waits between tries."""

from fks_engine.resilience.backoff import Backoff

__all__ = ["Backoff"]
