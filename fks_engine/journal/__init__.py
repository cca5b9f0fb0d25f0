"""The durable record of every order event, written before anything is sent."""

from fks_engine.journal.journal import Journal, locked
from fks_engine.journal.reading import Recovered, Written, recovered, written

__all__ = ["Journal", "Recovered", "Written", "locked", "recovered", "written"]
