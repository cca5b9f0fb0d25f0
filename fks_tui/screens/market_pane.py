"""The list of markets on the Quotes screen: which watchlist, in which order, and what its keys change about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Input

from fks_engine.api import AddToWatchlist, DropFromWatchlist, MoveInWatchlist, Watchlist, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.markets import END_FILTER, FILTER, SORT, TURN_ORDER, WATCHLIST_ACTIONS, WATCHLISTS
from fks_tui.leaving_markets import LeavingMarkets
from fks_tui.screens.alerts import new_alert
from fks_tui.screens.market_search import MarketSearch
from fks_tui.screens.watchlists import WatchlistsScreen
from fks_tui.widgets.quote_grid import QuoteGrid
from fks_tui.widgets.quote_order import AS_LISTED, ORDERS

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import DeskView, InstrumentId
    from fks_tui.screens.base import DeskScreen

_DROPPED_S = 3.0


class MarketPane(Vertical):
    """Part of the Quotes screen: the list, and the field that filters it.

    The lists themselves are the engine's, and the same on every desk.
    """

    BINDINGS = bindings((FILTER, END_FILTER, *WATCHLIST_ACTIONS))

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(id="markets")
        kept = screen.options.layout.now
        self._over = screen
        self._layout = screen.options.layout
        self._lists: tuple[Watchlist, ...] = ()
        self.grid = QuoteGrid()
        keys = f"Enter keeps it · {END_FILTER.keys} shows all"
        self.field = Input(placeholder=f"part of a market's name · {keys}", compact=True)
        self.chosen = kept.watchlist
        """The name of the list that was chosen; while there is none of this name, what was shown before stays."""
        self._shown_name = ""
        self._leaving = LeavingMarkets()
        if kept.sorted_by in ORDERS:
            self.grid.sorted_by, self.grid.is_turned = kept.sorted_by, kept.is_turned

    def compose(self) -> ComposeResult:
        """The list over its field."""
        yield self.grid
        yield self.field

    def show(self, view: DeskView) -> None:
        """Show the quotes of the list as it is now; where it is gone, of the first one."""
        self._lists = view.watchlists
        if (shown := self._shown) is not None:
            self._shown_name = shown.name
            self._leaving.learn(view)
            self.grid.choose(shown.name, shown.instrument_ids)
            self.grid.leave_out(self._leaving.of(shown.name))
        self.grid.show(view.quotes, view.engine.detail)

    @property
    def _shown(self) -> Watchlist | None:
        by_name = {each.name: each for each in self._lists}
        first = self._lists[0] if self._lists else None
        return by_name.get(self.chosen) or by_name.get(self._shown_name) or first

    def choose(self, name: str | None) -> None:
        """Show the list of this name, as soon as it is there."""
        if name:
            self.chosen = name
            self._layout.note(watchlist=name)
            self.show(self._over.desk.view())

    def action_watchlist(self, step: int) -> None:
        """Show the next list."""
        names = [each.name for each in self._lists]
        if len(names) < 2:
            self._over.notify(f"There is one watchlist; {WATCHLISTS.keys} makes another.", title="Watchlists")
        elif (shown := self._shown) is not None:
            self.choose(names[(names.index(shown.name) + step) % len(names)])

    def action_watchlists(self) -> None:
        """Open the window with all lists."""
        self._open_window(renames=False)

    def action_rename_list(self) -> None:
        """Open the window with all lists, to give the one that is shown another name."""
        self._open_window(renames=True)

    def _open_window(self, *, renames: bool) -> None:
        name = shown.name if (shown := self._shown) is not None else ""
        window = WatchlistsScreen(
            self._over.desk, name, self.grid.selected, renamed=self._renamed, begins_to_rename=renames
        )
        self._over.app.push_screen(window, self.choose)

    def _renamed(self, name: str, new_name: str) -> None:
        """Go along with a list that is shown."""
        if name in (self.chosen, self._shown_name):
            self.choose(new_name)

    def action_sort(self) -> None:
        """Sort by the next column."""
        at = ORDERS.index(self.grid.sorted_by)
        self._sort(ORDERS[(at + 1) % len(ORDERS)], turned=False)

    def action_turn_order(self) -> None:
        """Sort the other way round."""
        self._sort(self.grid.sorted_by, turned=not self.grid.is_turned)

    def _sort(self, order: str, *, turned: bool) -> None:
        self._layout.note(sorted_by=order, is_turned=turned)
        self.grid.sort(order, turned=turned)

    def action_add_market(self) -> None:
        """Find a market, put it at the end of the list and show it."""
        shown = self._shown
        if shown is None:
            return

        def found(instrument_id: InstrumentId | None) -> None:
            if instrument_id is not None:
                self._over.run_worker(self._over.submitted(AddToWatchlist(shown.name, instrument_id)))
                self._go_to(instrument_id)

        search = MarketSearch(self._over.desk, f"Add to {shown.name}", already=shown.instrument_ids)
        self._over.app.push_screen(search, found)

    def _go_to(self, instrument_id: InstrumentId) -> None:
        """Put the cursor on a market and follow it, so that both say the same."""
        self.grid.select(instrument_id)
        self.grid.action_follow()

    def action_drop_market(self) -> None:
        """Take the market under the cursor off the list; the cursor goes to the next one at once."""
        shown, selected = self._shown, self.grid.selected
        if shown is None or selected is None or self.grid.cursor < 0:
            return
        stays = {*shown.instrument_ids} - self._leaving.of(shown.name)
        if selected in stays:
            if len(stays) > 1:  # the last one stays, as the engine will say
                self._leaving.begin(shown.name, selected)
                self.grid.leave_out(self._leaving.of(shown.name))
            self._over.run_worker(self._drop(shown.name, selected))

    async def _drop(self, name: str, selected: InstrumentId) -> None:
        """Submit it; what is denied is shown again."""
        is_off = await self._over.submitted(DropFromWatchlist(name, selected)) is not None
        self._leaving.end(name, selected, taken_at=self._over.desk.view().number if is_off else None)
        self.grid.leave_out(self._leaving.of(self._shown_name))
        if is_off:
            text = f"{market_of(selected)} is off {name}; it is still streamed where it is needed."
            self._over.notify(text, timeout=_DROPPED_S)

    def action_move_market(self, step: int) -> None:
        """Move the market under the cursor up or down the list."""
        shown, selected = self._shown, self.grid.selected
        if self.grid.sorted_by != AS_LISTED or self.grid.is_turned:
            keys = f"{SORT.keys} goes on to that, {TURN_ORDER.keys} turns"
            self._over.notify(f"Lines can be moved while they stand as listed; {keys}.", title="Sorted")
        elif shown is not None and selected is not None and self.grid.cursor >= 0:
            self._over.run_worker(self._over.submitted(MoveInWatchlist(shown.name, selected, step)))

    def action_find(self) -> None:
        """Find any market of the exchange and show it."""

        def found(instrument_id: InstrumentId | None) -> None:
            if instrument_id is not None:
                self._go_to(instrument_id)

        self.app.push_screen(MarketSearch(self._over.desk, "Go to a market"), found)

    def action_new_alert(self) -> None:
        """Set an alert on the selected market."""
        new_alert(self._over, self.grid.selected)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does nothing now has no key: ending a filter that is not there."""
        if action == "filter":
            return not self.has_class("-filtering")
        if action == "end_filter":
            return self.has_class("-filtering") or bool(self.field.value)
        return True

    def action_filter(self) -> None:
        """Open the field that filters the list."""
        self.add_class("-filtering")
        self.field.focus()
        self.refresh_bindings()

    def action_end_filter(self) -> None:
        """Show all markets again."""
        self.field.value = ""
        self._leave_field()

    @on(Input.Changed)
    def _filter_changed(self, event: Input.Changed) -> None:
        """Filter while the text is typed."""
        self.grid.filter(event.value)

    @on(Input.Submitted)
    def _leave_field(self) -> None:
        """Keep the filter and go back to the list."""
        self.remove_class("-filtering")
        self.grid.focus()
        self.refresh_bindings()
