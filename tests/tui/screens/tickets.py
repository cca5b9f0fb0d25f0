"""An order ticket under a pilot, and desks that answer late or never."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Input

from fks_engine.api import (
    Accepted,
    Command,
    ConnectionLost,
    DenialReason,
    Denied,
    DeskView,
    InstrumentId,
    Preview,
    Previewable,
    Side,
    SubmitOrder,
)
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.quit import Farewell
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.number_field import NumberField
from fks_tui.widgets.order_review import OrderReview
from fks_tui.widgets.preview_panel import PreviewPanel
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import BTC
from tests.fake_desk import FakeDesk
from tests.tui.pilots import SMALL, until

TOO_MUCH = Denied(
    DenialReason.NOTIONAL_OVER_LIMIT,
    "the order is worth 64,000.00 USDT and the limit is 25,000.00 USDT; up to 0.39062 BTC would pass",
    {"notional": "64000.00", "limit": "25000.00"},
)


class GatedDesk(FakeDesk):
    """Answers previews and commands only when it is told to."""

    def __init__(self, view: DeskView | None = None) -> None:
        super().__init__(view)
        self.previews = anyio.Event()
        self.answers = anyio.Event()
        self.asked: list[Previewable] = []
        self.at_once = 0
        self.most_at_once = 0

    async def preview(self, command: Previewable) -> Preview:
        self.asked.append(command)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.previews.wait()
        finally:
            self.at_once -= 1
        return await super().preview(command)

    async def submit(self, command: Command) -> Accepted | Denied:
        self.submitted.append(command)
        await self.answers.wait()
        return self.denial or Accepted(("fks-000001",))


class LostDesk(FakeDesk):
    """The engine goes away at the moment the order is handed over; or was never there."""

    def __init__(self, view: DeskView | None = None, *, previews: bool = True) -> None:
        super().__init__(view)
        self._previews = previews

    async def preview(self, command: Previewable) -> Preview:
        if not self._previews:
            raise ConnectionLost("the engine is gone")
        return await super().preview(command)

    async def submit(self, command: Command) -> Accepted | Denied:
        self.submitted.append(command)
        raise ConnectionLost("the engine is gone")


class OpenTicket:
    """A ticket under a pilot."""

    def __init__(self, app: DeskApp, pilot: Pilot[Farewell], desk: FakeDesk, ticket: OrderTicket) -> None:
        self.app, self.pilot, self.desk, self.ticket = app, pilot, desk, ticket

    @property
    def is_open(self) -> bool:
        return self.app.screen is self.ticket

    @property
    def sent(self) -> list[Command]:
        return [each for each in self.desk.submitted if isinstance(each, SubmitOrder)]

    @property
    def verdict(self) -> str:
        return str(self.ticket.query_one(".verdict", SteadyText).visual)

    @property
    def review(self) -> str:
        return str(self.ticket.query_one(OrderReview).visual)

    @property
    def figures(self) -> str:
        return str(self.ticket.query_one(PreviewPanel).visual)

    @property
    def is_reviewing(self) -> bool:
        return self.ticket.query_one(ContentSwitcher).current == "review"

    def text(self, field: str) -> str:
        return self.ticket.query_one(f"#{field}", NumberField).value

    def choice(self, field: str) -> str:
        return self.ticket.query_one(f"#{field}", ChoiceField).value

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type_quantity(self, text: str) -> None:
        self.ticket.query_one("#quantity", Input).value = text
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(self.pilot, condition)

    async def until_it_says(self, words: str) -> None:
        await self.until(lambda: self.is_open and words in self.verdict)


@asynccontextmanager
async def opened(
    desk: FakeDesk | None = None,
    side: Side = Side.BUY,
    id: InstrumentId = BTC,  # noqa: A002
    *,
    confirm: bool = True,
    size: tuple[int, int] = SMALL,
    **given_fields: object,
) -> AsyncIterator[OpenTicket]:
    desk = desk or FakeDesk()
    app = DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=3600.0, confirm_orders=confirm))
    async with app.run_test(size=size) as pilot:
        ticket = OrderTicket(desk, id, side, confirm=confirm, **given_fields)  # type: ignore[arg-type]
        await app.push_screen(ticket)
        open_ticket = OpenTicket(app, pilot, desk, ticket)
        await pilot.pause()
        yield open_ticket
