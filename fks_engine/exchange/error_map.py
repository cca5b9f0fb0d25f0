"""ccxt's exceptions as ours, by what may have happened and what is to be done."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from socket import gaierror
from typing import TYPE_CHECKING, Final

import aiohttp
import ccxt

from fks_engine.errors import (
    AuthenticationFailed,
    CancelRefused,
    ClockSkewed,
    ExchangeError,
    ExchangeUnavailable,
    InvalidRequest,
    MalformedData,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
    ReplacementRejected,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FRAME_FAULTS: Final = (
    MalformedData,
    ccxt.BaseError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""All that reading a hostile frame may raise."""

_BANNED_UNTIL: Final = re.compile(r"banned until (\d{10,15})")
_NETWORK_FAULTS: Final = (aiohttp.ClientError, OSError, TimeoutError)
_NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL, gaierror)


class Purpose(StrEnum):
    """What a request is for; it decides what a missing answer means."""

    READ = "read"
    SUBMIT = "submit"
    CANCEL = "cancel"

    @property
    def changes_orders(self) -> bool:
        """Whether a request without an answer leaves something open."""
        return self is not Purpose.READ


@dataclass(frozen=True, slots=True)
class Answer:
    """The exchange's refusal, before anyone has interpreted it."""

    status: int
    """Of HTTP."""
    code: int | None
    """Binance's own; None where the answer did not come from its matching or account servers."""
    text: str
    retry_after_s: float | None = None
    data: object = None
    """What a refused replacement tells of its two halves."""


_AUTHENTICATION: Final = frozenset({-1002, -1022, -2014, -2015, -2008})
_SLOW_DOWN: Final = frozenset({-1003, -1015, -1034})
_NOT_EXECUTED: Final = frozenset({-1008, -1016})
"""Overloaded or shutting down: refused before execution."""
_AMBIGUOUS: Final = frozenset({-1000, -1001, -1004, -1006, -1007})
_REJECTIONS: Final = frozenset({-1013, -2010, -2038, -2039})
REPLACEMENT_HALF_DONE: Final = -2021
_REPLACEMENTS: Final = frozenset({REPLACEMENT_HALF_DONE, -2022})


@contextmanager
def translated(purpose: Purpose = Purpose.READ) -> Iterator[None]:
    """Turn what ccxt, its network layer and a nonsensical answer raise into the ExchangeError family.

    For orders and cancels, OutcomeUnknown means that the exchange may have acted; any other error that it did not.
    """
    try:
        yield
    except ccxt.BaseError as error:
        answer = getattr(error, "answer", None)
        raise (from_answer(answer, purpose) if isinstance(answer, Answer) else _unanswered(error, purpose)) from error
    except _NETWORK_FAULTS as error:
        raise _unanswered(error, purpose) from error
    except FRAME_FAULTS as error:
        text = f"the exchange's answer cannot be read: {error or type(error).__name__}"
        raise (OutcomeUnknown(text) if purpose.changes_orders else MalformedData(text)) from error


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """The same for the first words to an exchange; where it cannot be reached, the error says what was tried."""
    try:
        with translated():
            yield
    except RateLimited:
        raise
    except ExchangeUnavailable as error:
        raise ExchangeUnavailable(f"{name} cannot be reached; tried {error}") from error


def from_answer(answer: Answer, purpose: Purpose) -> ExchangeError:
    """The error for a refusal that the exchange did send."""
    code, text = answer.code, described(answer)
    if code in _REPLACEMENTS:
        return _replacement_error(answer)
    if answer.status in (418, 429) or code in _SLOW_DOWN:
        return RateLimited(text, answer.retry_after_s)
    if code in _NOT_EXECUTED:
        return ExchangeUnavailable(text)
    if code in _AMBIGUOUS or answer.status >= 500 or answer.status == 408:
        return OutcomeUnknown(text) if purpose.changes_orders else ExchangeUnavailable(text)
    if code is None:
        return AuthenticationFailed(text) if answer.status == 401 else ExchangeUnavailable(text)
    return _refused(code, text, purpose)


def _replacement_error(answer: Answer) -> ExchangeError:
    """What a refused replacement left behind: nothing happened, or the old order is canceled and there is no new one.

    Where either half itself was not answered, nothing is certain.
    """
    data = answer.data if isinstance(answer.data, dict) else {}
    canceled = data.get("cancelResult", "SUCCESS" if answer.code == REPLACEMENT_HALF_DONE else "FAILURE") == "SUCCESS"
    half = data.get("newOrderResponse" if canceled else "cancelResponse")
    half = half if isinstance(half, dict) and isinstance(half.get("code"), int) else {}
    inner = Answer(answer.status, half.get("code", answer.code), str(half.get("msg") or answer.text))
    text = described(inner)
    if inner.code in _AMBIGUOUS:
        return OutcomeUnknown(text)
    return ReplacementRejected(text) if canceled else CancelRefused(text)


def described(answer: Answer) -> str:
    """The exchange's own words, with its code."""
    words = answer.text.strip() or "no reason given"
    return f"{words} ({answer.code})" if answer.code is not None else f"HTTP {answer.status}: {words[:200]}"


def _refused(code: int, text: str, purpose: Purpose) -> ExchangeError:
    if code == -1021:
        return ClockSkewed(text)
    if code in _AUTHENTICATION:
        return AuthenticationFailed(text)
    if code == -2013 or (code == -2011 and "unknown order" in text.lower()):
        return OrderNotFound(text)
    if purpose is Purpose.SUBMIT or code == -2011 or code in _REJECTIONS:
        return OrderRejected(text)
    return InvalidRequest(text)


def _unanswered(error: BaseException, purpose: Purpose) -> ExchangeError:
    text = _without_query(error)
    if isinstance(error, ccxt.AuthenticationError):
        return AuthenticationFailed(text)
    if isinstance(error, ccxt.ExchangeClosedByUser) or _was_never_sent(error):
        return ExchangeUnavailable(text)
    if purpose.changes_orders:
        return OutcomeUnknown(f"no answer came: {text}")
    if isinstance(error, ccxt.BadSymbol | ccxt.BadRequest | ccxt.NotSupported):
        return InvalidRequest(text)
    return ExchangeUnavailable(text)


def _was_never_sent(error: BaseException) -> bool:
    """Whether the connection failed before a single byte of the request could leave."""
    return isinstance(error, _NEVER_SENT) or isinstance(error.__cause__, _NEVER_SENT)


def _without_query(error: BaseException) -> str:
    """What went wrong without the parameters and the signature that stand in the address."""
    cause = error.__cause__
    told = (
        f"{error} ({str(cause) or type(cause).__name__})" if cause is not None else str(error) or type(error).__name__
    )
    return re.sub(r"\?\S*", "", told)[:300]


def headers_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, where the exchange names them."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(text) if text.isdecimal() else None


def banned_until_ms(text: str) -> int | None:
    """When a ban ends by the exchange's clock, where its words name that."""
    found = _BANNED_UNTIL.search(text)
    return int(found[1]) if found else None
