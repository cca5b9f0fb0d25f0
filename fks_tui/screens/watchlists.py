"""The watchlists: choose one, make one, rename one, delete one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from fks_engine.api import DeleteWatchlist, MakeWatchlist, RenameWatchlist, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.markets import DELETE_LIST, MANAGE_LIST_ACTIONS, NEW_LIST, RENAME_LIST, SHOW_LIST
from fks_tui.actions.windows import CLOSE
from fks_tui.frame_words import entitle
from fks_tui.screens.base import DeskModal, accepted
from fks_tui.screens.confirm import Confirm
from fks_tui.widgets.marked_options import MarkedOptions
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView, InstrumentId, Watchlist, WatchlistCommand

_NAMED = 3
"""Markets of a list that its line names."""


class WatchlistsScreen(DeskModal[str]):
    """Answers with the name of the list to show. `renamed` is told the old name and the new one."""

    BINDINGS = bindings(MANAGE_LIST_ACTIONS)

    def __init__(
        self,
        desk: Desk,
        shown: str,
        selected: InstrumentId | None,
        *,
        renamed: Callable[[str, str], None],
        begins_to_rename: bool = False,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._selected = selected
        self._renamed = renamed
        self._begins_to_rename = begins_to_rename
        self._lists: tuple[Watchlist, ...] = ()
        self._at = shown
        """The name of the list under the cursor, which stays with it while lists come and go."""
        self._renaming: str | None = None
        """The list that the field gives another name; None while it is for a new one."""
        self._options = MarkedOptions(compact=True)
        self._field = Input(placeholder="name of the watchlist", compact=True, max_length=20)
        self._note = SteadyText(classes="hint")

    def compose(self) -> ComposeResult:
        """The lists, a field for a new name, and the keys."""
        with Vertical(classes="modal search") as box:
            keys = (
                (SHOW_LIST, "show"),
                (NEW_LIST, "new"),
                (RENAME_LIST, "rename"),
                (DELETE_LIST, "delete"),
                (CLOSE, "close"),
            )
            entitle(box, "Watchlists", " · ".join(f"{action.keys.split()[0]} {word}" for action, word in keys))
            yield self._options
            yield self._field
            yield self._note

    def on_mount(self) -> None:
        """Begin on the list that is shown."""
        self._field.display = False
        self.show(self._desk.view())
        self.set_focus(self._options)
        if self._begins_to_rename:
            self.action_rename_list()

    def show(self, view: DeskView) -> None:
        """Take the lists as they are now; the cursor stays with its list, and beside one that is gone."""
        if view.watchlists == self._lists:
            return
        before = self._options.highlighted or 0
        self._lists = view.watchlists
        names = [each.name for each in self._lists]
        with self.prevent(OptionList.OptionHighlighted):
            self._options.clear_options()
            self._options.add_options(Option(_line(each)) for each in self._lists)
            if names:
                at = names.index(self._at) if self._at in names else min(before, len(names) - 1)
                self._options.highlighted = at

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        """Remember the list that the cursor came to."""
        if (chosen := self._chosen) is not None:
            self._at = chosen.name

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
        else:
            self._ask_name(None, f"{SHOW_LIST.keys} makes the list with {market_of(self._selected)} in it")

    def action_rename_list(self) -> None:
        """Ask for another name of the list under the cursor."""
        if (chosen := self._chosen) is not None:
            self._ask_name(chosen.name, f"{SHOW_LIST.keys} gives {chosen.name} this name")

    def _ask_name(self, renaming: str | None, note: str) -> None:
        self._renaming = renaming
        self._field.display = True
        self._field.value = renaming or ""
        self._note.tell(note)
        self.set_focus(self._field)

    @on(Input.Submitted)
    async def _named(self, event: Input.Submitted) -> None:
        """Make the list and show it, or rename it; a name that is taken is refused here, not overwritten."""
        name, old = " ".join(event.value.split()), self._renaming
        if name != old and any(each.name == name for each in self._lists):
            self._note.tell(f"there is a watchlist {name} already; choose another name")
        elif old is not None:
            await self._rename(old, name)
        elif self._selected is not None and await self._done(MakeWatchlist(name, (self._selected,))):
            self.dismiss(name)

    async def _rename(self, old: str, name: str) -> None:
        if await self._done(RenameWatchlist(old, name)):
            self._at = name if self._at == old else self._at
            self._renamed(old, name)
            self._leave_field()
            self._note.tell(f"{old} is {name} now")

    def action_delete_list(self) -> None:
        """Ask whether the list under the cursor shall go, by its name: it cannot be called back."""
        chosen = self._chosen
        if chosen is None or self._field.display:
            return
        name, count = chosen.name, len(chosen.instrument_ids)
        question = Confirm(
            f"Delete the watchlist {name}?",
            (f"with its {count} market{'s' if count > 1 else ''}, on every desk; other lists keep theirs",),
            yes="Delete",
            no="Keep",
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._delete(name))

        self.app.push_screen(question, answered)

    async def _delete(self, name: str) -> None:
        if await self._done(DeleteWatchlist(name)):
            self._note.tell(f"{name} was deleted")

    async def _done(self, command: WatchlistCommand) -> bool:
        return await accepted(self._desk, command, denied=self._note.tell, gone=self._note.tell) is not None

    def _leave_field(self) -> None:
        self._field.display = False
        self._note.tell("")
        self.set_focus(self._options)

    def action_close(self) -> None:
        """Leave the field first, then the window."""
        if self._field.display:
            self._leave_field()
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
