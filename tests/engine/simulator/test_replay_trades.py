from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fks_engine.simulator.nouns import PublicTrade
from fks_engine.simulator.replay_trades import TradeRecording
from tests.engine.simulator.recordings import START_MS, market_data

D = Decimal


def write_trades(path: Path, rows: list[tuple[int, int, float, float, bool]], **columns: str) -> Path:
    schema = ["ts_ms", "id", "price", "qty", "buyer_is_maker"]
    table = pl.DataFrame(rows, schema=schema, orient="row")
    literals: dict[str, Any] = {name: pl.lit(value) for name, value in columns.items()}
    table.with_columns(**literals).write_parquet(path)
    return path


ROWS = [
    (START_MS + 5, 12, 100.5, 0.25, False),
    (START_MS, 11, 100.0, 0.5, True),
    (START_MS + 400, 13, 99.75, 0.75, True),
]


def trades(recording: TradeRecording) -> list[PublicTrade]:
    return [frame.event for frame in recording.frames(0) if isinstance(frame.event, PublicTrade)]


def test_trades_are_played_in_order_with_their_own_ids(tmp_path: Path) -> None:
    recording = TradeRecording(write_trades(tmp_path / "BTCUSDT-trades.parquet", ROWS), 1)
    played = trades(recording)
    assert [trade.trade_id for trade in played] == [11, 12, 13]
    assert played[0] == PublicTrade("BTCUSDT", 11, D(100), D("0.5"), True, START_MS, START_MS)
    assert recording.first_ms == START_MS


def test_the_opening_stands_round_the_first_price_with_the_mean_trade_as_size(tmp_path: Path) -> None:
    opening = TradeRecording(write_trades(tmp_path / "BTCUSDT-trades.parquet", ROWS), 1).openings["BTCUSDT"]
    assert (opening.rules.tick, opening.rules.step) == (D("0.01"), D("0.01"))
    assert (opening.price, opening.made_queue, opening.next_trade_id) == (D(100), D("0.5"), 14)
    assert opening.depth is not None
    assert opening.depth.bids[0] == (D(100), D("0.5"))


def test_only_spot_trades_count_where_a_market_column_is(tmp_path: Path) -> None:
    path = write_trades(tmp_path / "t.parquet", ROWS, symbol="BTCUSDT", market="usdm")
    with pytest.raises(ValueError, match="no spot trade"):
        TradeRecording(path, 1)


def test_a_symbol_without_a_known_quote_asset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'BTCUSD_PERP' is no spot symbol"):
        TradeRecording(write_trades(tmp_path / "t.parquet", ROWS, symbol="BTCUSD_PERP"), 1)


def test_a_price_that_is_no_number_is_refused(tmp_path: Path) -> None:
    path = write_trades(tmp_path / "BTCUSDT-t.parquet", [(START_MS, 1, float("nan"), 1.0, True)])
    with pytest.raises(ValueError, match="price must be finite and positive"):
        TradeRecording(path, 1)


def test_the_real_spot_trades_are_played_exactly() -> None:
    path = market_data("binance-trades-20240808-09.parquet")
    spot = pl.read_parquet(path).filter(pl.col("market") == "spot")
    played = trades(TradeRecording(path, 1))
    assert len(played) == len(spot) == 19_904
    assert [float(trade.price) for trade in played] == spot["price"].to_list()
    assert [trade.trade_id for trade in played] == spot["id"].to_list()
