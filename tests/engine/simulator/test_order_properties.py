"""Random legal sequences of every type of order, lists and replacements: money adds up and no list fills both legs."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.simulator.errors import ApiError
from fks_engine.simulator.exchange import Exchange
from fks_engine.simulator.nouns import ZERO, Depth, Order, OrderStatus, OrderType, PublicTrade, Quote
from fks_engine.simulator.order_lists import Contingency, OrderList
from fks_engine.simulator.recorded_market import RecordedMarket
from fks_engine.simulator.state import Store
from tests.engine.simulator.accounts import check_holds, crowd, place, place_list, trade_at
from tests.engine.simulator.builders import START_MS, HandClock, StillDrive, World, order, quoted_book, world
from tests.engine.simulator.recordings import MemorySequence, opening

OWNERS = ("me", "you")
START = {"USDT": Decimal(300_000), "BTC": Decimal(6)}

owners = st.sampled_from(OWNERS)
sides = st.sampled_from(["BUY", "SELL"])
durations = st.sampled_from(["GTC", "GTC", "IOC", "FOK"])
sizes = st.integers(1, 40).map(lambda hundredths: str(Decimal(hundredths) / 100))
prices = st.integers(59_980, 60_030).map(str)
aboves = st.integers(60_004, 60_030).map(str)
belows = st.integers(59_980, 60_006).map(str)
kinds = st.sampled_from([kind.value for kind in OrderType])
gains = st.sampled_from(["LIMIT_MAKER", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"])
losses = st.sampled_from(["STOP_LOSS", "STOP_LOSS_LIMIT"])
actions = st.one_of(
    st.tuples(st.just("place"), owners, sides, kinds, durations, sizes, prices, prices),
    st.tuples(st.just("pair"), owners, sides, sizes, aboves, belows, gains, losses),
    st.tuples(st.just("pair"), owners, sides, sizes, aboves, belows, gains, losses),
    st.tuples(st.just("entry"), owners, sides, sizes, sizes, prices, aboves, belows, gains, losses, st.booleans()),
    st.tuples(st.just("entry"), owners, sides, sizes, sizes, prices, aboves, belows, kinds, kinds, st.just(False)),
    st.tuples(st.just("cancel"), owners, st.integers(0, 20)),
    st.tuples(st.just("replace"), owners, st.integers(0, 20), sides, kinds, durations, sizes, prices, prices),
    st.tuples(st.just("crowd"), sides, sizes, prices, durations),
    st.tuples(st.just("crowd"), sides, sizes, prices, durations),
    st.tuples(st.just("print"), prices),
)


class Script:
    """Plays actions on an exchange of two accounts and checks the money after each."""

    def __init__(self) -> None:
        self.here = self.open_world()
        self.lists: list[OrderList] = []
        self.reports: list[dict[str, Any]] = []
        for owner in OWNERS:
            self.here.exchange.listen(owner, self.reports.append)

    def open_world(self) -> World:
        """Two accounts with the same balances in a synthetic market."""
        start = {asset: str(free) for asset, free in START.items()}
        return world(balances=dict.fromkeys(OWNERS, start))

    def play(self, kind: str, *values: Any) -> None:
        with suppress(ApiError):
            getattr(self, f"_{kind}")(*values)
        check_holds(self.here)
        self._check_money()
        for made in self.lists:
            check_list(self.here, made)

    def _order(self, owner: str, side: str, kind: str, duration: str, size: str, price: str, stop: str) -> Order:
        type_ = OrderType(kind)
        return order(
            side,
            size,
            "0" if type_.is_market else price,
            kind=kind,
            duration="GTC" if type_.is_market or type_ is OrderType.LIMIT_MAKER else duration,
            owner=owner,
            stop=stop if type_.is_conditional else "0",
        )

    def _place(self, owner: str, *values: str) -> None:
        place(self.here, self._order(owner, *values))

    def _legs(self, owner: str, side: str, size: str, above: str, below: str, gain: str, loss: str) -> list[Order]:
        first, second = (gain, loss) if side == "SELL" else (loss, gain)
        return [
            self._order(owner, side, first, "GTC", size, above, above),
            self._order(owner, side, second, "GTC", size, below, below),
        ]

    def _pair(self, owner: str, side: str, *values: str) -> None:
        legs = self._legs(owner, side, *values)
        self.lists.append(place_list(self.here, "OCO", *legs, client_id=f"list-{len(self.lists)}"))

    def _entry(
        self, owner: str, side: str, size: str, pending: str, at: str, above: str, below: str, gain: str, loss: str,
        is_pair: bool,
    ) -> None:  # fmt: skip
        working = self._order(owner, side, "LIMIT", "GTC", size, at, "0")
        legs = self._legs(owner, working.side.opposite.value, pending, above, below, gain, loss)[: 1 + is_pair]
        self.lists.append(place_list(self.here, "OTO", working, *legs, client_id=f"list-{len(self.lists)}"))

    def _cancel(self, owner: str, index: int) -> None:
        account = self.here.exchange.accounts[owner]
        standing = account.open_orders()
        if standing:
            self.here.exchange.broker.cancel(account, standing[index % len(standing)], "cancel")

    def _replace(self, owner: str, index: int, *values: str) -> None:
        self._cancel(owner, index)
        self._place(owner, *values)

    def _crowd(self, side: str, size: str, price: str, duration: str) -> None:
        crowd(self.here, side, size, price, duration)

    def _print(self, price: str) -> None:
        trade_at(self.here, price)

    def _check_money(self) -> None:
        """What the accounts have, gave to the crowd and paid in fees is what they began with."""
        given_away = dict.fromkeys(START, ZERO)
        for report in self.reports:
            if report.get("x") == "TRADE":
                sign = 1 if report["S"] == "BUY" else -1
                given_away["BTC"] -= sign * Decimal(report["l"])
                given_away["USDT"] += sign * Decimal(report["Y"])
                given_away[report["N"]] += Decimal(report["n"])
        for asset, start in START.items():
            balances = (account.balance(asset) for account in self.here.exchange.accounts.values())
            held = sum((balance.free + balance.locked for balance in balances), ZERO)
            assert held + given_away[asset] == 2 * start


class RecordedScript(Script):
    """The same in a recorded market: the crowd is trades and quotes of a recording."""

    def open_world(self) -> World:
        bids = [(Decimal(60_000 - rank), Decimal(2)) for rank in range(40)]
        asks = [(Decimal(60_010 + rank), Decimal(2)) for rank in range(40)]
        self._market = RecordedMarket(opening(Depth(10, bids, asks)), MemorySequence(1))
        self._step = 10
        clock, store = HandClock(), Store(None)
        drive = StillDrive({"BTCUSDT": self._market}, clock)
        return World(Exchange(drive, clock, store, dict.fromkeys(OWNERS, START)), quoted_book(), clock, store)

    def _crowd(self, side: str, size: str, price: str, duration: str) -> None:
        self._step += 1
        time_ms = START_MS + self._step
        trade = PublicTrade("BTCUSDT", self._step, Decimal(price), Decimal(size), side == "SELL", time_ms, time_ms)
        matched = self._market.on_trade(trade, time_ms)
        self.here.exchange.on_trade(trade)
        self.here.exchange.on_matched(matched)

    def _print(self, price: str) -> None:
        self._step += 1
        size = Decimal(self._step % 5)
        quote = Quote("BTCUSDT", self._step, Decimal(price) - 5, size, Decimal(price) + 5, size)
        matched = self._market.on_quote(quote, START_MS)
        self.here.exchange.on_quote(quote)
        self.here.exchange.on_matched(matched)


def check_list(of: World, made: OrderList) -> None:
    """At most one leg ever fills, and a list is done when none of its orders is open."""
    legs = made.legs
    assert sum(leg.filled > 0 for leg in legs) <= 1
    assert sum(leg.working_ms >= 0 and leg.type.is_conditional for leg in legs) <= 1
    assert made.is_done is (not made.open_orders)
    assert made.is_done is (made.list_id not in of.exchange.accounts[made.owner].lists)
    if made.contingency is Contingency.OTO and made.orders[0].status is not OrderStatus.FILLED:
        assert all(leg.filled == 0 and leg.working_ms < 0 for leg in legs)
    known = of.store.order_list(made.owner, made.list_id, None)
    assert known is not None
    assert [one.status for one in known.orders] == [one.status for one in made.orders]


@settings(max_examples=120, deadline=None)
@given(st.lists(actions, min_size=5, max_size=40))
def test_no_sequence_makes_or_loses_money_or_fills_both_legs(steps: list[tuple[Any, ...]]) -> None:
    script = Script()
    for step in steps:
        script.play(*step)
    script.here.store.close()


@settings(max_examples=80, deadline=None)
@given(st.lists(actions, min_size=5, max_size=40))
def test_no_sequence_in_a_recorded_market_makes_or_loses_money_or_fills_both_legs(steps: list[tuple[Any, ...]]) -> None:
    script = RecordedScript()
    for step in steps:
        script.play(*step)
    script.here.store.close()


def test_the_executions_of_a_cascade_are_settled_once() -> None:
    script = Script()
    for step in (
        ("crowd", "BUY", "9", "59980", "GTC"),
        ("place", "you", "BUY", "LIMIT", "GTC", "3", "59990", "0"),
        ("place", "me", "SELL", "STOP_LOSS", "GTC", "2", "0", "59995"),
        ("place", "me", "SELL", "STOP_LOSS", "GTC", "2", "0", "59991"),
        ("crowd", "SELL", "1", "60000", "IOC"),
        ("print", "59995"),
    ):
        script.play(*step)
    fills = [fill for owner in OWNERS for fill in script.here.store.fills(owner, "BTCUSDT", limit=100)]
    assert len({(fill.trade_id, fill.order_id) for fill in fills}) == len(fills)
    sold = sum((fill.quantity for fill in fills if fill.owner == "me"), ZERO)
    assert sold == 4
