"""The gate's questions, in the order they are asked; the first that an order fails is the reason to keep it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.risk.account_limits import check_allowed, check_exposure, check_instrument_notional
from fks_engine.risk.dust import check_dust
from fks_engine.risk.funds import check_balance, check_reduce_only, check_reducing
from fks_engine.risk.order_rules import (
    check_combination,
    check_exchange_price_range,
    check_min_notional,
    check_order_type,
    check_post_only,
    check_price,
    check_quantity,
    check_quantity_range,
    check_step,
    check_tick,
)
from fks_engine.risk.own_limits import (
    check_max_notional,
    check_max_quantity,
    check_open_orders,
    check_order_rate,
    check_price_band,
)
from fks_engine.risk.permission import (
    check_banned,
    check_connected,
    check_differences,
    check_halted,
    check_instrument,
    check_journal,
    check_market,
    check_read_only,
)
from fks_engine.risk.stop_rules import (
    check_exit_side,
    check_stop_orders,
    check_stop_price,
    check_stop_tick,
    check_stop_trigger,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import Denied
    from fks_engine.risk.situation import Situation

    Check = Callable[[Situation], Denied | None]

# Later checks rest on earlier ones: the instrument is listed, the numbers are numbers, there is a quote.
CHECKS: Final[tuple[Check, ...]] = (
    check_halted,
    check_read_only,
    check_journal,
    check_connected,
    check_differences,
    check_banned,
    check_instrument,
    check_allowed,
    check_quantity,
    check_price,
    check_stop_price,
    check_combination,
    check_order_type,
    check_tick,
    check_stop_tick,
    check_step,
    check_dust,
    check_quantity_range,
    check_max_quantity,
    check_market,
    check_min_notional,
    check_max_notional,
    check_instrument_notional,
    check_exposure,
    check_open_orders,
    check_order_rate,
    check_stop_orders,
    check_price_band,
    check_exchange_price_range,
    check_stop_trigger,
    check_post_only,
    check_reduce_only,
    check_reducing,
    check_balance,
)
EXIT_CHECKS: Final[tuple[Check, ...]] = (
    check_quantity,
    check_price,
    check_stop_price,
    check_combination,
    check_order_type,
    check_tick,
    check_stop_tick,
    check_step,
    check_quantity_range,
    check_min_notional,
    check_price_band,
    check_exchange_price_range,
    check_exit_side,
    check_stop_trigger,
)
"""What is asked of an order that begins to work once its entry has filled: it spends what the entry brings."""


def first_denial(situation: Situation) -> Denied | None:
    """The first reason not to send this order, if there is one."""
    checks = CHECKS if situation.entry is None else EXIT_CHECKS
    return next((denied for check in checks if (denied := check(situation)) is not None), None)
