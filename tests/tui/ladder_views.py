"""Pictures of a market that is traded on the ladder, and a ladder under a pilot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from textual.pilot import Pilot

from fks_engine.api import Command, DenialReason, Denied, DeskView, Follow, OrderStatus, OrderType, Side
from fks_tui.app import DeskApp
from fks_tui.screens.ladder import LadderScreen
from fks_tui.screens.quit import Farewell
from fks_tui.widgets.ladder_head import LadderHead
from fks_tui.widgets.line_pane import LinePane
from fks_tui.widgets.price_ladder import PriceLadder
from fks_tui.widgets.trade_line import TradeLine
from tests.desk_views import a_position, a_view, an_account, an_order
from tests.fake_desk import FakeDesk
from tests.tui.pilots import SMALL, desk_app, until
from tests.tui.widgets.panes import text_of

D = Decimal
TOO_MUCH = Denied(
    DenialReason.NOTIONAL_OVER_LIMIT,
    "the order is worth 64,000.00 USDT and the limit is 25,000.00 USDT; up to 0.39062 BTC would pass",
)
STOP_BUY = an_order(7, order_type=OrderType.STOP, limit_price=None, stop_price=D("64000.08"))
OURS = (
    an_order(
        2,
        limit_price=D("63999.97"),
        filled_quantity=D("0.05000"),
        status=OrderStatus.PARTIALLY_FILLED,
    ),
    an_order(3, limit_price=D("63999.95")),
    an_order(4, limit_price=D("63999.95"), quantity=D("0.20000")),
    an_order(5, side=Side.SELL, limit_price=D("64000.05"), status=OrderStatus.PENDING_CANCEL),
    an_order(6, side=Side.SELL, order_type=OrderType.STOP, limit_price=None, stop_price=D("63999.93")),
    STOP_BUY,
)
"""One working order of every look; the newest has the lowest number."""


def a_ladder_view(**changes: object) -> DeskView:
    """A live market with orders of every look and a position whose marks are in the window."""
    position = a_position(
        average_price=D("63999.94"),
        break_even=D("64000.07"),
        unrealised_fraction=D("0.0006"),
        day_profit=D("-12.5"),
    )
    return a_view(**{"working_orders": OURS, "account": an_account(positions=(position,)), **changes})


class Clock:
    """Seconds that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class OpenLadder:
    """The ladder under a pilot."""

    def __init__(self, app: DeskApp, pilot: Pilot[Farewell], desk: FakeDesk, screen: LadderScreen) -> None:
        self.app, self.pilot, self.desk, self.screen = app, pilot, desk, screen
        self.clock = Clock()
        screen.arming._clock = self.clock

    @property
    def sent(self) -> list[Command]:
        """What was submitted, without following markets."""
        return [each for each in self.desk.submitted if not isinstance(each, Follow)]

    @property
    def ladder(self) -> PriceLadder:
        return self.screen.query_one(PriceLadder)

    @property
    def is_armed(self) -> bool:
        return self.screen.arming.is_armed

    @property
    def head(self) -> str:
        return self._text(LadderHead)

    @property
    def line(self) -> str:
        return self._text(TradeLine)

    def _text(self, pane: type[LinePane]) -> str:
        return "\n".join(text_of(self.screen.query_one(pane)))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def arm(self) -> None:
        await self.press("O", "enter")
        await until(self.pilot, lambda: self.is_armed)

    async def until_it_says(self, words: str) -> None:
        """Wait for the two lines under the ladder."""
        await until(self.pilot, lambda: words in self.line.replace("\n", " "))

    async def until_sent(self, count: int) -> None:
        await until(self.pilot, lambda: len(self.sent) == count)

    async def shows(self, view: DeskView) -> None:
        """Let the desk show a picture and wait until it is painted."""
        self.desk.show(view)
        number = self.desk.view().number
        await until(self.pilot, lambda: self.screen._view is not None and self.screen._view.number == number)


@asynccontextmanager
async def opened(
    view: DeskView | None = None, *, size: tuple[int, int] = SMALL, **options: object
) -> AsyncIterator[OpenLadder]:
    """A ladder over a desk without an engine."""
    app, desk = desk_app(view or a_ladder_view(), **options)
    async with app.run_test(size=size) as pilot:
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, LadderScreen) and app.screen._view is not None)
        assert isinstance(app.screen, LadderScreen)
        ladder = OpenLadder(app, pilot, desk, app.screen)
        await until(pilot, lambda: ladder.ladder.price is not None or desk.view().focus is None)
        yield ladder
