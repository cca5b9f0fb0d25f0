"""Entries as bytes: the version, the name of the class and its fields, in msgpack."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, get_args

import msgspec

from fks_engine.errors import JournalCorrupt, JournalTooNew
from fks_engine.model import JournalEntry

VERSION: Final = 1
"""Rises when an entry is written that an older FKS would misread; a field with a default does not raise it."""
_CLASSES: Final[dict[str, type]] = {each.__name__: each for each in get_args(JournalEntry)}


class Record(msgspec.Struct, frozen=True, array_like=True):
    """The envelope of an entry; it stays as it is in every version."""

    version: int
    noun: str
    body: msgspec.Raw


@cache
def _decoder(wanted: type) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(wanted)


def encoded(entry: JournalEntry) -> bytes:
    """An entry as it is written."""
    body = msgspec.Raw(msgspec.msgpack.encode(entry))
    return msgspec.msgpack.encode(Record(VERSION, type(entry).__name__, body))


def decoded(payload: bytes) -> JournalEntry:
    """The entry that was written.

    Raises JournalTooNew where a newer FKS wrote it, and JournalCorrupt where it cannot be read though its checksum
    holds.
    """
    try:
        record: Record = _decoder(Record).decode(payload)
        if record.version > VERSION:
            raise JournalTooNew(f"records of version {record.version}; this one reads {VERSION}")
        if record.noun not in _CLASSES:
            raise JournalTooNew(f"a record {record.noun[:40]!r}, which this one does not know")
        entry: JournalEntry = _decoder(_CLASSES[record.noun]).decode(record.body)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as error:
        raise JournalCorrupt(None, f"a record cannot be read: {str(error)[:200]}") from error
    return entry
