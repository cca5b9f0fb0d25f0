"""The newest trades of one symbol, packed as whole numbers."""

from __future__ import annotations

from array import array
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.simulator.nouns import PublicTrade

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS = 6
_SCALE = 100_000_000
_UNIT = Decimal("1e-8")
_MOST = 2**63 - 1


class Prints:
    """The newest `capacity` trades, oldest first; a quantity beyond 92 billion units is remembered as 92 billion."""

    def __init__(self, symbol: str, capacity: int) -> None:
        self._symbol = symbol
        self._capacity = capacity
        self._numbers = array("q")
        self._next = 0
        self.last: PublicTrade | None = None

    def __len__(self) -> int:
        return len(self._numbers) // _FIELDS

    def append(self, trade: PublicTrade) -> None:
        """Remember a trade, and forget the oldest one when there are too many."""
        self.last = trade
        price, quantity = int(trade.price * _SCALE), min(int(trade.quantity * _SCALE), _MOST)
        numbers = (trade.trade_id, price, quantity, trade.buyer_is_maker, trade.time_ms, trade.event_ms)
        if len(self._numbers) < self._capacity * _FIELDS:
            self._numbers.extend(numbers)
        else:
            self._numbers[self._next : self._next + _FIELDS] = array("q", numbers)
            self._next = (self._next + _FIELDS) % len(self._numbers)

    def __iter__(self) -> Iterator[PublicTrade]:
        return iter(self.newest(len(self)))

    def newest(self, count: int) -> list[PublicTrade]:
        """The newest `count` trades, oldest first."""
        ordered = self._numbers[self._next :] + self._numbers[: self._next]
        first = max(0, len(ordered) - count * _FIELDS)
        return [self._trade(ordered[start : start + _FIELDS]) for start in range(first, len(ordered), _FIELDS)]

    def _trade(self, numbers: array[int]) -> PublicTrade:
        trade_id, price, quantity, buyer_is_maker, time_ms, event_ms = numbers
        return PublicTrade(
            self._symbol, trade_id, price * _UNIT, quantity * _UNIT, bool(buyer_is_maker), time_ms, event_ms
        )
