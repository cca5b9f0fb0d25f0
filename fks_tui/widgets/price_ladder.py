"""The ladder to trade on: prices stand still, the market and our orders move through them, a cursor names a price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from fks_engine.api import Side
from fks_tui import formatting
from fks_tui.actions.action import bindings
from fks_tui.actions.ladder import LADDER_CURSOR_ACTIONS
from fks_tui.ladder_picture import LadderPicture, LadderSource, Own, ladder_picture
from fks_tui.price_grid import GROUPINGS, PriceGrid
from fks_tui.widgets.line_pane import EMPTY_LINE, Line, LinePane, Span, centred

if TYPE_CHECKING:
    from textual.events import Click, MouseScrollDown, MouseScrollUp

    from fks_engine.api import FocusView

_NOT_KNOWN = "·"
_CURSOR, _CURSOR_END = "▸", "◂"
LEAST_ROWS = 5
_OWN_LEAST = _SIZE_LEAST = 7
_BETWEEN = 9
"""Cells of a line that are no price, no size and nothing of ours."""


class PriceLadder(LinePane, can_focus=True):
    """Prices on lines that stay where they are; the window moves with the cursor, by key, or when the touch leaves it.

    While `held` it does not move by itself: somebody is about to answer for a price.
    """

    STYLE_PREFIX = "dom"
    BINDINGS = bindings(LADDER_CURSOR_ACTIONS)
    COMPONENT_CLASSES = {
        "dom--columns",
        "dom--muted",
        "dom--bid",
        "dom--ask",
        "dom--spread",
        "dom--best-bid",
        "dom--best-ask",
        "dom--bid-depth",
        "dom--ask-depth",
        "dom--last",
        "dom--own",
        "dom--ghost",
        "dom--entry",
        "dom--dim",
        "dom--dim-depth",
        "dom--cursor",
        "dom--cursor-blurred",
        "dom--carried",
        "dom--stale",
        "dom--empty",
    }
    HEAD_LINES: ClassVar[int] = 1

    @dataclass
    class CursorMoved(Message):
        """Another price is under the cursor, or there is room for it now, or none any more."""

    def __init__(self) -> None:
        super().__init__()
        self.held = False
        self.centres_itself = True
        """Whether the window follows a touch that has left it."""
        self._source: LadderSource | None = None
        self._empty: tuple[str, str] = ("No book yet", "")
        self._picture = LadderPicture()
        self._grid: PriceGrid | None = None
        self._cursor: int | None = None
        self._centre: int | None = None
        self._had_room = True

    # What is shown.

    def show(self, source: LadderSource | None, *, empty: tuple[str, str] = ("No book yet", "")) -> None:
        """Show a market; without one, the two lines of `empty`."""
        if source is not None and not (source.focus.bids or source.focus.asks):
            source = None
        if source is not None and (self._source is None or _market(self._source) != _market(source)):
            self._grid = self._cursor = self._centre = None
        self._source, self._empty = source, empty
        self.relay()

    def relay(self) -> None:
        """Lay the market out on the rows that are in the window."""
        width, height = self.size
        if not width:
            return
        source = self._source
        if source is None:
            self.paint(centred(width, height, [(self._empty[0], "empty"), (self._empty[1], "muted")]))
            return
        if self._had_room is not (has_room := self.has_room):
            self._had_room = has_room
            self.post_message(self.CursorMoved())
        if not has_room:
            self.paint(self._needs_room(source.focus))
            return
        if self._grid is None:
            self._grid = PriceGrid(source.focus.instrument.tick_size, _grouping(source.focus, 4 * self._rows))
        self._picture = ladder_picture(source, self._grid)
        self._place()
        painter = _Painter(source.focus, self._picture, self._grid, width, max(abs(row) for row in self.window))
        painter.measure(self.window)
        cursor_style = "carried" if self.held else "cursor" if self.has_focus else "cursor-blurred"
        lines = [painter.titles()]
        lines += [painter.line(row, cursor_style if row == self._cursor else "") for row in self.window]
        self.paint(lines)

    @property
    def has_room(self) -> bool:
        """Whether prices and what is ours can be read beside each other. An empty ladder needs no room."""
        source, (width, _) = self._source, self.size
        return source is None or not width or (width >= _least_width(source.focus) and self._rows >= LEAST_ROWS)

    def _needs_room(self, focus: FocusView) -> list[Line]:
        """How large the terminal must be."""
        width, height = self.size
        columns = self.app.size.width + max(0, _least_width(focus) - width)
        rows = self.app.size.height + max(0, LEAST_ROWS - self._rows)
        texts = [("The ladder needs more room", "empty"), (f"a terminal of {columns} × {rows}", "muted")]
        return centred(width, height, texts)

    @property
    def _rows(self) -> int:
        return max(1, self.size.height - self.HEAD_LINES)

    @property
    def window(self) -> range:
        """The rows that are shown, from the top."""
        top = (self._centre or 0) + self._rows // 2
        return range(top, top - self._rows, -1)

    def _place(self) -> None:
        """Find the window's first place, and follow a touch that has left it."""
        middle = self._picture.middle
        if middle is None:
            return
        if self._centre is None:
            self._centre = middle
        elif self.centres_itself and not self.held:
            window = self.window
            touch = [row for row in (self._picture.best_bid, self._picture.best_ask) if row is not None]
            if not any(row in window for row in touch):
                self._centre = middle
        if self._cursor is None:
            self._cursor = middle

    # The cursor.

    @property
    def grid(self) -> PriceGrid | None:
        """How prices are taken together; None while there is no market."""
        return self._grid

    @property
    def row(self) -> int | None:
        """The row under the cursor; None where there is none, or none that can be seen."""
        return self._cursor if self._cursor is not None and self._cursor in self.window else None

    @property
    def price(self) -> Decimal | None:
        """The price under the cursor; None where there is none, or none that can be seen."""
        return None if self._grid is None or self.row is None else self._grid.price(self.row)

    @property
    def hidden_price(self) -> Decimal | None:
        """The cursor's price where the window has left it behind."""
        lost = self._grid is not None and self._cursor is not None and self.row is None
        return self._grid.price(self._cursor) if lost and self._grid and self._cursor is not None else None

    def put_cursor(self, price: Decimal, side: Side) -> None:
        """Put the cursor on a price, and the price into the window."""
        if self._grid is not None:
            self._move(self._grid.row(price, side))

    def _move(self, row: int) -> None:
        """Put the cursor on a row; the window follows it by as much as it must."""
        if self._grid is None or self._centre is None or row < 1:
            return
        self._cursor = row
        top, bottom = self.window[0], self.window[-1]
        self._centre += max(0, row - top) + min(0, row - bottom)
        self.relay()
        self.post_message(self.CursorMoved())

    def on_focus(self) -> None:
        """Show the cursor at full strength."""
        self.relay()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.relay()

    def on_click(self, event: Click) -> None:
        """Put the cursor on the row that was clicked on."""
        if event.y >= self.HEAD_LINES:
            self._move(self.window[min(event.y - self.HEAD_LINES, self._rows - 1)])

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """One price down."""
        self.action_step(-1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """One price up."""
        self.action_step(1)

    def action_step(self, rows: int) -> None:
        """Move the cursor by rows; one that is out of sight comes back first."""
        if self.hidden_price is not None:
            self.action_centre()
        elif self._cursor is not None:
            self._move(self._cursor + rows)

    def action_centre(self) -> None:
        """Put the cursor between bid and ask, and that into the middle of the window."""
        if (middle := self._picture.middle) is not None and self._grid is not None:
            self._centre = middle
            self._move(middle)

    def action_group(self, step: int) -> None:
        """Take more or fewer ticks together; the cursor stays as near to its price as it can."""
        if self._grid is None or self._cursor is None or self._centre is None or self.held:
            return
        at = min(max(GROUPINGS.index(self._grid.ticks) + step, 0), len(GROUPINGS) - 1)
        before, self._grid = self._grid, PriceGrid(self._grid.tick, GROUPINGS[at])
        cursor = self._grid.nearest(before.price(self._cursor))
        self._centre = self._grid.nearest(before.price(self._centre))
        self._move(max(1, cursor))

    def action_self_centring(self) -> None:
        """Let the window follow the touch, or not."""
        self.centres_itself = not self.centres_itself
        self.relay()
        self.post_message(self.CursorMoved())


def _market(source: LadderSource) -> str:
    return source.focus.instrument.id


def _least_width(focus: FocusView) -> int:
    """The cells in which a line of this market can be read."""
    highest = max(level.price for level in (*focus.bids, *focus.asks))
    price = formatting.price(highest, formatting.decimals_of(focus.instrument.tick_size))
    return len(price) + _BETWEEN + 2 * (_OWN_LEAST + _SIZE_LEAST)


def _grouping(focus: FocusView, rows: int) -> int:
    """The fewest ticks a row must take together so that the known depth goes into so many rows."""
    prices = [level.price for level in (*focus.bids, *focus.asks)]
    ticks = int((max(prices) - min(prices)) / focus.instrument.tick_size)
    return next((each for each in GROUPINGS if ticks <= each * rows), GROUPINGS[-1])


class _Painter:
    """Makes the lines of one picture of a market."""

    def __init__(self, focus: FocusView, picture: LadderPicture, grid: PriceGrid, width: int, highest: int) -> None:
        instrument = focus.instrument
        self._picture = picture
        self._grid = grid
        self._decimals = formatting.decimals_of(instrument.tick_size)
        self._size_decimals = formatting.decimals_of(instrument.step_size)
        self._stale = focus.book_stale
        self._price_width = len(formatting.price(grid.price(highest), self._decimals))
        room = max(0, width - self._price_width - _BETWEEN)
        self._own_width = max(4, min(14, room // 4))
        self._size_width = max(4, room // 2 - self._own_width)
        self._pad = max(0, room - 2 * (self._own_width + self._size_width))
        self._largest = Decimal(1)

    def measure(self, window: range) -> None:
        """Let the largest size in the window have the longest block."""
        sizes = [
            size
            for side in (self._picture.bids, self._picture.asks)
            for row in window
            if (size := side.get(row)) is not None
        ]
        self._largest = max(sizes, default=Decimal(1)) or Decimal(1)

    def titles(self) -> Line:
        """The columns' names."""
        text = (
            f" {'BUY':>{self._own_width}} {'BID':>{self._size_width}}   {'PRICE':^{self._price_width}} "
            f" {'ASK':<{self._size_width}} {'SELL':<{self._own_width}}"
        )
        return Line(((text, "columns"),), "columns")

    def line(self, row: int, cursor: str) -> Line:
        """One price; `cursor` is the style of the cursor's line, or empty."""
        if row < 1:
            return EMPTY_LINE
        return Line(
            (
                (_CURSOR if cursor else " ", "last"),
                self._own(row, Side.BUY),
                (" ", ""),
                *self._depth(row, Side.BUY),
                self._position(row),
                *self._price(row),
                (" ", ""),
                *self._depth(row, Side.SELL),
                (" ", ""),
                self._own(row, Side.SELL),
                (" " * self._pad, ""),
                (_CURSOR_END if cursor else " ", "last"),
            ),
            cursor,
        )

    def _position(self, row: int) -> Span:
        """Whether the mean price of the position (A) or its break-even (E) is here."""
        marks = ("A" if row == self._picture.entry else "") + ("E" if row == self._picture.break_even else "")
        return (f" {marks:<2}", "entry")

    def _price(self, row: int) -> tuple[Span, Span]:
        """The price, and the glyph of who took last where the last trade was here."""
        picture = self._picture
        text = f"{formatting.price(self._grid.price(row), self._decimals):>{self._price_width}}"
        last = picture.last if picture.last is not None and picture.last[0] == row else None
        glyph = " " if last is None else formatting.SIDE_GLYPHS[last[1]]
        if self._stale:
            style = "dim"
        elif last is not None:
            style = "last"
        elif picture.best_bid is not None and row <= picture.best_bid:
            style = "best-bid" if row == picture.best_bid else "bid"
        elif picture.best_ask is not None and row >= picture.best_ask:
            style = "best-ask" if row == picture.best_ask else "ask"
        else:
            style = "spread"
        return (text, style), (glyph, style)

    def _own(self, row: int, side: Side) -> Span:
        """What of ours stands here, with its mark and, of several orders, their number."""
        own = self._picture.own.get((side, row))
        width = self._own_width
        if own is None:
            return (" " * width, "")
        text = _own_words(own, width)
        return (f"{text:>{width}}" if side is Side.BUY else f"{text:<{width}}", "ghost" if own.mark == "»" else "own")

    def _depth(self, row: int, side: Side) -> tuple[Span, ...]:
        """The size, in part over the block of depth that grows away from the price; dots where nothing is known."""
        is_bid = side is Side.BUY
        width = self._size_width
        size = (self._picture.bids if is_bid else self._picture.asks).get(row)
        if size is None:
            worst = self._picture.lowest if is_bid else self._picture.highest
            unknown = worst is not None and (row < worst if is_bid else row > worst)
            text = _NOT_KNOWN if unknown else ""
            return ((f"{text:>{width}}" if is_bid else f"{text:<{width}}", "muted"),)
        covered = min(width, round(size * width / self._largest))
        text = formatting.quantity(size, self._size_decimals)
        if len(text) >= width:
            text = formatting.size(size, width - 1)
        name = "bid" if is_bid else "ask"
        over, beside = ("dim-depth", "dim") if self._stale else (f"{name}-depth", "")
        if is_bid:
            text = f"{text:>{width}}"
            return ((text[: width - covered], beside), (text[width - covered :], over))
        text = f"{text:<{width}}"
        return ((text[:covered], over), (text[covered:], beside))


def _own_words(own: Own, width: int) -> str:
    """`P2×0.15`: a mark, the number of orders, their quantity."""
    head = own.mark + (f"{own.count}×" if own.count > 1 else "")
    return head + formatting.size(own.quantity, max(3, width - len(head)))
