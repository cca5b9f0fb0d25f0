"""Quotes: the watchlist, and book, tape and chart of the market that is followed."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import anyio
from textual import on, work

from fks_engine.api import (
    CandlesPage,
    CandlesRequest,
    ConnectionLost,
    Follow,
    InstrumentId,
    Refused,
    Side,
    Timeframe,
)
from fks_tui.actions.action import bindings
from fks_tui.actions.markets import QUOTES_ACTIONS
from fks_tui.screens.base import DeskScreen, accepted
from fks_tui.screens.market_pane import MarketPane
from fks_tui.screens.ticket_opening import open_ticket
from fks_tui.widgets.book_ladder import BookLadder
from fks_tui.widgets.candle_chart import CandleChart
from fks_tui.widgets.quote_grid import QuoteGrid
from fks_tui.widgets.trade_tape import TradeTape

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import ScreenResume

    from fks_engine.api import Candle, Desk, DeskView, FocusView
    from fks_tui.options import DeskOptions

_SETTLE_S = 0.12
"""How long the cursor must rest on a market before it is followed."""
_CHART_GAP_S = 0.5
"""The least time between two drawings of the chart for its forming candle."""
_CANDLES = 300
ASK_AGAIN_S = 5.0
"""How long after a refusal the history is asked for again."""


class QuotesScreen(DeskScreen):
    """Choose a market with the cursor; everything else on the screen follows it."""

    MODE = "quotes"
    TITLE = "Markets"
    BINDINGS = bindings(QUOTES_ACTIONS)
    AUTO_FOCUS = "QuoteGrid"

    def __init__(self, desk: Desk, options: DeskOptions) -> None:
        super().__init__(desk, options)
        self._wanted: InstrumentId | None = None
        kept = options.layout.now
        self._timeframe = options.timeframe_now
        self._history: tuple[Candle, ...] = ()
        self._history_of: tuple[InstrumentId, Timeframe] | None = None
        self._forming_ts = 0
        self._left_at: InstrumentId | None = None
        self._was_gone = False
        self._problem = "loading"
        self._chart_due = 0.0
        self._ask_again_at = math.inf
        self._markets, self._ladder, self._tape, self._chart = (
            MarketPane(self),
            BookLadder(),
            TradeTape(),
            CandleChart(),
        )
        self._grid = self._markets.grid
        self._kept = kept.market
        self.set_class(kept.shows_tape, "-tape")

    def panes(self) -> ComposeResult:
        """The watchlist, the ladder, the tape and the chart."""
        yield self._markets
        yield self._ladder
        yield self._tape
        yield self._chart

    def show(self, view: DeskView) -> None:
        """Paint a picture."""
        focus = view.focus
        gone = view.engine.is_gone
        if self._was_gone and not gone and self._wanted is not None:
            self._want(self._wanted, 0.0)
        self._was_gone = gone
        if self._grid.selected is None and focus is not None:
            self._wanted, self._timeframe = focus.instrument.id, focus.timeframe
            self._grid.select(focus.instrument.id)
        self._return_to_kept_market(view)
        self._markets.show(view)
        self._ladder.show(focus, self._wanted)
        self._tape.show(focus)
        self._show_candles(focus)

    def on_screen_suspend(self) -> None:
        """Remember the market, to notice on return that another screen has changed it."""
        focus = self.desk.view().focus
        self._left_at = focus.instrument.id if focus is not None else None

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Go to the market that another screen has changed to."""
        focus = self.desk.view().focus
        if focus is not None and focus.instrument.id not in (self._left_at, self._wanted):
            self._wanted, self._timeframe = focus.instrument.id, focus.timeframe
            self.options.layout.note(market=focus.instrument.id)
            self._grid.select(focus.instrument.id)

    def _return_to_kept_market(self, view: DeskView) -> None:
        """Follow the market that the last desk followed, as soon as markets are there."""
        kept, self._kept = self._kept, "" if view.quotes else self._kept
        if kept and self._wanted is None and view.quotes:
            self._wanted = InstrumentId(kept)
            self._grid.select(self._wanted)
            self._ladder.expect(self._wanted)
            self._follow_kept(self._wanted)

    @work(exclusive=True, group="follow")
    async def _follow_kept(self, instrument_id: InstrumentId) -> None:
        """Follow it; where it is listed no more, the first one, and without a word, for nobody asked for it now."""
        command = Follow(instrument_id, self._timeframe)
        answer = await accepted(self.desk, command, denied=lambda _: None, gone=lambda _: None)
        if answer is None and self._wanted == instrument_id:
            self._wanted = self._grid.selected = None
            self.take(self.desk.view())

    def follow(self, instrument_id: InstrumentId) -> None:
        """Put the cursor on a market and follow it at once."""
        self._grid.select(instrument_id)
        self._want(instrument_id, 0.0)

    @on(QuoteGrid.Highlighted)
    def _cursor_moved(self, message: QuoteGrid.Highlighted) -> None:
        """Follow the market once the cursor rests."""
        self._want(message.instrument_id, _SETTLE_S)

    @on(QuoteGrid.Chosen)
    def _market_chosen(self, message: QuoteGrid.Chosen) -> None:
        """Follow the market now."""
        self._want(message.instrument_id, 0.0)

    def _want(self, instrument_id: InstrumentId, delay_s: float) -> None:
        """Ask for a market's book, tape and candle, and say so until they come."""
        self._wanted = instrument_id
        self.options.layout.note(market=instrument_id, timeframe=self._timeframe.value)
        self._ladder.expect(instrument_id)
        self._follow(instrument_id, delay_s)

    @work(exclusive=True, group="follow")
    async def _follow(self, instrument_id: InstrumentId, delay_s: float) -> None:
        """Follow a market unless another one is wanted first; when that is denied, nothing more is on its way."""
        await anyio.sleep(delay_s)
        if await self.submitted(Follow(instrument_id, self._timeframe)) is None:
            focus = self.desk.view().focus
            self._wanted = focus.instrument.id if focus is not None else None
            self._ladder.show(focus, self._wanted)

    def _show_candles(self, focus: FocusView | None) -> None:
        """Draw the chart where there is something new to draw, not too often; fetch its history where it is missing."""
        if focus is None:
            self._chart.show(None, self._timeframe, (), "no market is followed")
            return
        shown = (focus.instrument.id, focus.timeframe)
        forming = focus.candle
        if shown != self._history_of:
            self._history_of, self._history, self._problem, self._chart_due = shown, (), "loading", 0.0
            self._forming_ts = forming.ts_open if forming is not None else 0
            self._load_candles(*shown)
        elif forming is not None and forming.ts_open != self._forming_ts:
            self._forming_ts = forming.ts_open
            self._load_candles(*shown)
        now = time.monotonic()
        if now >= self._ask_again_at:
            self._load_candles(*shown)
        if now < self._chart_due:
            return
        self._chart_due = now + _CHART_GAP_S
        self._chart.set_class(focus.book_stale, "-stale")
        self._chart.show(
            focus.instrument, focus.timeframe, _with_forming(self._history, forming, self._problem), self._problem
        )

    @work(exclusive=True, group="candles")
    async def _load_candles(self, instrument_id: InstrumentId, timeframe: Timeframe) -> None:
        """Fetch the history under the forming candle; after a refusal again, a little later."""
        self._ask_again_at = math.inf
        try:
            page = await self.desk.query(CandlesRequest(instrument_id, timeframe, _CANDLES))
        except ConnectionLost:
            self._history_of = None
            return
        if self._history_of != (instrument_id, timeframe):
            return
        if isinstance(page, CandlesPage):
            self._history, self._problem = page.items, ""
        elif isinstance(page, Refused):
            self._problem = page.message
            self._ask_again_at = time.monotonic() + ASK_AGAIN_S
        self._chart_due = 0.0
        self._show_candles(self.desk.view().focus)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does nothing now has no key: changing the view where all fits."""
        if action == "next_pane":
            return self.has_class("-narrow")
        return True

    def on_resize(self) -> None:
        """Offer the keys that go with the new size."""
        self.refresh_bindings()

    def action_timeframe(self, step: int) -> None:
        """Draw candles of the next longer or shorter timeframe."""
        frames = list(Timeframe)
        index = min(max(frames.index(self._timeframe) + step, 0), len(frames) - 1)
        if self._wanted is not None and frames[index] is not self._timeframe:
            self._timeframe = frames[index]
            self._chart_due = 0.0
            self._want(self._wanted, 0.0)

    def action_next_pane(self) -> None:
        """Change between chart and tape where both do not fit."""
        self.toggle_class("-tape")
        self.options.layout.note(shows_tape=self.has_class("-tape"))

    async def action_buy(self) -> None:
        """Open a ticket to buy the selected market."""
        await self._open_ticket(Side.BUY)

    async def action_sell(self) -> None:
        """Open a ticket to sell the selected market."""
        await self._open_ticket(Side.SELL)

    async def _open_ticket(self, side: Side) -> None:
        if (selected := self._grid.selected) is not None:
            await open_ticket(self, selected, side)
        else:
            text = self.desk.view().engine.detail or "the engine shows no market"
            self.notify(f"There is no market to {side.value} yet: {text}.", title="No ticket", severity="warning")


def _with_forming(history: tuple[Candle, ...], forming: Candle | None, problem: str) -> tuple[Candle, ...]:
    """The history with the candle that is forming at its end; nothing before the history is there."""
    if forming is None or problem:
        return history
    if not history:
        return (forming,)
    if forming.ts_open < history[-1].ts_open:
        return history
    if forming.ts_open == history[-1].ts_open:
        return (*history[:-1], forming)
    return (*history, forming)
