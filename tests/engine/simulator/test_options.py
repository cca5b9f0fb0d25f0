"""The command line: defaults, environment, and one clear message for what is wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.simulator.__main__ import main
from fks_engine.simulator.limits import BINANCE, OFF
from fks_engine.simulator.options import UsageError, read_options


def test_the_defaults_need_no_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FKS_SIM_KEY", raising=False)
    options = read_options([])
    assert (options.host, options.port, options.seed, options.symbols) == ("127.0.0.1", 0, 1, 20)
    assert options.balances == {"USDT": Decimal(100_000), "BTC": Decimal(2)}
    assert options.key
    assert options.secret


def test_the_control_port_is_closed_and_the_limits_are_binances_unless_asked_otherwise() -> None:
    assert (read_options([]).control_port, read_options([]).limits) == (None, BINANCE)
    assert read_options(["--control-port", "9000"]).control_port is None
    assert read_options(["--control", "--control-port", "9000"]).control_port == 9_000
    assert read_options(["--control", "--limits", "off"]).limits is OFF


def test_keys_come_from_the_environment_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FKS_SIM_KEY", "from-env")
    monkeypatch.setenv("FKS_SIM_SECRET", "hidden")
    assert (read_options([]).key, read_options([]).secret) == ("from-env", "hidden")
    assert read_options(["--key", "given"]).key == "given"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--symbols", "0"], "--symbols must be 1 to 400"),
        (["--symbols", "many"], "--symbols"),
        (["--port", "70000"], "--port must be"),
        (["--seed", "-1"], "--seed must be"),
        (["--speed", "nan"], "--speed must be"),
        (["--speed", "-1"], "--speed must be"),
        (["--speed", "0"], "--speed 0 is for"),
        (["--rate", "-1"], "--rate must be"),
        (["--rate", "nan"], "--rate must be"),
        (["--rate", "1e9"], "--rate must be"),
        (["--burst", "0.5"], "--burst must be"),
        (["--drive", "dice"], "--drive"),
        (["--drive", "replay"], "needs --file"),
        (["--drive", "replay", "--file", "/nowhere/frames.parquet"], "does not exist"),
        (["--balance", "USDT"], "--balance"),
        (["--balance", "usdt=1"], "--balance"),
        (["--balance", "USDT=NaN"], "--balance"),
        (["--balance", "USDT=1,USDT=2"], "--balance"),
        (["--balance", "USDT=1e400"], "--balance"),
        (["--balance", "USDT=0.000000001"], "--balance"),
        (["--key", "has space"], "--key"),
        (["--limits", "height=1"], "--limits: 'height' is no limit"),
        (["--limits", "weight=0"], "--limits: 'weight=0' must be above zero"),
        (["--control-port", "70000"], "--control-port must be"),
        (["--what"], "--what"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=says):
        read_options(arguments)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
