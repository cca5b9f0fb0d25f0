"""Stops of lists: of an entry that ended before they worked, and of a pair of which the other one trades."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.api import Exits, SubmitOco
from fks_engine.model import OrderStatus, Side
from tests.engine.builders import BTC, a_submit
from tests.engine.orders.guarded import Guarded
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus
ENTRY = a_submit(Side.BUY, "0.2", "59000", exits=Exits(stop_price=Decimal(57_000)))


async def test_what_an_entry_bought_before_it_ended_has_its_stop() -> None:
    desk = Guarded()
    async with desk.running():
        entry, stop = await desk.sends(ENTRY)
        desk.trade(entry, "0.1")
        await desk.manager.cancel(entry)
        await settled()
        desk.bus.order_reports.publish(desk.exchange.orders[stop])
        assert (desk.order(entry).status, desk.order(stop).status) == (S.CANCELED, S.CANCELED)
        await desk.audit()
        (guard,) = desk.guards()
        assert (guard.quantity, guard.stop_price) == (Decimal("0.0999"), Decimal(57_000))
        assert "the entry ended partly filled, before its stop at 57000 began to work" in desk.told("Protection")[0]
        again = Guarded(desk)
        async with again.running():
            await again.audit(3)
            assert len(again.guards()) == 1


async def test_an_entry_that_filled_whole_and_whose_stop_the_exchange_did_not_take_has_its_stop() -> None:
    desk = Guarded()
    async with desk.running():
        entry, stop = await desk.sends(ENTRY)
        desk.trade(entry, "0.2")
        await desk.audit()
        assert desk.guards() == []
        desk.trade(stop, "0", S.EXPIRED)
        await desk.audit()
        assert [order.quantity for order in desk.guards()] == [Decimal("0.1998")]
        assert "the entry is filled and its stop at 57000 never began to work" in desk.told("Protection")[0]


async def test_an_entry_that_bought_nothing_is_owed_nothing() -> None:
    desk = Guarded()
    async with desk.running():
        entry, _ = await desk.sends(ENTRY)
        await desk.manager.cancel_all()
        await settled()
        assert desk.order(entry).status is S.CANCELED
        await desk.audit(2)
        assert desk.guards() == []


async def test_a_stop_that_ended_because_the_profit_was_taken_is_not_restored() -> None:
    desk = Guarded()
    async with desk.running():
        profit, stop = await desk.sends(
            SubmitOco(
                instrument_id=BTC,
                side=Side.SELL,
                quantity=Decimal("0.5"),
                take_profit_price=Decimal(65_000),
                stop_price=Decimal(58_000),
            )
        )
        desk.trade(stop, "0", S.EXPIRED)
        await desk.audit()
        assert desk.guards() == []
        desk.trade(profit, "0.2")
        await desk.audit(2)
        (words,) = desk.told("Unprotected")
        assert words.startswith("0.3 of BTC/USDT is held without its stop: the exchange ended its stop when")
        desk.trade(profit, "0.3")
        await desk.audit(2)
        assert desk.guards() == []


async def test_the_stop_of_a_pair_that_was_reached_and_partly_filled_is_restored() -> None:
    desk = Guarded()
    async with desk.running():
        profit, stop = await desk.sends(
            SubmitOco(
                instrument_id=BTC,
                side=Side.SELL,
                quantity=Decimal("0.5"),
                take_profit_price=Decimal(65_000),
                stop_price=Decimal(58_000),
            )
        )
        desk.trade(profit, "0", S.EXPIRED)
        desk.trade(stop, "0.2", S.EXPIRED)
        await desk.audit()
        assert desk.protected() == desk.held == Decimal("0.3")
