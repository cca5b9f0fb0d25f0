"""Everything that ever happened to orders, read out of the journal: searched, told as a life, exported."""

from fks_engine.history.export import Export, refused_path
from fks_engine.history.index import HistoryIndex
from fks_engine.history.reader import HistoryReader

__all__ = ["Export", "HistoryIndex", "HistoryReader", "refused_path"]
