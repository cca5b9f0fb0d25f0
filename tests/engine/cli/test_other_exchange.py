"""Which exchange the engine that runs shows, and which one was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from fks_engine.cli.engine_process import refuse_another_exchange
from fks_engine.config import load_settings
from fks_engine.errors import ConfigError, EngineError
from fks_engine.exchange.names import check_exchange_name, exchange_names
from tests.desk_views import an_engine


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FKS_HOME", str(tmp_path))


def test_an_engine_that_shows_what_was_asked_for_or_where_nothing_was_is_taken() -> None:
    refuse_another_exchange(an_engine(exchange="binance REPLAY"), load_settings())
    refuse_another_exchange(an_engine(exchange="kraken", read_only=True), load_settings())
    wanted = load_settings({"exchange.name": "kraken", "exchange.read_only": "true"})
    refuse_another_exchange(an_engine(exchange="kraken", read_only=True), wanted)


@pytest.mark.parametrize(
    ("exchange", "read_only", "overrides"),
    [
        ("kraken", True, {"exchange.name": "okx", "exchange.read_only": "true"}),
        ("binance", False, {"exchange.read_only": "true"}),
    ],
)
def test_another_exchange_is_refused_with_what_to_do(
    exchange: str, read_only: bool, overrides: dict[str, object]
) -> None:
    with pytest.raises(EngineError, match="fks engine stop"):
        refuse_another_exchange(an_engine(exchange=exchange, read_only=read_only), load_settings(overrides))


def test_any_exchange_but_binance_can_be_looked_at_only() -> None:
    with pytest.raises(ConfigError, match="read_only"):
        load_settings({"exchange.name": "kraken"})


def test_every_streamed_exchange_is_known_without_loading_ccxt_and_another_is_not() -> None:
    assert {"binance", "kraken", "okx", "bybit"} <= set(exchange_names())
    check_exchange_name("kraken")
    with pytest.raises(ConfigError, match="kraken"):
        check_exchange_name("krakn")
