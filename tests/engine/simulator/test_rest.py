"""The REST door over a real socket: answers, refusals with Binance's codes, and nothing that makes it fall over."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_engine.simulator.signing import signature
from tests.engine.simulator.builders import KEY, SECRET, START_MS, order, served, world

pytestmark = pytest.mark.anyio

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "50000"}


async def test_the_market_data_endpoints_answer() -> None:
    here = world()
    here.exchange.on_matched(here.book.submit(order("BUY", "0.5", "60010"), START_MS))
    async with served(here) as api:
        assert await api.call("GET", "ping") == (200, {})
        assert (await api.call("GET", "time"))[1] == {"serverTime": START_MS}
        _, depth = await api.call("GET", "depth", "symbol=BTCUSDT&limit=5")
        assert depth["bids"] == [["60000.00000000", "1.00000000"]]
        assert depth["asks"] == [["60010.00000000", "0.50000000"]]
        _, trades = await api.call("GET", "trades", "symbol=BTCUSDT")
        assert [(t["price"], t["qty"], t["isBuyerMaker"]) for t in trades] == [("60010.00000000", "0.50000000", False)]
        _, aggregates = await api.call("GET", "aggTrades", "symbol=BTCUSDT&fromId=0")
        assert aggregates[0]["a"] == trades[0]["id"]
        _, candles = await api.call("GET", "klines", "symbol=BTCUSDT&interval=1m")
        assert candles[-1][4] == "60010.00000000"
        assert (await api.call("GET", "ticker/price", "symbol=BTCUSDT"))[1]["price"] == "60010.00000000"
        _, best = await api.call("GET", "ticker/bookTicker", "symbols=" + quote('["BTCUSDT"]'))
        assert best[0]["askQty"] == "0.50000000"
        _, day = await api.call("GET", "ticker/24hr")
        assert (day[0]["lastPrice"], day[0]["count"]) == ("60010.00000000", 1)


async def test_exchange_information_lists_todays_filters() -> None:
    async with served(world()) as api:
        _, info = await api.call("GET", "exchangeInfo", "symbol=BTCUSDT")
        (symbol,) = info["symbols"]
        filters = {entry["filterType"]: entry for entry in symbol["filters"]}
        assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
        assert filters["LOT_SIZE"]["stepSize"] == "0.00001000"
        assert filters["NOTIONAL"]["minNotional"] == "5.00000000"
        assert {"MARKET_LOT_SIZE", "PERCENT_PRICE_BY_SIDE", "MAX_NUM_ORDERS", "MAX_NUM_ALGO_ORDERS"} <= set(filters)
        conditional = ["STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
        assert symbol["orderTypes"] == ["LIMIT", "LIMIT_MAKER", "MARKET", *conditional]
        assert symbol["ocoAllowed"]
        assert symbol["otoAllowed"]
        assert symbol["cancelReplaceAllowed"]


async def test_an_order_lives_from_placing_to_cancelling() -> None:
    async with served(world()) as api:
        placed = await api.buy("0.1", "50000", newClientOrderId="mine-1")
        assert (placed["status"], placed["fills"]) == ("NEW", [])
        reference = {"symbol": "BTCUSDT", "origClientOrderId": "mine-1"}
        assert (await api.signed("GET", "order", **reference))[1]["orderId"] == placed["orderId"]
        assert len((await api.signed("GET", "openOrders"))[1]) == 1

        status, canceled = await api.signed("DELETE", "order", **reference)
        assert (status, canceled["status"], canceled["origClientOrderId"]) == (200, "CANCELED", "mine-1")
        assert canceled["clientOrderId"] != "mine-1"
        assert (await api.signed("DELETE", "order", **reference))[1] == {"code": -2011, "msg": "Unknown order sent."}
        assert (await api.signed("GET", "order", **reference))[1]["status"] == "CANCELED"
        assert [o["status"] for o in (await api.signed("GET", "allOrders", symbol="BTCUSDT"))[1]] == ["CANCELED"]


async def test_a_fill_shows_in_the_answer_the_fills_and_the_account() -> None:
    async with served(world()) as api:
        filled = await api.buy("0.5", "60010")
        assert filled["status"] == "FILLED"
        assert filled["cummulativeQuoteQty"] == "30005.00000000"
        (fill,) = filled["fills"]
        assert (fill["commission"], fill["commissionAsset"]) == ("0.00050000", "BTC")
        _, fills = await api.signed("GET", "myTrades", symbol="BTCUSDT")
        assert [(f["id"], f["isBuyer"], f["isMaker"]) for f in fills] == [(fill["tradeId"], True, False)]
        _, account = await api.signed("GET", "account")
        balances = {b["asset"]: (b["free"], b["locked"]) for b in account["balances"]}
        assert balances == {"BTC": ("2.49950000", "0.00000000"), "USDT": ("69995.00000000", "0.00000000")}


@pytest.mark.parametrize(("answer", "has", "lacks"), [("ACK", "transactTime", "status"), ("RESULT", "status", "fills")])
async def test_the_answer_is_as_long_as_asked(answer: str, has: str, lacks: str) -> None:
    async with served(world()) as api:
        placed = await api.buy("0.1", "50000", newOrderRespType=answer)
        assert has in placed
        assert lacks not in placed


async def test_cancel_all_cancels_every_order_of_the_symbol() -> None:
    async with served(world()) as api:
        for _ in range(3):
            await api.buy("0.1", "50000")
        _, canceled = await api.signed("DELETE", "openOrders", symbol="BTCUSDT")
        assert [o["status"] for o in canceled] == ["CANCELED"] * 3
        assert (await api.signed("DELETE", "openOrders", symbol="BTCUSDT"))[1]["code"] == -2011


async def test_an_order_test_checks_but_places_nothing() -> None:
    async with served(world()) as api:
        assert await api.signed("POST", "order/test", **LIMIT) == (200, {})
        status, refusal = await api.signed("POST", "order/test", **(LIMIT | {"quantity": "9"}))
        assert (status, refusal["code"]) == (400, -2010)
        assert (await api.signed("GET", "openOrders"))[1] == []


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
        ({"symbol": "btcusdt"}, -1100, "Illegal characters found in parameter 'symbol'"),
        ({"symbol": ""}, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "ICEBERG"}, -1116, "Invalid orderType."),
        ({"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
        ({"timeInForce": None}, -1102, "'timeInForce'"),
        ({"quantity": None}, -1102, "'quantity'"),
        ({"quantity": "0"}, -1102, "'quantity'"),
        ({"quantity": "-1"}, -1100, "'quantity'"),
        ({"quantity": "NaN"}, -1100, "'quantity'"),
        ({"quantity": "1e400"}, -1100, "'quantity'"),
        ({"quantity": "1" + "0" * 40}, -1100, "'quantity'"),
        ({"quantity": quote("١")}, -1100, "'quantity'"),
        ({"quantity": "0.123456789"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
        ({"price": "50000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "900000"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
        ({"price": "60000", "quantity": "2"}, -2010, "Account has insufficient balance for requested action."),
        ({"stopPrice": "49000"}, -1106, "Parameter 'stopPrice' sent when not required."),
        ({"quoteOrderQty": "49000"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
        ({"newClientOrderId": "sp%20ace"}, -1100, "'newClientOrderId'"),
        ({"newOrderRespType": "LONG"}, -1130, "Data sent for parameter 'newOrderRespType' is not valid."),
        ({"unheard": "1"}, -1104, "Not all sent parameters were read; read '8' parameter(s) but was sent '9'."),
        ({"type": "LIMIT_MAKER"}, -1106, "'timeInForce'"),
        ({"type": "LIMIT_MAKER", "timeInForce": None, "price": "60010"}, -2010, "immediately match and take"),
        ({"type": "MARKET", "timeInForce": None}, -1106, "Parameter 'price' sent when not required."),
        (
            {"type": "MARKET", "timeInForce": None, "price": None, "quantity": None},
            -1102,
            "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
        ),
        ({"type": "MARKET", "timeInForce": None, "price": None, "quantity": "121"}, -1013, "MARKET_LOT_SIZE"),
        ({"recvWindow": "60001"}, -1131, "recvWindow"),
        ({"timestamp": START_MS - 5_001}, -1021, "Timestamp for this request is outside of the recvWindow."),
        ({"timestamp": START_MS + 1_000}, -1021, "Timestamp for this request was 1000ms ahead of the server's time."),
    ],
)
async def test_a_bad_order_gets_binances_code_and_text(change: dict[str, Any], code: int, text: str) -> None:
    fields = {name: value for name, value in (LIMIT | change).items() if value is not None}
    async with served(world()) as api:
        status, refusal = await api.signed("POST", "order", **fields)
        assert (status, refusal["code"]) == (400, code)
        assert text in refusal["msg"]
        assert (await api.signed("GET", "openOrders"))[1] == []


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("depth", "", -1102),
        ("depth", "symbol=NOPE", -1121),
        ("depth", "symbol=BTCUSDT&limit=x", -1100),
        ("depth", "symbol=BTCUSDT&limit=0", -1130),
        ("depth", "symbol=BTCUSDT&limit=99999999999999999999", -1100),
        ("depth", "symbol=BTCUSDT&symbol=BTCUSDT", -1101),
        ("klines", "symbol=BTCUSDT&interval=7m", -1120),
        ("klines", "symbol=BTCUSDT", -1102),
        ("klines", "symbol=BTCUSDT&interval=1m&startTime=-1", -1100),
        ("exchangeInfo", "symbols=BTCUSDT", -1100),
        ("exchangeInfo", "symbols=%5B%5D", -1100),
        ("exchangeInfo", "symbol=BTCUSDT&symbols=%5B%22BTCUSDT%22%5D", -1128),
        ("ticker/24hr", "symbols=%5B%22BTCUSDT%22,%22BTCUSDT%22%5D", -1151),
        ("ticker/24hr", "type=TINY", -1139),
        ("aggTrades", "symbol=BTCUSDT&fromId=1&startTime=1", -1128),
        ("ping", "what=1", -1104),
        ("ping", "%FF=1", -1100),
    ],
)
async def test_a_bad_question_gets_binances_code(path: str, query: str, code: int) -> None:
    async with served(world()) as api:
        status, refusal = await api.call("GET", path, query)
        assert (status, refusal["code"]) == (400, code)


@pytest.mark.parametrize(
    "question", ["interval=1m&startTime=0", "interval=1M&startTime=9223372036854775807", "interval=1w&endTime=0"]
)
async def test_candles_of_any_time_are_an_answer(question: str) -> None:
    async with served(world()) as api:
        status, rows = await api.call("GET", "klines", "symbol=BTCUSDT&" + question)
        assert status == 200
        assert isinstance(rows, list)


async def test_what_does_not_exist_is_refused_in_binances_shape() -> None:
    async with served(world()) as api:
        for method, path in (("GET", "nothing"), ("PUT", "order"), ("PATCH", "depth"), ("GET", "order/x")):
            status, refusal = await api.call(method, path)
            assert (status, refusal["code"]) == (404, -1020)
        async with api.session.get(api.base + "/elsewhere") as response:
            assert (await response.json())["code"] == -1020


async def test_keys_and_signatures_are_checked() -> None:
    async with served(world()) as api:
        text = f"timestamp={START_MS}"
        signed = f"{text}&signature={signature(SECRET, text)}"
        key = {"X-MBX-APIKEY": KEY}
        assert (await api.call("GET", "account", signed, headers=key))[0] == 200
        assert (await api.call("GET", "account", signed))[1]["code"] == -2014
        assert await api.call("GET", "account", signed, headers={"X-MBX-APIKEY": "other"}) == (
            401,
            {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."},
        )
        for bad in ("", "0" * 64, "%C3%A9"):
            refusal = (await api.call("GET", "account", f"{text}&signature={bad}", headers=key))[1]
            assert refusal["code"] == (-1022 if bad else -1102)
        assert (await api.call("GET", "account", text, headers=key))[1]["code"] == -1102
        no_time = f"signature={signature(SECRET, '')}"
        assert (await api.call("GET", "account", no_time, headers=key))[1]["code"] == -1102


async def test_a_signature_covers_query_and_body_together() -> None:
    async with served(world()) as api:
        query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"
        body = f"quantity=0.1&price=50000&timestamp={START_MS}"
        signed = f"{body}&signature={signature(SECRET, query + body)}"
        headers = {"X-MBX-APIKEY": KEY, "Content-Type": "application/x-www-form-urlencoded"}
        status, placed = await api.call("POST", "order", query, data=signed.encode(), headers=headers)
        assert (status, placed["status"]) == (200, "NEW")


async def test_the_used_weight_adds_up_in_a_header() -> None:
    async with served(world()) as api:
        used = []
        for path in ("ping", "depth?symbol=BTCUSDT&limit=1000", "exchangeInfo"):
            async with api.session.get(f"{api.base}/api/v3/{path}") as response:
                used.append(int(response.headers["X-MBX-USED-WEIGHT-1M"]))
        assert used == [1, 51, 71]


async def test_a_body_that_is_too_large_or_no_text_is_refused() -> None:
    async with served(world()) as api:
        for body in (b"x" * 200_000, b"\xff\xfe"):
            status, refusal = await api.call("POST", "order", data=body, headers={"X-MBX-APIKEY": KEY})
            assert (status, refusal["code"]) == (400, -1100)


VALUES = st.one_of(
    st.text(max_size=24),
    st.sampled_from(
        ["NaN", "1e400", "-1", "0", "1" + "0" * 40, "BTCUSDT", "0.1", "60000", "BUY", "LIMIT", "٣", "\x00", "[]"]
    ),
    st.integers().map(str),
    st.floats().map(str),
)
NAMES = st.sampled_from(
    [*LIMIT, "orderId", "origClientOrderId", "limit", "fromId", "startTime", "interval", "symbols", "x"]
)
ENDPOINTS = [
    ("GET", "depth"),
    ("GET", "klines"),
    ("GET", "exchangeInfo"),
    ("GET", "aggTrades"),
    ("GET", "ticker/24hr"),
    ("POST", "order"),
    ("GET", "order"),
    ("DELETE", "order"),
    ("GET", "allOrders"),
    ("GET", "myTrades"),
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    questions=st.lists(st.tuples(st.sampled_from(ENDPOINTS), st.dictionaries(NAMES, VALUES, max_size=8)), max_size=12)
)
async def test_no_parameters_make_it_fall_over(questions: list[tuple[tuple[str, str], dict[str, str]]]) -> None:
    async with served(world()) as api:
        for (method, path), fields in questions:
            merged = (LIMIT if path in ("order", "klines") else {"symbol": "BTCUSDT"}) | fields
            encoded = {name: quote(value.encode("utf-8", "replace")) for name, value in merged.items()}
            public = path in ("depth", "klines", "exchangeInfo", "aggTrades", "ticker/24hr")
            if public:
                query = "&".join(f"{name}={value}" for name, value in encoded.items())
                status, body = await api.call(method, path, query)
            else:
                status, body = await api.signed(method, path, **encoded)
            assert status in (200, 400)
            assert status == 200 or set(body) == {"code", "msg"}
