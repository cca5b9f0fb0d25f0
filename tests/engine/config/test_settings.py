"""The settings themselves: documented, frozen, bounded, and silent about secrets."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from fks_engine.config import ExchangeSettings, RiskSettings, Settings, SimulatorSettings
from fks_engine.config.settings import DeskSettings, keys, secret_keys
from fks_engine.model import Mode


def test_every_setting_is_documented_and_has_a_default() -> None:
    for key, field in keys().items():
        assert field.description, f"{key} has no description"
        assert field.description.endswith("."), f"{key}: end its description with a full stop"
        assert not field.is_required(), f"{key} has no default"


def test_the_defaults_trade_on_the_simulator() -> None:
    settings = Settings()
    assert settings.mode is Mode.SIM
    assert settings.market.watchlist[0] == "BTC/USDT"
    assert settings.risk.max_order_notional == Decimal(25_000)


def test_settings_are_frozen() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.risk = RiskSettings()
    with pytest.raises(ValidationError):
        settings.risk.max_open_orders = 1


@pytest.mark.parametrize("size", ["0", "$0", "0%", "0.000", "200%", "-1", "1e5", "$", "%", ""])
def test_a_size_that_is_none_is_refused_in_words(size: str) -> None:
    with pytest.raises(ValidationError, match="write base units"):
        DeskSettings(sizes=("$100", "$500", size, "$5000", "10%"))


def test_sizes_go_up_to_everything() -> None:
    assert DeskSettings(sizes=("0.1", "$0.5", "1", "0.5%", "100%")).sizes[-1] == "100%"


def test_a_bad_exchange_name_is_refused_in_words() -> None:
    with pytest.raises(ValidationError, match="as ccxt does") as refused:
        ExchangeSettings(name="bin ance!")
    assert "pattern" not in str(refused.value)


def test_the_secrets_are_known() -> None:
    assert secret_keys() == {"exchange.api_key", "exchange.api_secret"}


def test_a_secret_shows_neither_in_text_nor_in_a_dump() -> None:
    exchange = ExchangeSettings(api_key=SecretStr("k-hidden"), api_secret=SecretStr("s-hidden"))
    settings = Settings(exchange=exchange)
    for text in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "hidden" not in text


def test_a_key_without_its_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="api_secret is not"):
        ExchangeSettings(api_key=SecretStr("k"))


def test_a_recording_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="is not there; file names the recording"):
        SimulatorSettings(drive="replay", file=tmp_path / "gone.parquet")


def test_a_replay_without_a_recording_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs file"):
        SimulatorSettings(drive="replay")


@pytest.mark.parametrize("limit", ["0", "-1", "NaN", "Infinity"])
def test_a_limit_that_is_no_positive_number_is_refused(limit: str) -> None:
    with pytest.raises(ValidationError):
        RiskSettings(max_order_notional=Decimal(limit))


def test_the_source_of_a_key_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Settings().source_of("risk.max_everything")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_daily_loss", "0"),
        ("max_drawdown_percent", "101"),
        ("max_data_age_s", "0.1"),
        ("max_exposure", "-5"),
        ("max_instrument_notional", "0"),
        ("max_orders_per_second", "0"),
        ("instruments", "BTC-USDT"),
    ],
)
def test_a_limit_beyond_its_bounds_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        RiskSettings.model_validate({key: value})


def test_the_limits_that_nobody_set_hinder_nothing() -> None:
    risk = RiskSettings()
    unset = (risk.max_instrument_notional, risk.max_exposure, risk.max_daily_loss, risk.max_drawdown_percent)
    assert unset == (None,) * 4
    assert (risk.max_data_age_s, risk.instruments) == (None, ())


def test_allowed_markets_are_listed_like_a_watchlist() -> None:
    risk = RiskSettings.model_validate({"instruments": "btc/usdt, ETH/USDT", "max_orders_per_second": "3"})
    assert risk.instruments == ("BTC/USDT", "ETH/USDT")
    assert risk.max_orders_per_second == 3
