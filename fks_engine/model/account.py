"""What an account holds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """One asset of the account."""

    asset: str
    free: Decimal
    locked: Decimal
    """Held by working orders."""

    @property
    def total(self) -> Decimal:
        """Free and locked together."""
        return self.free + self.locked


@dataclass(frozen=True, slots=True)
class BalancesChanged:
    """New balances of the assets that changed, or of all when `complete`."""

    balances: tuple[Balance, ...]
    complete: bool
    ts_event: int
    ts_received: int
