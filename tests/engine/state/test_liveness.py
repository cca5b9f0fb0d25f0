from __future__ import annotations

import pytest

from fks_engine.clock import ManualClock
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.state.liveness import Liveness
from tests.engine.builders import BTC, ETH

QUOTES, TRADES = ChannelKind.QUOTES, ChannelKind.TRADES
BOTH = MarketChannel(QUOTES, (BTC, ETH))


def lively() -> tuple[Liveness, ManualClock]:
    clock = ManualClock()
    liveness = Liveness(clock, stale_after_s=5.0)
    liveness.lost(BOTH)
    return liveness, clock


def test_nothing_has_an_age_before_it_came() -> None:
    liveness, _ = lively()
    assert liveness.age_s(QUOTES, BTC) is None
    assert not liveness.is_alive(QUOTES, BTC)


def test_an_age_counts_from_the_last_event() -> None:
    liveness, clock = lively()
    liveness.heard(QUOTES, BTC)
    clock.advance(3)
    assert liveness.age_s(QUOTES, BTC) == pytest.approx(3)


def test_another_market_on_the_same_connection_proves_a_quiet_one_current() -> None:
    liveness, clock = lively()
    liveness.heard(QUOTES, ETH)
    clock.advance(60)
    liveness.heard(QUOTES, BTC)
    assert liveness.age_s(QUOTES, ETH) == 0


def test_a_connection_of_its_own_proves_nothing_for_another() -> None:
    liveness, clock = lively()
    liveness.lost(MarketChannel(QUOTES, (ETH,)))
    liveness.heard(QUOTES, ETH)
    clock.advance(10)
    liveness.heard(QUOTES, BTC)
    assert liveness.age_s(QUOTES, ETH) == pytest.approx(10)


def test_other_traffic_of_a_market_vouches_for_its_quote_for_a_while_only() -> None:
    liveness, clock = lively()
    liveness.heard(QUOTES, BTC)
    clock.advance(12)
    liveness.heard(TRADES, BTC)
    assert liveness.age_s(QUOTES, BTC) == pytest.approx(0)
    clock.advance(8)
    liveness.heard(TRADES, BTC)
    assert liveness.age_s(QUOTES, BTC) == pytest.approx(5)


def test_a_lost_connection_leaves_ages_but_nothing_alive_until_it_tells_again() -> None:
    liveness, clock = lively()
    liveness.heard(QUOTES, BTC)
    clock.advance(1)
    liveness.lost(BOTH)
    clock.advance(1)
    liveness.heard(TRADES, BTC)
    assert not liveness.is_alive(QUOTES, BTC)
    assert liveness.age_s(QUOTES, BTC) == pytest.approx(2)
    liveness.heard(QUOTES, ETH)
    assert not liveness.is_alive(QUOTES, BTC)
    liveness.heard(QUOTES, BTC)
    assert liveness.is_alive(QUOTES, BTC)
    assert liveness.age_s(QUOTES, BTC) == 0


@pytest.mark.parametrize("kind", [ChannelKind.CANDLES, ChannelKind.STATISTICS])
def test_what_is_sent_by_the_clock_proves_no_quote_current(kind: ChannelKind) -> None:
    liveness, clock = lively()
    liveness.heard(QUOTES, BTC)
    clock.advance(6)
    liveness.heard(kind, BTC)
    assert liveness.age_s(QUOTES, BTC) == pytest.approx(6)
