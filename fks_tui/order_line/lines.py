"""What a typed line says, before any market is looked at: sizes, prices, orders, and the other verbs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fks_engine.api import AlertCondition, Side, TimeInForce


class SizeKind(StrEnum):
    """What the number of a size counts."""

    BASE = "base"
    QUOTE = "quote"
    PERCENT = "percent"
    """Of what is free: of the quote asset to buy, of the base asset to sell."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is traded."""

    kind: SizeKind
    number: Decimal = Decimal(0)
    currency: str = ""
    """The quote asset, where it was named."""


class Anchor(StrEnum):
    """What a price is counted from."""

    TOUCH = ""
    """The best price on the order's own side: the bid of a purchase, the ask of a sale."""
    BID = "bid"
    ASK = "ask"
    MID = "mid"
    LAST = "last"


class Unit(StrEnum):
    """What a distance is counted in."""

    TICKS = "t"
    BASIS_POINTS = "bp"
    PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a price is from another one; with a sign where it is an offset."""

    number: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class Price:
    """A number, or a place in the market with an offset."""

    number: Decimal | None = None
    anchor: Anchor = Anchor.TOUCH
    offset: Distance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """`buy 0.1 btc @ 64000 po tp 2% sl 1%`."""

    side: Side
    size: Size
    market: str
    price: Price | None = None
    is_market: bool = False
    stop: Price | None = None
    stop_limit: Price | None = None
    take_profit: Price | Distance | None = None
    take_profit_limit: Price | None = None
    stop_loss: Price | Distance | None = None
    stop_loss_limit: Price | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    reduce_only: bool = False
    is_oco: bool = False

    @property
    def takes_oco(self) -> bool:
        """Whether it is two orders of which one cancels the other: said so, or a sale with both exits and no price."""
        both = self.take_profit is not None and self.stop_loss is not None
        return self.is_oco or (both and self.price is None and not self.is_market and self.side is Side.SELL)


@dataclass(frozen=True, slots=True)
class CancelLine:
    """`cancel btc`, `cancel bids eth`, `cancel all`: a market, an order's id, or all where it is empty."""

    target: str = ""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class CloseLine:
    """`close btc`; all positions where the market is empty."""

    market: str = ""


@dataclass(frozen=True, slots=True)
class MoveLine:
    """`move btc @ 64100`: the one working order of a market, or an order by its id."""

    target: str
    price: Price


@dataclass(frozen=True, slots=True)
class WatchLine:
    """`watch btc`."""

    market: str


@dataclass(frozen=True, slots=True)
class AlertLine:
    """`alert btc above 65000`; the level of `moves` is in percent."""

    market: str
    condition: AlertCondition
    level: Decimal


@dataclass(frozen=True, slots=True)
class GoLine:
    """`go btc`."""

    market: str


@dataclass(frozen=True, slots=True)
class HelpLine:
    """`help`."""


class GateVerb(StrEnum):
    """What is done to the gate."""

    HALT = "halt"
    REDUCE = "reduce"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class GateLine:
    """`halt`, `reduce`, `resume`."""

    verb: GateVerb


Line = OrderLine | CancelLine | CloseLine | MoveLine | WatchLine | AlertLine | GoLine | HelpLine | GateLine
