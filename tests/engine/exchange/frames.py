"""Real frames of Binance, one of each kind, and ways to spoil them."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.engine.builders import an_instrument

MARKETS = {"BTCUSDT": an_instrument()}

QUOTE = '{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}'
TRADE = (
    '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000",'
    '"T":1723161255342,"m":true,"M":true}'
)
DEPTH = (
    '{"e":"depthUpdate","E":1723161276318,"s":"BTCUSDT","U":50093247956,"u":50093247956,'
    '"b":[["61828.09000000","3.61811000"]],"a":[]}'
)
KLINE = (
    '{"e":"kline","E":1723161276318,"s":"BTCUSDT","k":{"t":1723161240000,"T":1723161299999,"s":"BTCUSDT","i":"1m",'
    '"f":100,"L":200,"o":"61830.00000000","c":"61828.09000000","h":"61840.10000000","l":"61820.00000000",'
    '"v":"12.50000000","n":100,"x":false,"q":"772000.00000000","V":"6.00000000","Q":"370000.00000000","B":"0"}}'
)
DAY = (
    '{"e":"24hrMiniTicker","E":1723161276318,"s":"BTCUSDT","c":"61828.09000000","o":"55000.00000000",'
    '"h":"62700.00000000","l":"54900.00000000","v":"40000.00000000","q":"2400000000.00000000"}'
)
ORDER_NEW = (
    '{"e":"executionReport","E":1795343099501,"s":"BTCUSDT","c":"fks-1","S":"BUY","o":"LIMIT","f":"GTC",'
    '"q":"0.50000000","p":"50052.51000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"NEW","X":"NEW",'
    '"r":"NONE","i":1,"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":1795343099501,"t":-1,'
    '"I":2,"w":true,"m":false,"M":false,"O":1795343099501,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000",'
    '"W":1795343099501,"V":"EXPIRE_MAKER"}'
)
ORDER_TRADE = (
    '{"e":"executionReport","E":1795343099502,"s":"BTCUSDT","c":"fks-1","S":"BUY","o":"LIMIT","f":"GTC",'
    '"q":"0.50000000","p":"50052.51000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE",'
    '"X":"PARTIALLY_FILLED","r":"NONE","i":1,"l":"0.20000000","z":"0.20000000","L":"50002.51000000","n":"0.00020000",'
    '"N":"BTC","T":1795343099502,"t":34,"I":2,"w":false,"m":false,"M":false,"O":1795343099501,"Z":"10000.50200000",'
    '"Y":"10000.50200000","Q":"0.00000000","W":1795343099501,"V":"EXPIRE_MAKER"}'
)
BALANCES = (
    '{"e":"outboundAccountPosition","E":1795343099502,"u":1795343099502,"B":[{"a":"BTC","f":"2.49950000",'
    '"l":"0.00000000"},{"a":"USDT","f":"74998.74500000","l":"0.00000000"}]}'
)
MARKET_FRAMES = (QUOTE, TRADE, DEPTH, KLINE, DAY)
ACCOUNT_FRAMES = (ORDER_NEW, ORDER_TRADE, BALANCES)

NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, "", "NaN", "-NaN", "Infinity", "-1", "1e999999999", "1e-999999999", "0x10", "9" * 400,
    "0." + "0" * 300 + "1", "٣", " 1", "1_000", "BTCUSDT", [], {}, [[]], [["1", "1"], ["NaN", "NaN"]], {"a": {}},
    2**63, -(2**63), "\x00", "BTC/USDT",
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value within a decoded frame, the whole of it included."""
    found = [path]
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        found += places(inner, (*path, key))
    return found


@st.composite
def spoiled(draw: st.DrawFn, frames: tuple[str, ...]) -> Any:
    """A decoded frame with up to three values replaced, removed or swapped for something nasty."""
    message = json.loads(draw(st.sampled_from(frames)))
    for _ in range(draw(st.integers(1, 3))):
        path: list[Any] = ["top", *draw(st.sampled_from(places(message)))]
        way, last = path[:-1], path[-1]
        holder: Any = {"top": message}
        for key in way:
            holder = holder[key]
        if draw(st.booleans()) and isinstance(holder, dict) and way:
            del holder[last]
        else:
            anything = st.one_of(st.sampled_from(NASTY).map(deepcopy), st.text(max_size=30), st.integers(), st.floats())
            holder[last] = draw(anything)
            message = holder["top"] if not way else message
        if not isinstance(message, dict | list):
            break
    return message


def is_sound(value: object) -> bool:
    """Whether every number in an event can be true."""
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < Decimal(10) ** 19
    if isinstance(value, float):
        return 0 <= value < 1e19
    return True
