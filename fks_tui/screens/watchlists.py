"""The watchlists: choose one, make one, delete one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from fks_engine.api import ConnectionLost, DeleteWatchlist, Denied, SaveWatchlist, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.markets import DELETE_LIST, MANAGE_LIST_ACTIONS, NEW_LIST, SHOW_LIST
from fks_tui.actions.windows import CLOSE
from fks_tui.screens.base import DeskModal
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView, InstrumentId, Watchlist

_NAMED = 3
"""Markets of a list that its line names."""


class WatchlistsScreen(DeskModal[str]):
    """Answers with the name of the list to show."""

    BINDINGS = bindings(MANAGE_LIST_ACTIONS)

    def __init__(self, desk: Desk, shown: str, selected: InstrumentId | None) -> None:
        super().__init__()
        self._desk = desk
        self._shown = shown
        self._selected = selected
        self._lists: tuple[Watchlist, ...] = ()
        self._options = OptionList(compact=True)
        self._field = Input(placeholder="name of the new watchlist", compact=True, max_length=20)
        self._note = SteadyText(classes="hint")

    def compose(self) -> ComposeResult:
        """The lists, a field for a new name, and the keys."""
        with Vertical(classes="modal search") as box:
            box.border_title = "Watchlists"
            keys = ((SHOW_LIST, "show"), (NEW_LIST, "new"), (DELETE_LIST, "delete"), (CLOSE, "close"))
            box.border_subtitle = " · ".join(f"{action.keys.split()[0]} {word}" for action, word in keys)
            yield self._options
            yield self._field
            yield self._note

    def on_mount(self) -> None:
        """Begin on the list that is shown."""
        self._field.display = False
        self.show(self._desk.view())
        names = [each.name for each in self._lists]
        self._options.highlighted = names.index(self._shown) if self._shown in names else 0
        self.set_focus(self._options)

    def show(self, view: DeskView) -> None:
        """Take the lists as they are now."""
        if view.watchlists == self._lists:
            return
        at = self._options.highlighted
        self._lists = view.watchlists
        self._options.clear_options()
        self._options.add_options(Option(_line(each)) for each in self._lists)
        if self._lists:
            self._options.highlighted = min(at or 0, len(self._lists) - 1)

    @property
    def _chosen(self) -> Watchlist | None:
        at = self._options.highlighted
        return self._lists[at] if at is not None and at < len(self._lists) else None

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_show_list()

    def action_show_list(self) -> None:
        """Show the list under the cursor."""
        if (chosen := self._chosen) is not None and not self._field.display:
            self.dismiss(chosen.name)

    def action_new_list(self) -> None:
        """Ask for the name of a new list."""
        if self._selected is None:
            self._note.tell("choose a market first: a new list begins with it")
            return
        self._field.display = True
        self._field.value = ""
        self._note.tell(f"{SHOW_LIST.keys} makes the list with {market_of(self._selected)} in it")
        self.set_focus(self._field)

    @on(Input.Submitted)
    async def _named(self, event: Input.Submitted) -> None:
        """Make the list and show it; a name that is taken is refused here, not overwritten."""
        name = " ".join(event.value.split())
        if any(each.name == name for each in self._lists):
            self._note.tell(f"there is a watchlist {name} already; choose another name")
        elif self._selected is not None and await self._done(SaveWatchlist(name, (self._selected,))):
            self.dismiss(name)

    async def action_delete_list(self) -> None:
        """Delete the list under the cursor."""
        chosen = self._chosen
        if chosen is not None and not self._field.display and await self._done(DeleteWatchlist(chosen.name)):
            self._note.tell(f"{chosen.name} was deleted; its markets stay where other lists have them")

    async def _done(self, command: SaveWatchlist | DeleteWatchlist) -> bool:
        try:
            answer = await self._desk.submit(command)
        except ConnectionLost as error:
            self._note.tell(str(error))
            return False
        if isinstance(answer, Denied):
            self._note.tell(answer.message)
        return not isinstance(answer, Denied)

    def action_close(self) -> None:
        """Leave the field first, then the window."""
        if self._field.display:
            self._field.display = False
            self._note.tell("")
            self.set_focus(self._options)
        else:
            self.dismiss(None)


def _line(each: Watchlist) -> Content:
    named = ", ".join(market_of(instrument) for instrument in each.instrument_ids[:_NAMED])
    more = len(each.instrument_ids) - _NAMED
    return Content.assemble(
        (f"{each.name:<21}", "bold"),
        (f"{len(each.instrument_ids):>4}  ", ""),
        (named + (f" and {more} more" if more > 0 else ""), "$muted"),
    )
