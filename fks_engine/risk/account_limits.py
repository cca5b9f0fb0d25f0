"""Whether the account stays within the limits on what it holds: of one asset, and of all that is at risk."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import DenialReason, Denied
from fks_engine.model import market_of, plain
from fks_engine.risk.own_limits import steps_within, unknown_worth

if TYPE_CHECKING:
    from fks_engine.risk.situation import Situation, Use

MOST_NAMED: Final = 8
_ZERO: Final = Decimal(0)


def check_allowed(situation: Situation) -> Denied | None:
    """The market is one of those in which orders are taken. What shrinks a holding passes in any."""
    allowed = situation.limits.instruments
    instrument_id = situation.command.instrument_id
    if allowed is None or instrument_id in allowed or not situation.is_buy:
        return None
    names = sorted(market_of(each) for each in allowed)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    markets = f"{', '.join(names[:MOST_NAMED])}{more}" if names else "none"
    return Denied(
        DenialReason.INSTRUMENT_NOT_ALLOWED,
        f"{market_of(instrument_id)} is not among the markets that you allow to be bought in (risk.instruments): "
        f"{markets}; sales and cancels pass",
        {"allowed": markets},
    )


def check_instrument_notional(situation: Situation) -> Denied | None:
    """What is held of the base asset, with all that working orders and this one would buy of it, is within the limit.

    A sale shrinks it and always passes.
    """
    limit = situation.limits.max_instrument_notional
    if limit is None or not situation.is_buy or situation.worth_price is None:
        return None
    used = situation.instrument_use
    if used is None:
        return unknown_worth(situation, "max_instrument_notional", limit)
    return _over(
        situation,
        DenialReason.INSTRUMENT_NOTIONAL_OVER_LIMIT,
        "max_instrument_notional",
        f"with this order you would hold {situation.instrument.base} worth",
        limit,
        used,
    )


def check_exposure(situation: Situation) -> Denied | None:
    """What is held beside the reporting currency, with all that working orders and this one add, is within the limit.

    Only what spends the reporting currency adds to it: a sale of anything else always passes.
    """
    limit = situation.limits.max_exposure
    if limit is None or situation.spent_asset != situation.limits.reporting_currency or situation.worth_price is None:
        return None
    used = situation.exposure_use
    if used is None:
        return unknown_worth(situation, "max_exposure", limit)
    currency = situation.limits.reporting_currency
    what = f"with this order your exposure, all that is not {currency}, would be"
    return _over(situation, DenialReason.EXPOSURE_OVER_LIMIT, "max_exposure", what, limit, used)


def _over(situation: Situation, reason: DenialReason, name: str, what: str, limit: Decimal, used: Use) -> Denied | None:
    """Why a use is beyond a limit, with what would pass; None where it is within."""
    if used.total <= limit:
        return None
    currency, base = situation.limits.reporting_currency, situation.instrument.base
    room = limit - used.held - used.working
    passing = steps_within(room, used.asked, situation) if room > 0 else _ZERO
    enough = passing >= situation.instrument.min_quantity and passing > 0
    remedy = f"at most {plain(passing)} {base} passes" if enough else "sell some or cancel a purchase first"
    return Denied(
        reason,
        f"{what} {plain(used.total, 2)} {currency}: {plain(used.held, 2)} held, {plain(used.working, 2)} in working "
        f"orders and {plain(used.asked, 2)} of this one; your limit is {plain(limit)} {currency} (risk.{name}), so "
        f"{remedy}",
        {
            "held": plain(used.held),
            "working": plain(used.working),
            "order": plain(used.asked),
            "limit": plain(limit),
            **({"quantity": plain(passing)} if enough else {}),
        },
    )
