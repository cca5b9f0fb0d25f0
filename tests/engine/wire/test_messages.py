from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.api import (
    PROTOCOL_VERSION,
    AcceptDifferences,
    Accepted,
    CandlesPage,
    DenialReason,
    Denied,
    DeskView,
    Difference,
    DifferenceKind,
    ExchangeMeasured,
    Exported,
    ExportHistory,
    ExportWhat,
    Follow,
    HaltStage,
    HaltView,
    HistoryPage,
    HistoryRequest,
    InstrumentsPage,
    LifeStep,
    LifeStepKind,
    LimitChange,
    LimitRow,
    OrderLifePage,
    OrderLifeRequest,
    OrderType,
    ReconciliationStep,
    ReconciliationView,
    ReplaceOrder,
    RiskView,
    SetLimit,
    SetTradingState,
    Side,
    StepState,
    SubmitOrder,
    Timeframe,
    blank_preview,
)
from fks_engine.errors import WireError
from fks_engine.model import LimitName, OrderStatus, TradingState
from fks_engine.wire.messages import (
    SIGNATURES,
    Answer,
    Call,
    Hello,
    Method,
    Picture,
    decode_from_desk,
    decode_from_engine,
    decode_greeting,
    enclosed,
    encode,
    opened,
)
from fks_engine.wire.pictures import empty_view
from tests.desk_views import BTC, a_view, an_instrument, an_order, candles

AN_ORDER = SubmitOrder(
    instrument_id=BTC,
    side=Side.BUY,
    order_type=OrderType.LIMIT,
    quantity=Decimal("0.00000001"),
    limit_price=Decimal("123456789012345678901234567890.123456789"),
)


A_STEP = LifeStep(ts=1, kind=LifeStepKind.CHECKED, text="order notional", numbers={"limit": "50000"}, is_fault=True)
A_PREVIEW = replace(
    blank_preview(AN_ORDER, Denied(DenialReason.NO_MARKET, "no market")),
    available=Decimal("10.50"),
    available_after=Decimal("-0.25"),
    warnings=("far",),
)


@pytest.mark.parametrize(
    ("method", "noun"),
    [
        (Method.SUBMIT, AN_ORDER),
        (Method.SUBMIT, Follow(BTC, Timeframe.H4)),
        (Method.PREVIEW, AN_ORDER),
        (Method.PREVIEW, ReplaceOrder(client_order_id="fks-1", limit_price=Decimal("0.10"))),
        (Method.SUBMIT, ReplaceOrder(client_order_id="fks-1", quantity=Decimal(2), stop_price=Decimal("9.5"))),
        (Method.SUBMIT, SetTradingState(TradingState.HALTED, "enough", flatten=True, origin="fks halt")),
        (Method.SUBMIT, SetLimit(name=LimitName.MAX_DAILY_LOSS, value=Decimal("250.50"), origin="Risk screen")),
        (Method.SUBMIT, AcceptDifferences((3, 4))),
        (Method.QUERY, HistoryRequest(text="btc", statuses=(OrderStatus.FILLED,), since_ts=5)),
        (Method.QUERY, OrderLifeRequest("fks-1")),
        (Method.RUN, ExportHistory(path="~/orders.parquet", what=ExportWhat.FILLS)),
    ],
)
def test_a_call_comes_out_as_it_went_in(method: Method, noun: object) -> None:
    message = decode_from_desk(encode(Call(3, method, *enclosed(noun))))
    assert isinstance(message, Call)
    assert opened(SIGNATURES[message.method].takes, message.noun, message.body) == noun


@pytest.mark.parametrize(
    ("method", "noun"),
    [
        (Method.SUBMIT, Accepted(("a", "b"))),
        (Method.SUBMIT, Denied(DenialReason.NO_MARKET, "no market", {"age_s": "9.5"})),
        (Method.QUERY, InstrumentsPage((an_instrument(),), 1)),
        (Method.QUERY, CandlesPage(BTC, Timeframe.M1, candles(BTC, 3, Timeframe.M1))),
        (Method.PREVIEW, A_PREVIEW),
        (Method.PREVIEW, blank_preview(ReplaceOrder(client_order_id="fks-1"), None)),
        (Method.RUN, ExchangeMeasured(1.25, 3.5, -0.1, 3)),
        (Method.RUN, Exported("/home/a/orders.parquet", 12)),
        (Method.QUERY, HistoryPage((an_order(1),), 1)),
        (Method.QUERY, OrderLifePage(an_order(1), (A_STEP,))),
    ],
)
def test_an_answer_comes_out_as_it_went_in(method: Method, noun: object) -> None:
    message = decode_from_engine(encode(Answer(3, *enclosed(noun))))
    assert isinstance(message, Answer)
    assert opened(SIGNATURES[method].gives, message.noun, message.body) == noun


@pytest.mark.parametrize("view", [a_view(), empty_view()])
def test_a_picture_comes_out_as_it_went_in(view: DeskView) -> None:
    assert decode_from_engine(encode(Picture(view))) == Picture(view)


def test_a_picture_keeps_the_limits_the_halt_and_the_differences() -> None:
    limit = LimitRow(
        name=LimitName.MAX_EXPOSURE, limit=None, setting=Decimal("5e4"), at_run_time=None, used=Decimal(0), unit="USDT"
    )
    halt = HaltView(
        since_ts=1, origin="a desk", reason="", stage=HaltStage.VERIFYING, detail="", flatten=True, open_orders=None
    )
    change = LimitChange(ts=1, name=LimitName.INSTRUMENTS, before="none", after="BTC/USDT", origin="fks risk")
    step = ReconciliationStep(name="balances", state=StepState.STOPPED, detail="1 of 3 assets")
    found = Difference(
        number=1, ts=2, kind=DifferenceKind.BALANCE, subject="BTC", ours="1", theirs="2", explanation="", remedy="ask"
    )
    view = replace(
        a_view(),
        risk=RiskView(rows=(limit,), changes=(change,), halt=halt),
        reconciliation=ReconciliationView(steps=(step,), differences=(found,)),
    )
    assert decode_from_engine(encode(Picture(view))) == Picture(view)


def test_prices_keep_every_digit() -> None:
    _, body = enclosed(AN_ORDER)
    found = opened(SIGNATURES[Method.SUBMIT].takes, "SubmitOrder", body)
    assert str(found.limit_price) == "123456789012345678901234567890.123456789"


def test_every_noun_of_the_door_has_its_place() -> None:
    assert set(SIGNATURES) == set(Method)
    assert {"SubmitOrder", "StopEngine"} < set(SIGNATURES[Method.SUBMIT].takes)
    assert set(SIGNATURES[Method.PREVIEW].takes) == {"SubmitOrder", "SubmitOco", "ReplaceOrder"}
    assert set(SIGNATURES[Method.RUN].takes) == {"MeasureExchange", "ExportHistory"}


def test_an_answer_of_the_wrong_class_is_refused() -> None:
    name, body = enclosed(Accepted())
    with pytest.raises(WireError, match="does not belong here"):
        opened(SIGNATURES[Method.QUERY].gives, name, body)


def test_a_hello_of_a_later_version_with_more_in_it_can_be_read() -> None:
    later: dict[str, Any] = {"is": "hello", "protocol": 9, "version": "4.0", "pid": 7, "colour": "blue"}
    assert decode_greeting(encode(later)) == Hello(protocol=9, version="4.0", pid=7)


@pytest.mark.parametrize(
    "body",
    [
        b"\xc1",
        b"\x91" * 100_000,
        encode({"is": "call", "id": "one", "method": "submit", "noun": "X", "body": 1}),
        encode({"is": "call", "id": 1, "method": "drop tables", "noun": "X", "body": 1}),
        encode({"is": "nothing"}),
        encode([1, 2, 3]),
        encode({"is": "more", "id": 2**63, "count": "many"}),
    ],
)
def test_what_is_no_message_is_a_wire_error(body: bytes) -> None:
    for decode in (decode_from_desk, decode_from_engine, decode_greeting):
        with pytest.raises(WireError):
            decode(body)


@pytest.mark.parametrize("price", ["", "abc", "1e999999999999999999999", "١٢٣", "1_000", "--1", "1.2.3"])
def test_a_price_that_is_none_is_a_wire_error_or_a_number(price: str) -> None:
    fields = {"instrument_id": BTC, "side": "buy", "order_type": "limit", "quantity": "1", "limit_price": price}
    name, body = "SubmitOrder", enclosed(fields)[1]
    try:
        found = opened(SIGNATURES[Method.SUBMIT].takes, name, body)
    except WireError:
        return
    assert isinstance(found.limit_price, Decimal)


_MESSAGES = [
    encode(Call(1, Method.SUBMIT, *enclosed(AN_ORDER))),
    encode(Answer(1, *enclosed(Accepted(("x",))))),
    encode(Picture(replace(a_view(), quotes=a_view().quotes[:1]))),
    encode(Hello(PROTOCOL_VERSION, "1.0", 5)),
]


@settings(max_examples=300)
@given(st.sampled_from(_MESSAGES), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8), st.data())
def test_any_mutation_of_a_message_is_read_or_refused(
    message: bytes, changes: list[tuple[int, int]], data: st.DataObject
) -> None:
    mutated = bytearray(message)
    for place, byte in changes:
        mutated[place % len(mutated)] = byte
    cut = data.draw(st.integers(0, len(mutated)))
    for body in (bytes(mutated), bytes(mutated[:cut])):
        for decode in (decode_from_desk, decode_from_engine, decode_greeting):
            try:
                found = decode(body)
                if isinstance(found, Call):
                    opened(SIGNATURES[found.method].takes, found.noun, found.body)
            except WireError:
                continue
