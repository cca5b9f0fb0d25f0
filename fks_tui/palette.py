"""The command palette: the actions that work on the current screen, and every market by its name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Provider

from fks_engine.api import Side, market_of
from fks_tui.actions import ACTION_GROUPS, LIST_ACTIONS, PALETTE
from fks_tui.messages import MarketRequested, TicketRequested
from fks_tui.screens.base import DeskScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.command import Hits

_ACTIONS = {action.id: action for group in ACTION_GROUPS.values() for action in group}
_LEFT_OUT = {action.id for action in (*LIST_ACTIONS, PALETTE)}
"""Keys that move a cursor are no commands, and the palette is open already."""


class DeskActions(Provider):
    """Finds actions by title and help, and markets by name."""

    async def discover(self) -> Hits:
        """Every action of this screen, before anything is typed."""
        for title, help_line, run in self._actions():
            yield DiscoveryHit(title, run, help=help_line)

    async def search(self, query: str) -> Hits:
        """Actions and markets that `query` fits."""
        matcher = self.matcher(query)
        for title, help_line, run in (*self._actions(), *self._markets()):
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), run, help=help_line)

    def _actions(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """What is bound on the screen, each action once, run on the widget that bound it."""
        seen = set(_LEFT_OUT)
        titles: set[str] = set()
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            action = _ACTIONS.get(binding.id or "")
            if action is None or action.id in seen or action.title in titles or not enabled:
                continue
            seen.add(action.id)
            titles.add(action.title)
            yield f"{action.title}  ({action.keys.split()[0]})", action.help, partial(
                self.app.run_action, binding.action, node
            )

    def _markets(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """Go to, buy and sell every market that the desk shows."""
        screen = self.screen
        if not isinstance(screen, DeskScreen):
            return
        for row in screen.desk.view().quotes:
            market = market_of(row.instrument_id)
            go = partial(screen.post_message, MarketRequested(row.instrument_id))
            yield f"Go to {market}", "Show book, tape and chart of this market.", go
            for side in Side:
                ticket = partial(screen.post_message, TicketRequested(row.instrument_id, side))
                yield f"{side.capitalize()} {market}", f"Open an order ticket to {side} {market}.", ticket
