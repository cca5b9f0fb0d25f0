"""What the exchange refuses of conditional orders, order lists and replacements, in Binance's words."""

from __future__ import annotations

from typing import Any

from fks_engine.simulator.errors import ApiError, rejected

REASONS = {
    "Account has insufficient balance for requested action.": "INSUFFICIENT_BALANCES",
    "Order would trigger immediately.": "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
    "Order would immediately match and take.": "WOULD_MATCH_IMMEDIATELY",
    "The relationship of the prices for the orders is not correct.": "OCO_BAD_PRICES",
}
"""The reject reason an executionReport names for each text."""


def reason(refusal: ApiError) -> str:
    """The reject reason of an executionReport."""
    return REASONS.get(refusal.message, "NONE")


def market_closed() -> ApiError:
    """An order on a symbol that does not trade now."""
    return rejected("Market is closed.")


def symbol_not_permitted() -> ApiError:
    """A symbol this account may not trade."""
    return rejected("This symbol is not permitted for this account.")


def account_disabled() -> ApiError:
    """An account that may not trade."""
    return rejected("This action is disabled on this account.")


def would_trigger() -> ApiError:
    """A stop price that the last price has already reached."""
    return rejected("Order would trigger immediately.")


def bad_prices() -> ApiError:
    """Two legs that do not lie on either side of the last price."""
    return rejected("The relationship of the prices for the orders is not correct.")


def no_icebergs() -> ApiError:
    """An order that would show only a part of its size."""
    return rejected("Iceberg orders are not supported for this symbol.")


def no_trailing() -> ApiError:
    """A stop price that follows the market."""
    return rejected("Trailing stop orders are not supported for this symbol.")


def no_amends() -> ApiError:
    """A smaller quantity asked for an order that would keep its place."""
    return ApiError(-2038, "Order amend is not supported for this symbol.")


def no_such_list() -> ApiError:
    """A query for an order list that never was."""
    return ApiError(-2013, "Order list does not exist.")


def bad_strategy_type() -> ApiError:
    """A strategy type below the free range."""
    return ApiError(-1134, "`strategyType` was less than 1000000.")


def bad_restrictions() -> ApiError:
    """Unknown cancel restrictions."""
    return ApiError(-1145, "Invalid cancelRestrictions")


def restricted() -> ApiError:
    """An order that is not in the state its cancel asks for."""
    return ApiError(-2011, "Order was not canceled due to cancel restrictions.")


def not_in_oco() -> ApiError:
    """A type that no leg of an OCO may have."""
    return ApiError(-1158, "Order type not supported in OCO.")


def both_limits() -> ApiError:
    """An OCO of two plain limit orders."""
    return ApiError(-1168, "At least one OCO order must be contingent.")


def misplaced_leg(code: int, kind: str, side: str, place: str) -> ApiError:
    """A leg above that belongs below, or the other way round."""
    return ApiError(code, f"A {kind} order in a {side} OCO must be {place}.")


class ReplaceFailure(ApiError):
    """A replacement of which at least one half failed; the body says which."""

    def __init__(self, cancel: Any, placement: Any) -> None:
        both = isinstance(cancel, ApiError) and (placement is None or isinstance(placement, ApiError))
        if both:
            super().__init__(-2022, "Order cancel-replace failed.")
        else:
            super().__init__(-2021, "Order cancel-replace partially failed.", 409)
        self.data = {
            "cancelResult": _result(cancel),
            "newOrderResult": "NOT_ATTEMPTED" if placement is None else _result(placement),
            "cancelResponse": _answer(cancel),
            "newOrderResponse": _answer(placement),
        }

    def payload(self) -> dict[str, Any]:
        """The JSON body."""
        return super().payload() | {"data": self.data}


def _result(half: Any) -> str:
    return "FAILURE" if isinstance(half, ApiError) else "SUCCESS"


def _answer(half: Any) -> Any:
    return half.payload() if isinstance(half, ApiError) else half
