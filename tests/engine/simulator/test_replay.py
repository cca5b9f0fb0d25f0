from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from fks_engine.simulator.nouns import DepthChange, Matched, PublicTrade, Quote, Side
from fks_engine.simulator.replay import FLAT_MINUTES, open_replay
from tests.engine.simulator.recordings import (
    NOW_MS,
    START_MS,
    ListeningFeed,
    ManualClock,
    depth_frame,
    order,
    quote_frame,
    real_frames,
    replay_options,
    sample_frames,
    snapshot_frame,
    trade_frame,
    write_frames,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
DAY_MS = 86_400_000
FRAMES = [
    depth_frame(0, 8, 10, [], []),
    snapshot_frame(1, 10, [["99.00", "1.000"]], [["101.00", "2.000"]]),
    quote_frame(500, 11, ("99.00", "1.000"), ("101.00", "1.500")),
    trade_frame(1_000, "99.00", "1.500", by_seller=True, trade_id=5),
    depth_frame(61_000, 11, 12, [["99.00", "0.000"], ["98.00", "1.000"]], []),
]


def recording(tmp_path: Path) -> Path:
    return write_frames(tmp_path / "f.parquet", FRAMES)


async def test_events_are_shifted_by_whole_days_to_less_than_a_day_ago(tmp_path: Path) -> None:
    feed = ListeningFeed()
    await open_replay(replay_options(recording(tmp_path))).run(feed)
    (trade,) = feed.of(PublicTrade)
    shift_ms = trade.time_ms - (START_MS + 1_000)
    assert shift_ms % DAY_MS == 0
    assert NOW_MS - DAY_MS < START_MS + shift_ms <= NOW_MS


async def test_frames_come_in_recorded_order_with_their_own_ids(tmp_path: Path) -> None:
    feed = ListeningFeed()
    await open_replay(replay_options(recording(tmp_path))).run(feed)
    assert [type(event) for event in feed.events] == [DepthChange, Quote, PublicTrade, Matched, DepthChange]
    changes = feed.of(DepthChange)
    assert [(change.first_id, change.final_id) for change in changes] == [(8, 10), (11, 12)]
    assert feed.of(Quote)[0].update_id == 11


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 61.0), (2.0, 30.5), (0.0, 0.0)])
async def test_recorded_gaps_are_divided_by_the_speed(tmp_path: Path, speed: float, seconds: float) -> None:
    clock = ManualClock()
    await open_replay(replay_options(recording(tmp_path), clock, speed)).run(ListeningFeed())
    assert clock.now_ms() - NOW_MS == pytest.approx(seconds * 1_000, abs=5)


async def test_the_drives_time_follows_the_recording_and_goes_on_after_its_end(tmp_path: Path) -> None:
    clock = ManualClock()
    drive = open_replay(replay_options(recording(tmp_path), clock))
    before = drive.now_ms()
    assert (before - START_MS) % DAY_MS == 0
    await drive.run(ListeningFeed())
    assert drive.now_ms() - before == pytest.approx(61_000, abs=5)
    await clock.sleep(10)
    assert drive.now_ms() - before == pytest.approx(71_000, abs=5)


async def test_the_drives_time_never_goes_back_when_the_clock_does(tmp_path: Path) -> None:
    clock = ManualClock()
    drive = open_replay(replay_options(recording(tmp_path), clock))
    await drive.run(ListeningFeed())
    before = drive.now_ms()
    clock.time_ms -= 50_000
    assert drive.now_ms() >= before


async def test_a_machine_that_slept_goes_on_where_the_replay_stopped(tmp_path: Path) -> None:
    clock = ManualClock()
    drive = open_replay(replay_options(recording(tmp_path), clock))

    class Sleepy(ListeningFeed):
        def on_trade(self, trade: PublicTrade) -> None:
            super().on_trade(trade)
            clock.time_ms += 3_600_000

    await drive.run(Sleepy())
    assert clock.now_ms() - NOW_MS == pytest.approx(3_600_000 + 1_000, abs=5)
    await clock.sleep(0)
    assert drive.now_ms() < NOW_MS + 100_000


def test_the_markets_are_complete_before_the_replay_runs(tmp_path: Path) -> None:
    drive = open_replay(replay_options(recording(tmp_path)))
    assert list(drive.markets) == ["BTCUSDT"]
    best = drive.markets["BTCUSDT"].best()
    assert (best.update_id, best.bid, best.ask_size) == (10, Decimal(99), Decimal(2))


def test_without_recorded_history_it_is_flat_up_to_the_first_minute(tmp_path: Path) -> None:
    drive = open_replay(replay_options(recording(tmp_path)))
    rows = drive.history("BTCUSDT", 0, 2**53)
    assert len(rows) == FLAT_MINUTES
    assert rows[-1, 0] == drive.now_ms() // 60_000 * 60_000 - 60_000
    assert set(rows[:, 1:5].ravel()) == {99.0}
    assert not rows[:, 5:].any()
    assert len(drive.history("BTCUSDT", int(rows[-2, 0]), int(rows[-1, 0]))) == 1
    assert len(drive.history("ETHUSDT", 0, 2**53)) == 0


async def test_an_own_order_is_filled_by_the_recorded_trade_after_it_was_published(tmp_path: Path) -> None:
    drive = open_replay(replay_options(recording(tmp_path)))
    buy = order(Side.BUY, "99", "1")
    drive.markets["BTCUSDT"].submit(buy, NOW_MS)
    feed = ListeningFeed()
    await drive.run(feed)
    at = feed.events.index(feed.of(PublicTrade)[0])
    matched = feed.events[at + 1]
    assert isinstance(matched, Matched)
    (execution,) = matched.executions
    assert (execution.price, execution.quantity) == (Decimal(99), Decimal("0.5"))
    assert (execution.trade_id, execution.maker_owner, execution.public) == (6, "me", False)
    assert buy.filled == Decimal("0.5")


async def test_the_real_recording_is_published_as_it_was_recorded() -> None:
    feed = ListeningFeed()
    await open_replay(replay_options(real_frames(), speed=0.0)).run(feed)
    assert (len(feed.of(PublicTrade)), len(feed.of(Quote)), len(feed.of(DepthChange))) == (19_904, 73_174, 6_495)
    ids = [trade.trade_id for trade in feed.of(PublicTrade)]
    assert ids == list(range(3_735_683_259, 3_735_703_163))


async def test_the_sample_plays_both_its_symbols() -> None:
    feed = ListeningFeed()
    drive = open_replay(replay_options(sample_frames(), speed=0.0))
    await drive.run(feed)
    assert list(drive.markets) == ["BTCUSDT", "ETHUSDT"]
    assert {trade.symbol for trade in feed.of(PublicTrade)} == {"BTCUSDT", "ETHUSDT"}
    for market in drive.markets.values():
        best = market.best()
        assert best.bid < best.ask
        assert len(market.depth(1_000).bids) > 20


def test_a_replay_without_a_file_is_refused() -> None:
    with pytest.raises(ValueError, match="name one with --file"):
        open_replay(replay_options(None))


@pytest.mark.parametrize("speed", [-1.0, float("nan"), float("inf")])
def test_a_speed_that_is_no_number_from_zero_up_is_refused(tmp_path: Path, speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be"):
        open_replay(replay_options(recording(tmp_path), speed=speed))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no such file"):
        open_replay(replay_options(tmp_path / "none.parquet"))


@pytest.mark.parametrize("content", [b"", b"not parquet", b"PAR1" + b"x" * 100 + b"PAR1"])
def test_a_file_that_is_no_parquet_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.parquet"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="cannot be read as Parquet") as refused:
        open_replay(replay_options(path))
    assert "\n" not in str(refused.value)


def test_a_truncated_recording_is_refused(tmp_path: Path) -> None:
    path = recording(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="cannot be read as Parquet"):
        open_replay(replay_options(path))


def test_other_columns_are_refused_naming_found_and_allowed(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    pl.DataFrame({"a": [1], "b": [2]}).write_parquet(path)
    with pytest.raises(ValueError, match="its columns are a, b; a recording has ts_ns, stream, msg; or ts_ms"):
        open_replay(replay_options(path))


@pytest.mark.parametrize(
    "columns",
    [
        {"ts_ns": ["x"], "stream": [1], "msg": [2]},
        {"ts_ns": [None], "stream": [None], "msg": [None]},
        {"ts_ms": ["x"], "id": ["x"], "price": ["x"], "qty": ["x"], "buyer_is_maker": ["x"], "symbol": ["BTCUSDT"]},
        {"ts": ["x"], "open": [1], "high": [1], "low": [1], "close": [1], "volume": [1], "symbol": ["BTCUSDT"]},
    ],
)
def test_columns_of_the_wrong_kind_are_refused(tmp_path: Path, columns: dict[str, list[object]]) -> None:
    path = tmp_path / "f.parquet"
    pl.DataFrame(columns).write_parquet(path)
    with pytest.raises(ValueError, match=r"f\.parquet"):
        open_replay(replay_options(path))
