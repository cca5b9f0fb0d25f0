"""The terminal's cells as they were last written: of an update only those that differ go out, style by style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.style import Style
    from textual.geometry import Size
    from textual.strip import Strip

_BRIDGE: Final = 4
"""So many unchanged cells between two changes cost less than a move of the cursor past them."""
_LINES: Final = frozenset({"4", "7", "9", "21", "53"})
"""Attributes that are seen on a blank: underlines, reverse, strike, overline."""


class Pen(NamedTuple):
    """What a terminal is told before it writes a cell."""

    attributes: str
    background: str
    foreground: str

    def after(self, before: Pen | None) -> str:
        """The escape sequence to come here from `before`; None is an unknown pen."""
        if before == self:
            return ""
        if before is None or before.attributes != self.attributes:
            return f"\x1b[{';'.join(filter(None, ('0', *self)))}m"
        codes = []
        if before.background != self.background:
            codes.append(self.background or "49")
        if before.foreground != self.foreground:
            codes.append(self.foreground or "39")
        return f"\x1b[{';'.join(codes)}m"


_Cell = tuple[str, Pen]
_NO_PEN: Final = Pen("", "", "")


class ChangedCells:
    """Between the compositor and the terminal.

    Textual writes whole lines of a widget where one digit has changed, every style of them spelled out, and the whole
    terminal where something moves under a modal. What is written here is the difference to what stands there already.
    A line with glyphs that take no or two cells is written whole, and is not known afterwards.
    """

    def __init__(self) -> None:
        self.size: Size | None = None
        """Of the terminal, once all of it was written; None before, and where it may show anything."""
        self._rows: dict[int, list[_Cell | None]] = {}
        self._strips: dict[int, dict[int, Strip]] = {}
        self._pens: dict[Style, tuple[Pen, Pen]] = {}
        self._colors: ColorSystem | None = None

    def forget(self) -> None:
        """The terminal may show anything: write everything anew."""
        self.size = None
        self._rows.clear()
        self._strips.clear()

    def only(self, update: RenderableType | None) -> RenderableType | None:
        """`update` as one that writes only what it changes."""
        return _Difference(self, update) if isinstance(update, ChopsUpdate | LayoutUpdate) else update

    def written(self, update: ChopsUpdate | LayoutUpdate, console: Console) -> str:
        """The escape sequences and texts that bring the terminal up to `update`."""
        colors = console._color_system or ColorSystem.TRUECOLOR
        if colors is not self._colors:
            self._colors = colors
            self._pens.clear()
            self.forget()
        if isinstance(update, LayoutUpdate):
            self.size = update.region.size
        whole: list[str] = []
        runs: dict[Pen, list[tuple[int, int, str]]] = {}
        for y, x, strip in _placed(update):
            placed = self._strips.setdefault(y, {})
            if placed.get(x) is strip:
                continue
            width = strip.cell_length
            for other in [at for at, each in placed.items() if at < x + width and at + each.cell_length > x]:
                del placed[other]
            placed[x] = strip
            row = self._rows.setdefault(y, [])
            if len(row) < x + width:
                row += [None] * (x + width - len(row))
            cells = self._cells(strip)
            if cells is None:
                whole.append(f"\x1b[{y + 1};{x + 1}H\x1b[0m{strip.render(console)}")
                row[x : x + width] = [None] * width
                continue
            for start, pen, text in _changed(row[x : x + width], cells):
                runs.setdefault(pen, []).append((y, x + start, text))
            row[x : x + width] = cells
        return "".join((*whole, *_spelled(runs)))

    def _cells(self, strip: Strip) -> list[_Cell] | None:
        """The strip cell by cell; None where a glyph does not take one cell, or a link or a control is in it."""
        cells: list[_Cell] = []
        for segment in strip:
            text, style, control = segment
            if (
                control
                or (style is not None and style._link)
                or not (text.isascii() or segment.cell_length == len(text))
            ):
                return None
            pen, blank = (_NO_PEN, _NO_PEN) if style is None else self._pens.get(style) or self._pen(style)
            cells += [(glyph, blank if glyph == " " else pen) for glyph in text]
        return cells if len(cells) == strip.cell_length else None

    def _pen(self, style: Style) -> tuple[Pen, Pen]:
        """The pen of a style, and the one of a blank in it, of which no foreground is seen."""
        colors = self._colors or ColorSystem.TRUECOLOR
        foreground = () if style.color is None else style.color.downgrade(colors).get_ansi_codes()
        background = () if style.bgcolor is None else style.bgcolor.downgrade(colors).get_ansi_codes(foreground=False)
        attributes = style._attributes & style._set_attributes
        codes = [code for bit, code in style._style_map.items() if attributes & (1 << bit)]
        pen = Pen(";".join(codes), ";".join(background), ";".join(foreground))
        blank = pen if _LINES.intersection(codes) else Pen("", pen.background, "")
        self._pens[style] = pen, blank
        return pen, blank


class _Difference(CompositorUpdate):
    """An update that writes only what it changes."""

    def __init__(self, shown: ChangedCells, update: ChopsUpdate | LayoutUpdate) -> None:
        self._shown = shown
        self._update = update

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The whole update, for a console that is no terminal."""
        return self._update.__rich_console__(console, options)

    def render_segments(self, console: Console) -> str:
        """What to write to the terminal; called when it is written for certain."""
        return self._shown.written(self._update, console)


def _placed(update: ChopsUpdate | LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Every strip of an update with its row and column."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield y, x, strip
                x += strip.cell_length
        return
    for y, first, last in update.spans:
        for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if chop is not None and x < last and end > first:
                yield y, x, chop


def _changed(before: list[_Cell | None], after: list[_Cell]) -> Iterator[tuple[int, Pen, str]]:
    """The runs of one pen that turn `before` into `after`: where they begin, the pen, the text."""
    if before == after:
        return
    numbers = [number for number, (cell, old) in enumerate(zip(after, before, strict=True)) if cell != old]
    start, end, pen = numbers[0], numbers[0] + 1, after[numbers[0]][1]
    for number in numbers[1:]:
        if number == end:
            if after[number][1] is pen:
                end = number + 1
                continue
            joined = _fits(after[number], pen)
        else:
            joined = number - end < _BRIDGE and all(_fits(cell, pen) for cell in after[end : number + 1])
        if joined:
            end = number + 1
            continue
        yield start, pen, "".join(glyph for glyph, _ in after[start:end])
        start, end, pen = number, number + 1, after[number][1]
    yield start, pen, "".join(glyph for glyph, _ in after[start:end])


def _fits(cell: _Cell, pen: Pen) -> bool:
    """Whether the cell looks the same when it is written with `pen`."""
    glyph, own = cell
    if own is pen or own == pen:
        return True
    return glyph == " " and own.background == pen.background and not own.attributes and not _is_lined(pen)


def _is_lined(pen: Pen) -> bool:
    return not _LINES.isdisjoint(pen.attributes.split(";"))


def _spelled(runs: dict[Pen, list[tuple[int, int, str]]]) -> Iterable[str]:
    """The runs as a terminal reads them, each pen taken up once."""
    pen: Pen | None = None
    for next_pen in sorted(runs):
        yield next_pen.after(pen)
        pen = next_pen
        row = column = -1
        for y, x, text in runs[pen]:
            if y == row and x > column:
                yield f"\x1b[{x - column}C" if x - column > 1 else "\x1b[C"
            elif y != row or x != column:
                yield f"\x1b[{y + 1};{x + 1}H"
            yield text
            row, column = y, x + len(text)
    if pen is not None:
        yield "\x1b[0m"
