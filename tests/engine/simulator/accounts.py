"""What tests do and see with an account of a small world: orders, lists, prices, balances and events."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fks_engine.simulator.nouns import ZERO, Matched, OrderStatus, PublicTrade
from fks_engine.simulator.order_lists import Contingency, OrderList
from tests.engine.simulator.builders import KEY, START_MS, Counter, World, order

if TYPE_CHECKING:
    from fks_engine.simulator.nouns import Order

_ids = Counter(10_000_000)


def place(of: World, placed: Order) -> Order:
    """Place an order of its owner."""
    of.exchange.broker.place(of.exchange.accounts[placed.owner], placed)
    return placed


def place_list(of: World, contingency: str, *orders: Order, client_id: str = "list") -> OrderList:
    """Place an order list of those orders."""
    owner = orders[0].owner
    made = OrderList(
        of.exchange.broker.new_list_id(), owner, "BTCUSDT", client_id, Contingency(contingency), list(orders), START_MS
    )
    for one in orders:
        one.list_id = made.list_id
    of.exchange.broker.place_list(of.exchange.accounts[owner], made)
    of.exchange.broker.act()
    return made


def mine(side: str, quantity: str, price: str = "0", **more: Any) -> Order:
    """An order of the first account."""
    return order(side, quantity, price, owner=KEY, **more)


def pair(side: str = "SELL", quantity: str = "0.5", *, limit: str = "61000", stop: str = "59000") -> list[Order]:
    """The legs of an OCO, above and below: a post-only limit order and a stop loss at the market."""
    legs = [mine(side, quantity, limit, kind="LIMIT_MAKER"), mine(side, quantity, kind="STOP_LOSS", stop=stop)]
    return legs if side == "SELL" else legs[::-1]


def trade_at(of: World, price: str) -> None:
    """A public trade that touches nobody's orders."""
    of.exchange.on_trade(PublicTrade("BTCUSDT", _ids.next(), Decimal(price), Decimal(1), False, START_MS, START_MS))
    of.exchange.on_matched(Matched())


def crowd(of: World, side: str, quantity: str, price: str, duration: str = "GTC") -> None:
    """An order of the crowd, with everything that follows from it."""
    of.exchange.on_matched(of.book.submit(order(side, quantity, price, duration=duration), START_MS))


def balances(of: World, asset: str, owner: str = KEY) -> tuple[str, str]:
    """Free and locked, as short as they can be written."""
    balance = of.exchange.accounts[owner].balance(asset)
    return f"{balance.free.normalize():f}", f"{balance.locked.normalize():f}"


def listening(of: World, owner: str = KEY) -> list[dict[str, Any]]:
    """The user events from now on."""
    events: list[dict[str, Any]] = []
    of.exchange.listen(owner, events.append)
    return events


def told(events: list[dict[str, Any]]) -> list[str]:
    """Events in short, each once: `STOP_LOSS NEW/NEW w`, `list EXECUTING`, `balances`; then they are forgotten."""
    short = [_short(event) for event in events]
    events.clear()
    return short


def _short(event: dict[str, Any]) -> str:
    if event["e"] == "listStatus":
        return f"list {event['L']}"
    if event["e"] == "outboundAccountPosition":
        return "balances"
    reason = "" if event["r"] == "NONE" else f" {event['r']}"
    return f"{event['o']} {event['x']}/{event['X']}{' w' if event['w'] else ''}{reason}"


def check_holds(of: World) -> None:
    """Each account's locked balances are what its working and waiting orders hold, a list's once."""
    for account in of.exchange.accounts.values():
        pending = {one.order_id for one in account.open.values() if one.status is OrderStatus.PENDING_NEW}
        assert set(account.holds) == set(account.open) - pending
        assert all(one.status.is_open for one in account.open.values())
        holds = {id(hold): hold for hold in account.holds.values()}
        for asset, balance in account.balances.items():
            assert balance.locked == sum((hold.amount for hold in holds.values() if hold.asset == asset), ZERO)
            assert balance.free >= 0
        for one in account.open.values():
            if one.order_id in account.holds:
                price = one.price or one.stop_price
                needed = one.leaves * (price if one.side.value == "BUY" else 1)
                shares = sum(hold is account.holds[one.order_id] for hold in account.holds.values())
                held = account.holds[one.order_id].amount
                assert held == needed if shares == 1 else held >= needed
