"""Our side of a market beside its ladder: the position with its profit, and the working orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import OrderStatus, PositionSide, Side
from fks_tui import formatting
from fks_tui.ladder_orders import resting_price, waits_for_stop
from fks_tui.order_words import STATUS_WORDS
from fks_tui.widgets.line_pane import EMPTY_LINE, Line, LinePane, Span, headed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import BalanceRow, Instrument, Order, PositionRow

_LABEL = 6
_ROOMY = 16
"""From so many lines on one is left blank."""
_TIGHT = 36
"""Up to so many columns an order's side is one letter."""
_SHORT_WORDS: Final = {
    OrderStatus.SUBMITTED: "sending",
    OrderStatus.PENDING_CANCEL: "cancel",
    OrderStatus.UNKNOWN: "UNKNOWN",
}


class LadderSide(LinePane):
    """A few figures and a short list; what does not fit is counted."""

    STYLE_PREFIX = "side"
    COMPONENT_CLASSES = {
        f"side--{each}" for each in ("head", "title", "muted", "up", "down", "own", "dim", "strong", "stale")
    }

    def __init__(self) -> None:
        super().__init__()
        self._instrument: Instrument | None = None
        self._position: PositionRow | None = None
        self._orders: tuple[Order, ...] = ()
        self._balances: tuple[BalanceRow, ...] = ()
        self._notes: tuple[Line, ...] = ()

    def show(
        self,
        instrument: Instrument | None,
        position: PositionRow | None,
        orders: tuple[Order, ...],
        balances: tuple[BalanceRow, ...],
        notes: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Show what is ours in a market; `notes` (a key or mark, what it is) fill the room under it, if it is there."""
        self._instrument, self._position, self._balances = instrument, position, balances
        self._orders = tuple(sorted(orders, key=_from_the_top))
        self._notes = tuple(Line(((f" {mark:<10}  ", "strong"), (text, "muted"))) for mark, text in notes)
        self.relay()

    def relay(self) -> None:
        """Write the lines for the size."""
        width, height = self.size
        if not width:
            return
        instrument = self._instrument
        if instrument is None:
            self.paint([headed(width, [(" POSITION", "title")], [])])
            return
        lines = self._position_lines(instrument, width)
        if height >= _ROOMY:
            lines.append(EMPTY_LINE)
        count = f"{len(self._orders)}"
        lines.append(headed(width, [(" WORKING", "title")], [(count, "strong" if self._orders else "muted")]))
        room = max(1, height - len(lines))
        shown = self._orders if len(self._orders) <= room else self._orders[: room - 1]
        lines += [_order_line(order, instrument, width) for order in shown]
        if len(shown) < len(self._orders):
            lines.append(Line(((f" and {len(self._orders) - len(shown)} more", "muted"),)))
        if not self._orders:
            lines.append(Line(((" none in this market", "muted"),)))
        if len(lines) + len(self._notes) + 2 <= height:
            lines += [EMPTY_LINE, headed(width, [(" KEYS", "title")], []), *self._notes]
        self.paint(lines)

    def _position_lines(self, instrument: Instrument, width: int) -> list[Line]:
        row = self._position
        held = row is not None and row.side is not PositionSide.FLAT and bool(row.quantity)
        stale = row is not None and row.mark_stale
        head = headed(width, [(" POSITION", "title")], [(formatting.STALE_MARK + "stale", "stale")] if stale else [])
        decimals = formatting.decimals_of(instrument.tick_size)
        free = {each.balance.asset: each.balance.free for each in self._balances}
        lines = [head]
        if row is None or not held:
            lines.append(Line(((" FLAT", "strong"), ("  no position of ours", "muted"))))
        else:
            lines += [
                _figure(row.side.upper(), f"{formatting.quantity(row.quantity)} {instrument.base}", "strong"),
                Line(
                    (
                        (" A ", "own"),
                        (formatting.price(row.average_price, decimals), ""),
                        ("  E ", "own"),
                        (formatting.price(row.break_even, decimals), ""),
                    )
                ),
                _profit("open", row.unrealised, row.unrealised_fraction, dim=stale),
                _profit("day", row.day_profit, None, dim=stale),
            ]
            if row.dust:
                lines.append(Line(((f" dust: {row.dust}", "stale"),)))
        lines.append(
            _figure(
                "free",
                f"{formatting.money(free.get(instrument.quote, Decimal(0)))} {instrument.quote}",
            )
        )
        lines.append(_figure("", f"{formatting.quantity(free.get(instrument.base, Decimal(0)))} {instrument.base}"))
        return lines


def _figure(name: str, text: str, tone: str = "") -> Line:
    return Line(((f" {name:<{_LABEL}}", "muted"), (text, tone)))


def _profit(name: str, value: Decimal | None, fraction: Decimal | None, *, dim: bool) -> Line:
    tone = "dim" if dim else "" if not value else "up" if value > 0 else "down"
    text = formatting.signed_money(value)
    return _figure(name, f"{text} ({formatting.percent(fraction)})" if fraction is not None else text, tone)


def _order_line(order: Order, instrument: Instrument, width: int) -> Line:
    """Side, leaves, price, and what is unusual about the order."""
    price = resting_price(order)
    decimals = formatting.decimals_of(instrument.tick_size)
    at = "market" if price is None else formatting.price(price, decimals)
    tight = width <= _TIGHT
    unusual: list[str] = ["stop"] if waits_for_stop(order) else []
    if order.waits_for is not None:
        unusual.append("waits")
    elif order.filled_quantity:
        unusual.append(f"{int(order.filled_quantity * 100 / order.quantity)}%{'' if tight else ' filled'}")
    words = _SHORT_WORDS.get(order.status, "") if tight else STATUS_WORDS[order.status]
    if words not in ("", "working", "part filled"):
        unusual.append(words)
    tone = "up" if order.side is Side.BUY else "down"
    side = order.side[:1].upper() if tight else f" {order.side.upper():<4}"
    spans: tuple[Span, ...] = (
        (f" {formatting.SIDE_GLYPHS[order.side]}{side}", tone),
        (f" {formatting.size(order.leaves_quantity, 8):>8}", ""),
        (f" {at}", ""),
        (f" {' '.join(unusual)}", "own"),
    )
    return Line(spans)


def _from_the_top(order: Order) -> tuple[Decimal, int]:
    """The order of the ladder: high prices first; of one price the older one."""
    price = resting_price(order)
    return (-(price or Decimal(0)), order.ts_created)
