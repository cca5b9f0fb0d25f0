"""The preview of a replacement: what it says is what the replacement then does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.api import Accepted, DenialReason, Denied, Preview, ReplaceOrder
from fks_engine.model import OrderStatus, OrderType, Side, TradingState
from fks_engine.orders import OrderManager
from fks_engine.risk import RiskGate, RiskLimits
from fks_engine.topics import Bus
from tests.engine.builders import BTC, a_report, a_submit, an_instrument, an_order
from tests.engine.scripted_exchange import ScriptedExchange
from tests.engine.still_market import StillAccount, StillMarket
from tests.engine.virtual_time import VirtualTime

D = Decimal
S, T = OrderStatus, OrderType
OLD = "fks-1"
LIMITS = RiskLimits(
    reporting_currency="USDT",
    max_order_notional=D(25_000),
    max_order_quantity=D(1),
    max_open_orders=2,
    price_band_percent=D(5),
    max_slippage_percent=D(1),
)


class JudgedDesk:
    """An order manager with a real gate, a market at 60,000 and one order that rests at the exchange."""

    def __init__(self, *, limits: RiskLimits = LIMITS, is_connected: bool = True) -> None:
        self.market, self.account, self.bus, time = StillMarket(), StillAccount(), Bus(), VirtualTime()
        self.gate = RiskGate(limits, self.market, self.account, connected=lambda: is_connected, read_only=lambda: False)
        self.manager = OrderManager(
            ScriptedExchange(), self.gate, self.market, self.bus, time, notify=lambda *_: None, sleep=time.sleep
        )

    def rests(self, status: OrderStatus = S.ACCEPTED, filled: Decimal | str = "0", **fields: Any) -> None:
        """Let an order be found at the exchange."""
        order = an_order(client_order_id=OLD, **fields)
        of_order = {"stop_price": order.stop_price, "order_list_id": order.order_list_id}
        self.bus.order_reports.publish(a_report(status, filled, order=order, **of_order))

    async def preview_and_replace(self, **changes: Any) -> tuple[Preview, Accepted | Denied]:
        change = ReplaceOrder(client_order_id=OLD, **changes)
        return self.manager.preview(change), await self.manager.replace(change)


SOUND_QUANTITIES = [None, None, D("0.06"), D("0.2"), D("0.3")]
SOUND_PRICES = [D(59_500), D(58_000), D("59999.99"), D("60000.10"), D(61_000), D(60_500), D(62_000)]
NO_NUMBERS = [D("NaN"), D("sNaN"), D("Infinity"), D(-1), D(0), D("1e30"), D("0.000001"), D("59500.005"), D(90_000)]
KINDS = [
    (T.LIMIT, D(59_000), None),
    (T.LIMIT, D(61_000), None),
    (T.STOP, None, D(61_000)),
    (T.STOP, None, D(59_000)),
    (T.STOP_LIMIT, D(61_100), D(61_000)),
    (T.STOP_LIMIT, D(58_900), D(59_000)),
    (T.TAKE_PROFIT, None, D(61_000)),
    (T.TAKE_PROFIT_LIMIT, D(59_000), D(59_100)),
]
FAULTS = (
    "over", "listed", "poor", "quantity", "limit", "stop", "reducing", "halted", "stale", "no quote", "no replacements",
    "many", "cut off", "nothing changes", "not listed",
)  # fmt: skip


@st.composite
def changes_of_orders(draw: st.DrawFn) -> tuple[JudgedDesk, dict[str, Any]]:
    """An order of some kind and a change of it; with none, one or some of the things that stand in a change's way."""
    faults = draw(st.sets(st.sampled_from(FAULTS), max_size=draw(st.sampled_from([0, 1, 3]))))
    desk = JudgedDesk(is_connected="cut off" not in faults)
    kind, limit, stop = draw(st.sampled_from(KINDS))
    status, filled = draw(st.sampled_from([(S.ACCEPTED, "0"), (S.PARTIALLY_FILLED, "0.04")]))
    if "over" in faults:
        status, filled = draw(st.sampled_from([(S.FILLED, "0.1"), (S.CANCELED, "0.04"), (S.EXPIRED, "0")]))
    desk.rests(
        status,
        filled,
        side=draw(st.sampled_from(Side)),
        quantity="0.1",
        limit_price=limit,
        order_type=kind,
        stop_price=stop,
        post_only=kind is T.LIMIT and draw(st.booleans()),
        order_list_id="7" if "listed" in faults else None,
    )
    for number in range(2 if "many" in faults else draw(st.integers(0, 1))):
        order = an_order(client_order_id=f"fks-other-{number}", quantity="0.01")
        desk.bus.order_reports.publish(a_report(order=order, exchange_order_id=f"77{number}"))
    free = draw(st.sampled_from(["0", "0.05", "50"])) if "poor" in faults else "100000"
    for asset, locked in (("USDT", ["0", "3540", "5900"]), ("BTC", ["0", "0.06", "0.1"])):
        desk.account.hold(asset, free, draw(st.sampled_from(locked)))
    _spoil(desk, faults)
    numbers = {
        "quantity": draw(st.sampled_from(NO_NUMBERS if "quantity" in faults else SOUND_QUANTITIES)),
        "limit_price": draw(st.sampled_from(NO_NUMBERS if "limit" in faults else [None, *SOUND_PRICES])),
        "stop_price": draw(st.sampled_from(NO_NUMBERS if "stop" in faults else [None, *SOUND_PRICES])),
    }
    if limit is None and "limit" not in faults:
        numbers["limit_price"] = None
    if stop is None and "stop" not in faults:
        numbers["stop_price"] = None
    return desk, dict.fromkeys(numbers) if "nothing changes" in faults else numbers


def _spoil(desk: JudgedDesk, faults: set[str]) -> None:
    if faults & {"halted", "reducing"}:
        desk.gate.set_state(TradingState.HALTED if "halted" in faults else TradingState.REDUCING, "news")
    if "stale" in faults:
        desk.market.stale.add(BTC)
    if "no quote" in faults:
        del desk.market.quotes[BTC]
    if "no replacements" in faults:
        desk.market.list(an_instrument("BTC/USDT", takes_replacements=False))
    if "not listed" in faults:
        del desk.market.instruments[BTC]


@settings(max_examples=400, deadline=None)
@given(changes_of_orders())
def test_the_preview_and_the_replacement_never_disagree(
    change: tuple[JudgedDesk, dict[str, Any]],
) -> None:
    desk, changes = change
    preview, answer = anyio.run(lambda: desk.preview_and_replace(**changes))
    if isinstance(answer, Denied):
        assert preview.denial == answer
        return
    assert preview.denial is None
    sent = desk.manager.order(answer.client_order_ids[0])
    assert sent is not None
    assert (sent.quantity, sent.limit_price) == (preview.quantity, preview.limit_price)
    assert preview.available_after is not None
    assert preview.available_after >= 0


@settings(max_examples=100, deadline=None)
@given(changes_of_orders())
def test_a_preview_changes_nothing(change: tuple[JudgedDesk, dict[str, Any]]) -> None:
    desk, changes = change
    before = desk.manager.page(100, 0)
    first = desk.manager.preview(ReplaceOrder(client_order_id=OLD, **changes))
    assert desk.manager.page(100, 0) == before
    assert repr(desk.manager.preview(ReplaceOrder(client_order_id=OLD, **changes))) == repr(first)


def previewed(desk: JudgedDesk, **changes: Any) -> Preview:
    return desk.manager.preview(ReplaceOrder(client_order_id=OLD, **changes))


def test_what_the_old_order_holds_is_free_for_the_new_one() -> None:
    desk = JudgedDesk()
    desk.rests(quantity="0.1", limit_price="59000")
    desk.account.hold("USDT", "100", "5900")
    preview = previewed(desk, limit_price=D(59_500))
    assert preview.denial is None
    assert (preview.available, preview.available_after) == (D(6_000), D(50))
    too_much = previewed(desk, limit_price=D("60000"), quantity=D("0.2"))
    assert too_much.denial is not None
    assert too_much.denial.reason is DenialReason.INSUFFICIENT_BALANCE
    assert too_much.available_after == D(-6_000)


def test_only_what_is_left_to_fill_is_sent_again() -> None:
    desk = JudgedDesk()
    desk.rests(S.PARTIALLY_FILLED, "0.04", quantity="0.1", limit_price="59000")
    desk.account.hold("USDT", "100000", "3540")
    preview = previewed(desk, limit_price=D(59_500))
    assert (preview.quantity, preview.limit_price, preview.notional) == (D("0.06"), D(59_500), D(3_570))
    assert (preview.position_before, preview.position_after) == (D(2), D("2.05994"))


def test_numbers_off_the_markets_steps_are_not_rounded_away() -> None:
    desk = JudgedDesk()
    desk.rests(quantity="0.1", limit_price="59000")
    preview = previewed(desk, limit_price=D("59500.005"))
    assert preview.limit_price == D("59500.005")
    assert preview.denial is not None
    assert preview.denial.reason is DenialReason.PRICE_OFF_TICK


@pytest.mark.parametrize(
    ("fields", "changes", "reason"),
    [
        ({}, {"limit_price": D(90_000)}, DenialReason.PRICE_OUTSIDE_BAND),
        ({}, {"quantity": D("0.00005")}, DenialReason.NOTIONAL_UNDER_MINIMUM),
        ({}, {"quantity": D("0.5")}, DenialReason.NOTIONAL_OVER_LIMIT),
        ({}, {"limit_price": D("59000.00")}, DenialReason.INVALID_COMBINATION),
        ({"post_only": True}, {"limit_price": D(61_000)}, DenialReason.POST_ONLY_WOULD_TAKE),
        (
            {"order_type": T.STOP, "limit_price": None, "stop_price": D(61_000)},
            {"stop_price": D(59_000)},
            DenialReason.STOP_WOULD_TRIGGER,
        ),
        ({"order_list_id": "7"}, {"limit_price": D(59_500)}, DenialReason.UNSUPPORTED_ORDER),
    ],
)
def test_each_rule_that_the_gate_has_speaks_in_the_preview(
    fields: dict[str, Any], changes: dict[str, Decimal], reason: DenialReason
) -> None:
    desk = JudgedDesk()
    desk.rests(**{"quantity": "0.1", "limit_price": "59000", **fields})
    denial = previewed(desk, **changes).denial
    assert denial is not None
    assert denial.reason is reason


def test_what_is_unknown_or_on_its_way_is_refused_by_the_preview_as_by_the_replacement() -> None:
    desk = JudgedDesk()

    async def submitted() -> str:
        answer = await desk.manager.submit(a_submit())
        assert isinstance(answer, Accepted)
        return answer.client_order_ids[0]

    for order_id in ("fks-nothing", anyio.run(submitted)):
        change = ReplaceOrder(client_order_id=order_id, limit_price=D(59_500))
        assert desk.manager.preview(change).denial == anyio.run(desk.manager.replace, change)
