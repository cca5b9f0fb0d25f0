"""The one place that decides which exchange is built, and the first to load ccxt."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.clock import Clock
    from fks_engine.exchange.options import ExchangeOptions
    from fks_engine.ports import Exchange


def build_exchange(options: ExchangeOptions, clock: Clock, on_fault: Callable[[str], None]) -> Exchange:
    """The exchange that `options` name; nothing is connected before `open`.

    `on_fault` is told in words of frames that were dropped, about once a second for each stream at most. Loads ccxt,
    which takes most of a second.
    """
    if options.name != "binance":
        public = import_module("fks_engine.exchange.public")
        return cast(
            "Exchange",
            public.PublicExchange(
                options.name, clock, on_fault, book_depth=options.book_depth, timeout_s=options.rest_timeout_s
            ),
        )
    binance = import_module("fks_engine.exchange.binance")
    return cast("Exchange", binance.BinanceExchange(options, clock, on_fault))
