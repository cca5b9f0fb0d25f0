"""Finding markets by a few letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.model import instrument_id
from fks_engine.state.search import matching

NAMES = ("BTC/USDT", "BTC/EUR", "ETH/BTC", "ETH/USDT", "WBTC/USDT", "BTTC/USDT", "SOL/USDT", "DOGE/USDT", "BNB/USDT")
LISTED = [instrument_id("binance", name) for name in NAMES]


def found(text: str) -> list[str]:
    return [each.partition(":")[2] for each in matching(text, LISTED, "USDT")]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("btc", ["BTC/USDT", "BTC/EUR"]),
        ("ethb", ["ETH/BTC"]),
        ("eth/btc", ["ETH/BTC"]),
        ("dge", ["DOGE/USDT"]),
        ("so us", ["SOL/USDT"]),
        ("btcusdt", ["BTC/USDT", "WBTC/USDT"]),
    ],
)
def test_the_closest_market_comes_first(text: str, first: list[str]) -> None:
    assert found(text)[: len(first)] == first


def test_no_text_finds_everything_by_name_and_strange_text_nothing() -> None:
    assert found("") == sorted(NAMES)
    assert found("qqq") == []


@given(st.text(max_size=8))
def test_what_is_found_has_the_letters_in_their_order(text: str) -> None:
    wanted = "".join(text.upper().split()).replace("/", "")
    for name in found(text):
        letters = iter(name.replace("/", ""))
        assert all(letter in letters for letter in wanted)
