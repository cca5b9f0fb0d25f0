from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_engine.simulator.nouns import DepthChange, PublicTrade, Quote
from fks_engine.simulator.replay_frames import FrameRecording
from fks_engine.simulator.replay_recording import Snapshot
from tests.engine.simulator.recordings import (
    START_MS,
    depth_frame,
    quote_frame,
    snapshot_frame,
    trade_frame,
    write_frames,
)

if TYPE_CHECKING:
    from pathlib import Path

    from fks_engine.simulator.replay_recording import Recorded

GOOD = [
    trade_frame(0, "99.50000000", "0.25000000", by_seller=True, trade_id=77),
    depth_frame(5, 8, 12, [["98.00000000", "0.00000000"]], []),
    snapshot_frame(10, 10, [["99.00000000", "1.00000000"]], [["101.00000000", "2.00000000"]]),
    quote_frame(20, 11, ("99.00000000", "1.00000000"), ("101.00000000", "1.50000000")),
]


def events(recording: FrameRecording, shift_ms: int = 0) -> list[Recorded]:
    return [frame.event for frame in recording.frames(shift_ms)]


def test_every_kind_of_frame_is_read_in_recorded_order(tmp_path: Path) -> None:
    recording = FrameRecording(write_frames(tmp_path / "f.parquet", GOOD))
    frames = list(recording.frames(1_000))
    assert [type(frame.event) for frame in frames] == [PublicTrade, DepthChange, Snapshot, Quote]
    assert [frame.at_ns // 1_000_000 - START_MS for frame in frames] == [0, 5, 10, 20]
    assert frames[0].event == PublicTrade(
        "BTCUSDT", 77, Decimal("99.5"), Decimal("0.25"), True, START_MS + 1_000, START_MS + 1_000
    )
    assert frames[1].event == DepthChange("BTCUSDT", 8, 12, [(Decimal(98), Decimal(0))], [], START_MS + 1_005)
    assert frames[3].event == Quote("BTCUSDT", 11, Decimal(99), Decimal(1), Decimal(101), Decimal("1.5"))


def test_a_price_keeps_the_digits_it_was_recorded_with(tmp_path: Path) -> None:
    first = events(FrameRecording(write_frames(tmp_path / "f.parquet", GOOD)))[0]
    assert isinstance(first, PublicTrade)
    assert str(first.price) == "99.50000000"


def test_a_symbol_opens_with_its_first_snapshot_and_rules_all_its_numbers_pass(tmp_path: Path) -> None:
    opening = FrameRecording(write_frames(tmp_path / "f.parquet", GOOD)).openings["BTCUSDT"]
    assert opening.depth is not None
    assert opening.depth.last_update_id == 10
    assert (opening.rules.base, opening.rules.quote) == ("BTC", "USDT")
    assert (opening.rules.tick, opening.rules.step) == (Decimal("0.1"), Decimal("0.01"))
    assert (opening.price, opening.next_trade_id, opening.made_queue) == (Decimal("99.5"), 78, None)


def test_snapshots_of_several_symbols_are_told_apart_by_their_query(tmp_path: Path) -> None:
    rows = [
        snapshot_frame(0, 10, [["99.0", "1.0"]], [["101.0", "2.0"]], "symbol=BTCUSDT&limit=1000"),
        snapshot_frame(0, 20, [["9.0", "1.0"]], [["11.0", "2.0"]], "symbol=ETHUSDT&limit=1000"),
        quote_frame(1, 11, ("99.0", "1.0"), ("101.0", "1.0")),
        quote_frame(1, 21, ("9.0", "1.0"), ("11.0", "1.0"), symbol="ETHUSDT"),
    ]
    openings = FrameRecording(write_frames(tmp_path / "f.parquet", rows)).openings
    depths = {symbol: opening.depth for symbol, opening in openings.items()}
    assert {symbol: depth and depth.last_update_id for symbol, depth in depths.items()} == {
        "BTCUSDT": 10,
        "ETHUSDT": 20,
    }


def test_a_receiver_clock_behind_the_exchange_is_set_right_by_the_first_frame(tmp_path: Path) -> None:
    at_ms, stream, message = trade_frame(1_300, "99.5", "1.0", by_seller=True)
    recording = FrameRecording(write_frames(tmp_path / "f.parquet", [(at_ms - 1_300, stream, message)]))
    assert recording.first_ms == START_MS + 1_300
    assert next(recording.frames(0)).at_ns == (START_MS + 1_300) * 1_000_000


def test_frames_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    kline = (3, "btcusdt@kline_1m", json.dumps({"e": "kline", "s": "BTCUSDT", "k": {}}))
    recording = FrameRecording(write_frames(tmp_path / "f.parquet", [*GOOD, kline]))
    assert len(events(recording)) == len(GOOD)
    assert recording.unreadable == 0


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no json",
        "[]",
        "17",
        '{"e":"trade","s":"BTCUSDT"}',
        trade_frame(0, "NaN", "1", by_seller=True)[2],
        trade_frame(0, "Infinity", "1", by_seller=True)[2],
        trade_frame(0, "1e99", "1", by_seller=True)[2],
        trade_frame(0, "-1", "1", by_seller=True)[2],
        trade_frame(0, "0", "1", by_seller=True)[2],
        depth_frame(0, 1, 2, [["1"]], [])[2],
        quote_frame(0, 1, ("x", "1"), ("1", "1"))[2],
    ],
)
def test_a_frame_that_cannot_be_read_is_left_out_and_counted(tmp_path: Path, message: str) -> None:
    recording = FrameRecording(write_frames(tmp_path / "f.parquet", [*GOOD, (30, "btcusdt@trade", message)]))
    assert len(events(recording)) == len(GOOD)
    assert recording.unreadable == 1


def test_a_recording_of_nothing_readable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hold no price"):
        FrameRecording(write_frames(tmp_path / "f.parquet", [(0, "btcusdt@trade", "{}")]))
    with pytest.raises(ValueError, match="no trade, bookTicker or depth stream"):
        FrameRecording(write_frames(tmp_path / "f.parquet", [(0, "btcusdt@kline_1m", "{}")]))
    with pytest.raises(ValueError, match="no trade, bookTicker or depth stream"):
        FrameRecording(write_frames(tmp_path / "f.parquet", []))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_mutation_of_a_frame_stops_the_reading(tmp_path: Path, data: st.DataObject) -> None:
    _, stream, message = data.draw(st.sampled_from(GOOD))
    cut = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(cut, min(len(message), cut + 12)))
    mutated = message[:cut] + data.draw(st.text(max_size=12)) + message[end:]
    recording = FrameRecording(write_frames(tmp_path / "f.parquet", GOOD))
    write_frames(tmp_path / "f.parquet", [GOOD[0], (30, stream, mutated), GOOD[3]])
    read = events(recording)
    assert type(read[0]) is PublicTrade
    assert type(read[-1]) is Quote
    assert len(read) + recording.unreadable <= 3
