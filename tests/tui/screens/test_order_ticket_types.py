"""The order ticket: every type of order, sizes in money and percent, and numbers taken over from the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from fks_engine.api import Exits, OrderCommand, OrderType, Preview, Previewable, Side, SubmitOco, SubmitOrder
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.quit import Farewell
from fks_tui.widgets.choice_field import ChoiceField
from fks_tui.widgets.steady_text import SteadyText
from tests.desk_views import BTC
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until
from tests.tui.screens.tickets import TOO_MUCH, OpenTicket, opened

D = Decimal
SnapCompare = Callable[..., bool]


class WarningDesk(FakeDesk):
    """Previews say what a market order would leave and what a person should know."""

    async def preview(self, command: Previewable) -> Preview:
        found = await super().preview(command)
        return replace(
            found,
            cap_price=D("64320.00"),
            unfilled=D("0.02"),
            warnings=("the market moved 3% in the last minute",),
        )


async def choose(t: OpenTicket, kind: str) -> None:
    t.ticket.query_one("#type", ChoiceField).action_choose(kind)
    await t.pilot.pause()


async def type_in(t: OpenTicket, **texts: str) -> None:
    for field, text in texts.items():
        t.ticket.query_one(f"#{field}", Input).value = text
    await t.pilot.pause()


def shown(t: OpenTicket) -> set[str]:
    ids = ("price", "stop", "duration", "post_only", "reduce_only", "take_profit", "stop_loss", "stop_limit")
    return {each for each in ids if t.ticket.query_one(f"#{each}").region.height}


@pytest.mark.anyio
class TestTypes:
    @pytest.mark.parametrize(
        ("kind", "texts", "fields", "sent"),
        [
            (
                "stop",
                {"stop": "63000"},
                {"stop", "reduce_only"},
                SubmitOrder(
                    instrument_id=BTC,
                    side=Side.SELL,
                    order_type=OrderType.STOP,
                    quantity=D("0.05000"),
                    stop_price=D("63000.00"),
                    origin="ticket",
                ),
            ),
            (
                "take_profit_limit",
                {"stop": "66000", "price": "65900"},
                {"stop", "price", "duration", "reduce_only"},
                SubmitOrder(
                    instrument_id=BTC,
                    side=Side.SELL,
                    order_type=OrderType.TAKE_PROFIT_LIMIT,
                    quantity=D("0.05000"),
                    limit_price=D("65900.00"),
                    stop_price=D("66000.00"),
                    origin="ticket",
                ),
            ),
            (
                "oco",
                {"take_profit": "66000", "stop_loss": "62000", "stop_limit": "61900"},
                {"take_profit", "stop_loss", "stop_limit"},
                SubmitOco(
                    instrument_id=BTC,
                    side=Side.SELL,
                    quantity=D("0.05000"),
                    take_profit_price=D("66000.00"),
                    stop_price=D("62000.00"),
                    stop_limit_price=D("61900.00"),
                    origin="ticket",
                ),
            ),
        ],
        ids=["stop", "take-profit-limit", "oco"],
    )
    async def test_a_type_shows_its_fields_and_sends_its_order(
        self, kind: str, texts: dict[str, str], fields: set[str], sent: OrderCommand
    ) -> None:
        async with opened(side=Side.SELL, confirm=False) as t:
            await choose(t, kind)
            await type_in(t, quantity="0.05", **texts)
            await t.until_it_says("The gate would let it through")
            assert shown(t) == fields
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            assert [each for each in t.desk.submitted if isinstance(each, type(sent))] == [sent]

    async def test_exits_of_an_entry_count_from_its_price(self) -> None:
        async with opened() as t:
            await type_in(t, quantity="0.1", price="64000", take_profit="2%", stop_loss="1%")
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            assert "once it has filled: take profit at 65280.00, stop at 63360.00" in t.review
            await t.press("enter")
            await t.until(lambda: not t.is_open)
            (command,) = t.sent
            assert isinstance(command, SubmitOrder)
            assert command.exits == Exits(take_profit_price=D("65280.00"), stop_price=D("63360.00"))

    async def test_exits_on_the_wrong_side_are_a_problem(self) -> None:
        async with opened() as t:
            await type_in(t, quantity="0.1", price="64000", take_profit="63000")
            await t.until_it_says("he take profit is the higher price")

    async def test_a_quantity_in_money_and_in_percent(self) -> None:
        async with opened() as t:
            await type_in(t, quantity="$500", price="64000")
            await t.until(lambda: "0.00781 BTC" in t.figures)
            await type_in(t, quantity="50%")
            await t.until(lambda: "0.73125 BTC" in t.figures)

    async def test_a_type_that_the_exchange_does_not_take_says_which_it_takes(self) -> None:
        async with opened() as t:
            assert t.ticket._instrument is not None
            t.ticket._instrument = replace(t.ticket._instrument, order_types=(OrderType.LIMIT, OrderType.MARKET))
            await choose(t, "stop")
            await type_in(t, quantity="1", stop="65000")
            await t.until_it_says("takes no STOP orders; it takes LIMIT, MARKET")

    async def test_one_key_takes_over_the_number_that_would_pass(self) -> None:
        desk = FakeDesk()
        desk.denial = replace(TOO_MUCH, numbers={**TOO_MUCH.numbers, "quantity": "0.39062"})
        async with opened(desk) as t:
            await t.type_quantity("1")
            await t.until_it_says("Ctrl+g takes over 0.39062 as the quantity")
            await t.press("ctrl+g")
            assert t.text("quantity") == "0.39062"

    async def test_a_market_order_shows_its_cap_and_warnings_want_a_review(self) -> None:
        async with opened(WarningDesk(), confirm=False) as t:
            await choose(t, "market")
            await type_in(t, quantity="1")
            await t.until_it_says("the market moved 3%")
            assert "64320.00" in t.figures
            assert "0.02 BTC would expire" in t.figures
            await t.press("enter")
            await t.until(lambda: t.is_reviewing)
            assert t.sent == []


class TestLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    @pytest.mark.parametrize("kind", ["limit", "market", "stop_limit", "oco"])
    def test_type(self, snap_compare: SnapCompare, kind: str, size: tuple[int, int]) -> None:
        desk = WarningDesk() if kind == "market" else FakeDesk()
        app, _ = desk_app()

        async def run(pilot: Pilot[Farewell]) -> None:
            await pilot.pause()
            ticket = OrderTicket(desk, BTC, Side.SELL, confirm=True)
            await pilot.app.push_screen(ticket)
            ticket.query_one("#type", ChoiceField).action_choose(kind)
            texts = {"limit": {"take_profit": "60000", "stop_loss": "1%"}, "stop_limit": {"stop": "63000"}}
            texts["oco"] = {"take_profit": "66000", "stop_loss": "62000"}
            for field, text in {"quantity": "0.05", **texts.get(kind, {})}.items():
                ticket.query_one(f"#{field}", Input).value = text
            verdict = ticket.query_one(".verdict", SteadyText)
            await until(pilot, lambda: "let it through" in str(verdict.visual))
            await pilot.pause()

        assert snap_compare(app, terminal_size=size, run_before=run)
