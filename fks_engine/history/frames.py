"""Questions and answers between the engine and the process that reads the history, as bytes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fks_engine.api import (
    Exported,
    ExportHistory,
    Failed,
    HistoryPage,
    HistoryRequest,
    OrderLifePage,
    OrderLifeRequest,
    Progress,
    Refused,
)

Message = (
    HistoryRequest
    | OrderLifeRequest
    | ExportHistory
    | HistoryPage
    | OrderLifePage
    | Refused
    | Progress
    | Exported
    | Failed
)
LENGTH: Final = 4
"""Bytes that tell how long the message is that follows them."""
_CLASSES: Final[dict[str, Any]] = {
    each.__name__: each
    for each in (
        *(HistoryRequest, OrderLifeRequest, ExportHistory, HistoryPage, OrderLifePage),
        *(Refused, Progress, Exported, Failed),
    )
}


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    noun: str
    body: msgspec.Raw


def packed(message: Message) -> bytes:
    """A message with its length before it."""
    body = msgspec.Raw(msgspec.msgpack.encode(message))
    data = msgspec.msgpack.encode(_Envelope(type(message).__name__, body))
    return len(data).to_bytes(LENGTH, "big") + data


def unpacked(data: bytes) -> Message:
    """The message that was packed, without its length."""
    envelope = msgspec.msgpack.decode(data, type=_Envelope)
    decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(_CLASSES[envelope.noun])
    return decoder.decode(envelope.body)
