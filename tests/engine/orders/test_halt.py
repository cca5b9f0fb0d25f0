"""A halt at a scripted exchange in virtual time: latched at once, canceled, verified, kept, lifted by a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import anyio
import pytest

from fks_engine.api import (
    Accepted,
    DenialReason,
    Denied,
    Difference,
    DifferenceKind,
    HaltStage,
    ReplaceOrder,
    SetTradingState,
    TradingState,
)
from fks_engine.errors import AuthenticationFailed, ExchangeUnavailable, JournalUnavailable, OutcomeUnknown, RateLimited
from fks_engine.model import JournalEntry, OrderStatus, OrderType, Side, TradingStateSet
from fks_engine.orders import Flattener, Halt
from fks_engine.ports import HaltSale
from fks_engine.risk import RiskGate, RiskLimits
from tests.engine.builders import BTC, a_report, a_submit
from tests.engine.orders.desk import OrderDesk
from tests.engine.still_market import StillAccount, StillMarket
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus


class SwitchedGate:
    """What a halt sets of the gate; the desk's open gate denies while it is shut."""

    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk
        self.lets_halt_sell = False
        self.state = TradingState.ACTIVE

    def set_state(self, state: TradingState, reason: str = "") -> None:
        self.state = self._desk.gate.trading_state = state
        shut = Denied(DenialReason.TRADING_HALTED, "trading is halted")
        self._desk.gate.denial = shut if state is TradingState.HALTED else None


class HaltDesk(OrderDesk):
    """An order desk with a halt."""

    def __init__(self, before: HaltDesk | None = None) -> None:
        super().__init__(before=before)
        self.switches: list[TradingStateSet] = []
        self.switched = SwitchedGate(self)
        account = StillAccount()
        flattener = Flattener(
            *(self.manager, self.gate, self.market, account, self.bus),
            positions=lambda: account.positions.values(),
            notify=self._tell,
        )
        self.halt = Halt(
            *(self.exchange, self.switched, self.manager.clearing, flattener, self.bus, self.time, self.journal),
            notify=self._tell,
            on_set=self.switches.append,
            holdings_known=lambda: True,
            sleep=self.time.sleep,
        )

    @asynccontextmanager
    async def halting(self) -> AsyncIterator[None]:
        """Run manager and halt for the length of the block."""
        async with self.running(), anyio.create_task_group() as tasks:
            tasks.start_soon(self.halt.run)
            tasks.start_soon(self.halt.keep)
            await settled()
            yield
            tasks.cancel_scope.cancel()

    def is_at(self, stage: HaltStage) -> bool:
        view = self.halt.view()
        return view is not None and view.stage is stage

    @property
    def detail(self) -> str:
        view = self.halt.view()
        assert view is not None
        return view.detail


async def test_a_halt_shuts_the_gate_before_anything_is_waited_for_and_ends_verified() -> None:
    desk = HaltDesk()
    async with desk.halting():
        order_id = await desk.submit()
        desk.halt.latch("enough", "a desk")
        assert desk.gate.trading_state is TradingState.HALTED
        assert desk.exchange.held
        assert desk.is_at(HaltStage.LATCHED)
        await settled()
        assert desk.status(order_id) is S.CANCELED
        assert desk.is_at(HaltStage.DONE)
        view = desk.halt.view()
        assert view is not None
        assert (view.open_orders, view.origin, view.reason) == (0, "a desk", "enough")
        assert view.verified_ts is not None
        assert any(isinstance(entry, TradingStateSet) and entry.origin == "a desk" for entry in desk.journal.durable)


async def test_orders_that_wait_for_their_turn_are_taken_back() -> None:
    desk = HaltDesk()
    answer = await desk.manager.submit(a_submit())
    assert isinstance(answer, Accepted)
    desk.halt.latch("enough", "a desk")
    async with desk.halting():
        assert not desk.exchange.sent
        assert desk.status(answer.client_order_ids[0]) is S.CANCELED
        assert desk.is_at(HaltStage.DONE)


async def test_an_order_that_is_being_sent_is_canceled_once_it_is_known() -> None:
    desk = HaltDesk()
    async with desk.halting():
        desk.exchange.hold = anyio.Event()
        order_id = await desk.submit()
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(2)
        assert desk.is_at(HaltStage.CANCELING)
        desk.exchange.hold.set()
        await desk.time.passes(10)
        assert desk.status(order_id) is S.CANCELED
        assert desk.is_at(HaltStage.DONE)


async def test_an_order_without_an_answer_is_found_and_canceled() -> None:
    desk = HaltDesk()
    async with desk.halting():
        desk.exchange.lost_sends.append(OutcomeUnknown("no answer"))
        order_id = await desk.submit()
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(60)
        assert desk.exchange.orders[order_id].status is S.CANCELED
        assert desk.is_at(HaltStage.DONE)


async def test_a_replacement_under_way_leaves_nothing_behind() -> None:
    desk = HaltDesk()
    async with desk.halting():
        order_id = await desk.submit()
        desk.exchange.hold = anyio.Event()
        await desk.manager.replace(ReplaceOrder(client_order_id=order_id, limit_price=Decimal(59_000)))
        await settled()
        await desk.halt.halt("enough", "a desk")
        desk.exchange.hold.set()
        await desk.time.passes(60)
        assert desk.is_at(HaltStage.DONE)
        assert not any(report.status.is_working for report in desk.exchange.orders.values())


async def test_a_refused_cancel_is_tried_until_it_is_carried_out() -> None:
    desk = HaltDesk()
    async with desk.halting():
        order_id = await desk.submit()
        desk.exchange.failed_cancels.extend([AuthenticationFailed("no"), ExchangeUnavailable("away"), None])
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(60)
        assert desk.status(order_id) is S.CANCELED
        assert desk.is_at(HaltStage.DONE)


async def test_the_exchange_is_asked_again_only_when_it_has_said_that_it_listens() -> None:
    desk = HaltDesk()
    async with desk.halting():
        desk.exchange.failed_lists.append(RateLimited("slow down", 20.0))
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(15)
        assert "asked again in 20 s" in desk.detail
        assert not desk.exchange.listed
        await desk.time.passes(10)
        assert desk.is_at(HaltStage.DONE)


async def test_an_order_that_our_records_have_as_over_is_canceled_when_it_turns_up() -> None:
    desk = HaltDesk()
    async with desk.halting():
        order_id = await desk.submit()
        desk.report(order_id, S.CANCELED)
        await settled()
        desk.exchange.orders[order_id] = replace(desk.exchange.orders[order_id], status=S.ACCEPTED)
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(20)
        assert desk.exchange.orders[order_id].status is S.CANCELED
        assert desk.is_at(HaltStage.DONE)


async def test_orders_from_elsewhere_are_left_alone_and_named() -> None:
    desk = HaltDesk()
    async with desk.halting():
        desk.exchange.orders["web_1"] = a_report(client_order_id="web_1", exchange_order_id="77", status=S.ACCEPTED)
        await desk.halt.halt("enough", "a desk")
        await settled()
        assert desk.exchange.orders["web_1"].status is S.ACCEPTED
        assert desk.is_at(HaltStage.DONE)
        assert "1 order from elsewhere left alone: 77" in desk.detail


async def test_a_halt_is_lifted_only_once_the_exchange_has_said_that_nothing_is_open() -> None:
    desk = HaltDesk()
    async with desk.halting():
        desk.exchange.failed_lists.append(ExchangeUnavailable("away"))
        await desk.halt.halt("enough", "a desk")
        await settled()
        early = await desk.halt.set(SetTradingState(TradingState.ACTIVE))
        assert isinstance(early, Denied)
        assert "the halt is not done" in early.message
        await desk.time.passes(5)
        assert await desk.halt.set(SetTradingState(TradingState.ACTIVE)) == Accepted()
        assert desk.halt.view() is None
        assert not desk.exchange.held
        assert desk.switches[-1].state is TradingState.ACTIVE


async def test_a_halt_survives_the_death_of_the_engine_and_is_verified_anew() -> None:
    dead = HaltDesk()
    async with dead.halting():
        order_id = await dead.submit()
        dead.exchange.failed_cancels.append(ExchangeUnavailable("away"))
        await dead.halt.halt("enough", "a desk")
    desk = HaltDesk(before=dead)
    desk.halt.restore(dead.switches[-1])
    assert desk.gate.trading_state is TradingState.HALTED
    async with desk.halting():
        await desk.time.passes(60)
        assert desk.exchange.orders[order_id].status is S.CANCELED
        assert desk.is_at(HaltStage.DONE)


async def full(*_: JournalEntry) -> None:
    raise JournalUnavailable("no space left")


async def test_a_disk_that_takes_nothing_keeps_no_halt_from_going_on() -> None:
    desk = HaltDesk()
    async with desk.halting():
        order_id = await desk.submit()
        desk.journal.record = full  # type: ignore[method-assign]
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(10)
        assert desk.exchange.orders[order_id].status is S.CANCELED
        assert desk.is_at(HaltStage.DONE)


def test_a_shut_gate_opens_for_the_sales_of_a_halt_alone() -> None:
    market, account = StillMarket(), StillAccount()
    gate = RiskGate(
        RiskLimits(reporting_currency="USDT", max_slippage_percent=Decimal(1)),
        market,
        account,
        connected=lambda: True,
        read_only=lambda: False,
    )
    gate.set_state(TradingState.HALTED, "enough")

    def verdict(kind: type, side: Side = Side.SELL, *, reduce_only: bool = True) -> DenialReason | None:
        command = kind(
            instrument_id=BTC,
            side=side,
            order_type=OrderType.MARKET,
            quantity=Decimal("0.01"),
            reduce_only=reduce_only,
            origin="halt",
        )
        denied = gate.verdict(command, ())
        return None if denied is None else denied.reason

    forged = type(a_submit())
    assert verdict(HaltSale) is DenialReason.TRADING_HALTED
    gate.lets_halt_sell = True
    assert verdict(HaltSale) is not DenialReason.TRADING_HALTED
    assert verdict(HaltSale, reduce_only=False) is DenialReason.TRADING_HALTED
    assert verdict(HaltSale, Side.BUY) in {DenialReason.NO_POSITION_TO_REDUCE, DenialReason.TRADING_REDUCING}
    assert verdict(forged) is DenialReason.TRADING_HALTED
    found = Difference(
        number=1,
        ts=0,
        kind=DifferenceKind.BALANCE,
        subject="BTC",
        ours="1",
        theirs="2",
        explanation="",
        remedy="accept",
    )
    gate.unexplained = lambda: (found,)
    assert verdict(HaltSale) is not DenialReason.DIFFERENCE_UNEXPLAINED
    gate.set_state(TradingState.ACTIVE, "")
    assert verdict(forged) is DenialReason.DIFFERENCE_UNEXPLAINED


async def test_an_order_of_ours_that_turns_up_after_the_end_is_canceled_before_the_halt_can_be_lifted() -> None:
    desk = HaltDesk()
    async with desk.halting():
        order_id = await desk.submit()
        await desk.halt.halt("enough", "a desk")
        await settled()
        assert desk.is_at(HaltStage.DONE)
        late = replace(desk.exchange.orders[order_id], client_order_id=f"{order_id[:-2]}zz", exchange_order_id="991")
        late = desk.exchange.orders[late.client_order_id] = replace(late, status=S.ACCEPTED)
        desk.bus.order_reports.publish(late)
        assert isinstance(await desk.halt.set(SetTradingState(TradingState.ACTIVE)), Denied)
        await desk.time.passes(20)
        assert desk.exchange.orders[late.client_order_id].status is S.CANCELED
        assert desk.is_at(HaltStage.DONE)


async def test_a_halt_that_is_not_on_the_disk_says_so_once() -> None:
    desk = HaltDesk()
    async with desk.halting():
        desk.journal.record = full  # type: ignore[method-assign]
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(20)
        assert sum("is not on the disk yet" in message for _, _, message in desk.notices) == 1


async def test_a_halt_that_is_not_on_the_disk_is_tried_until_it_is_and_says_so_as_long() -> None:
    desk = HaltDesk()
    async with desk.halting():
        record, desk.journal.record = desk.journal.record, full  # type: ignore[method-assign]
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(20)
        assert desk.is_at(HaltStage.DONE)
        assert desk.detail.endswith("not on the disk yet: an engine that is started again may not know of it")
        desk.journal.record = record  # type: ignore[method-assign]
        await desk.time.passes(2)
        assert "disk" not in desk.detail
        told = [message for _, title, message in desk.notices if title == "Halt"]
        assert told[-1] == "the halt is on the disk now: a restart keeps it"
        assert sum("disk" in each for each in told) == 2


async def test_a_halt_that_the_disk_takes_at_once_tells_nothing_of_the_disk() -> None:
    desk = HaltDesk()
    async with desk.halting():
        await desk.halt.halt("enough", "a desk")
        await desk.time.passes(20)
        assert "disk" not in desk.detail
        assert not any("disk" in message for _, _, message in desk.notices)
