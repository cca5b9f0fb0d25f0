"""Whether orders may pass at all: the switch, the connection, the instrument, and a market that can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import DenialReason, Denied
from fks_engine.model import TradingState, market_of, plain

if TYPE_CHECKING:
    from fks_engine.risk.situation import Situation


def check_halted(situation: Situation) -> Denied | None:
    """Nothing passes a gate that is halted."""
    if situation.trading_state is not TradingState.HALTED:
        return None
    why = f" ({situation.trading_state_reason})" if situation.trading_state_reason else ""
    return Denied(DenialReason.TRADING_HALTED, f"trading is halted{why}; only cancels pass until it is resumed")


def check_read_only(situation: Situation) -> Denied | None:
    """Public data and accounts without a key take no orders."""
    if not situation.read_only:
        return None
    return Denied(
        DenialReason.READ_ONLY, "this exchange connection is read-only; orders need mode sim or testnet, and a key"
    )


def check_journal(situation: Situation) -> Denied | None:
    """An order is sent only once it is written down."""
    if not situation.journal_fault:
        return None
    message = f"nothing is sent while the journal cannot be written: {situation.journal_fault}; cancels still pass"
    return Denied(DenialReason.JOURNAL_UNAVAILABLE, message)


def check_differences(situation: Situation) -> Denied | None:
    """Everything that the account holds is explained, or a person has accepted that it is not."""
    if not situation.unexplained:
        return None
    first, *others = situation.unexplained
    more = f", and {len(others)} more" if others else ""
    message = (
        f"{first.subject} is {first.ours} by our records and {first.theirs} at the exchange{more}; nothing is sent "
        f"until that is accepted: {first.remedy}; cancels still pass"
    )
    numbers = {each.subject: f"{each.ours} / {each.theirs}" for each in situation.unexplained}
    return Denied(DenialReason.DIFFERENCE_UNEXPLAINED, message, numbers)


def check_connected(situation: Situation) -> Denied | None:
    """An order is sent only while its fate could be followed."""
    if situation.connected:
        return None
    message = "the exchange is not connected, so the fate of an order could not be followed; it is being reconnected"
    return Denied(DenialReason.NOT_CONNECTED, message)


def check_banned(situation: Situation) -> Denied | None:
    """The exchange listens: while it has banned us, even cancels wait, and go first once it is over."""
    wait_s = situation.banned_for_s
    if wait_s is None:
        return None
    message = (
        f"the exchange takes nothing from us for another {wait_s:.0f} s, for we asked too much; cancels are kept "
        "and go first then"
    )
    return Denied(DenialReason.RATE_LIMITED, message, {"wait_s": f"{wait_s:.0f}"})


def check_instrument(situation: Situation) -> Denied | None:
    """The exchange lists the instrument."""
    if situation.listed is not None:
        return None
    market = market_of(situation.command.instrument_id) or situation.command.instrument_id
    message = f"{market[:40]} is not listed on this exchange; look it up in the market search"
    return Denied(DenialReason.UNKNOWN_INSTRUMENT, message)


def check_market(situation: Situation) -> Denied | None:
    """There is a quote, and it is fresh."""
    instrument_id = situation.command.instrument_id
    market = market_of(instrument_id)
    if situation.quote is None:
        message = f"there is no quote of {market} yet; the order passes once its market data arrives"
        return Denied(DenialReason.NO_MARKET, message)
    age, most = situation.market.quote_age_s(instrument_id), situation.limits.max_data_age_s
    is_beyond = most is not None and (age is None or age > most)
    if not is_beyond and not situation.market.is_stale(instrument_id):
        return None
    how_old = "of unknown age" if age is None else f"{age:.1f} s old"
    limit = f", over your limit of {plain(most)} s (risk.max_data_age_s)" if is_beyond and most is not None else ""
    message = f"the quote of {market} is {how_old}{limit} and no longer trusted; the order passes once it is fresh"
    numbers = {} if age is None else {"age_s": f"{age:.1f}"}
    return Denied(DenialReason.MARKET_STALE, message, numbers | ({"limit_s": plain(most)} if limit and most else {}))
