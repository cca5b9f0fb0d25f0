from __future__ import annotations

import aiohttp
import ccxt
import pytest

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
from fks_engine.exchange.error_map import Answer, Purpose, from_answer, translated

READ, SUBMIT, CANCEL = Purpose.READ, Purpose.SUBMIT, Purpose.CANCEL

REFUSALS = [
    (400, -2010, "Account has insufficient balance for requested action.", SUBMIT, OrderRejected),
    (400, -2010, "This symbol is not permitted for this account.", SUBMIT, OrderRejected),
    (400, -1013, "Filter failure: LOT_SIZE", SUBMIT, OrderRejected),
    (400, -1111, "Parameter 'quantity' has too much precision.", SUBMIT, OrderRejected),
    (400, -1121, "Invalid symbol.", READ, InvalidRequest),
    (400, -1102, "Mandatory parameter was not sent.", CANCEL, InvalidRequest),
    (400, -2011, "Unknown order sent.", CANCEL, OrderNotFound),
    (400, -2011, "Order was not canceled due to cancel restrictions.", CANCEL, OrderRejected),
    (400, -2013, "Order does not exist.", READ, OrderNotFound),
    (400, -1021, "Timestamp for this request is outside of the recvWindow.", SUBMIT, ClockSkewed),
    (400, -1022, "Signature for this request is not valid.", SUBMIT, AuthenticationFailed),
    (401, -2014, "API-key format invalid.", READ, AuthenticationFailed),
    (401, -2015, "Invalid API-key, IP, or permissions for action.", SUBMIT, AuthenticationFailed),
    (401, None, "Unauthorized", READ, AuthenticationFailed),
    (429, -1003, "Too much request weight used.", SUBMIT, RateLimited),
    (418, -1003, "Way too many requests.", READ, RateLimited),
    (400, -1015, "Too many new orders.", SUBMIT, RateLimited),
    (400, -1006, "An unexpected response was received from the message bus.", SUBMIT, OutcomeUnknown),
    (408, -1007, "Timeout waiting for response from backend server.", SUBMIT, OutcomeUnknown),
    (408, -1007, "Timeout waiting for response from backend server.", READ, ExchangeUnavailable),
    (503, None, "Service Unavailable", SUBMIT, OutcomeUnknown),
    (502, None, "Bad Gateway", CANCEL, OutcomeUnknown),
    (503, -1008, "Server is currently overloaded with other requests.", SUBMIT, ExchangeUnavailable),
    (500, None, "Internal Server Error", READ, ExchangeUnavailable),
    (403, None, "Forbidden", SUBMIT, ExchangeUnavailable),
]


@pytest.mark.parametrize(("status", "code", "text", "purpose", "kind"), REFUSALS)
def test_a_refusal_becomes_the_error_that_says_what_to_do(
    status: int, code: int | None, text: str, purpose: Purpose, kind: type[ExchangeError]
) -> None:
    error = from_answer(Answer(status, code, text), purpose)
    assert type(error) is kind
    assert text in str(error)


def test_being_told_to_slow_down_says_for_how_long() -> None:
    error = from_answer(Answer(429, -1003, "slow down", 7.0), READ)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7.0


def caused_by(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


REFUSED = aiohttp.ClientConnectorError(
    aiohttp.client_reqrep.ConnectionKey("localhost", 1, False, True, None, None, None), OSError(111, "refused")
)


@pytest.mark.parametrize(
    ("error", "reading", "sending"),
    [
        (caused_by(ccxt.ExchangeNotAvailable("binance POST"), REFUSED), ExchangeUnavailable, ExchangeUnavailable),
        (
            caused_by(ccxt.RequestTimeout("binance POST"), aiohttp.ConnectionTimeoutError()),
            ExchangeUnavailable,
            ExchangeUnavailable,
        ),
        (caused_by(ccxt.RequestTimeout("binance POST"), TimeoutError()), ExchangeUnavailable, OutcomeUnknown),
        (
            caused_by(ccxt.ExchangeNotAvailable("binance POST"), aiohttp.ServerDisconnectedError()),
            ExchangeUnavailable,
            OutcomeUnknown,
        ),
        (caused_by(ccxt.ExchangeError("binance"), aiohttp.ClientPayloadError()), ExchangeUnavailable, OutcomeUnknown),
        (ConnectionResetError("gone"), ExchangeUnavailable, OutcomeUnknown),
        (KeyError("orderId"), MalformedData, OutcomeUnknown),
        (MalformedData("not a number"), MalformedData, OutcomeUnknown),
        (ccxt.AuthenticationError("binance requires apiKey"), AuthenticationFailed, AuthenticationFailed),
    ],
)
def test_no_answer_is_ambiguous_for_orders_unless_nothing_was_sent(
    error: Exception, reading: type[ExchangeError], sending: type[ExchangeError]
) -> None:
    with pytest.raises(ExchangeError) as read, translated(READ):
        raise error
    with pytest.raises(ExchangeError) as sent, translated(SUBMIT):
        raise error
    assert (type(read.value), type(sent.value)) == (reading, sending)


def test_a_signature_is_never_told() -> None:
    error = ccxt.RequestTimeout("binance GET http://h/api/v3/order?symbol=BTCUSDT&signature=abc123")
    with pytest.raises(ExchangeUnavailable) as told, translated():
        raise error
    assert "abc123" not in str(told.value)


def test_our_own_errors_pass_unchanged() -> None:
    with pytest.raises(OrderNotFound, match="mine"), translated(SUBMIT):
        raise OrderNotFound("mine")


FAILED_CANCEL = {"code": -2011, "msg": "Unknown order sent."}
POOR = {"code": -2010, "msg": "Account has insufficient balance for requested action."}
SILENT = {"code": -1007, "msg": "Timeout waiting for response from backend server."}


@pytest.mark.parametrize(
    ("code", "data", "kind", "words"),
    [
        (-2022, {"cancelResult": "FAILURE", "newOrderResult": "NOT_ATTEMPTED", "cancelResponse": FAILED_CANCEL},
         CancelRefused, "Unknown order"),
        (-2021, {"cancelResult": "SUCCESS", "newOrderResult": "FAILURE", "newOrderResponse": POOR},
         ReplacementRejected, "insufficient balance"),
        (-2021, {"cancelResult": "SUCCESS", "newOrderResult": "FAILURE", "newOrderResponse": SILENT},
         OutcomeUnknown, "Timeout waiting"),
        (-2022, {"cancelResult": "FAILURE", "newOrderResult": "NOT_ATTEMPTED", "cancelResponse": SILENT},
         OutcomeUnknown, "Timeout waiting"),
        (-2021, None, ReplacementRejected, "failed"),
        (-2022, "nonsense", CancelRefused, "failed"),
    ],
)  # fmt: skip
def test_a_refused_replacement_says_what_became_of_each_half(
    code: int, data: object, kind: type[ExchangeError], words: str
) -> None:
    error = from_answer(Answer(400, code, "Order cancel-replace failed.", data=data), SUBMIT)
    assert type(error) is kind
    assert words in str(error)
