"""The two lines under the ladder: what Enter would send, with the gate's word, or what became of the last key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_tui.formatting import printable
from fks_tui.widgets.line_pane import Line, LinePane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_tui.widgets.line_pane import Span


class TradeLine(LinePane):
    """Always two lines high, so that nothing on the screen moves for an answer."""

    STYLE_PREFIX = "line"
    COMPONENT_CLASSES = {f"line--{name}" for name in ("ask", "good", "bad", "warn", "muted", "strong")}

    def __init__(self) -> None:
        super().__init__()
        self._spans: tuple[Sequence[Span], Sequence[Span]] = ((), ())
        self._style = ""

    def show(self, first: Sequence[Span], second: Sequence[Span], *, asks: bool = False) -> None:
        """Say two lines; `asks` where they wait for an answer."""
        self._spans, self._style = (first, second), "ask" if asks else ""
        self.relay()

    def relay(self) -> None:
        """Cut what is too long, and say so."""
        width = self.size.width
        if not width:
            return
        first, second = self._spans
        if not self._style and len(first) == 1 and len(first[0][0]) > width - 2:
            first, second = _wrapped(first[0], width - 2)
        self.paint([Line(_cut(spans, width), self._style) for spans in (first, second)])


def _wrapped(span: Span, room: int) -> tuple[Sequence[Span], Sequence[Span]]:
    """One long text on both lines, broken between words."""
    text, style = span
    at = text.rfind(" ", 0, room + 1)
    at = room if at <= 0 else at
    return [(text[:at], style)], [(text[at:].lstrip(), style)]


def _cut(spans: Sequence[Span], width: int) -> tuple[Span, ...]:
    kept: list[Span] = [(" ", "")]
    room = width - 2
    for text, style in spans:
        text = printable(text)
        kept.append((text if len(text) <= room else f"{text[: max(0, room - 1)]}…", style))
        room -= len(kept[-1][0])
        if room <= 0:
            break
    return tuple(kept)
