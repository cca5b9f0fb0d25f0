"""A stop that ended before its work was done is restored within one audit, once, and never against a person."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.api import CancelAllOrders, NoticeLevel
from fks_engine.errors import OrderRejected, OutcomeUnknown
from fks_engine.model import OrderStatus, OrderType, Side, TradingState
from fks_engine.risk import RiskLimits
from tests.engine.builders import BTC, a_submit
from tests.engine.orders.guarded import Guarded
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus


async def test_the_rest_of_a_stop_that_a_thin_book_ended_has_its_stop_again_within_one_audit() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.3", S.EXPIRED)
        assert desk.protected() == 0
        await desk.audit()
        assert desk.protected() == desk.held == Decimal("0.2")
        (guard,) = desk.guards()
        assert (guard.order_type, guard.stop_price, guard.restores) == (OrderType.STOP, Decimal(58_000), stop)
        assert guard.reduce_only
        (words,) = desk.told("Protection")
        assert words.endswith("unsold (the exchange ended it): 0.2 of BTC/USDT has its stop again")
        await desk.audit(5)
        assert len(desk.guards()) == 1


async def test_a_stop_that_ends_again_and_again_is_restored_each_time() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        for sold in ("0.2", "0.1", "0.15"):
            desk.trade(stop, sold, S.EXPIRED)
            await desk.audit()
            stop = desk.guards()[-1].client_order_id
            assert desk.protected() == desk.held
        assert desk.held == Decimal("0.05")


async def test_beyond_the_stop_price_the_rest_is_sold_at_market_until_nothing_is_left() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.1", S.EXPIRED)
        desk.market.show(BTC, 57_000, 57_001)
        desk.depth = Decimal("0.15")
        await desk.audit()
        await desk.audit()
        assert desk.held == 0
        assert [order.order_type for order in desk.guards()] == [OrderType.MARKET] * 3
        assert desk.guards()[0].limit_price == Decimal(56_430)
        assert "is sold at market: the market is beyond the stop price" in desk.told("Protection")[0]


async def test_a_stop_that_a_person_cancels_is_not_restored() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.1")
        await desk.manager.cancel(stop)
        await settled()
        assert desk.order(stop).status is S.CANCELED
        await desk.audit(3)
        assert desk.guards() == []


async def test_a_stop_that_is_canceled_elsewhere_is_not_restored() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.1", S.CANCELED)
        await desk.audit(3)
        assert desk.guards() == []


async def test_a_person_who_cancels_the_new_stop_has_the_position_in_hand() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.audit()
        await desk.manager.cancel(desk.guards()[0].client_order_id)
        await settled()
        desk.settle()
        await desk.audit(3)
        assert len(desk.guards()) == 1
        desk = Guarded(desk)
        async with desk.running():
            await desk.audit(3)
            assert len(desk.guards()) == 1


async def test_a_person_who_sells_has_the_position_in_hand_also_after_a_restart() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.time.passes(1)
        await desk.sends(a_submit(Side.SELL, "0.4", None))
        assert desk.held == 0
        desk.held += Decimal("0.4")
        desk.settle()
        await desk.audit(3)
        assert desk.guards() == []
        again = Guarded(desk)
        async with again.running():
            await again.audit(3)
            assert again.guards() == []


async def test_while_trading_is_halted_it_only_warns_once_and_acts_when_it_is_lifted() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.gate.set_state(TradingState.HALTED, "enough")
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.audit(5)
        assert desk.guards() == []
        (words,) = desk.told("Unprotected")
        assert words.startswith("0.4 of BTC/USDT is held without its stop: sell stop 0.5 BTC/USDT once 58000 is reach")
        assert desk.notices[-1][0] is NoticeLevel.ERROR
        desk.gate.set_state(TradingState.REDUCING)
        await desk.audit()
        assert desk.protected() == desk.held


async def test_while_the_position_is_being_closed_nothing_is_sent() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.closing = True
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.audit(3)
        assert desk.guards() == []
        desk.closing = False
        await desk.audit()
        assert desk.protected() == desk.held


async def test_during_a_lost_connection_it_waits_and_says_so_once() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.connected = False
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.audit(4)
        assert desk.guards() == []
        assert len(desk.told("Unprotected")) == 1
        desk.connected = True
        await desk.audit()
        assert desk.protected() == desk.held


async def test_a_stop_that_the_exchange_refuses_is_sent_again_with_pauses() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.exchange.failed_sends.extend([OrderRejected("Stop price would trigger immediately.")] * 2)
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.audit(1.5)
        assert desk.protected() == desk.held == Decimal("0.4")
        assert len(desk.guards()) == 3


async def test_a_stop_whose_send_was_not_answered_is_not_sent_twice() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.exchange.lost_sends.append(OutcomeUnknown("timeout"))
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.audit(4)
        assert len(desk.guards()) == 1
        assert desk.protected() == desk.held


@pytest.mark.parametrize("audits", [0.0, 0.1, 1.0])
async def test_a_restart_at_any_moment_restores_once(audits: float) -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.1", S.EXPIRED)
        desk.journal.flush(100)
        await desk.audit(audits)
    desk = Guarded(desk)
    async with desk.running():
        await desk.audit(2)
        assert len(desk.guards()) == 1
        assert desk.protected() == desk.held == Decimal("0.4")


async def test_a_crash_before_the_answer_was_written_does_not_double_the_stop() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.1", S.EXPIRED)
        desk.exchange.hold = anyio.Event()
        await desk.audit()
        assert len(desk.guards()) == 1
    desk.exchange.hold = None
    desk.exchange.place(desk.guards()[0])
    desk = Guarded(desk)
    async with desk.running():
        await desk.audit(4)
        assert len(desk.guards()) == 1
        assert desk.protected() == desk.held


async def test_no_more_than_is_free_is_protected() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped("0.3")
        await desk.sends(a_submit(Side.SELL, "0.2", "65000"))
        desk.trade(stop, "0.1", S.EXPIRED)
        desk.held -= Decimal("0.1")
        desk.settle()
        await desk.audit()
        assert desk.protected() == Decimal("0.1")


async def test_what_other_orders_hold_is_told_of() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped("0.3")
        await desk.sends(a_submit(Side.SELL, "0.2", "65000"))
        desk.trade(stop, "0.1", S.EXPIRED)
        desk.held -= Decimal("0.2")
        desk.settle()
        await desk.audit(2)
        (words,) = desk.told("Unprotected")
        assert words.endswith("; other orders hold all of it; cancel one of them and it is protected")


async def test_a_stop_beyond_the_limit_on_one_order_is_restored_in_parts() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.gate.set_limits(RiskLimits(reporting_currency="USDT", max_order_notional=Decimal(12_000)))
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.audit(2)
        assert desk.protected() <= desk.held
        assert desk.guards()


async def test_a_stop_limit_whose_rest_lies_over_the_market_is_told_of_once() -> None:
    desk = Guarded()
    async with desk.running():
        (stop,) = await desk.sends(
            a_submit(Side.SELL, "0.5", "57900", order_type=OrderType.STOP_LIMIT, stop_price=Decimal(58_000))
        )
        desk.trade(stop, "0.2")
        report = desk.exchange.orders[stop]
        object.__setattr__(report, "is_triggered", True)
        desk.bus.order_reports.publish(report)
        desk.market.show(BTC, 57_000, 57_001)
        await desk.audit(4)
        (words,) = desk.told("Unprotected")
        assert words == (
            "0.3 of BTC/USDT is not sold: the stop was reached and rests at 57900, over the bid of 57000; lower its "
            "limit, or close the position"
        )
        assert desk.guards() == []
        assert desk.order(stop).status is S.PARTIALLY_FILLED


async def test_dust_is_told_of_and_left() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.49995", S.EXPIRED)
        await desk.audit(3)
        assert desk.guards() == []
        (words,) = desk.told("Unprotected")
        assert "0.00005 BTC is dust" in words


async def test_cancel_all_ends_new_stops_for_good() -> None:
    desk = Guarded()
    async with desk.running():
        stop = await desk.stopped()
        desk.trade(stop, "0.1", S.EXPIRED)
        await desk.audit()
        await desk.manager.cancel_all(CancelAllOrders().instrument_id)
        await settled()
        desk.settle()
        await desk.audit(3)
        assert desk.protected() == 0
        assert len(desk.guards()) == 1


class TestProperty:
    @settings(max_examples=12, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(1, 9), st.sampled_from(["expires", "rests", "falls", "rises", "dies", "away", "unanswered"])
            ),
            min_size=1,
            max_size=6,
        )
    )
    def test_what_is_protected_never_exceeds_what_is_held_and_equals_it_after_an_audit(
        self, steps: list[tuple[int, str]]
    ) -> None:
        anyio.run(_walk, steps)


async def _walk(steps: list[tuple[int, str]]) -> None:
    desk = Guarded()
    async with desk.running():
        await desk.stopped()
    for tenths, step in steps:
        desk.journal.flush(1_000)
        desk = Guarded(desk)
        async with desk.running():
            await settled()
            low = step == "falls"
            desk.market.show(BTC, 57_000 if low else 60_000, 57_001 if low else 60_001)
            stops = [each for each in desk.exchange.orders.values() if each.status.is_working]
            if step == "unanswered":
                desk.exchange.lost_sends.append(OutcomeUnknown("timeout"))
            for stop in stops:
                left = stop.quantity - stop.filled_quantity
                much = (left * tenths / 10).quantize(Decimal("0.00001"))
                if step == "rests" and much < left:
                    desk.trade(stop.client_order_id, much)
                elif much < left:
                    desk.trade(stop.client_order_id, much, S.EXPIRED)
            for _ in range(20):
                await desk.time.passes(1)
                assert desk.protected() <= desk.held
            is_dust = desk.held * 57_000 < 5
            assert is_dust or desk.protected() == desk.held, (steps, desk.notices)
            assert not stops or len({order.client_order_id for order in desk.guards()}) == len(desk.guards())
            desk.journal.flush(1_000)
