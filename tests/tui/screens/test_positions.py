"""The positions screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from fks_engine.api import Balance, BalanceRow, DeskView, FlattenPosition, OrderType, PositionSide, Side, SubmitOrder
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.positions import PositionsScreen
from fks_tui.screens.quit import Farewell
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.widgets.balance_table import BalanceTable
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.equity_chart import EquityChart
from fks_tui.widgets.number_field import NumberField
from fks_tui.widgets.position_table import PositionTable
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import (
    BTC,
    ETH,
    NOW,
    SECOND,
    a_position,
    a_view,
    an_account,
    an_empty_view,
    an_order,
)
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until

D = Decimal
SnapCompare = Callable[..., bool]


def a_rich_view() -> DeskView:
    """Two positions, one of them at a loss, stale and partly external; one asset without a price."""
    losing = a_position(
        ETH,
        quantity=D("1.5"),
        average_price=D("2550"),
        mark=D("2500"),
        mark_stale=True,
        notional=D("3750"),
        unrealised=D("-75"),
        unrealised_fraction=D("-0.0196"),
        break_even=D("2552.56"),
        protected_quantity=D("0.5"),
        realised=D("0"),
        fees=D("3.75"),
        external_quantity=D("0.5"),
    )
    unpriced = BalanceRow(Balance("XYZ", D("100"), D("5")), None)
    return a_view(
        account=an_account(
            positions=(a_position(), losing), balances=(*an_account().balances, unpriced), unpriced_assets=("XYZ",)
        )
    )


def lines(table: RecordTable[Any]) -> list[list[str]]:
    return [table.render_line(y).text.strip("▸").split() for y in range(1, table.size.height)]


@asynccontextmanager
async def opened(
    view: DeskView | None = None, size: tuple[int, int] = LARGE
) -> AsyncIterator[tuple[DeskApp, Pilot[Farewell], FakeDesk]]:
    desk = FakeDesk(view or a_rich_view())
    app = DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=3600.0))
    async with app.run_test(size=size) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, PositionsScreen) and isinstance(app.focused, PositionTable))
        yield app, pilot, desk


@pytest.mark.anyio
class TestFigures:
    async def test_a_position_tells_its_profit_in_money_and_percent(self) -> None:
        async with opened() as (app, _, _):
            table = app.screen.query_one(PositionTable)
            assert lines(table)[0] == (
                [
                    "BTC/USDT",
                    "▲",
                    "LONG",
                    "0.0999",
                    "64064.07",
                    "64128.20",
                    "64100.00",
                    "6,403.59",
                    "▎",
                    "2.8%",
                    "+3.59",
                    "+0.06%",
                    "+3.59",
                    "+15.93",
                    "6.40",
                    "none",
                    "–",
                ]
            )

    async def test_a_stale_mark_and_an_external_quantity_are_marked(self) -> None:
        async with opened() as (app, _, _):
            words = lines(app.screen.query_one(PositionTable))[1]
            assert "~2500.00" in words
            assert words[-3:] == ["only", "33%", "0.5"]
            assert "-1.96%" in words

    async def test_balances_tell_worth_and_share_or_that_there_is_no_price(self) -> None:
        async with opened() as (app, _, _):
            rows = lines(app.screen.query_one(BalanceTable))
            assert rows[0] == ["BTC", "2.0999", "0", "2.0999", "134,603.59", "59.0%"]
            assert rows[2] == ["XYZ", "100", "5", "105", "no", "price", "–"]

    async def test_the_summary_tells_the_day_and_what_equity_leaves_out(self) -> None:
        async with opened() as (app, _, _):
            summary = str(app.screen.query_one(".summary", SteadyText).visual)
            assert summary.startswith("~228,015.93 USDT")
            assert "day +15.93 (+0.01%)" in summary
            assert "without XYZ: no price" in summary

    async def test_before_the_account_was_read_no_profit_is_told(self) -> None:
        async with opened(an_empty_view()) as (app, _, _):
            summary = str(app.screen.query_one(".summary", SteadyText).visual)
            assert "0.00" not in summary

    async def test_the_curve_is_drawn_at_once_and_then_slowly(self) -> None:
        async with opened() as (app, pilot, desk):
            chart = app.screen.query_one(EquityChart)
            before = [chart.render_line(y).text for y in range(chart.size.height)]
            assert any("\u2801" <= character <= "\u28ff" for line in before for character in line)
            curve = tuple((NOW + second * SECOND, 1.0 + second) for second in range(60))
            desk.show(a_view(account=an_account(equity_curve=curve)))
            await until(pilot, lambda: "60.00" in chart.render_line(0).text)

    async def test_at_eighty_columns_market_quantity_and_profit_are_kept(self) -> None:
        async with opened(size=SMALL) as (app, _, _):
            words = lines(app.screen.query_one(PositionTable))[0]
            assert {"BTC/USDT", "0.0999", "+3.59", "+0.06%"} <= set(words)


@pytest.mark.anyio
class TestKeys:
    async def test_x_opens_a_ticket_that_closes_the_position(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, OrderTicket))
            await until(pilot, lambda: bool(app.screen.query("#quantity")))
            assert app.screen.query_one("#quantity", NumberField).value == "0.09990"
            assert app.screen.query_one("#side", ChoiceField).value == Side.SELL
            verdict = app.screen.query_one(".verdict", SteadyText)
            await until(pilot, lambda: "let it through" in str(verdict.visual))
            await pilot.press("enter")
            await until(pilot, lambda: "Enter or y" in str(app.screen.query_one(".hint", SteadyText).visual))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, PositionsScreen))
            assert desk.submitted[-1] == SubmitOrder(
                instrument_id=BTC,
                side=Side.SELL,
                order_type=OrderType.MARKET,
                quantity=D("0.09990"),
                reduce_only=True,
                origin="ticket",
            )

    @pytest.mark.parametrize(("key", "side"), [("b", Side.BUY), ("s", Side.SELL)])
    async def test_b_and_s_open_a_ticket_for_the_market_under_the_cursor(self, key: str, side: Side) -> None:
        async with opened() as (app, pilot, _):
            await pilot.press("down", key)
            await until(pilot, lambda: isinstance(app.screen, OrderTicket) and bool(app.screen.query("#side")))
            assert app.screen.query_one("#side", ChoiceField).value == side
            assert "ETH/USDT" in str(app.screen.query_one(".ticket").border_title)

    async def test_enter_shows_the_market(self) -> None:
        async with opened() as (app, pilot, _):
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen))

    async def test_f_asks_and_flattens_the_market_with_its_orders(self) -> None:
        async with opened(a_view(working_orders=(an_order(2), an_order(3)))) as (app, pilot, desk):
            await pilot.press("f")
            await until(pilot, lambda: isinstance(app.screen, Confirm) and bool(app.screen.query(".consequence")))
            words = str(app.screen.query_one(".consequence", Static).visual)
            assert "cancel 2 orders, then sell 0.0999" in words
            await pilot.press("y")
            await until(pilot, lambda: bool(desk.submitted))
            assert desk.submitted[-1] == FlattenPosition(BTC)

    async def test_shift_x_asks_with_no_as_the_answer_of_a_hasty_enter(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("X")
            await until(pilot, lambda: isinstance(app.screen, Confirm) and app.focused is not None)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, PositionsScreen))
            await pilot.press("X")
            await until(pilot, lambda: isinstance(app.screen, Confirm) and app.focused is not None)
            await pilot.press("y")
            await until(pilot, lambda: FlattenPosition(None) in desk.submitted)
            assert desk.submitted.count(FlattenPosition(None)) == 1

    @pytest.mark.parametrize("key", ["x", "f", "X"])
    async def test_coins_sold_from_elsewhere_are_not_offered_to_be_bought_back(self, key: str) -> None:
        short = a_position(side=PositionSide.SHORT, quantity=D("-0.01076"))
        async with opened(a_view(account=an_account(positions=(short,)))) as (app, pilot, desk):
            await pilot.press(key)
            await until(pilot, lambda: any(each.title == "Nothing to close" for each in app._notifications))
            assert isinstance(app.screen, PositionsScreen)
            words = "\n".join(each.message for each in app._notifications)
            assert ("nothing to buy back" in words) is (key != "X")
            assert desk.submitted == []

    async def test_what_cannot_be_sold_stays_when_all_is_flattened(self) -> None:
        short = a_position(ETH, side=PositionSide.SHORT, quantity=D("-1"))
        async with opened(a_view(account=an_account(positions=(a_position(), short)))) as (app, pilot, _):
            await pilot.press("X")
            await until(pilot, lambda: isinstance(app.screen, Confirm) and len(app.screen.query(".consequence")) == 2)
            sold, stays = (str(each.visual) for each in app.screen.query(".consequence").results(Static))
            assert "sell 0.0999 BTC at market" in sold
            assert "ETH/USDT: stays" in stays
            assert "the one position" in str(app.screen.query_one(".question", Static).visual)

    async def test_dust_says_what_to_do(self) -> None:
        dusty = a_position(quantity=D("0.00005"), dust="worth 3.2 USDT, under the exchange's minimum of 5: leave it")
        async with opened(a_view(account=an_account(positions=(dusty,)))) as (app, _, _):
            assert "DUST" in app.screen.query_one(PositionTable).render_line(1).text
            assert "BTC/USDT is dust, worth 3.2 USDT" in str(app.screen.query_one(".positions").border_subtitle)

    async def test_there_is_nothing_to_close_in_a_flat_position(self) -> None:
        flat = a_position(side=PositionSide.FLAT, quantity=D("0"))
        async with opened(a_view(account=an_account(positions=(flat,)))) as (app, pilot, _):
            await pilot.press("x")
            await until(pilot, lambda: any(each.title == "Nothing to close" for each in app._notifications))
            assert isinstance(app.screen, PositionsScreen)


class TestLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_live(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app(a_rich_view())
        assert snap_compare(app, press=["f4"], terminal_size=size)

    def test_no_positions_say_what_to_press(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_view(account=an_account(positions=())))
        assert snap_compare(app, press=["f4"], terminal_size=SMALL)
