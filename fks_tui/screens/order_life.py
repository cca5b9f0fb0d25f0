"""One order's life: who asked, what was checked, written, sent, answered and filled, and the time in between."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from textual.containers import VerticalScroll
from textual.content import Content

from fks_engine.api import ConnectionLost, LifeStepKind, OrderLifePage, OrderLifeRequest, Refused, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.history import LIFE_ACTIONS, RELOAD_HISTORY
from fks_tui.actions.windows import CLOSE
from fks_tui.formatting import date_time, printable, quantity
from fks_tui.frame_words import entitle
from fks_tui.life_words import in_order, number_words
from fks_tui.order_words import kind_words, price_words, side_words, status_words
from fks_tui.screens.base import DeskModal
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from fks_engine.api import Desk, LifeStep
    from fks_tui.precision import Precision

KINDS: Final = {
    LifeStepKind.ASKED: ("▸", "asked"),
    LifeStepKind.CHECKED: ("✓", "check"),
    LifeStepKind.DENIED: ("✗", "denied"),
    LifeStepKind.WRITTEN: ("■", "written"),
    LifeStepKind.SENT: ("→", "sent"),
    LifeStepKind.REPLIED: ("←", "replied"),
    LifeStepKind.FILLED: ("●", "fill"),
    LifeStepKind.CANCEL_ASKED: ("◌", "cancel"),
    LifeStepKind.MOVED: ("·", "moved"),
}
_FAULT: Final = "✗"
_BEFORE: Final = 34
"""Columns before a step's words."""
_MILLI: Final = 1_000_000


class OrderLife(DeskModal[None]):
    """A timeline that is asked for once, and again by key."""

    BINDINGS = bindings(LIFE_ACTIONS)

    def __init__(self, desk: Desk, order_id: str, precision: Precision) -> None:
        super().__init__()
        self._desk = desk
        self._order_id = order_id
        self._precision = precision
        self._page: OrderLifePage | None = None
        self._words = SteadyText("", classes="life")

    def compose(self) -> ComposeResult:
        """One text that scrolls where it is long."""
        with VerticalScroll(classes="modal") as box:
            keys = f"{RELOAD_HISTORY.keys} read again · {CLOSE.keys.split()[0]} close"
            entitle(box, f"Life of {printable(self._order_id)}", keys)
            yield self._words

    def on_mount(self) -> None:
        """Ask for it."""
        self.set_focus(self.query_one(VerticalScroll))
        self._words.tell("The engine is reading its journal …")
        self.action_reload()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._paint()

    def action_reload(self) -> None:
        """Read what was written since."""
        self.run_worker(self._load(), group="life", exclusive=True)

    async def _load(self) -> None:
        try:
            page = await self._desk.query(OrderLifeRequest(self._order_id))
        except ConnectionLost as error:
            page = Refused(str(error))
        if isinstance(page, OrderLifePage):
            self._page = page
            self.call_after_refresh(self._paint)
        elif isinstance(page, Refused):
            self._words.tell(Content.assemble((f"! {printable(page.message)}", "bold $warning")))

    def _paint(self) -> None:
        if self._page is not None:
            self._words.tell(*self._lines(self._page, max(40, self.query_one(VerticalScroll).content_size.width)))

    def _lines(self, page: OrderLifePage, width: int) -> Iterator[Content]:
        order = page.order
        limit = self._precision.price(order.instrument_id, order.limit_price)
        price = price_words(order, limit, self._precision.price(order.instrument_id, order.stop_price))
        what = f"{side_words(order.side)} {quantity(order.quantity)} {market_of(order.instrument_id)}"
        yield Content.assemble((what, "bold"), f"  {kind_words(order)}  {price}  ", (status_words(order), "bold"))
        if order.reason:
            yield Content.assemble((printable(order.reason), "$warning"))
        yield Content("")
        before, day = 0, ""
        for step in in_order(page.steps):
            if (date := date_time(step.ts)[:10]) != day:
                day = date
                yield Content.assemble((f"{day} UTC", "$muted"))
            numbers = number_words(order, step.numbers, self._precision)
            yield from _step_lines(step, numbers, step.ts - before if 0 < before <= step.ts else None, width)
            before = step.ts


def _step_lines(step: LifeStep, numbers: str, since: int | None, width: int) -> Iterator[Content]:
    mark, kind = KINDS[step.kind]
    mark, tone = (_FAULT, "bold $error") if step.is_fault else (mark, "bold" if step.kind in _LOUD else "")
    time = f"{date_time(step.ts)[11:]}.{step.ts // _MILLI % 1_000:03d}"
    room = width - _BEFORE
    first, *rest = textwrap.wrap(printable(step.text), room) or [""]
    lines = [Content(each) for each in rest]
    joined = f"{first}  {numbers}"
    if numbers and not rest and len(joined) <= room:
        head = Content.assemble((first, tone), (f"  {printable(numbers)}", "$muted"))
    else:
        head = Content.assemble((first, tone))
        lines += [Content.assemble((each, "$muted")) for each in textwrap.wrap(printable(numbers), room)]
    yield Content.assemble((f"{time} ", "$muted"), (f"{_gap(since):>9} ", "$muted"), (f"{mark} {kind:<8} ", tone), head)
    for line in lines:
        yield Content.assemble(" " * _BEFORE, line)


_LOUD: Final = frozenset({LifeStepKind.ASKED, LifeStepKind.FILLED, LifeStepKind.DENIED})


def _gap(nanoseconds: int | None) -> str:
    """The time since the step before: +0.412 ms, +3.2 s, +2 h."""
    if nanoseconds is None:
        return ""
    milliseconds = nanoseconds / _MILLI
    for limit, unit, words in ((1e3, 1.0, "ms"), (6e4, 1e3, "s"), (3.6e6, 6e4, "min"), (8.64e7, 3.6e6, "h")):
        if abs(milliseconds) < limit:
            return f"{milliseconds / unit:+.{3 if words == 'ms' and abs(milliseconds) < 10 else 1}f} {words}"
    return f"{milliseconds / 8.64e7:+.1f} d"
