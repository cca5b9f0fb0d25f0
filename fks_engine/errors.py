"""Every error FKS raises, in one tree, by remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class FksError(Exception):
    """The root of every error that FKS raises on purpose."""


class ConfigError(FksError):
    """The settings cannot be used as written; the user has to mend them.

    `problems` holds one line each: the place, the key, what was found and what is allowed.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class EngineError(FksError):
    """The engine process cannot be reached, started or spoken to."""


class EngineNotRunning(EngineError):
    """No engine answers on the socket; starting one is right."""


class EngineAlreadyRunning(EngineError):
    """Another engine owns this data folder; attach to it instead."""


class SocketRefused(EngineError):
    """The socket file is not ours to use: another user owns it or its mode is open."""


class ProtocolMismatch(EngineError):
    """Desk and engine are of different versions; stop the engine and start it again."""


class ConnectionLost(EngineError):
    """The engine went away while it was being spoken to; the desk reconnects by itself."""


class NothingSent(ConnectionLost):
    """The engine was gone before anything was sent to it; doing it again is right once it is back."""


class WireError(EngineError):
    """The other side of the socket sent what is not our protocol."""


class ExchangeError(FksError):
    """The exchange did not do what we asked."""


class ExchangeUnavailable(ExchangeError):
    """The exchange cannot be reached; trying again later is right."""


class RateLimited(ExchangeUnavailable):
    """The exchange asks us to slow down; wait `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(ExchangeError):
    """An order or cancel was sent and no answer came: it may have been executed. Never send it again; ask."""


class OrderRejected(ExchangeError):
    """The exchange refused an order; sending it again unchanged is wrong."""


class ReplacementRejected(OrderRejected):
    """The old order is canceled and the exchange refused the one that should take its place."""


class CancelRefused(ExchangeError):
    """A replacement was not sent, for the order it should replace could not be canceled; it may be over."""


class OrderNotFound(ExchangeError):
    """The exchange does not know this order."""


class InvalidRequest(ExchangeError):
    """The exchange could not read the request; it is our mistake, and repeating it is wrong."""


class AuthenticationFailed(ExchangeError):
    """The exchange refused our key; the user has to mend it."""


class ClockSkewed(ExchangeError):
    """Our clock differs from the exchange's by more than it allows; set the clock or raise recv_window_ms."""


class MalformedData(ExchangeError):
    """The exchange sent a value that cannot be true: not a number, negative, or out of all bounds."""


class InvalidTransition(FksError):
    """An order cannot move this way; the life cycle table forbids it."""

    def __init__(self, client_order_id: str, current: str, wanted: str) -> None:
        super().__init__(f"order {client_order_id} cannot move from {current} to {wanted}")
        self.client_order_id = client_order_id
        self.current = current
        self.wanted = wanted


class UnknownInstrument(FksError):
    """An instrument that the exchange does not list was asked for."""


class JournalError(FksError):
    """The journal cannot be read or written; nothing is sent until it can."""


class JournalCorrupt(JournalError):
    """A journal that was durable has been damaged since; it needs a person."""

    def __init__(self, at: int | None, message: str) -> None:
        super().__init__(message if at is None else f"{message} (byte {at})")
        self.at = at


class JournalTooNew(JournalError):
    """A newer FKS wrote this journal; only that one may go on with it."""

    def __init__(self, news: str) -> None:
        super().__init__(f"it was written by a newer FKS ({news}): go on with that FKS, or with a newer one")


class JournalUnavailable(JournalError):
    """Nothing could be written: the disk is full or read-only. What was to be recorded did not happen."""
