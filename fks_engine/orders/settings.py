"""How the order stage sends, asks and waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_engine.clock import NANOS

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettings:
    """Bounds and pauses of the order stage."""

    recv_window_ms: int = 5_000
    """How late a signed request may reach the exchange; the exchange refuses later ones."""
    arrival_margin_s: float = 5.0
    """How long after that an order may still turn up."""
    max_concurrent_sends: int = 16
    max_concurrent_cancels: int = 8
    kept_orders: int = 5_000
    """Orders that are over and stay in memory."""
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    """Pauses between questions to the exchange double from the first to the longest."""
    audit_interval_s: float = 10.0
    """How often the markets that have working orders are compared with the exchange's list while all seems well."""
    full_audit_interval_s: float = 60.0
    """How often every market is compared, and fills are read anew where something was traded or worked."""
    fills_due_s: float = 3.0
    """How long after a report its fills may still be on the way."""

    @property
    def arrival_window_ns(self) -> int:
        """How long after a send an order may still turn up, by the exchange's clock."""
        return self.recv_window_ms * 1_000_000 + int(self.arrival_margin_s * NANOS)

    def pauses(self) -> Iterator[float]:
        """The pauses between one question and the next, without end."""
        pause = self.first_pause_s
        while True:
            yield pause
            pause = min(pause * 2, self.longest_pause_s)
