from __future__ import annotations

from typing import Any

import pytest

from fks_engine.exchange import Environment, ExchangeEndpoints, ExchangeOptions
from fks_engine.exchange.client import NOWHERE, BinanceClient

ENDPOINTS = ExchangeEndpoints("http://127.0.0.1:1", "ws://127.0.0.1:1", "ws://127.0.0.1:1/ws-api/v3")


def addresses(urls: Any) -> list[str]:
    if isinstance(urls, dict):
        return [address for inner in urls.values() for address in addresses(inner)]
    return [urls]


def client(environment: Environment, **options: Any) -> BinanceClient:
    return BinanceClient(ExchangeOptions(environment=environment, **options))


def test_against_the_simulator_nothing_can_leave_this_machine() -> None:
    found = addresses(client(Environment.SIMULATOR, endpoints=ENDPOINTS).urls["api"])
    assert len(found) > 20
    assert all(address == NOWHERE or "//127.0.0.1:1/" in address for address in found)


def test_the_testnet_is_binances_own() -> None:
    urls = client(Environment.TESTNET).urls["api"]
    assert urls["private"].startswith("https://testnet.binance.vision/")
    assert "testnet" in urls["ws"]["spot"]


def test_production_gets_no_key() -> None:
    public = client(Environment.PRODUCTION, api_key="secret-key", api_secret="secret")
    assert public.apiKey == public.secret == ""
    assert public.urls["api"]["public"] == "https://api.binance.com/api/v3"


def test_the_simulator_needs_endpoints() -> None:
    with pytest.raises(ValueError, match="endpoints"):
        ExchangeOptions(environment=Environment.SIMULATOR)


def test_options_never_show_the_secret() -> None:
    options = ExchangeOptions(environment=Environment.TESTNET, api_key="my-key", api_secret="my-secret")
    assert "my-" not in repr(options)


@pytest.mark.parametrize(
    ("environment", "options", "refuses"),
    [
        (Environment.TESTNET, {"api_key": "k", "api_secret": "s"}, False),
        (Environment.TESTNET, {"api_key": "k", "api_secret": "s", "read_only": True}, True),
        (Environment.TESTNET, {}, True),
        (Environment.PRODUCTION, {"api_key": "k", "api_secret": "s"}, True),
    ],
)
def test_orders_are_refused_without_a_key_and_in_production(
    environment: Environment, options: dict[str, Any], refuses: bool
) -> None:
    assert ExchangeOptions(environment=environment, **options).refuses_orders is refuses
