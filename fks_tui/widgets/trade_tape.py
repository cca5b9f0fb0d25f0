"""The tape: public trades of the followed market, newest on top."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from fks_engine.api import Side
from fks_tui import formatting
from fks_tui.widgets.line_pane import Line, LinePane, centred, headed

if TYPE_CHECKING:
    from textual.timer import Timer

    from fks_engine.api import FocusView, Trade

EVERY_S: Final = 0.24
"""A tape that runs moves every line of it: four times a second is as much as an eye can follow."""

_HEAD_LINES = 2
_STYLES = {Side.BUY: "up", Side.SELL: "down"}


class TradeTape(LinePane):
    """One line per trade: when, which side took, at what price, how much."""

    STYLE_PREFIX = "tape"
    COMPONENT_CLASSES = {
        "tape--head",
        "tape--columns",
        "tape--title",
        "tape--muted",
        "tape--up",
        "tape--down",
        "tape--dim",
        "tape--empty",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._focus: FocusView | None = None
        self._painted_at = 0.0
        self._due: Timer | None = None

    def show(self, focus: FocusView | None) -> None:
        """Show the followed market's trades: at once where more than trades has changed, else when it is time."""
        before, self._focus = self._focus, focus
        wait = self._painted_at + EVERY_S - time.monotonic()
        if wait <= 0 or _turned(before, focus):
            self.relay()
        elif self._due is None:
            self._due = self.set_timer(wait, self.relay)

    def relay(self) -> None:
        """Lay out the lines for the trades and the size."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        self._painted_at = time.monotonic()
        width, height = self.size
        if not width:
            return
        focus = self._focus
        market = f" {focus.instrument.market}" if focus else ""
        head = headed(width, [(" TRADES ", "title"), (market, "")], [])
        if focus is None or not focus.trades:
            self.paint([head, *centred(width, height - 1, [("No trades yet", "empty")])])
            return
        trades = focus.trades[: max(0, height - _HEAD_LINES)]
        price_decimals = formatting.decimals_of(focus.instrument.tick_size)
        size_decimals = formatting.decimals_of(focus.instrument.step_size)
        price_width = max((len(formatting.price(each.price, price_decimals)) for each in trades), default=8)
        size_width = max(4, min(12, width - price_width - 15))
        titles = f" {'TIME':<8}   {'PRICE':>{price_width}} {'SIZE':>{size_width}}"
        rows = [
            _line(each, price_decimals, price_width, size_decimals, size_width, dim=focus.book_stale) for each in trades
        ]
        self.paint([head, Line(((titles, "columns"),)), *rows])


def _turned(before: FocusView | None, after: FocusView | None) -> bool:
    """Whether the tape is another market's, has just begun or ended, or goes stale or comes back."""
    if before is None or after is None:
        return before is not after
    return (
        before.instrument.id != after.instrument.id
        or before.book_stale is not after.book_stale
        or bool(before.trades) is not bool(after.trades)
    )


def _line(
    trade: Trade, price_decimals: int, price_width: int, size_decimals: int, size_width: int, *, dim: bool
) -> Line:
    """One trade; the glyph says the side where colours do not."""
    price = formatting.price(trade.price, price_decimals)
    quantity = formatting.fixed(trade.quantity, size_decimals)
    if len(quantity) > size_width:
        quantity = formatting.size(trade.quantity, size_width)
    return Line(
        (
            (f" {formatting.clock_time(trade.ts_event)} ", "muted"),
            (
                f"{formatting.SIDE_GLYPHS[trade.aggressor]} {price:>{price_width}}",
                "dim" if dim else _STYLES[trade.aggressor],
            ),
            (f" {quantity:>{size_width}}", "dim" if dim else ""),
        )
    )
