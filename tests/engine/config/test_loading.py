"""Where settings come from, which place wins, and how each mistake is told."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from fks_engine.config import load_settings
from fks_engine.errors import ConfigError
from fks_engine.model import Mode, Timeframe


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty FKS_HOME and no other variable of ours."""
    for name in list(os.environ):
        if name.upper().startswith("FKS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FKS_HOME", str(tmp_path))
    return tmp_path


def written(home: Path, text: str) -> Path:
    """The user's fks.toml with this text."""
    path = home / "config" / "fks.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def problems(overrides: dict[str, object] | None = None, config_file: Path | None = None) -> tuple[str, ...]:
    """What is wrong, one line each."""
    with pytest.raises(ConfigError) as caught:
        load_settings(overrides, config_file=config_file)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None, "a traceback would print what the error hides"
    return caught.value.problems


def test_without_any_file_the_defaults_hold() -> None:
    settings = load_settings()
    assert settings.mode is Mode.SIM
    assert settings.source_of("mode") == "default"


def test_the_stronger_place_wins_and_each_value_knows_its_place(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(home, "[risk]\nmax_open_orders = 1\nmax_order_notional = 100.10\nprice_band_percent = 2\n")
    monkeypatch.setenv("FKS_RISK__MAX_OPEN_ORDERS", "2")
    monkeypatch.setenv("FKS_RISK__PRICE_BAND_PERCENT", "3")
    settings = load_settings({"risk.price_band_percent": "4"})
    assert settings.risk.max_order_notional == Decimal("100.10")
    assert settings.risk.max_open_orders == 2
    assert settings.risk.price_band_percent == Decimal(4)
    assert settings.source_of("risk.max_order_notional") == "fks.toml"
    assert settings.source_of("risk.max_open_orders") == "FKS_RISK__MAX_OPEN_ORDERS"
    assert settings.source_of("risk.price_band_percent") == "command line"
    assert settings.source_of("risk.max_order_quantity") == "default"


def test_options_may_be_nested_or_dotted() -> None:
    assert load_settings({"simulator": {"seed": 7}}).simulator.seed == 7
    assert load_settings({"simulator.seed": 7}).simulator.seed == 7


def test_a_variable_holds_a_list_with_commas_and_a_table_with_equals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FKS_MARKET__WATCHLIST", "btc/usdt, ETH/USDT")
    monkeypatch.setenv("FKS_SIMULATOR__BALANCE", "USDT=5,btc=0.1")
    monkeypatch.setenv("FKS_DESK__TIMEFRAME", "1H")
    monkeypatch.setenv("FKS_MODE", "SIM")
    settings = load_settings()
    assert settings.market.watchlist == ("BTC/USDT", "ETH/USDT")
    assert settings.simulator.balance == {"USDT": Decimal(5), "BTC": Decimal("0.1")}
    assert settings.desk.timeframe is Timeframe.H1


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FKS_MODE", "")
    settings = load_settings()
    assert settings.mode is Mode.SIM
    assert settings.source_of("mode") == "default"


def test_a_table_replaces_the_default_table_whole(home: Path) -> None:
    written(home, "[simulator.balance]\nEUR = 10\n")
    assert load_settings().simulator.balance == {"EUR": Decimal(10)}


def test_a_wrong_value_names_file_key_found_and_allowed(home: Path) -> None:
    path = written(home, "[risk]\nmax_order_notional = -5\n")
    assert problems() == (f"{path}: risk.max_order_notional: found -5; it should be greater than 0",)


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FKS_DESK__VIEWS_PER_SECOND", "fast")
    (problem,) = problems()
    assert problem.startswith("FKS_DESK__VIEWS_PER_SECOND: desk.views_per_second: found 'fast'; it should be a valid")


def test_a_wrong_option_is_named() -> None:
    (problem,) = problems({"simulator.port": 99_999})
    assert problem == "command line: simulator.port: found 99999; it should be less than or equal to 65535"


def test_an_unknown_key_gets_the_nearest_known_one(home: Path) -> None:
    path = written(home, "[risk]\nmax_order_notionel = 5\n")
    assert problems() == (f"{path}: risk.max_order_notionel: unknown key; did you mean risk.max_order_notional?",)


def test_a_key_outside_its_section_is_led_home(home: Path) -> None:
    path = written(home, "watchlist = []\n")
    assert problems() == (f"{path}: watchlist: unknown key; did you mean market.watchlist?",)


def test_an_unknown_section_is_told_the_known_ones(home: Path) -> None:
    written(home, "[riks]\nx = 1\n")
    (problem,) = problems()
    assert "riks: unknown section; the sections are desk, engine" in problem


def test_a_value_where_a_section_belongs_is_told_its_keys(home: Path) -> None:
    written(home, "risk = 5\n")
    (problem,) = problems()
    assert "found 5, and this is a section: its values are max_order_notional" in problem


def test_an_unknown_variable_of_ours_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FKS_RISK__MAX_OPEN_ORDER", "1")
    assert problems() == ("FKS_RISK__MAX_OPEN_ORDER: unknown variable; did you mean FKS_RISK__MAX_OPEN_ORDERS?",)


@pytest.mark.parametrize("name", ["FKS_MARKET_DATA", "FKS_SIM_KEY", "FKS_SIM_SECRET", "FKS_DATABASE_URL"])
def test_a_variable_of_another_part_is_left_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "anything")
    assert load_settings().mode is Mode.SIM


def test_all_problems_come_in_one_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(home, 'mode = "fast"\nfoo = 1\n[log]\nlevel = "LOUD"\n')
    monkeypatch.setenv("FKS_SIMULATOR__SEED", "-1")
    told = problems({"risk.max_open_orders": 0})
    assert len(told) == 5
    assert any("mode: found 'fast'; it should be sim or testnet" in line for line in told)


@pytest.mark.parametrize("mode", ["paper", "LIVE"])
def test_a_mode_of_a_later_version_is_refused_by_name(mode: str) -> None:
    (problem,) = problems({"mode": mode})
    assert (
        problem == f"command line: mode: found {mode!r}; this version of FKS has no such mode yet; use sim or testnet"
    )


def test_the_testnet_asks_for_keys_or_read_only(home: Path) -> None:
    path = written(home, 'mode = "testnet"\n')
    (problem,) = problems()
    assert problem.startswith(f"{path}: mode testnet needs exchange.api_key")
    assert load_settings({"exchange.read_only": True}).exchange.read_only


@pytest.mark.parametrize(
    "text",
    [
        'mode = "testnet"\n[exchange]\napi_secret = "hush-hush"\n',
        "[exchange]\napi_key = 1\napi_secret = ['hush-hush']\n",
        "[exchange]\napi_sekret = 'hush-hush'\n",
        "[risk]\napi_secret = 'hush-hush'\n",
        "[exchange]\napi_secret = 'hush-hush\n",
        "api_secret = 'hush-hush'\n",
    ],
)
def test_no_error_tells_a_secret(home: Path, text: str) -> None:
    written(home, text)
    assert "hush" not in "\n".join(problems())


def test_a_blank_secret_is_none(home: Path) -> None:
    written(home, '[exchange]\napi_key = ""\napi_secret = " "\n')
    assert load_settings().exchange.api_secret is None


def test_broken_toml_names_the_file_and_the_line(home: Path) -> None:
    path = written(home, "[risk]\nmax_open_orders = = 1\n")
    (problem,) = problems()
    assert problem.startswith(f"{path}: is not TOML: ")
    assert "line 2" in problem


def test_a_file_that_is_no_text_is_told(home: Path) -> None:
    path = written(home, "")
    path.write_bytes(b"mode = '\xff'")
    assert problems() == (f"{path}: is not UTF-8 text: byte 8 cannot be read",)


def test_a_folder_in_place_of_the_file_is_told(home: Path) -> None:
    (home / "config" / "fks.toml").mkdir(parents=True)
    (problem,) = problems()
    assert problem.endswith("fks.toml: cannot be read: Is a directory")


def test_a_file_too_large_for_settings_is_told(home: Path) -> None:
    written(home, "#" * 1_000_001)
    (problem,) = problems()
    assert "larger than 1,000,000 bytes" in problem


def test_a_named_file_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "mine.toml"
    assert problems(config_file=missing) == (f"{missing}: no such file; it was named by --config",)
    monkeypatch.setenv("FKS_CONFIG", str(missing))
    assert problems() == (f"{missing}: no such file; it was named by FKS_CONFIG",)
    absent = tmp_path / "absent.toml"
    assert problems(config_file=absent) == (f"{absent}: no such file; it was named by --config",)


def test_a_named_file_is_read_in_place_of_the_users(home: Path, tmp_path: Path) -> None:
    written(home, "[simulator]\nseed = 1\n")
    other = tmp_path / "other.toml"
    other.write_text("[simulator]\nseed = 2\n")
    settings = load_settings(config_file=other)
    assert settings.simulator.seed == 2
    assert settings.source_of("simulator.seed") == "other.toml"


@pytest.mark.parametrize("value", ['["sim"]', "{ a = 1 }", "7", "true"])
def test_a_mode_that_is_no_word_is_refused_like_any_other(home: Path, value: str) -> None:
    written(home, f"mode = {value}\n")
    (problem,) = problems()
    assert "mode: found" in problem
    assert "it should be sim or testnet" in problem


def test_the_key_of_an_action_may_be_written_with_or_without_quotes_around_its_name(home: Path) -> None:
    written(home, '[keys]\norder.buy = "x"\n"order.sell" = "y"\n')
    assert load_settings().keys == {"order.buy": "x", "order.sell": "y"}


def test_a_key_that_is_no_text_is_named_with_how_it_is_written(home: Path) -> None:
    file = written(home, '[keys]\n"order.buy" = 5\ndesk.orders = true\n')
    assert problems() == (
        f'{file}: keys.order.buy: found 5; write keys as text in quotes: "order.buy" = "b,f12"',
        f'{file}: keys.desk.orders: found True; write keys as text in quotes: "desk.orders" = "b,f12"',
    )


@pytest.mark.parametrize("size", ["0", "$0", "0%", "200%", "-1", "x"])
def test_a_size_that_could_never_be_sent_is_refused(size: str) -> None:
    assert "write base units (0.1)" in problems({"desk.sizes": f"1,2,3,4,{size}"})[0]


def test_a_bad_name_of_an_exchange_is_answered_in_words() -> None:
    (told,) = problems({"exchange.name": "bad name!"})
    assert "letters and digits" in told
    assert "[a-z" not in told
