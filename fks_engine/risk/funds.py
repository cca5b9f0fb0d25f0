"""Whether the account holds what an order would give away, and whether the order shrinks what is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import DenialReason, Denied
from fks_engine.model import OrderType, TradingState, plain

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.model import Instrument
    from fks_engine.risk.situation import Situation


def check_reduce_only(situation: Situation) -> Denied | None:
    """A reduce-only order shrinks what is held: on spot, a sale of no more than can be sold."""
    if not situation.command.reduce_only:
        return None
    return _not_reducing(situation, DenialReason.NO_POSITION_TO_REDUCE, "reduce only")


def check_reducing(situation: Situation) -> Denied | None:
    """While trading is reducing, only what shrinks a holding passes."""
    if situation.trading_state is not TradingState.REDUCING:
        return None
    why = f" ({situation.trading_state_reason})" if situation.trading_state_reason else ""
    return _not_reducing(situation, DenialReason.TRADING_REDUCING, f"trading is reducing{why}")


def check_balance(situation: Situation) -> Denied | None:
    """The account can pay: what it has free, less what our orders on their way to the exchange will lock."""
    spent, available, price = situation.spent, situation.available, situation.price_at_exchange
    if spent is None or price is None or spent <= available:
        return None
    instrument, asset, command = situation.instrument, situation.spent_asset, situation.command
    most = instrument.quantity_to_step(available / price if situation.is_buy else available)
    passing = f", enough for {plain(most)} {instrument.base} at most" if most >= instrument.min_quantity else ""
    about = "about " if command.order_type is OrderType.MARKET and situation.is_buy else ""
    verb = "buying" if situation.is_buy else "selling"
    return Denied(
        DenialReason.INSUFFICIENT_BALANCE,
        f"{verb} {plain(command.quantity)} {instrument.base} takes {about}{plain(spent)} {asset} and "
        f"{plain(available)} {asset} is free{passing}",
        {"needed": plain(spent), "available": plain(available), "asset": asset, **_passing(most, instrument)},
    )


def _passing(most: Decimal, instrument: Instrument) -> dict[str, str]:
    """The quantity that would pass, where there is one."""
    return {"passing": plain(most)} if most > 0 and most >= instrument.min_quantity else {}


def _not_reducing(situation: Situation, reason: DenialReason, rule: str) -> Denied | None:
    """Why the order would not shrink a holding. A spot account holds no short position that a purchase could shrink."""
    instrument, quantity = situation.instrument, situation.command.quantity
    if situation.is_buy:
        message = f"{rule}: a purchase shrinks only a short position, and a spot account holds none; only sales pass"
        return Denied(reason, message)
    held = situation.available
    if quantity <= held:
        return None
    base, most = instrument.base, instrument.quantity_to_step(held)
    message = (
        f"{rule}: {plain(quantity)} {base} is more than the {plain(held)} {base} that can be sold; "
        f"at most {plain(most)} can"
    )
    if held <= 0:
        message = f"{rule}: there is no {base} that could be sold"
    return Denied(reason, message, {"quantity": plain(quantity), "held": plain(held), **_passing(most, instrument)})
