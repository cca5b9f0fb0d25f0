"""The order line on a desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from fks_engine.api import (
    CancelAllOrders,
    CancelOrder,
    Command,
    DenialReason,
    Denied,
    DeskView,
    Mode,
    OrderType,
    ReplaceOrder,
    SubmitOco,
    SubmitOrder,
)
from fks_tui.app import DeskApp
from fks_tui.line_history import LineHistory
from fks_tui.options import DeskOptions
from fks_tui.screens.order_line import OrderLineScreen
from fks_tui.screens.orders import OrdersScreen
from fks_tui.screens.quit import Farewell
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.screens.ticket_words import Stage
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import (
    ETH,
    NOW,
    SECOND,
    SOL,
    a_disconnected_view,
    a_quote_row,
    a_stale_view,
    a_view,
    an_empty_view,
    an_engine,
)
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until
from tests.tui.screens.tickets import TOO_MUCH, GatedDesk, LostDesk

D = Decimal
SnapCompare = Callable[..., bool]


class OpenLine:
    """An order line under a pilot."""

    def __init__(self, app: DeskApp, pilot: Pilot[Farewell], desk: FakeDesk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk
        self.history = LineHistory()

    @property
    def screen(self) -> OrderLineScreen:
        assert isinstance(self.app.screen, OrderLineScreen)
        return self.app.screen

    @property
    def is_open(self) -> bool:
        return isinstance(self.app.screen, OrderLineScreen)

    @property
    def line(self) -> str:
        return self.screen.query_one("#line", Input).value

    @property
    def sent(self) -> list[Command]:
        return [each for each in self.desk.submitted if type(each).__name__ != "Follow"]

    def says(self, part: str) -> str:
        return str(self.screen.query_one(f".{part}", SteadyText).visual)

    async def open(self) -> None:
        await self.pilot.press("colon")
        await until(self.pilot, lambda: self.is_open)

    async def type(self, text: str) -> None:
        field = self.screen.query_one("#line", Input)
        field.value = text
        field.cursor_position = len(text)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(self.pilot, condition)

    async def until_it_says(self, words: str) -> None:
        await self.until(lambda: self.is_open and words in self.says("verdict"))


@asynccontextmanager
async def opened(desk: FakeDesk | None = None, *, confirm: bool = True) -> AsyncIterator[OpenLine]:
    desk = desk or FakeDesk()
    app = DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=3600.0, confirm_orders=confirm))
    async with app.run_test(size=SMALL) as pilot:
        line = OpenLine(app, pilot, desk)
        await line.open()
        yield line


@pytest.mark.anyio
class TestSending:
    async def test_it_opens_on_every_screen_and_takes_what_is_typed_on(self) -> None:
        async with opened() as t:
            await t.press("escape", "f3", "colon", "b", "u", "y")
            await t.until(lambda: t.is_open and t.line == "buy")

    async def test_an_order_is_previewed_reviewed_and_sent_once(self) -> None:
        async with opened() as t:
            await t.type("buy 0.1 btc @ 64000 po tp 2% sl 1%")
            await t.until_it_says("✓")
            assert t.says("sentence").startswith("BUY 0.10000 BTC/USDT limit 64,000.00 GTC post-only = 6,400.00 USDT")
            await t.press("enter")
            await t.until(lambda: t.screen.stage is Stage.REVIEWING and not t.screen.is_being_read)
            assert t.sent == []
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            (command,) = t.sent
            assert isinstance(command, SubmitOrder)
            assert (command.quantity, command.limit_price, command.post_only) == (D("0.1"), D(64000), True)
            assert command.exits is not None

    async def test_a_move_is_previewed_and_waits_while_the_gate_says_no(self) -> None:
        move = ReplaceOrder(client_order_id="fks-000002", limit_price=D("63950.00"), origin="order line")
        async with opened(confirm=False) as t:
            t.desk.denial = TOO_MUCH
            await t.type("move btc @ 63900.5")
            await t.until_it_says("✗ Denied: the order is worth 64,000.00 USDT")
            await t.press("enter")
            assert t.sent == []
            t.desk.denial = None
            await t.type("move btc @ 63950")
            await t.until_it_says("✓ fee about 0.0001 BTC · held 0.0999 → 0.1999 · available 93,600.00 USDT")
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            assert t.sent == [move]

    async def test_a_size_that_hangs_on_the_market_keeps_its_numbers_until_they_are_previewed(self) -> None:
        desk = GatedDesk()
        async with opened(desk) as t:
            await t.type("buy all btc market")
            for n in range(1, 6):
                view = desk.view()
                rows = tuple(replace(row, ask=row.ask and row.ask * D("1.001")) for row in view.quotes)
                desk.show(replace(view, quotes=rows, ts=view.ts + SECOND // 10 * n))
                await t.pilot.pause()
            desk.previews.set()
            await t.until_it_says("✓")

    async def test_without_confirmation_one_enter_sends(self) -> None:
        async with opened(confirm=False) as t:
            await t.type("sell 0.05 btc tp 66000 sl 62000")
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            assert isinstance(t.sent[0], SubmitOco)

    async def test_a_caution_wants_a_second_enter_even_without_confirmation(self) -> None:
        async with opened(confirm=False) as t:
            await t.type("buy 0.1 btc @ 74000")
            await t.press("enter")
            await t.until_it_says("from the ask")
            await t.until(lambda: t.screen.stage is Stage.REVIEWING and not t.screen.is_being_read)
            assert t.sent == []
            await t.press("y")
            await t.until(lambda: not t.is_open)
            assert len(t.sent) == 1

    async def test_a_question_sends_nothing_and_tab_takes_an_answer(self) -> None:
        async with opened() as t:
            await t.type("buy 0.1 btc")
            await t.press("enter", "enter")
            assert (t.sent, t.screen.stage) == ([], Stage.EDITING)
            assert t.says("mark") == " " * 11 + "^"
            await t.press("tab")
            assert t.line == "buy 0.1 btc @ bid"
            await t.press("tab")
            assert t.line == "buy 0.1 btc market"

    async def test_a_denial_stands_there_and_enter_sends_nothing(self) -> None:
        desk = FakeDesk()
        desk.denial = TOO_MUCH
        async with opened(desk) as t:
            await t.type("buy 1 btc market")
            await t.until_it_says("up to 0.39062 BTC would pass")
            await t.press("enter", "enter")
            assert t.sent == []

    async def test_enter_waits_for_the_preview_of_the_very_order(self) -> None:
        desk = GatedDesk()
        async with opened(desk) as t:
            await t.type("buy 0.1 btc @ bid")
            await t.press("enter")
            assert t.screen.stage is Stage.EDITING
            desk.show(a_view(quotes=(a_quote_row(mid=D(60000)),)))
            desk.previews.set()
            await t.until(lambda: t.screen.stage is Stage.REVIEWING)
            command = t.screen.reviewed
            assert isinstance(command, SubmitOrder)
            assert command.limit_price == D("63999.99")

    async def test_an_order_without_an_answer_is_never_sent_again(self) -> None:
        desk = LostDesk()
        async with opened(desk, confirm=False) as t:
            await t.type("sell 0.1 btc market")
            await t.press("enter")
            await t.until_it_says("may have been sent")
            await t.press("enter")
            await t.until(lambda: isinstance(t.app.screen, OrdersScreen))
            assert len(t.sent) == 1

    async def test_a_price_that_hangs_on_the_market_moves_with_it(self) -> None:
        async with opened() as t:
            await t.type("buy 0.1 btc @ bid")
            await t.until(lambda: "63,999.99" in t.says("sentence"))
            t.desk.show(a_view(quotes=(a_quote_row(mid=D(64010)),), ts=NOW + SECOND))
            await t.until(lambda: "64,009.99" in t.says("sentence"))

    async def test_without_an_engine_nothing_is_sent(self) -> None:
        async with opened() as t:
            await t.type("cancel fks-000002")
            t.desk.show(a_disconnected_view())
            await t.until_it_says("The engine is gone")
            await t.press("enter")
            assert t.sent == []


@pytest.mark.anyio
class TestOtherVerbs:
    async def test_one_order_is_canceled_at_once_and_many_after_a_review(self) -> None:
        async with opened() as t:
            await t.type("cancel fks-000002")
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            await t.open()
            await t.type("cancel all")
            await t.press("enter")
            await t.until(lambda: t.screen.stage is Stage.REVIEWING and not t.screen.is_being_read)
            await t.press("y")
            await t.until(lambda: not t.is_open)
            assert t.sent == [CancelOrder("fks-000002"), CancelAllOrders()]

    async def test_go_shows_the_market(self) -> None:
        async with opened() as t:
            await t.type("go sol")
            await t.press("enter")
            await t.until(lambda: isinstance(t.app.screen, QuotesScreen))
            await t.until(lambda: any(getattr(each, "instrument_id", None) == SOL for each in t.desk.submitted))

    async def test_a_market_that_is_not_on_the_desk_is_looked_up(self) -> None:
        view = a_view()
        async with opened(FakeDesk(replace(view, quotes=view.quotes[:2], focus=None))) as t:
            await t.type("buy 1 eth @ 2500")
            await t.until_it_says("✓")
            (command,) = {each.instrument_id for each in t.desk.previewed}
            assert command == ETH
            await t.type("buy 1 nothing @ 5")
            await t.until_it_says("no market of this exchange")

    async def test_before_the_exchange_has_answered_no_market_is_denied_and_then_it_is_found(self) -> None:
        async with opened(FakeDesk(an_empty_view())) as t:
            await t.type("buy 1 eth @ 2500")
            await t.until_it_says("markets are not known yet: loading instruments")
            t.desk.show(a_view(quotes=a_view().quotes[:2], focus=None))
            await t.until_it_says("✓")

    async def test_lines_are_called_back(self) -> None:
        async with opened(confirm=False) as t:
            await t.type("sell 0.1 btc market")
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            await t.open()
            await t.press("b", "up")
            assert t.line == "sell 0.1 btc market"
            await t.press("down")
            assert t.line == "b"
            assert [each.order_type for each in t.sent if isinstance(each, SubmitOrder)] == [OrderType.MARKET]


class TestLooks:
    @staticmethod
    def _run(
        desk: FakeDesk, text: str, *keys: str, words: str = "", denial: Denied | None = None
    ) -> Callable[[Pilot[Farewell]], object]:
        async def run(pilot: Pilot[Farewell]) -> None:
            await pilot.pause()
            desk.denial = denial
            line = OpenLine(pilot.app, pilot, desk)  # type: ignore[arg-type]
            await line.open()
            await line.type(text)
            await line.until(lambda: words in line.says("verdict"))
            await pilot.press(*keys)
            await line.until(lambda: not line.screen.is_being_read)
            line.screen.paint()
            await pilot.pause()

        return run

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    @pytest.mark.parametrize(
        ("text", "keys", "words"),
        [
            ("", (), "Type what to do"),
            ("buy 0.1 btc @ 64000 po tp 2% sl 1%", (), "✓"),
            ("buy 0.1 btc 64000", (), "did you mean"),
            ("buy 0.1 btc @ 74000", ("enter",), "from the ask"),
            ("help", (), ""),
        ],
        ids=["empty", "live", "question", "caution", "help"],
    )
    def test_state(
        self, snap_compare: SnapCompare, text: str, keys: tuple[str, ...], words: str, size: tuple[int, int]
    ) -> None:
        app, desk = desk_app()
        assert snap_compare(app, terminal_size=size, run_before=self._run(desk, text, *keys, words=words))

    @pytest.mark.parametrize(
        ("view", "words", "denial"),
        [
            (a_view(), "would pass", TOO_MUCH),
            (a_stale_view(), "42 s old", Denied(DenialReason.MARKET_STALE, "the quote is 42 s old")),
            (a_disconnected_view(), "engine is gone", None),
            (an_empty_view(), "markets are not known yet", None),
            (replace(a_view(), engine=an_engine(read_only=True, mode=Mode.LIVE)), "read-only", None),
        ],
        ids=["denied", "stale", "disconnected", "no-markets", "read-only"],
    )
    def test_without_a_way(self, snap_compare: SnapCompare, view: DeskView, words: str, denial: Denied | None) -> None:
        app, desk = desk_app(view)
        run = self._run(desk, "buy 0.1 btc @ 64000", words=words, denial=denial)
        assert snap_compare(app, terminal_size=SMALL, run_before=run)
