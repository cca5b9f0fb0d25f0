"""The exchange's answers to a send that are no acceptance, and how the simulator is made to give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.simulator.control_client import ControlClient

HTML = 0
"""No code: a page of a server in between."""

_KEY = "mend exchange.api_key"
_AWAY = "the exchange cannot be reached"
REFUSED: tuple[tuple[int, int, str, str], ...] = (
    (400, -1013, "Filter failure: LOT_SIZE", "LOT_SIZE"),
    (400, -1013, "Filter failure: MARKET_LOT_SIZE", "MARKET_LOT_SIZE"),
    (400, -1013, "Filter failure: PRICE_FILTER", "PRICE_FILTER"),
    (400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE", "PERCENT_PRICE_BY_SIDE"),
    (400, -1013, "Filter failure: NOTIONAL", "NOTIONAL"),
    (400, -1013, "Filter failure: MAX_NUM_ORDERS", "MAX_NUM_ORDERS"),
    (400, -1013, "Filter failure: MAX_NUM_ALGO_ORDERS", "MAX_NUM_ALGO_ORDERS"),
    (400, -1013, "Filter failure: MAX_POSITION", "MAX_POSITION"),
    (400, -2010, "Account has insufficient balance for requested action.", "insufficient balance"),
    (400, -2010, "Order would immediately match and take.", "immediately match"),
    (400, -2010, "Order would trigger immediately.", "trigger immediately"),
    (400, -2010, "Market is closed.", "Market is closed"),
    (400, -2010, "Duplicate order sent.", "Duplicate order sent"),
    (400, -2010, "This symbol is not permitted for this account.", "not permitted for this account"),
    (400, -2010, "This action is disabled on this account.", "disabled on this account"),
    (400, -2010, "This symbol is restricted for this account.", "restricted for this account"),
    (400, -1022, "Signature for this request is not valid.", _KEY),
    (401, -2014, "API-key format invalid.", _KEY),
    (401, -2015, "Invalid API-key, IP, or permissions for action.", _KEY),
    (503, -1008, "Server is currently overloaded with other requests.", _AWAY),
    (400, -1100, "Illegal characters found in parameter 'price'.", "Illegal characters"),
    (400, -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed.", "Mandatory parameter"),
    (400, -1108, "Parameter 'side' contains unexpected value.", "unexpected value"),
    (400, -1111, "Parameter 'price' has too much precision.", "too much precision"),
    (400, -1121, "Invalid symbol.", "Invalid symbol"),
    (400, -1130, "Data sent for parameter 'side' is not valid.", "is not valid"),
    (400, -1131, "'recvWindow' must be less than or equal to '60000'.", "recvWindow"),
    (400, -1135, "Invalid JSON Request", "Invalid JSON"),
    (400, -1145, "Invalid cancelRestrictions", "cancelRestrictions"),
    (400, -2026, "Order was canceled or expired with no executed qty over 90 days ago.", "over 90 days ago"),
    (400, -2038, "Order amend (keep priority) request was rejected.", "amend"),
    (400, -1034, "Too many concurrent connections; current limit is '20'.", "slow down"),
    (400, -1003, "Too many requests.", "slow down"),
    (403, HTML, "", _AWAY),
    (400, -2038, "This symbol is not allowed here.", "not allowed"),
)
"""Status, code and text of an answer, and words of the order's end: nothing is there, nothing is asked."""
OPEN_ENDED: tuple[tuple[int, int, str], ...] = (
    (500, -1000, "An unknown error occurred while processing the request."),
    (500, -1001, "Internal error; unable to process your request. Please try again."),
    (503, -1006, "An unexpected response was received from the message bus. Execution status unknown."),
    (503, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."),
    (500, HTML, ""),
    (502, HTML, ""),
    (504, HTML, ""),
    (400, -2011, "Unknown order sent."),
    (400, -2013, "Order does not exist."),
    (400, -1000, "An unknown error occurred while processing the request."),
    (400, -1001, "Internal error; unable to process your request. Please try again."),
    (400, -1006, "An unexpected response was received from the message bus. Execution status unknown."),
)
"""What leaves open whether the order was taken, or makes no sense as an answer to a send."""


async def spoil(control: ControlClient, method: str, path: str, status: int, code: int, text: str) -> None:
    """Have the next request of that kind answered so."""
    if code == HTML:
        await control.add("rest", "html", match=path, method=method, count=1, status=status)
    else:
        await control.add("rest", "error", match=path, method=method, count=1, status=status, code=code, text=text)
