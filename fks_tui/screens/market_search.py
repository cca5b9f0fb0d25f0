"""A search over every market that the exchange lists: a few letters, the closest match first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from fks_engine.api import ConnectionLost, InstrumentId, InstrumentsPage, InstrumentsRequest, Refused
from fks_tui.actions.action import bindings
from fks_tui.actions.markets import SEARCH_ACTIONS, TAKE_MARKET
from fks_tui.actions.windows import CLOSE
from fks_tui.frame_words import entitle
from fks_tui.screens.base import DeskModal
from fks_tui.widgets.marked_options import MarkedOptions
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Collection

    from textual.app import ComposeResult

    from fks_engine.api import Desk, Instrument

_SHOWN = 40


class MarketSearch(DeskModal[InstrumentId]):
    """Answers with the market that was taken."""

    BINDINGS = bindings(SEARCH_ACTIONS)

    def __init__(self, desk: Desk, purpose: str, *, already: Collection[InstrumentId] = ()) -> None:
        """`purpose` says what taking does: `Go to a market`; the markets in `already` are marked."""
        super().__init__()
        self._desk = desk
        self._purpose = purpose
        self._already = frozenset(already)
        self._field = Input(placeholder="letters of its name: btc, ethb, sol us", compact=True, max_length=30)
        self._list = MarkedOptions(compact=True)
        self._list.can_focus = False
        self._note = SteadyText(classes="hint")
        self._items: tuple[Instrument, ...] = ()

    def compose(self) -> ComposeResult:
        """The field, what was found, and the keys."""
        with Vertical(classes="modal search") as box:
            entitle(box, self._purpose, f"{TAKE_MARKET.keys} take · ↑↓ move · {CLOSE.keys.split()[0]} close")
            yield self._field
            yield self._list
            yield self._note

    def on_mount(self) -> None:
        """Begin with all markets."""
        self._field.cursor_blink = False
        self.set_focus(self._field)
        self._search("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Search while the text is typed."""
        self._search(event.value)

    @work(exclusive=True, group="search")
    async def _search(self, text: str) -> None:
        try:
            page = await self._desk.query(InstrumentsRequest(text, _SHOWN))
        except ConnectionLost as error:
            self._note.tell(str(error))
            return
        if isinstance(page, Refused):
            self._note.tell(page.message)
        elif isinstance(page, InstrumentsPage):
            self._show(page, text)

    def _show(self, page: InstrumentsPage, text: str) -> None:
        self._items = page.items
        self._list.clear_options()
        self._list.add_options(Option(self._line(item), id=item.id) for item in page.items)
        self._list.highlighted = 0 if page.items else None
        if not page.items:
            self._note.tell(f"no market has the letters “{text[:30]}” in this order")
        else:
            more = page.total - len(page.items)
            self._note.tell(f"{page.total} found" + (f", the best {len(page.items)} are shown" if more else ""))

    def _line(self, item: Instrument) -> Content:
        mark = ("  on the list", "$muted") if item.id in self._already else ("", "")
        return Content.assemble((f"{item.market:<16}", "bold"), (f"tick {item.tick_size:f}", "$muted"), mark)

    def action_move(self, lines: int) -> None:
        """Move the cursor while the field keeps the keys."""
        if self._items:
            self._list.highlighted = max(0, min(len(self._items) - 1, (self._list.highlighted or 0) + lines))

    @on(Input.Submitted)
    def _entered(self) -> None:
        """Enter takes the market under the cursor."""
        self.action_take()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        """A click takes a market."""
        if event.option.id is not None:
            self.dismiss(InstrumentId(event.option.id))

    def action_take(self) -> None:
        """Answer with the market under the cursor."""
        if self._items and self._list.highlighted is not None:
            self.dismiss(self._items[self._list.highlighted].id)
