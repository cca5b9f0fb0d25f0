"""From an intent to the engine, and what is told of it."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fks_engine.api import (
    Accepted,
    CancelAllOrders,
    CancelOrder,
    Command,
    ConnectionLost,
    Denied,
    NothingSent,
    OrderStatus,
    OrderType,
    Side,
    SubmitOrder,
)
from fks_tui.arming import Arming
from fks_tui.ladder_picture import PROPOSED, SENDING, Ghost
from fks_tui.ladder_trading import KEEP_GHOST_NS, Intent, LadderTrading
from fks_tui.screens.ladder_words import trade_lines
from tests.desk_views import BTC, NOW, a_fill, a_view, an_order
from tests.fake_desk import FakeDesk
from tests.tui.ladder_views import OURS, TOO_MUCH, Clock, a_ladder_view

pytestmark = pytest.mark.anyio
D = Decimal
ORDER = SubmitOrder(
    instrument_id=BTC, side=Side.BUY, order_type=OrderType.LIMIT, quantity=D("0.1"), limit_price=D("63999.50")
)
INTENT = Intent(ORDER, "▲ BUY 0.1", Ghost(Side.BUY, D("63999.50"), D("0.1"), ""))


class FailingDesk(FakeDesk):
    """Raises what a test gives it."""

    def __init__(self, error: ConnectionLost) -> None:
        super().__init__(a_ladder_view())
        self._error = error

    async def submit(self, command: Command) -> Accepted | Denied:
        raise self._error


class Hand:
    """A trading hand whose commands go out when the test says so."""

    def __init__(self, desk: FakeDesk | None = None, *, armed: bool = False) -> None:
        self.desk = desk or FakeDesk(a_ladder_view())
        self.waiting: list[Coroutine[Any, Any, None]] = []
        self.trading = LadderTrading(self.desk, Arming(60.0, Clock()), self.waiting.append, lambda: None)
        if armed:
            self.trading.arming.arm(BTC)

    async def deliver(self) -> None:
        while self.waiting:
            await self.waiting.pop(0)

    @property
    def marks(self) -> list[str]:
        return [ghost.mark for ghost in self.trading.ghosts(None)]


class TestSending:
    async def test_unarmed_it_waits_for_enter(self) -> None:
        hand = Hand()
        hand.trading.act(INTENT)
        assert (hand.waiting, hand.marks) == ([], [PROPOSED])
        hand.trading.go_on()
        await hand.deliver()
        assert hand.desk.submitted == [ORDER]

    async def test_let_go_sends_nothing(self) -> None:
        hand = Hand()
        hand.trading.act(INTENT)
        assert hand.trading.let_go("Let go")
        hand.trading.go_on()
        assert (hand.waiting, hand.marks, hand.trading.told.text) == ([], [], "Let go")

    async def test_armed_it_goes_at_once_and_is_marked_until_a_picture_shows_it(self) -> None:
        hand = Hand(armed=True)
        hand.trading.act(INTENT)
        assert hand.marks == [SENDING]
        await hand.deliver()
        assert hand.marks == [SENDING]
        assert hand.trading.told.text == "✓ Passed: ▲ BUY 0.1"
        hand.trading.take(a_view(working_orders=(an_order(1, client_order_id="fks-000001"),)), BTC)
        assert hand.marks == []

    async def test_a_held_key_sends_once(self) -> None:
        hand = Hand(armed=True)
        hand.trading.act(INTENT)
        hand.trading.act(INTENT)
        await hand.deliver()
        assert hand.desk.submitted == [ORDER]

    async def test_a_mark_does_not_outlive_an_order_that_never_shows(self) -> None:
        hand = Hand(armed=True)
        hand.trading.act(INTENT)
        await hand.deliver()
        view = a_view(working_orders=(), recent_orders=(), ts=NOW + KEEP_GHOST_NS + 1)
        hand.trading.take(view, BTC)
        assert hand.marks == []

    async def test_a_denial_disarms_and_is_told_in_the_gates_words(self) -> None:
        hand = Hand(armed=True)
        hand.desk.denial = TOO_MUCH
        hand.trading.act(INTENT)
        await hand.deliver()
        assert not hand.trading.arming.is_armed
        assert hand.marks == []
        assert TOO_MUCH.message in hand.trading.told.text
        assert hand.trading.told.tone == "bad"

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (NothingSent("the engine is not there"), "Nothing was sent: the engine is not there"),
            (ConnectionLost("gone"), "may have been sent and is not sent again"),
        ],
    )
    async def test_a_lost_engine_disarms_and_says_what_is_certain(self, error: ConnectionLost, words: str) -> None:
        hand = Hand(FailingDesk(error), armed=True)
        hand.trading.act(INTENT)
        await hand.deliver()
        assert not hand.trading.arming.is_armed
        assert words in hand.trading.told.text

    async def test_a_cancel_marks_its_order_until_the_picture_knows(self) -> None:
        hand = Hand()
        id = OURS[0].client_order_id  # noqa: A001
        hand.trading.send(Intent(CancelOrder(id), "Cancel"))
        assert hand.trading.canceling(OURS) == {id}
        await hand.deliver()
        pending = replace(OURS[0], status=OrderStatus.PENDING_CANCEL)
        hand.trading.take(a_view(working_orders=(pending,)), BTC)
        assert hand.trading.canceling(OURS) == frozenset()

    async def test_a_cancel_of_the_asks_marks_no_exit_that_waits_for_its_entry(self) -> None:
        hand = Hand()
        ask = an_order(4, side=Side.SELL)
        orders = (an_order(1), an_order(2, side=Side.SELL, waits_for="fks-000001"), ask)
        hand.trading.send(Intent(CancelAllOrders(BTC, Side.SELL), "Cancel"))
        assert hand.trading.canceling(orders) == {ask.client_order_id}
        await hand.deliver()


class TestRefusals:
    async def test_one_is_not_covered_by_what_went_well_before_or_after(self) -> None:
        hand = Hand()
        hand.trading.take(a_view(), BTC)
        hand.trading.send(INTENT)
        hand.trading.send(replace(INTENT, words="▲ BUY 0.2"))
        hand.desk.denial = TOO_MUCH
        await hand.waiting.pop(1)
        hand.desk.denial = None
        await hand.deliver()
        hand.trading.take(a_view(recent_fills=(a_fill(9), a_fill(1))), BTC)
        assert TOO_MUCH.message in hand.trading.told.text

    async def test_the_next_key_ends_it(self) -> None:
        hand = Hand()
        hand.desk.denial = TOO_MUCH
        hand.trading.send(INTENT)
        await hand.deliver()
        hand.trading.act(INTENT)
        assert hand.trading.told.text == ""

    async def test_one_that_comes_while_a_question_stands_is_said_beside_it(self) -> None:
        hand = Hand()
        hand.desk.denial = TOO_MUCH
        hand.trading.send(INTENT)
        hand.trading.act(INTENT)
        await hand.deliver()
        first, second, _ = trade_lines(hand.trading, None, "", gone=False)
        assert first[0][0] == "SEND? "
        assert TOO_MUCH.message in second[0][0]

    async def test_one_that_comes_while_an_order_is_in_hand_is_said_beside_it(self) -> None:
        hand = Hand()
        hand.desk.denial = TOO_MUCH
        hand.trading.send(INTENT)
        hand.trading.pick_up(OURS[1])
        await hand.deliver()
        _, second, _ = trade_lines(hand.trading, None, "", gone=False)
        assert TOO_MUCH.message in second[0][0]


class TestPictures:
    async def test_a_fill_is_told(self) -> None:
        hand = Hand()
        hand.trading.take(a_view(), BTC)
        hand.trading.take(a_view(recent_fills=(a_fill(9), a_fill(1))), BTC)
        assert hand.trading.told.text == "✓ Filled ▲ BUY 0.1 BTC/USDT at 64000.01"

    async def test_old_fills_are_not_told(self) -> None:
        hand = Hand()
        hand.trading.take(a_view(), BTC)
        assert hand.trading.told.text == ""

    async def test_a_late_rejection_is_told_and_disarms(self) -> None:
        hand = Hand(armed=True)
        hand.trading.act(INTENT)
        await hand.deliver()
        rejected = an_order(1, status=OrderStatus.REJECTED, reason="Account has insufficient balance")
        hand.trading.take(a_view(working_orders=(), recent_orders=(rejected,)), BTC)
        assert not hand.trading.arming.is_armed
        assert "insufficient balance" in hand.trading.told.text

    async def test_an_order_that_is_over_falls_out_of_the_hand(self) -> None:
        hand = Hand()
        hand.trading.pick_up(OURS[1])
        hand.trading.take(a_view(working_orders=(), recent_orders=()), BTC)
        assert hand.trading.carried is None
        assert "is over" in hand.trading.told.text
