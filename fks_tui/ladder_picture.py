"""One market laid out on the rows of a ladder: sizes, the touch, the last trade, our orders and our position."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import OrderStatus, Side
from fks_tui.ladder_orders import resting_price, waits_for_stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.api import DeskView, FocusView, InstrumentId, Level, Order, PositionRow
    from fks_tui.price_grid import PriceGrid

PROPOSED, SENDING, CANCELING, UNKNOWN, PART_FILLED, STOP, WAITING, CARRIED = "»", "…", "x", "?", "P", "!", "w", "↕"
MARKS: Final = {
    PROPOSED: "not sent yet",
    SENDING: "being sent",
    CANCELING: "being canceled",
    UNKNOWN: "no answer came",
    PART_FILLED: "partly filled",
    STOP: "stop",
    WAITING: "waits for its entry",
    CARRIED: "picked up",
}
"""Each mark before a quantity of ours, and what it says; of several in one row the first is written."""
_RANKS: Final = {mark: rank for rank, mark in enumerate((PROPOSED, UNKNOWN, SENDING, CANCELING, CARRIED, STOP))}


@dataclass(frozen=True, slots=True)
class Ghost:
    """An order of ours that the engine's picture does not hold yet, or not there."""

    side: Side
    price: Decimal
    quantity: Decimal
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSource:
    """What a ladder is made from."""

    focus: FocusView
    orders: tuple[Order, ...] = ()
    """Our working orders in this market."""
    position: PositionRow | None = None
    ghosts: tuple[Ghost, ...] = ()
    canceling: frozenset[str] = frozenset()
    """Client order ids of which a cancel or a replacement is on its way."""
    carried: str | None = None
    """The client order id of the order that was picked up."""


@dataclass(slots=True)
class Own:
    """What of ours stands in one row, on one side."""

    quantity: Decimal = Decimal(0)
    count: int = 0
    mark: str = ""

    def add(self, quantity: Decimal, mark: str) -> None:
        """One order more; the mark that matters most stays."""
        self.quantity += quantity
        self.count += 1
        if not self.mark or _RANKS.get(mark, len(_RANKS)) < _RANKS.get(self.mark, len(_RANKS)):
            self.mark = mark or self.mark


@dataclass(slots=True)
class LadderPicture:
    """The rows of one moment."""

    bids: dict[int, Decimal] = field(default_factory=dict)
    asks: dict[int, Decimal] = field(default_factory=dict)
    own: dict[tuple[Side, int], Own] = field(default_factory=dict)
    best_bid: int | None = None
    best_ask: int | None = None
    lowest: int | None = None
    """The last row of the bids that are known; what lies below it is not known, and not empty."""
    highest: int | None = None
    last: tuple[int, Side] | None = None
    """The row of the last trade, and who took."""
    entry: int | None = None
    break_even: int | None = None

    @property
    def middle(self) -> int | None:
        """The row between bids and asks; of one side alone, its best row."""
        if self.best_bid is None or self.best_ask is None:
            return self.best_bid if self.best_ask is None else self.best_ask
        return (self.best_bid + self.best_ask) // 2


def ladder_picture(source: LadderSource, grid: PriceGrid) -> LadderPicture:
    """`source` on the rows of `grid`."""
    focus = source.focus
    picture = LadderPicture(bids=_sizes(focus.bids, Side.BUY, grid), asks=_sizes(focus.asks, Side.SELL, grid))
    if picture.bids:
        picture.best_bid, picture.lowest = max(picture.bids), min(picture.bids)
    if picture.asks:
        picture.best_ask, picture.highest = min(picture.asks), max(picture.asks)
    if focus.trades:
        trade = focus.trades[0]
        picture.last = (grid.row(trade.price, trade.aggressor.opposite), trade.aggressor)
    for order in source.orders:
        price = resting_price(order)
        if price is not None:
            _own(picture, order.side, grid.row(price, order.side)).add(order.leaves_quantity, _mark(order, source))
    for ghost in source.ghosts:
        _own(picture, ghost.side, grid.row(ghost.price, ghost.side)).add(ghost.quantity, ghost.mark)
    if source.position is not None and source.position.quantity:
        average, break_even = source.position.average_price, source.position.break_even
        picture.entry = None if average is None else grid.nearest(average)
        picture.break_even = None if break_even is None else grid.nearest(break_even)
    return picture


def orders_in(view: DeskView | None, market: InstrumentId | None) -> tuple[Order, ...]:
    """Our working orders in a market."""
    orders = view.working_orders if view is not None else ()
    return tuple(order for order in orders if order.instrument_id == market)


def orders_in_row(orders: Iterable[Order], row: int, grid: PriceGrid) -> list[Order]:
    """Our orders that stand in a row, the newest first: it gives up the least by moving."""
    found = [
        order for order in orders if (price := resting_price(order)) is not None and grid.row(price, order.side) == row
    ]
    return sorted(found, key=lambda order: order.ts_created, reverse=True)


def _sizes(levels: Iterable[Level], side: Side, grid: PriceGrid) -> dict[int, Decimal]:
    sizes: dict[int, Decimal] = {}
    for level in levels:
        row = grid.row(level.price, side)
        sizes[row] = sizes.get(row, Decimal(0)) + level.size
    return sizes


def _own(picture: LadderPicture, side: Side, row: int) -> Own:
    return picture.own.setdefault((side, row), Own())


def _mark(order: Order, source: LadderSource) -> str:
    if order.client_order_id == source.carried:
        return CARRIED
    if order.client_order_id in source.canceling or order.status is OrderStatus.PENDING_CANCEL:
        return CANCELING
    if order.status is OrderStatus.UNKNOWN:
        return UNKNOWN
    if order.status is OrderStatus.SUBMITTED:
        return SENDING
    if order.waits_for is not None:
        return WAITING
    if waits_for_stop(order):
        return STOP
    return PART_FILLED if order.filled_quantity else ""
