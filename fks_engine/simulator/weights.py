"""How much of the weight a minute allows each request costs."""

from __future__ import annotations

from collections.abc import Callable

from fks_engine.simulator.params import Params

Weight = Callable[[Params], int]


def fixed_weight(weight: int) -> Weight:
    """The same for every request."""
    return lambda params: weight


def by_symbols(one: int, many: int, everything: int) -> Weight:
    """One symbol (or a short list), a long list, or none named."""

    def weight(params: Params) -> int:
        if params.has("symbol"):
            return one
        if params.has("symbols"):
            return one if params.peek("symbols").count(",") < 20 else many
        return everything

    return weight


def open_orders_weight(params: Params) -> int:
    """Cheap with a symbol, dear without."""
    return 6 if params.has("symbol") else 80


def fills_weight(params: Params) -> int:
    """Cheaper for one order."""
    return 5 if params.has("orderId") else 20


def depth_weight(params: Params) -> int:
    """By the number of levels."""
    text = params.peek("limit")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 100
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250
