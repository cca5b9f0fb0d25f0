"""The order book around its middle: own orders, bid sizes, prices, ask sizes, with bars for depth."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.api import market_of
from fks_tui import formatting
from fks_tui.widgets.line_pane import EMPTY_LINE, Line, LinePane, Span, centred, headed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import FocusView, InstrumentId, Level

_HEAD_LINES = 2


class BookLadder(LinePane):
    """Asks over the spread over bids. The middle stays where it is; depth and our own orders move around it."""

    STYLE_PREFIX = "ladder"
    COMPONENT_CLASSES = {
        "ladder--head",
        "ladder--columns",
        "ladder--title",
        "ladder--muted",
        "ladder--bid",
        "ladder--ask",
        "ladder--bid-depth",
        "ladder--ask-depth",
        "ladder--own",
        "ladder--middle",
        "ladder--dim",
        "ladder--dim-depth",
        "ladder--stale",
        "ladder--empty",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._focus: FocusView | None = None
        self._wanted: InstrumentId | None = None

    def show(self, focus: FocusView | None, wanted: InstrumentId | None) -> None:
        """Show a book; `wanted` is the market that was asked for and may not have come yet."""
        self._focus = focus
        self._wanted = wanted
        self.relay()

    def expect(self, wanted: InstrumentId) -> None:
        """Say that this market has been asked for."""
        self._wanted = wanted
        self.relay()

    def relay(self) -> None:
        """Lay out the lines for the book and the size."""
        width, height = self.size
        if not width:
            return
        focus = self._focus
        if focus is None or not (focus.bids or focus.asks):
            market = market_of(self._wanted) if self._wanted else focus.instrument.market if focus else ""
            texts = [
                ("No book yet", "empty"),
                (f"waiting for {market}" if market else "no market is followed", "muted"),
            ]
            self.paint([headed(width, [(" BOOK", "title")], []), *centred(width, height - 1, texts)])
            return
        painter = _Painter(focus, width)
        depth = max(1, (height - _HEAD_LINES - 1) // 2)
        asks, bids = focus.asks[:depth], focus.bids[:depth]
        painter.measure((*asks, *bids))
        lines = [self._head(focus, width), painter.titles()]
        lines += [EMPTY_LINE] * (depth - len(asks))
        lines += [painter.line(level, is_bid=False) for level in reversed(asks)]
        lines.append(painter.middle())
        lines += [painter.line(level, is_bid=True) for level in bids]
        self.paint(lines)

    def _head(self, focus: FocusView, width: int) -> Line:
        """The market, the one that is on its way, and the book's age."""
        left: list[Span] = [(" BOOK ", "title"), (f" {focus.instrument.market}", "")]
        if self._wanted is not None and self._wanted != focus.instrument.id:
            left.append((f" → {market_of(self._wanted)} …", "stale"))
        age = formatting.age(focus.book_age_s)
        state: Span = (f"!{age} STALE", "stale") if focus.book_stale else (age, "muted")
        return headed(width, left, [state])


class _Painter:
    """Makes the lines of one picture of a book."""

    def __init__(self, focus: FocusView, width: int) -> None:
        instrument = focus.instrument
        self._focus = focus
        self._decimals = formatting.decimals_of(instrument.tick_size)
        self._size_decimals = formatting.decimals_of(instrument.step_size)
        self._stale = focus.book_stale
        self._own = {
            True: {Decimal(price): leaves for price, leaves in focus.own_bids.items()},
            False: {Decimal(price): leaves for price, leaves in focus.own_asks.items()},
        }
        self._width = width
        self._price_width = 8
        self._size_width = 8
        self._own_width = 8
        self._largest = Decimal(1)

    def measure(self, levels: Sequence[Level]) -> None:
        """Divide the width: the price takes what it needs, own orders a little, the sizes the rest."""
        self._largest = max(level.size for level in levels) or Decimal(1)
        self._price_width = max(len(formatting.price(level.price, self._decimals)) for level in levels) + 2
        self._own_width = 9 if self._width >= 40 else 7
        self._size_width = max(4, (self._width - self._price_width - self._own_width - 2) // 2)

    def titles(self) -> Line:
        """The columns' names."""
        text = (
            f"{'OWN':>{self._own_width}} {'BID':>{self._size_width}}"
            f"{'PRICE':^{self._price_width}}{'ASK':<{self._size_width}}"
        )
        return Line(((text, "columns"),))

    def line(self, level: Level, *, is_bid: bool) -> Line:
        """One price."""
        price = formatting.price(level.price, self._decimals)
        blank: Span = (" " * self._size_width, "")
        depth = self._depth(level.size, is_bid=is_bid)
        style = "dim" if self._stale else "bid" if is_bid else "ask"
        return Line(
            (
                self._own_cell(level, is_bid=is_bid),
                (" ", ""),
                *(depth if is_bid else (blank,)),
                (f"{price:^{self._price_width}}", style),
                *((blank,) if is_bid else depth),
            )
        )

    def middle(self) -> Line:
        """The spread and the middle, between asks and bids."""
        focus = self._focus
        if not focus.bids or not focus.asks:
            return Line(((f"{'one side is empty':^{self._width}}", "stale"),), "middle")
        bid, ask = focus.bids[0].price, focus.asks[0].price
        spread, mid = ask - bid, (ask + bid) / 2
        points = formatting.basis_points(spread, mid)
        left = f"spread {formatting.price(spread, self._decimals)}"
        right = f"mid {formatting.price(mid, self._decimals + 1)}"
        between = f" · {points} bp" if len(left) + len(right) + len(points) + 10 <= self._width else ""
        room = self._width - 2 - len(left) - len(between) - len(right)
        text = f" {left}{between}{' ' * max(1, room)}{right} "
        return Line(((text, "dim" if self._stale else ""),), "middle")

    def _own_cell(self, level: Level, *, is_bid: bool) -> Span:
        """What of ours rests at the price."""
        leaves = self._own[is_bid].get(level.price)
        if leaves is None:
            return (" " * self._own_width, "")
        text = f"{'B' if is_bid else 'S'} {formatting.size(leaves, self._own_width - 3)}"
        return (f"{text:>{self._own_width}}", "own")

    def _depth(self, size: Decimal, *, is_bid: bool) -> tuple[Span, ...]:
        """The size, in part over the block of depth that grows away from the price."""
        width = self._size_width
        covered = min(width, round(size * width / self._largest))
        text = formatting.quantity(size, self._size_decimals)
        if len(text) >= width:
            text = formatting.size(size, width - 1)
        side = "bid" if is_bid else "ask"
        over, beside = ("dim-depth", "dim") if self._stale else (f"{side}-depth", "")
        if is_bid:
            text = f"{text:>{width}}"
            return ((text[: width - covered], beside), (text[width - covered :], over))
        text = f"{text:<{width}}"
        return ((text[:covered], over), (text[covered:], beside))
