"""What a desk sees of the limits and of a halt, and how it changes them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fks_engine.model import InstrumentId, LimitName


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimit:
    """Set a limit at run time, until it is set anew, over restarts too. The stricter of this and the setting holds."""

    name: LimitName
    value: Decimal | None = None
    """None leaves the setting alone to hold."""
    instrument_ids: tuple[InstrumentId, ...] = ()
    """The allowed markets where `name` is INSTRUMENTS; none leaves the setting alone to hold."""
    origin: str = ""
    """Who asks, in a word or two: `Risk screen`, `fks risk`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """One limit with its use now."""

    name: LimitName
    limit: Decimal | None
    """What holds: the stricter of the two below; None where nothing bounds it."""
    setting: Decimal | None
    at_run_time: Decimal | None
    used: Decimal | None
    """How much of it is used, in the same unit; None where there is no such thing or it is not known."""
    unit: str
    """The reporting currency, `%`, `orders`, `orders/s`, `s`, `base units`, `markets`."""
    subject: str = ""
    """What uses the most of it: a market, an order; empty where there is no such thing."""
    is_breached: bool = False
    instrument_ids: tuple[InstrumentId, ...] = ()
    """The allowed markets; only where `name` is INSTRUMENTS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """That a limit was set at run time."""

    ts: int
    name: LimitName
    before: str
    """In words, as after: `50000`, `none`, `BTC/USDT, ETH/USDT`."""
    after: str
    origin: str


class HaltStage(StrEnum):
    """How far a halt has got."""

    LATCHED = "latched"
    """No order of ours leaves any more; the cancels begin."""
    CANCELING = "canceling"
    VERIFYING = "verifying"
    """The exchange is asked what is open."""
    FLATTENING = "flattening"
    DONE = "done"
    """The exchange said that nothing of ours is open, and where it was asked for nothing is held any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltView:
    """A halt, from its latch until a person lifts it."""

    since_ts: int
    origin: str
    """Who halted: `a desk`, `fks halt`, `the daily loss limit`."""
    reason: str
    stage: HaltStage
    detail: str
    """What happens now or what it waits for, in words."""
    flatten: bool
    open_orders: int | None
    """Orders of ours that may work still; None before it is known."""
    verified_ts: int | None = None
    """When the exchange last said that nothing of ours is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskView:
    """Every limit with its use, who changed one, and the halt."""

    rows: tuple[LimitRow, ...]
    changes: tuple[LimitChange, ...] = ()
    """The last ones, newest first."""
    halt: HaltView | None = None
    """None where trading is not halted."""
    day_start_equity: Decimal | None = None
    peak_equity: Decimal | None = None

    def row(self, name: LimitName) -> LimitRow | None:
        """One limit."""
        return next((row for row in self.rows if row.name is name), None)
