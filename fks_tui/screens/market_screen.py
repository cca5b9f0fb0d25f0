"""A screen about one market: which one it is, the one that is on its way, and the keys that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work

from fks_engine.api import Follow, InstrumentId
from fks_tui.screens.base import DeskScreen, accepted

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import Desk, DeskView
    from fks_tui.options import DeskOptions


class MarketScreen(DeskScreen):
    """Follows the market that the desk follows, and asks for another one in place."""

    SENDS: ClassVar[frozenset[str]] = frozenset()
    """The actions that make an order or a cancel."""

    def __init__(self, desk: Desk, options: DeskOptions) -> None:
        super().__init__(desk, options)
        self.market: InstrumentId | None = None
        """The market that is shown."""
        self.wanted: InstrumentId | None = None
        """The market that was asked for and has not come yet."""
        self._was_gone = False
        self.has_room: Callable[[], bool] = lambda: True
        """Whether the market can be seen; where it cannot, no key sends."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What sends has no key while the market cannot be seen."""
        return action not in self.SENDS or self.has_room()

    def learn_market(self, view: DeskView) -> bool:
        """Take the market of a picture; whether it is another one. An engine that is back is asked for it again."""
        gone = view.engine.is_gone
        market = view.focus.instrument.id if view.focus is not None else None
        came_back, self._was_gone = self._was_gone and not gone, gone
        if came_back and self.market is not None and market != self.market:
            self.follow(self.market)
        if market == self.wanted:
            self.wanted = None
        before, self.market = self.market, market or self.market
        if market is not None and market != before:
            self.options.layout.note(market=market)
        return before is not None and before != self.market

    @work(exclusive=True, group="follow")
    async def follow_first(self, view: DeskView) -> None:
        """Follow the market that the last desk followed; where there is none or it is listed no more, the first one."""
        kept = self.options.layout.now.market
        first = view.quotes[0].instrument_id
        self.wanted = InstrumentId(kept) if kept else first
        if not kept or not await self._accepted_quietly(Follow(self.wanted, self.options.timeframe_now)):
            self.follow(first)

    async def _accepted_quietly(self, command: Follow) -> bool:
        """Whether the engine took it; nobody asked for this, and so nobody is told why not."""
        return await accepted(self.desk, command, denied=lambda _: None, gone=lambda _: None) is not None

    def follow(self, instrument_id: InstrumentId) -> None:
        """Ask for a market, and say so until it comes."""
        if instrument_id != self.market or self.wanted is not None:
            self.wanted = instrument_id
        self._follow(instrument_id)
        self.take(self.desk.view())

    @work(exclusive=True, group="follow")
    async def _follow(self, instrument_id: InstrumentId) -> None:
        """Follow a market; when that is denied, nothing more is on its way."""
        focus = self.desk.view().focus
        timeframe = focus.timeframe if focus is not None else self.options.timeframe_now
        if await self.submitted(Follow(instrument_id, timeframe)) is None:
            self.wanted = None
            self.take(self.desk.view())

    def action_market(self, step: int) -> None:
        """The next market of the watchlist that the Quotes screen shows, or the one before."""
        lists = self.desk.view().watchlists
        named = (each for each in lists if each.name == self.options.layout.now.watchlist)
        shown = next(named, lists[0] if lists else None)
        markets = shown.instrument_ids if shown is not None else ()
        current = self.wanted or self.market
        if not markets:
            self.notify("The watchlist is empty or not here yet.", title="No other market", severity="warning")
        elif current not in markets:
            self.follow(markets[0])
        elif len(markets) > 1:
            self.follow(markets[(markets.index(current) + step) % len(markets)])

    def action_find_market(self) -> None:
        """Find a market by its name."""
        self.app.action_command_palette()
