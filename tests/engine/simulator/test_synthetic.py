"""The synthetic market: the same tape for the same seed, a sound book, and behaviour that looks like a market."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from fks_engine.simulator.catalogue import MOST_SYMBOLS, coins
from fks_engine.simulator.intervals import DAY_MS, MINUTE_MS
from fks_engine.simulator.market import DriveOptions
from fks_engine.simulator.nouns import DepthChange, Matched, PublicTrade, Quote
from fks_engine.simulator.state import Store
from fks_engine.simulator.synthetic import STEP_MS, SyntheticDrive
from tests.engine.simulator.builders import START_MS, HandClock, order

SECOND_STEPS = 1_000 // STEP_MS
EVERYTHING = frozenset(coin.rules.symbol for coin in coins(MOST_SYMBOLS))


class Recorder:
    """A feed that writes everything down, times counted from the start."""

    def __init__(self, start_ms: int = START_MS, symbols: frozenset[str] = EVERYTHING) -> None:
        self.start_ms = start_ms
        self.symbols = symbols
        self.tape: list[tuple[object, ...]] = []
        self.quotes: dict[str, list[Quote]] = {}
        self.changes: list[DepthChange] = []

    def on_trade(self, trade: PublicTrade) -> None:
        self.tape.append(tuple(trade))

    def on_quote(self, quote: Quote) -> None:
        self.tape.append(tuple(quote))
        self.quotes.setdefault(quote.symbol, []).append(quote)

    def on_depth(self, change: DepthChange) -> None:
        self.tape.append((*change[:-1], change.event_ms - self.start_ms))
        self.changes.append(change)

    def followed(self) -> frozenset[str]:
        return self.symbols

    def on_matched(self, matched: Matched) -> None:
        self.tape += [
            (e.symbol, e.trade_id, e.price, e.quantity, e.time_ms - self.start_ms) for e in matched.executions
        ]


def drive(seed: int = 1, symbols: int = 3, start_ms: int = START_MS, **last_prices: str) -> SyntheticDrive:
    options = DriveOptions(seed, symbols, None, 1.0, HandClock(start_ms), Store(None), last_prices)
    return SyntheticDrive(options)


def loaded(rate: float, burst: float = 1.0, symbols: int = 40) -> SyntheticDrive:
    """A drive that aims at so many messages a second."""
    return SyntheticDrive(DriveOptions(1, symbols, None, 1.0, HandClock(), Store(None), {}, rate, burst))


def messages(recorder: Recorder) -> int:
    """What the trades, quotes and depth changes come to with their candles left out."""
    return len(recorder.tape)


def moved(made: SyntheticDrive, seconds: int, start_ms: int = START_MS) -> Recorder:
    recorder = Recorder(start_ms)
    for _ in range(seconds * SECOND_STEPS):
        made.step(recorder)
    return recorder


def test_the_same_seed_makes_the_same_tape_whenever_it_starts() -> None:
    later_ms = START_MS + 12_345_678
    first, second = moved(drive(), 20), moved(drive(start_ms=later_ms), 20, later_ms)
    assert len(first.tape) > 1_000
    assert first.tape == second.tape


def test_another_seed_makes_another_tape() -> None:
    assert moved(drive(1), 2).tape != moved(drive(2), 2).tape


def test_an_own_order_changes_the_tape_only_from_then_on() -> None:
    plain, disturbed = drive(), drive()
    assert moved(plain, 2).tape == moved(disturbed, 2).tape
    disturbed.markets["BTCUSDT"].submit(order("BUY", "5", kind="MARKET", owner="me"), START_MS)
    assert moved(plain, 2).tape != moved(disturbed, 2).tape


def test_quotes_never_cross_and_lie_on_the_tick_and_step() -> None:
    made = drive(symbols=12)
    recorder = moved(made, 20)
    assert set(recorder.quotes) == set(made.markets)
    for symbol, quotes in recorder.quotes.items():
        rules = made.markets[symbol].rules
        for quote in quotes:
            assert 0 < quote.bid < quote.ask
            assert quote.bid % rules.tick == quote.ask % rules.tick == 0
            assert quote.bid_size % rules.step == quote.ask_size % rules.step == 0


def test_depth_changes_on_top_of_a_snapshot_rebuild_the_book() -> None:
    made = drive(symbols=1)
    before = made.markets["BTCUSDT"].depth(5_000)
    bids, asks = dict(before.bids), dict(before.asks)
    last = before.last_update_id

    for change in moved(made, 10).changes:
        assert change.first_id == last + 1
        last = change.final_id
        bids.update(change.bids)
        asks.update(change.asks)
    changes = made.markets["BTCUSDT"].drain_depth(START_MS)  # type: ignore[attr-defined]
    if changes is not None:
        bids.update(changes.bids)
        asks.update(changes.asks)

    after = made.markets["BTCUSDT"].depth(5_000)
    assert {price: size for price, size in bids.items() if size} == dict(after.bids)
    assert {price: size for price, size in asks.items() if size} == dict(after.asks)


def test_the_book_stays_deep_and_bounded() -> None:
    made = drive(symbols=2)
    moved(made, 120)
    for market in made.markets.values():
        depth = market.depth(5_000)
        assert 300 <= len(depth.bids) <= 700
        assert 300 <= len(depth.asks) <= 700
        spread = (depth.asks[0][0] - depth.bids[0][0]) / depth.bids[0][0]
        assert spread < Decimal("0.002")


def test_volatility_clusters_and_coins_move_together() -> None:
    made = drive(symbols=6)
    climate = made._climate
    minutes = np.empty((240, 6))
    for minute in range(240):
        for _ in range(60 * SECOND_STEPS // 10):
            climate.step()
        minutes[minute] = climate.fair
    moves = np.diff(np.log(minutes), axis=0)

    correlations = np.corrcoef(moves.T)
    assert correlations[0, 1] > 0.4
    sizes = np.abs(moves[:, 0])
    assert np.corrcoef(sizes[:-1], sizes[1:])[0, 1] > 0.05


@pytest.mark.parametrize("count", [1, 20, MOST_SYMBOLS])
def test_the_catalogue_is_sound(count: int) -> None:
    made = coins(count)
    assert len({coin.rules.symbol for coin in made}) == count
    for coin in made:
        rules = coin.rules
        assert coin.price % rules.tick == 0
        assert rules.tick * rules.step >= Decimal("1e-8")
        assert rules.tick / coin.price < Decimal("0.01")
        assert rules.step * coin.price < 5
        assert coin.price * 10 < rules.max_price


def test_history_is_the_same_for_the_same_seed_and_ends_where_the_market_stands() -> None:
    first, second = drive(7), drive(7)
    start_ms = START_MS - 3 * 3_600_000
    rows = first.history("ETHUSDT", start_ms, START_MS)
    assert np.array_equal(rows, second.history("ETHUSDT", start_ms, START_MS))
    assert rows[0, 0] == start_ms
    assert np.all(np.diff(rows[:, 0]) == MINUTE_MS)
    assert np.array_equal(rows[1:, 1], rows[:-1, 4])
    assert np.all(rows[:, 2] >= np.maximum(rows[:, 1], rows[:, 4]))
    assert np.all(rows[:, 3] <= np.minimum(rows[:, 1], rows[:, 4]))
    assert rows[-1, 4] == pytest.approx(2600.0, rel=1e-4)


def test_history_reaches_back_a_thousand_days_and_no_piece_depends_on_how_it_is_asked() -> None:
    made = drive()
    start_ms = START_MS - 1_100 * DAY_MS
    whole = made.history("BTCUSDT", start_ms, start_ms + DAY_MS)
    part = made.history("BTCUSDT", start_ms + 3_600_000, start_ms + 7_200_000)
    assert len(whole) == 1_440
    assert np.array_equal(whole[60:120], part)
    assert len(made.history("BTCUSDT", START_MS, START_MS + DAY_MS)) == 0


def test_a_coin_starts_where_it_last_stood() -> None:
    best = drive(BTCUSDT="71000").markets["BTCUSDT"].best()
    assert abs(best.bid - 71_000) < 20


@pytest.mark.parametrize("rate", [400, 1_500])
def test_a_drive_finds_the_rate_it_is_given(rate: int) -> None:
    made = loaded(rate, symbols=20)
    moved(made, 8)
    told = messages(moved(made, 6)) / 6
    assert told + 20 / 2 == pytest.approx(rate, rel=0.15)


def test_rates_fall_with_the_rank() -> None:
    made = loaded(1_500)
    recorder = moved(made, 8)
    per_symbol = [len(recorder.quotes.get(symbol, ())) for symbol in made.markets]
    assert per_symbol[0] > 4 * per_symbol[9] > 8 * per_symbol[39] > 0


def test_a_busy_second_is_busier() -> None:
    made = loaded(300, burst=5.0, symbols=4)
    seconds = [messages(moved(made, 1)) for _ in range(60)]
    assert max(seconds[15:]) > 2.5 * sorted(seconds[15:])[20]


def test_a_market_that_nobody_follows_moves_once_a_second_and_prints_what_it_missed() -> None:
    made = drive(symbols=2)
    recorder = Recorder(symbols=frozenset({"ETHUSDT"}))
    before = made.markets["BTCUSDT"].best()
    for _ in range(30 * SECOND_STEPS):
        made.step(recorder)
    prints = [entry for entry in recorder.tape if entry[0] == "BTCUSDT" and len(entry) == len(PublicTrade._fields)]
    assert 20 <= len(prints) <= 31
    assert len(recorder.quotes["BTCUSDT"]) <= 31 < len(recorder.quotes["ETHUSDT"])
    assert made.markets["BTCUSDT"].best() != before
    sizes = [Decimal(str(entry[3])) for entry in prints]
    assert sum(sizes) > Decimal("0.5")


def test_depth_stays_whole_when_a_market_is_followed_later() -> None:
    made = drive(symbols=1)
    recorder = Recorder(symbols=frozenset())
    for step in range(10 * SECOND_STEPS):
        if step == 4 * SECOND_STEPS:
            recorder.symbols = EVERYTHING
        made.step(recorder)
    ids = [(change.first_id, change.final_id) for change in recorder.changes]
    assert all(first == last + 1 for (_, last), (first, _) in pairwise(ids))
