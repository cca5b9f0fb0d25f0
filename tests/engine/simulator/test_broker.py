"""Own orders through the exchange: holds, fees, events, and money that neither appears nor vanishes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.simulator.errors import ApiError
from fks_engine.simulator.nouns import OrderStatus
from tests.engine.simulator.builders import KEY, START_MS, World, order, world

if TYPE_CHECKING:
    from fks_engine.simulator.nouns import Order


def free_and_locked(of: World, asset: str, owner: str = KEY) -> tuple[Decimal, Decimal]:
    balance = of.exchange.accounts[owner].balance(asset)
    return balance.free, balance.locked


def place(of: World, placed: Order) -> Order:
    of.exchange.broker.place(of.exchange.accounts[placed.owner], placed)
    return placed


def test_a_resting_order_locks_its_price_times_quantity_and_a_cancel_frees_it() -> None:
    here = world()
    resting = place(here, order("BUY", "0.5", "50000", owner=KEY))
    assert free_and_locked(here, "USDT") == (Decimal("75000"), Decimal("25000"))

    here.exchange.broker.cancel(here.exchange.accounts[KEY], resting, "cancel-1")

    assert free_and_locked(here, "USDT") == (Decimal("100000"), Decimal(0))
    assert resting.status is OrderStatus.CANCELED


def test_a_taker_pays_the_book_price_and_the_fee_in_what_it_receives() -> None:
    here = world()
    place(here, order("BUY", "0.5", "61000", owner=KEY))
    assert free_and_locked(here, "USDT") == (Decimal("69995"), Decimal(0))
    assert free_and_locked(here, "BTC") == (Decimal("2.4995"), Decimal(0))


def test_a_maker_is_filled_by_the_crowd_and_told_so() -> None:
    here = world()
    events: list[dict[str, Any]] = []
    here.exchange.listen(KEY, events.append)
    mine = place(here, order("BUY", "0.5", "60005", owner=KEY))

    here.exchange.on_matched(here.book.submit(order("SELL", "0.2", "60005"), START_MS))

    assert (mine.status, mine.filled) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.2"))
    assert free_and_locked(here, "USDT")[1] == Decimal("0.3") * 60005
    assert free_and_locked(here, "BTC")[0] == Decimal("2.1998")
    trades = [event for event in events if event.get("x") == "TRADE"]
    assert [(event["l"], event["z"], event["n"], event["N"], event["m"]) for event in trades] == [
        ("0.20000000", "0.20000000", "0.00020000", "BTC", True)
    ]
    assert events[-1]["e"] == "outboundAccountPosition"


def test_a_taker_over_two_levels_is_told_of_each_step() -> None:
    here = world()
    here.book.submit(order("SELL", "1", "60020"), START_MS)
    events: list[dict[str, Any]] = []
    here.exchange.listen(KEY, events.append)

    place(here, order("BUY", "1.5", "60020", owner=KEY))

    reports = [(e["x"], e["X"], e["l"], e["z"]) for e in events if e["e"] == "executionReport"]
    assert reports == [
        ("NEW", "NEW", "0.00000000", "0.00000000"),
        ("TRADE", "PARTIALLY_FILLED", "1.00000000", "1.00000000"),
        ("TRADE", "FILLED", "0.50000000", "1.50000000"),
    ]


def test_an_expired_rest_is_reported_and_its_funds_are_free() -> None:
    here = world()
    events: list[dict[str, Any]] = []
    here.exchange.listen(KEY, events.append)
    place(here, order("BUY", "1.5", "60010", duration="IOC", owner=KEY))
    assert [e["x"] for e in events if e["e"] == "executionReport"] == ["NEW", "TRADE", "EXPIRED"]
    assert free_and_locked(here, "USDT") == (Decimal("39990"), Decimal(0))


@pytest.mark.parametrize(
    ("placed", "code", "text"),
    [
        (("BUY", "2", "60000"), -2010, "insufficient balance"),
        (("SELL", "2.1", "61000"), -2010, "insufficient balance"),
        (("BUY", "0.1", "60010.001"), -1013, "PRICE_FILTER"),
        (("BUY", "0.1", "100"), -1013, "PERCENT_PRICE_BY_SIDE"),
        (("BUY", "0.000001", "60000"), -1013, "LOT_SIZE"),
        (("BUY", "0.00001", "60000"), -1013, "NOTIONAL"),
        (("BUY", "99999999999999999999", "60000"), -1013, "LOT_SIZE"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_and_changes_nothing(
    placed: tuple[str, str, str], code: int, text: str
) -> None:
    here = world()
    with pytest.raises(ApiError) as caught:
        place(here, order(*placed, owner=KEY))
    assert caught.value.code == code
    assert text in caught.value.message
    assert free_and_locked(here, "USDT") == (Decimal("100000"), Decimal(0))


def test_a_client_order_id_of_an_open_order_is_refused_but_of_a_closed_one_is_free() -> None:
    here = world()
    first = place(here, order("BUY", "0.1", "50000", owner=KEY, client_id="mine"))
    with pytest.raises(ApiError, match="Duplicate order sent"):
        place(here, order("BUY", "0.1", "50000", owner=KEY, client_id="mine"))

    here.exchange.broker.cancel(here.exchange.accounts[KEY], first, "cancel-1")
    place(here, order("BUY", "0.1", "50000", owner=KEY, client_id="mine"))


def test_a_post_only_order_that_would_take_is_refused() -> None:
    here = world()
    with pytest.raises(ApiError, match="immediately match and take"):
        place(here, order("BUY", "0.1", "60010", kind="LIMIT_MAKER", owner=KEY))
    resting = place(here, order("BUY", "0.1", "60009.99", kind="LIMIT_MAKER", owner=KEY))
    assert resting.status is OrderStatus.NEW


def test_the_two_hundred_and_first_open_order_is_refused() -> None:
    here = world()
    for _ in range(200):
        place(here, order("BUY", "0.001", "50000", owner=KEY))
    with pytest.raises(ApiError, match="MAX_NUM_ORDERS"):
        place(here, order("BUY", "0.001", "50000", owner=KEY))


def test_a_market_order_needs_what_walking_the_book_costs() -> None:
    here = world(balances={KEY: {"USDT": "60010", "BTC": "0"}})
    here.book.submit(order("SELL", "1", "60020"), START_MS)
    with pytest.raises(ApiError, match="insufficient balance"):
        place(here, order("BUY", "1.00001", kind="MARKET", owner=KEY))
    place(here, order("BUY", "1", kind="MARKET", owner=KEY))
    assert free_and_locked(here, "USDT") == (Decimal(0), Decimal(0))


def test_a_market_sale_by_quote_quantity_sells_no_more_than_needed() -> None:
    here = world()
    sale = place(here, order("SELL", "0", kind="MARKET", quote="600", owner=KEY))
    assert sale.filled == Decimal("0.01")
    assert free_and_locked(here, "BTC") == (Decimal("1.99"), Decimal(0))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["me", "you", ""]),
        st.sampled_from(["BUY", "SELL"]),
        st.sampled_from(["LIMIT", "LIMIT", "LIMIT", "MARKET", "LIMIT_MAKER"]),
        st.sampled_from(["GTC", "GTC", "IOC", "FOK"]),
        st.integers(1, 40),
        st.integers(59_995, 60_015),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_no_sequence_of_orders_makes_or_loses_money(steps: list[tuple[str, str, str, str, int, int, bool]]) -> None:
    start = {"USDT": Decimal(200_000), "BTC": Decimal(4)}
    given_balances = {owner: {asset: str(free) for asset, free in start.items()} for owner in ("me", "you")}
    here = world(balances=given_balances)
    crowd = {"USDT": Decimal(0), "BTC": Decimal(0)}
    fees = {"USDT": Decimal(0), "BTC": Decimal(0)}
    reports: list[dict[str, Any]] = []
    for owner in ("me", "you"):
        here.exchange.listen(owner, reports.append)

    placed_orders = []
    for owner, side, kind, duration, size, price, then_cancel in steps:
        made = order(
            side,
            str(Decimal(size) / 100),
            "0" if kind == "MARKET" else str(price),
            kind=kind,
            duration=duration if kind == "LIMIT" else "GTC",
            owner=owner,
        )
        if not owner:
            if kind != "LIMIT_MAKER":
                here.exchange.on_matched(here.book.submit(made, START_MS))
            continue
        try:
            place(here, made)
        except ApiError:
            continue
        placed_orders.append(made)
        if then_cancel and made.status.is_open:
            here.exchange.broker.cancel(here.exchange.accounts[owner], made, "cancel")
        _check_holds(here)

    for report in reports:
        if report.get("x") == "TRADE":
            sign = 1 if report["S"] == "BUY" else -1
            crowd["BTC"] -= sign * Decimal(report["l"])
            crowd["USDT"] += sign * Decimal(report["Y"])
            fees[report["N"]] += Decimal(report["n"])
    for asset in ("USDT", "BTC"):
        held = sum((sum(free_and_locked(here, asset, owner)) for owner in ("me", "you")), Decimal(0))
        assert held + crowd[asset] + fees[asset] == 2 * start[asset]
    for made in placed_orders:
        fills = here.store.fills(made.owner, "BTCUSDT", order_id=made.order_id, limit=1_000)
        assert sum((fill.quantity for fill in fills), Decimal(0)) == made.filled
        assert sum((fill.quote_quantity for fill in fills), Decimal(0)) == made.quote_filled


def _check_holds(of: World) -> None:
    for account in of.exchange.accounts.values():
        assert set(account.holds) == set(account.open)
        for asset, balance in account.balances.items():
            held = sum((hold.amount for hold in account.holds.values() if hold.asset == asset), Decimal(0))
            assert balance.locked == held
            assert balance.free >= 0
        for resting in account.open.values():
            expected = resting.leaves * (resting.price if resting.side.value == "BUY" else 1)
            assert account.holds[resting.order_id].amount == expected
