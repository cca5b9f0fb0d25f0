"""The list of markets on the Quotes screen: which watchlist, in which order, and what its keys change about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Input

from fks_engine.api import SaveWatchlist, Watchlist, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.markets import END_FILTER, FILTER, WATCHLIST_ACTIONS
from fks_tui.screens.alerts import new_alert
from fks_tui.screens.market_search import MarketSearch
from fks_tui.screens.watchlists import WatchlistsScreen
from fks_tui.widgets.quote_grid import QuoteGrid
from fks_tui.widgets.quote_order import AS_LISTED, ORDERS

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import DeskView, InstrumentId
    from fks_tui.screens.base import DeskScreen


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
        self.field = Input(placeholder="part of a market's name · Enter keeps it · Esc shows all", compact=True)
        self.chosen = kept.watchlist
        """The name of the list that was chosen; while there is none of this name the first one stands in for it."""
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
            self.grid.choose(shown.name, shown.instrument_ids)
        self.grid.show(view.quotes, view.engine.detail)

    @property
    def _shown(self) -> Watchlist | None:
        named = (each for each in self._lists if each.name == self.chosen)
        return next(named, self._lists[0] if self._lists else None)

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
            self._over.notify("There is one watchlist; W makes another.", title="Watchlists")
        elif (shown := self._shown) is not None:
            self.choose(names[(names.index(shown.name) + step) % len(names)])

    def action_watchlists(self) -> None:
        """Open the window with all lists."""
        name = shown.name if (shown := self._shown) is not None else ""
        window = WatchlistsScreen(self._over.desk, name, self.grid.selected)
        self._over.app.push_screen(window, self.choose)

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
        """Find a market and put it at the end of the list."""
        shown = self._shown
        if shown is not None:
            search = MarketSearch(self._over.desk, f"Add to {shown.name}", already=shown.instrument_ids)
            self._over.app.push_screen(search, lambda found: self._add(shown, found))

    def _add(self, shown: Watchlist, found: InstrumentId | None) -> None:
        if found is not None and found not in shown.instrument_ids:
            self._save(shown, (*shown.instrument_ids, found))
        if found is not None:
            self.grid.select(found)

    def action_drop_market(self) -> None:
        """Take the selected market off the list."""
        shown, selected = self._shown, self.grid.selected
        if shown is not None and selected in shown.instrument_ids:
            self._save(shown, tuple(each for each in shown.instrument_ids if each != selected))
            self._over.notify(f"{market_of(selected)} is off {shown.name}; it is still streamed where it is needed.")

    def action_move_market(self, step: int) -> None:
        """Move the selected market up or down the list."""
        shown, selected = self._shown, self.grid.selected
        if self.grid.sorted_by != AS_LISTED or self.grid.is_turned:
            self._over.notify("Lines can be moved while they stand as listed; z comes back to that.", title="Sorted")
        elif shown is not None and selected in shown.instrument_ids:
            order = list(shown.instrument_ids)
            at = order.index(selected)
            order.insert(max(0, min(len(order) - 1, at + step)), order.pop(at))
            self._save(shown, tuple(order))

    def _save(self, shown: Watchlist, instrument_ids: tuple[InstrumentId, ...]) -> None:
        if instrument_ids != shown.instrument_ids:
            self._over.run_worker(self._over.submitted(SaveWatchlist(shown.name, instrument_ids)))

    def action_find(self) -> None:
        """Find any market of the exchange and show it."""

        def found(instrument_id: InstrumentId | None) -> None:
            if instrument_id is not None:
                self.grid.select(instrument_id)
                self.grid.action_follow()

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
