"""The command palette: the actions that work on the current screen, and every market by its name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.command import DiscoveryHit, Hit, Provider
from textual.content import Content
from textual.markup import escape

from fks_engine.api import Side, market_of
from fks_tui.actions.desk import LIST_ACTIONS, PALETTE
from fks_tui.actions.groups import ACTION_GROUPS
from fks_tui.messages import MarketRequested
from fks_tui.screens.base import DeskScreen
from fks_tui.screens.ticket_opening import open_ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.command import Hits

_ACTIONS = {action.id: action for group in ACTION_GROUPS.values() for action in group}
_LEFT_OUT = {action.id for action in (*LIST_ACTIONS, PALETTE)}
"""Keys that move a cursor are no commands, and the palette is open already."""


class Entry(NamedTuple):
    """One thing that the palette can do."""

    title: str
    keys: str
    help: str
    run: Callable[[], Any]


class DeskActions(Provider):
    """Finds actions by their titles, and markets by name."""

    async def discover(self) -> Hits:
        """Every action of this screen, before anything is typed."""
        for entry in self._actions():
            yield DiscoveryHit(_with_keys(Content(entry.title), entry.keys), entry.run, entry.title, escape(entry.help))

    async def search(self, query: str) -> Hits:
        """Actions and markets that `query` fits."""
        matcher = self.matcher(query)
        for entry in (*self._actions(), *self._markets()):
            score = matcher.match(entry.title)
            if score > 0:
                display = _with_keys(matcher.highlight(entry.title), entry.keys)
                yield Hit(score, display, entry.run, entry.title, escape(entry.help))

    def _actions(self) -> Iterator[Entry]:
        """What is bound on the screen, each action once, run on the widget that bound it."""
        seen = set(_LEFT_OUT)
        titles: set[str] = set()
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            action = _ACTIONS.get(binding.id or "")
            if action is None or action.id in seen or action.title in titles or not enabled:
                continue
            seen.add(action.id)
            titles.add(action.title)
            yield Entry(action.title, action.keys, action.help, partial(self.app.run_action, binding.action, node))

    def _markets(self) -> Iterator[Entry]:
        """Go to, buy and sell every market that the desk shows."""
        screen = self.screen
        if not isinstance(screen, DeskScreen):
            return
        for row in screen.desk.view().quotes:
            market = market_of(row.instrument_id)
            go = partial(screen.post_message, MarketRequested(row.instrument_id))
            yield Entry(f"Go to {market}", "", "Show book, tape and chart of this market.", go)
            for side in Side:
                ticket = partial(open_ticket, screen, row.instrument_id, side)
                yield Entry(f"{side.capitalize()} {market}", "", f"Open an order ticket to {side} {market}.", ticket)


def _with_keys(title: Content, keys: str) -> Content:
    """A title with its keys behind it, so that the palette teaches them."""
    return Content.assemble(title, "  ", (keys, "$primary")) if keys else title
