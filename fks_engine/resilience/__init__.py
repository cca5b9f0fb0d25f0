"""Circuit breaker, rate budget, retry policy."""

from fks_engine.resilience.backoff import Backoff

__all__ = ["Backoff"]
