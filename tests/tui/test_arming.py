"""One-press trading and what ends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fks_engine.api import Connection, DeskView, RateBudgetView, TradingState
from fks_tui.arming import Arming, obstacle
from tests.desk_views import BTC, ETH, a_disconnected_view, a_focus, a_stale_view, a_view, an_empty_view, an_engine
from tests.tui.ladder_views import Clock


class TestArming:
    def test_it_begins_unarmed(self) -> None:
        assert not Arming(60.0).is_armed

    def test_silence_disarms(self) -> None:
        clock = Clock()
        arming = Arming(60.0, clock)
        arming.arm(BTC)
        clock.now += 59.0
        assert (arming.is_armed, arming.seconds_left) == (True, 1)
        clock.now += 1.0
        assert (arming.is_armed, arming.is_due, arming.seconds_left) == (False, True, 0)

    def test_a_key_begins_the_silence_anew(self) -> None:
        clock = Clock()
        arming = Arming(60.0, clock)
        arming.arm(BTC)
        clock.now += 30.0
        arming.prolong()
        assert arming.seconds_left == 60

    def test_a_key_after_the_time_brings_nothing_back(self) -> None:
        clock = Clock()
        arming = Arming(60.0, clock)
        arming.arm(BTC)
        clock.now += 61.0
        arming.prolong()
        assert not arming.is_armed

    def test_disarming_says_whether_it_changed_anything(self) -> None:
        arming = Arming(60.0, Clock())
        arming.arm(BTC)
        assert [arming.disarm(), arming.disarm(), arming.is_armed] == [True, False, False]

    def test_a_held_key_is_one_press_and_a_second_press_is_another(self) -> None:
        clock = Clock()
        arming = Arming(60.0, clock)
        held = []
        for pause in (0.0, 0.03, 0.03, 0.2, 0.03):
            clock.now += pause
            held.append(arming.is_held("buy"))
        assert held == [False, True, True, False, True]
        assert not arming.is_held("sell")

    def test_it_can_be_armed_again(self) -> None:
        clock = Clock()
        arming = Arming(60.0, clock)
        arming.arm(BTC)
        clock.now += 100.0
        arming.arm(BTC)
        assert arming.is_armed


BANNED = RateBudgetView(
    used=6000, limit=6000, reserved=1500, orders_used=0, orders_limit=100, waiting=3, banned_for_s=12.0
)


class TestObstacle:
    def test_a_live_market_has_none(self) -> None:
        assert obstacle(a_view(), BTC) == ""

    @pytest.mark.parametrize(
        ("view", "words"),
        [
            (a_stale_view(), "stale"),
            (a_disconnected_view(), "gone"),
            (an_empty_view(), "starting"),
            (a_view(engine=an_engine(read_only=True)), "read-only"),
            (
                a_view(engine=an_engine(trading_state=TradingState.HALTED, trading_state_reason="loss limit")),
                "halted: loss limit",
            ),
            (a_view(engine=an_engine(connection=Connection.RATE_LIMITED, budget=BANNED)), "to wait for 12s"),
            (a_view(engine=an_engine(connection=Connection.RECONNECTING)), "reconnected"),
            (a_view(engine=an_engine(journal_fault="the disk is full")), "the journal takes nothing: the disk is full"),
            (a_view(engine=an_engine(connection=Connection.DISCONNECTED)), "exchange cannot be reached"),
            (a_view(focus=replace(a_focus(), book_stale=True, book_age_s=7.0)), "book is 7.0s old"),
            (a_view(focus=a_focus(ETH)), "not there yet"),
        ],
    )
    def test_it_is_said_in_words(self, view: DeskView, words: str) -> None:
        assert words in obstacle(view, BTC)
