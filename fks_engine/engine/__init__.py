"""The composition root: builds every stage, introduces them to each other and runs them in one task group."""

from fks_engine.engine.engine import Engine
from fks_engine.engine.process import run_engine

__all__ = ["Engine", "run_engine"]
