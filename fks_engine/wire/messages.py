"""The messages of the wire: typed envelopes around the nouns of the door, in msgpack."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args

import msgspec

from fks_engine.api import (
    Accepted,
    AnswerPart,
    Command,
    Denied,
    DeskView,
    Job,
    JobPart,
    Page,
    Preview,
    Previewable,
    Request,
)
from fks_engine.errors import WireError

T = TypeVar("T")
STREAM_CREDIT = 64
"""Parts of a job or an answer that may be under way to a desk which has not taken them yet."""


class Method(StrEnum):
    """The calls of the Desk protocol."""

    SUBMIT = "submit"
    PREVIEW = "preview"
    QUERY = "query"
    RUN = "run"
    ASK = "ask"


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="is"):
    """The first frame of both sides. Its three keys stay as they are in every version of the protocol."""

    protocol: int
    version: str
    pid: int


class Farewell(msgspec.Struct, frozen=True, tag="farewell", tag_field="is"):
    """The last frame before the engine closes a connection. It too stays as it is in every version."""

    reason: str


class Call(msgspec.Struct, frozen=True, tag="call", tag_field="is"):
    """A desk calls one method; `noun` names the class of `body`."""

    id: int
    method: Method
    noun: str
    body: msgspec.Raw


class Cancel(msgspec.Struct, frozen=True, tag="cancel", tag_field="is"):
    """A desk wants no more of a call. A submit is not undone by it."""

    id: int


class More(msgspec.Struct, frozen=True, tag="more", tag_field="is"):
    """A desk has taken `count` parts of a stream and has room for as many more."""

    id: int
    count: int


class Picture(msgspec.Struct, frozen=True, tag="picture", tag_field="is"):
    """The engine's newest picture for this desk."""

    view: DeskView


class Answer(msgspec.Struct, frozen=True, tag="answer", tag_field="is"):
    """The answer to a call, or one part of a stream."""

    id: int
    noun: str
    body: msgspec.Raw


class End(msgspec.Struct, frozen=True, tag="end", tag_field="is"):
    """A stream has no more parts."""

    id: int


class Fault(msgspec.Struct, frozen=True, tag="fault", tag_field="is"):
    """A call failed in the engine; `error` is the name of the error's class."""

    id: int
    error: str
    message: str


class Question(msgspec.Struct, frozen=True):
    """What Desk.ask carries."""

    text: str


FromDesk = Call | Cancel | More
FromEngine = Picture | Answer | End | Fault | Farewell


class Signature(NamedTuple):
    """The classes that go into a method and those that come out of it."""

    takes: dict[str, type]
    gives: dict[str, type]


def _table(*nouns: Any) -> dict[str, type]:
    """Classes by name; unions are opened."""
    classes = [member for noun in nouns for member in (get_args(noun) or (noun,))]
    return {member.__name__: member for member in classes}


SIGNATURES = {
    Method.SUBMIT: Signature(_table(Command), _table(Accepted, Denied)),
    Method.PREVIEW: Signature(_table(Previewable), _table(Preview)),
    Method.QUERY: Signature(_table(Request), _table(Page)),
    Method.RUN: Signature(_table(Job), _table(JobPart)),
    Method.ASK: Signature(_table(Question), _table(AnswerPart)),
}

encode = msgspec.msgpack.encode


@cache
def _decoder(wanted: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(wanted)


def _decoded(wanted: Any, body: bytes | msgspec.Raw) -> Any:
    """`body` as one of `wanted`. Raises WireError: whatever the other side sends must not hurt this one."""
    try:
        return _decoder(wanted).decode(body)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as error:
        raise WireError(f"a message cannot be read: {str(error)[:200]}") from error


def decode_greeting(body: bytes) -> Hello | Farewell:
    """The first frame of the other side. Raises WireError."""
    greeting: Hello | Farewell = _decoded(Hello | Farewell, body)
    return greeting


def decode_from_desk(body: bytes) -> FromDesk:
    """A message of a desk. Raises WireError."""
    message: FromDesk = _decoded(FromDesk, body)
    return message


def decode_from_engine(body: bytes) -> FromEngine:
    """A message of the engine. Raises WireError."""
    message: FromEngine = _decoded(FromEngine, body)
    return message


def enclosed(noun: object) -> tuple[str, msgspec.Raw]:
    """The name and the body under which a noun travels."""
    return type(noun).__name__, msgspec.Raw(encode(noun))


def opened(table: dict[str, type], noun: str, body: msgspec.Raw) -> Any:
    """The noun that travelled. Raises WireError where its class is not in `table` or its body does not fit."""
    if noun not in table:
        raise WireError(f"{noun[:40]!r} does not belong here; {', '.join(table)} would")
    return _decoded(table[noun], body)
