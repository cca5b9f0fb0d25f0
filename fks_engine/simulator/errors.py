"""Binance's error codes and texts as one exception with named constructors."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal that the client gets as {"code", "msg"}."""

    def __init__(self, code: int, message: str, status: int = 400, retry_after_s: int | None = None) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s

    def payload(self) -> dict[str, Any]:
        """The JSON body."""
        return {"code": self.code, "msg": self.message}


def unsupported(status: int = 404) -> ApiError:
    """No such endpoint, or not with this method."""
    return ApiError(-1020, "This operation is not supported.", status)


def illegal(name: str, pattern: str) -> ApiError:
    """A parameter that is not written as `pattern` allows."""
    return ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'.")


def duplicate_parameter() -> ApiError:
    """The same parameter came twice."""
    return ApiError(-1101, "Duplicate values for a parameter detected.")


def missing(name: str) -> ApiError:
    """A mandatory parameter that is absent, empty or malformed."""
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def one_of(first: str, second: str) -> ApiError:
    """One of two parameters is mandatory and neither came."""
    return ApiError(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def unread(read: int, sent: int) -> ApiError:
    """Parameters the endpoint does not know."""
    return ApiError(-1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.")


def empty(name: str) -> ApiError:
    """An optional parameter sent without a value."""
    return ApiError(-1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> ApiError:
    """A parameter that this kind of order does not take."""
    return ApiError(-1106, f"Parameter '{name}' sent when not required.")


def precision(name: str) -> ApiError:
    """More decimals than the asset has."""
    return ApiError(-1111, f"Parameter '{name}' has too much precision.")


def invalid_time_in_force() -> ApiError:
    """An unknown time in force."""
    return ApiError(-1115, "Invalid timeInForce.")


def invalid_order_type() -> ApiError:
    """An unknown order type."""
    return ApiError(-1116, "Invalid orderType.")


def invalid_side() -> ApiError:
    """An unknown side."""
    return ApiError(-1117, "Invalid side.")


def invalid_interval() -> ApiError:
    """An unknown candle interval."""
    return ApiError(-1120, "Invalid interval.")


def invalid_symbol() -> ApiError:
    """A symbol that is not listed."""
    return ApiError(-1121, "Invalid symbol.")


def bad_combination() -> ApiError:
    """Optional parameters that exclude each other."""
    return ApiError(-1128, "Combination of optional parameters invalid.")


def invalid_data(name: str) -> ApiError:
    """A value outside what the parameter allows."""
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def too_many_hours(hours: int) -> ApiError:
    """A time range that is too long."""
    return ApiError(-1127, f"More than {hours} hours between startTime and endTime.")


def filter_failure(name: str) -> ApiError:
    """An order that breaks one of the symbol's filters."""
    return ApiError(-1013, f"Filter failure: {name}")


def rejected(reason: str) -> ApiError:
    """An order the matching engine refuses."""
    return ApiError(-2010, reason)


def insufficient_balance() -> ApiError:
    """More than the free balance."""
    return rejected("Account has insufficient balance for requested action.")


def duplicate_order() -> ApiError:
    """A client order id that an open order already has."""
    return rejected("Duplicate order sent.")


def would_take() -> ApiError:
    """A LIMIT_MAKER order that crosses the book."""
    return rejected("Order would immediately match and take.")


def empty_book() -> ApiError:
    """A MARKET order by quote quantity that meets nothing."""
    return rejected("Order book liquidity is less than `LOT_SIZE` filter minimum quantity.")


def unknown_order() -> ApiError:
    """A cancel of an order that is not open."""
    return ApiError(-2011, "Unknown order sent.")


def no_such_order() -> ApiError:
    """A query for an order that never was."""
    return ApiError(-2013, "Order does not exist.")


def late_timestamp() -> ApiError:
    """A request older than its recvWindow."""
    return ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def early_timestamp() -> ApiError:
    """A request from the future."""
    return ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")


def wide_window() -> ApiError:
    """A recvWindow above a minute."""
    return ApiError(-1131, "'recvWindow' must be less than or equal to '60000'.")


def bad_signature() -> ApiError:
    """A signature that does not fit."""
    return ApiError(-1022, "Signature for this request is not valid.")


def bad_key_format() -> ApiError:
    """No API key, or not one by its looks."""
    return ApiError(-2014, "API-key format invalid.", 401)


def unknown_key() -> ApiError:
    """An API key that nobody has."""
    return ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def no_such_listen_key() -> ApiError:
    """A listen key that does not live, or is another's."""
    return ApiError(-1125, "This listenKey does not exist.")


def too_much_weight(limit: int, retry_after_s: int) -> ApiError:
    """More request weight in a minute than an address has."""
    text = (
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE."
        " Please use WebSocket Streams for live updates to avoid polling the API."
    )
    return ApiError(-1003, text, 429, retry_after_s)


def too_many_requests(limit: int, retry_after_s: int) -> ApiError:
    """More requests in five minutes than an address may send."""
    text = (
        f"Too many requests; current limit is {limit} requests per 5 MINUTE."
        " Please use WebSocket Streams for live updates to avoid polling the API."
    )
    return ApiError(-1003, text, 429, retry_after_s)


def banned(address: str, until_ms: int, retry_after_s: int) -> ApiError:
    """A request of an address that went on after 429."""
    text = (
        f"Way too many requests; IP({address}) banned until {until_ms}."
        " Please use WebSocket Streams for live updates to avoid bans."
    )
    return ApiError(-1003, text, 418, retry_after_s)


def too_many_connections(limit: int) -> ApiError:
    """More WebSockets in five minutes than an address may open."""
    return ApiError(-1034, f"Too many connections; current limit is {limit} per 5 MINUTE.", 429)


def too_many_orders(limit: int, interval: str) -> ApiError:
    """More orders than an account may place."""
    return ApiError(-1015, f"Too many new orders; current limit is {limit} orders per {interval}.", 429)


_FORCED: dict[int, tuple[str, int]] = {
    -1000: ("An unknown error occurred while processing the request.", 500),
    -1001: ("Internal error; unable to process your request. Please try again.", 500),
    -1003: ("Too many requests; please use the websocket for live updates.", 429),
    -1006: ("An unexpected response was received from the message bus. Execution status unknown.", 503),
    -1007: ("Timeout waiting for response from backend server. Send status unknown; execution status unknown.", 503),
    -1008: ("Server is currently overloaded with other requests. Please try again in a few minutes.", 503),
    -1013: ("Filter failure: MAX_POSITION", 400),
    -1015: ("Too many new orders; current limit is 100 orders per 10 SECOND.", 429),
    -1016: ("This service is no longer available.", 503),
    -1020: ("This operation is not supported.", 400),
    -1021: ("Timestamp for this request is outside of the recvWindow.", 400),
    -1022: ("Signature for this request is not valid.", 400),
    -1034: ("Too many concurrent connections; current limit is '20'.", 400),
    -1121: ("Invalid symbol.", 400),
    -2010: ("Account has insufficient balance for requested action.", 400),
    -2011: ("Unknown order sent.", 400),
    -2013: ("Order does not exist.", 400),
    -2014: ("API-key format invalid.", 401),
    -2015: ("Invalid API-key, IP, or permissions for action.", 401),
    -2026: ("Order was canceled or expired with no executed qty over 90 days ago and has been archived.", 400),
    -2038: ("Order amend (keep priority) request was rejected.", 400),
}


def forced(code: int, status: int | None = None, text: str | None = None, retry_after_s: int | None = None) -> ApiError:
    """Any code with Binance's text and status for it, unless others are given."""
    known_text, known_status = _FORCED.get(code, ("An unknown error occurred while processing the request.", 400))
    return ApiError(code, text or known_text, status or known_status, retry_after_s)
