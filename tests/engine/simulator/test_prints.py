"""The newest trades: exact numbers, oldest first, and no more than there is room for."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_engine.simulator.nouns import PublicTrade
from fks_engine.simulator.prints import Prints

NUMBERS = st.integers(1, 10**17).map(lambda units: units * Decimal("1e-8"))
TRADES = st.builds(
    PublicTrade,
    symbol=st.just("BTCUSDT"),
    trade_id=st.integers(0, 2**62),
    price=NUMBERS,
    quantity=NUMBERS,
    buyer_is_maker=st.booleans(),
    time_ms=st.integers(0, 2**45),
    event_ms=st.integers(0, 2**45),
)


@given(trades=st.lists(TRADES, max_size=20), capacity=st.integers(1, 8), count=st.integers(1, 10))
def test_it_remembers_what_a_bounded_queue_would(trades: list[PublicTrade], capacity: int, count: int) -> None:
    prints, expected = Prints("BTCUSDT", capacity), deque[PublicTrade](maxlen=capacity)
    for trade in trades:
        prints.append(trade)
        expected.append(trade)
    assert list(prints) == list(expected)
    assert prints.newest(count) == list(expected)[-count:]
    assert prints.last == (trades[-1] if trades else None)
    assert len(prints) == len(expected)


def test_a_quantity_beyond_what_fits_is_cut() -> None:
    prints = Prints("SHIBUSDT", 2)
    prints.append(PublicTrade("SHIBUSDT", 1, Decimal("0.00001"), Decimal(10**13), True, 1, 1))
    (trade,) = prints
    assert trade.quantity > 92 * 10**9
