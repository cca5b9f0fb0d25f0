"""One order of the history: followed while it lives, put away small once it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fks_engine.model import Order, OrderStatus, market_of
from fks_engine.orders.life import TrackedOrder

if TYPE_CHECKING:
    from fks_engine.api import HistoryRequest

_DECODER = msgspec.msgpack.Decoder(Order)


class Row:
    """An order, who asked for it, and the segments that tell of it."""

    __slots__ = ("_kept", "_tracked", "_words", "first", "last", "origin")

    def __init__(self, order: Order, segment: int, origin: str = "") -> None:
        self._tracked: TrackedOrder | None = TrackedOrder(order)
        self._kept = b""
        self._words = ""
        self.origin = origin
        self.first = self.last = segment
        """The first record numbers of the first and the last segment that tell of it."""

    @property
    def order(self) -> Order:
        """The order as it stands or ended."""
        return _DECODER.decode(self._kept) if self._tracked is None else self._tracked.order

    def followed(self, segment: int) -> TrackedOrder:
        """The order, to let something happen to it that this segment tells."""
        self.last = segment
        if self._tracked is None:
            self._tracked = TrackedOrder(self.order)
        return self._tracked

    def put_away(self) -> None:
        """Keep an order that is over as bytes; it can be followed again."""
        if self._tracked is not None and self._tracked.order.status.is_terminal:
            order = self._tracked.order
            self._words = _words(order, self.origin)
            self._kept = msgspec.msgpack.encode(order)
            self._tracked = None

    def passes(self, words: tuple[str, ...]) -> bool:
        """Whether every word, in small letters, stands in its market, ids, type, status, reason or origin."""
        if not words:
            return True
        text = self._words if self._tracked is None else _words(self._tracked.order, self.origin)
        return all(word in text for word in words)


def passes(order: Order, chosen: HistoryRequest) -> bool:
    """Whether an order passes every filter but the words."""
    if chosen.instrument_id is not None and order.instrument_id != chosen.instrument_id:
        return False
    if chosen.side is not None and order.side is not chosen.side:
        return False
    if chosen.statuses and order.status not in chosen.statuses:
        return False
    if chosen.since_ts is not None and order.ts_created < chosen.since_ts:
        return False
    return chosen.until_ts is None or order.ts_created <= chosen.until_ts


def is_narrowed(chosen: HistoryRequest) -> bool:
    """Whether a request filters by anything but words."""
    return bool(
        chosen.instrument_id is not None
        or chosen.side is not None
        or chosen.statuses
        or chosen.since_ts is not None
        or chosen.until_ts is not None
    )


def _words(order: Order, origin: str) -> str:
    status = "working" if order.status is OrderStatus.ACCEPTED else order.status.value
    parts = (
        market_of(order.instrument_id),
        order.client_order_id,
        order.exchange_order_id or "",
        order.order_list_id or "",
        order.side.value,
        order.order_type.value.replace("_", " "),
        status.replace("_", " "),
        order.reason,
        origin,
        "external" if order.external else "",
    )
    return "\n".join(parts).lower()
