"""What must hold after a soak: nothing crashed, nothing stuck, engine and exchange agree to the last digit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import anyio

from fks_engine.api import Side
from fks_engine.model import OrderStatus, market_of
from tests.soak.desks import NAME
from tests.soak.samples import IS_MEASURED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from fks_engine.model import Fill, Order
    from tests.soak.desks import Person
    from tests.soak.faults import Trouble
    from tests.soak.samples import Sampler
    from tests.soak.watch import Watch

UNSETTLED_BOUND_S = 90.0
"""The longest an order may be SUBMITTED, UNKNOWN or PENDING_CANCEL while faults go on."""
AGREE_WITHIN_S = 60.0
"""In calm, engine and exchange must agree within so long: two audits of the orders and some."""
GROWTH_MB = {"engine": 12.0, "simulator": 25.0}
"""What a process may grow after its warm-up, plus PER_HOUR_MB: the engine keeps 5,000 orders and fills, the simulator
all of them on purpose."""
PER_HOUR_MB = {"engine": 20.0, "simulator": 60.0}
FDS_MORE = 4
DESK_WARM_S = 10.0
DESK_MB = 80
"""A desk has loaded its screens and themes once, and collects its garbage only when no key is pressed for a while."""
STATUSES = {
    "NEW": OrderStatus.ACCEPTED,
    "PENDING_NEW": OrderStatus.ACCEPTED,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
    "REJECTED": OrderStatus.REJECTED,
}


@dataclass(frozen=True)
class Check:
    """One line of the verdict."""

    name: str
    found: str
    bound: str
    holds: bool
    details: tuple[str, ...] = ()


def check(name: str, wrong: Sequence[str], found: str) -> Check:
    """A check that holds where nothing is wrong."""
    return Check(name, f"{len(wrong)} wrong of {found}" if wrong else found, "none wrong", not wrong, tuple(wrong[:8]))


def symbol_of(fill: Fill | Order) -> str:
    """The exchange's name of the market."""
    return market_of(fill.instrument_id).replace("/", "")


async def agreed(compare: Callable[[], Awaitable[list[str]]], within_s: float = AGREE_WITHIN_S) -> list[str]:
    """What still differs once both sides have had time to agree."""
    differences = await compare()
    deadline = anyio.current_time() + within_s
    while differences and anyio.current_time() < deadline:
        await anyio.sleep(1.0)
        differences = await compare()
    return differences


class AccountWord(Protocol):
    """What the exchange says of the account; ExchangeAccount asks it."""

    async def open_orders(self) -> dict[str, Any]:
        """What rests, by client order id."""

    async def orders(self, symbols: Sequence[str]) -> list[Any]:
        """Every order there ever was."""

    async def trades(self, symbols: Sequence[str]) -> dict[tuple[str, str], Any]:
        """Every trade, by symbol and trade id."""

    async def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Free and locked by asset."""


@dataclass(frozen=True)
class Books:
    """The engine's books beside the exchange's."""

    watch: Watch
    account: AccountWord
    symbols: Sequence[str]
    patience_s: float = AGREE_WITHIN_S

    async def working(self) -> Check:
        """Working orders are the exchange's open ones, filled as far."""
        found = f"{len(self.watch.desk.view().working_orders)} working"
        return check("working orders == open orders", await agreed(self._working, self.patience_s), found)

    async def settled(self) -> Check:
        """No order is in doubt."""

        async def stuck() -> list[str]:
            return [f"{each.client_order_id} {each.status.value}" for each in self.watch.unsettled()]

        return check("no order stuck at the end", await agreed(stuck, self.patience_s), "orders")

    async def ends(self) -> Check:
        """Every order reached the exchange at most once, and ended in the engine as it did there."""
        return check(
            "order ends == exchange's", await agreed(self._ends, self.patience_s), f"{len(self.watch.orders)} orders"
        )

    async def fills(self) -> Check:
        """Every trade of the account is a fill of the engine, once, to the last digit."""
        wrong = await agreed(self._fills, self.patience_s)
        return check("fills == myTrades, each once", wrong + self.watch.twice, f"{len(self.watch.fills)} fills")

    async def balances(self) -> Check:
        """Free and locked are the same."""
        wrong = await agreed(self._balances, self.patience_s)
        return check("balances equal", wrong, f"{len(self.watch.desk.view().account.balances)} assets")

    async def _working(self) -> list[str]:
        theirs = await self.account.open_orders()
        ours = {each.client_order_id: each for each in self.watch.desk.view().working_orders}
        wrong = [f"{name} only in the engine: {ours[name].status.value}" for name in ours.keys() - theirs.keys()]
        wrong += [f"{name} only at the exchange" for name in theirs.keys() - ours.keys()]
        for name in ours.keys() & theirs.keys():
            if ours[name].filled_quantity != Decimal(theirs[name]["executedQty"]):
                wrong.append(f"{name} filled {ours[name].filled_quantity}, there {theirs[name]['executedQty']}")
        return wrong

    async def _ends(self) -> list[str]:
        await self.watch.take_orders()
        rows = await self.account.orders(self.symbols)
        theirs = {row["clientOrderId"]: row for row in rows}
        sent = Counter(row["clientOrderId"] for row in rows)
        wrong = [f"{name} was sent {count} times" for name, count in sent.items() if count > 1]
        wrong += [f"{name} not known to the engine" for name in theirs.keys() - self.watch.orders.keys()]
        for name, order in self.watch.orders.items():
            wrong += [f"{name} is taken for somebody else's"] if order.external else []
            wrong += _difference(order, theirs.get(name))
        return wrong

    async def _fills(self) -> list[str]:
        await self.watch.take_fills()
        theirs = await self.account.trades(self.symbols)
        ours = {(symbol_of(fill), fill.trade_id): fill for fill in self.watch.fills.values()}
        wrong = [f"{key} only in the engine" for key in ours.keys() - theirs.keys()]
        wrong += [f"{key} only at the exchange: {theirs[key]}" for key in theirs.keys() - ours.keys()]
        return wrong + [f"{key} differs" for key in ours.keys() & theirs.keys() if not _same(ours[key], theirs[key])]

    async def _balances(self) -> list[str]:
        theirs = await self.account.balances()
        rows = (row.balance for row in self.watch.desk.view().account.balances)
        ours = {each.asset: (each.free, each.locked) for each in rows if each.free or each.locked}
        return [
            f"{asset}: {ours.get(asset)}, there {theirs.get(asset)}"
            for asset in ours.keys() | theirs.keys()
            if ours.get(asset) != theirs.get(asset)
        ]


def _difference(order: Order, theirs: Mapping[str, Any] | None) -> list[str]:
    name = f"{order.client_order_id} ({order.order_type.value})"
    if theirs is None:
        kept_back = order.status is OrderStatus.CANCELED and order.exchange_order_id is None
        arrived = not kept_back and order.status not in (OrderStatus.REJECTED, OrderStatus.DENIED)
        return [f"{name} is {order.status.value}, and the exchange has never seen it"] if arrived else []
    if order.status is not STATUSES.get(theirs["status"]):
        return [f"{name} is {order.status.value} ({order.reason}), there {theirs['status']}"]
    if order.filled_quantity != Decimal(theirs["executedQty"]):
        return [f"{name} filled {order.filled_quantity}, there {theirs['executedQty']}"]
    return []


def _same(ours: Fill, theirs: Mapping[str, Any]) -> bool:
    return (
        ours.price == Decimal(theirs["price"])
        and ours.quantity == Decimal(theirs["qty"])
        and ours.fee == Decimal(theirs["commission"])
        and ours.fee_asset == theirs["commissionAsset"]
        and ours.exchange_order_id == str(theirs["orderId"])
        and (ours.side is Side.BUY) is theirs["isBuyer"]
        and ours.is_maker is theirs["isMaker"]
    )


def lives(watch: Watch, starts: int, tracebacks: Sequence[str], person: Person) -> list[Check]:
    """Nobody crashed."""
    restarts = watch.restarts.get("simulator", 0)
    return [
        Check("engine processes", f"{len(watch.pids)}", "1", len(watch.pids) == 1),
        Check("simulator starts", f"{starts}", "1", starts == 1 and restarts == 0),
        check("tracebacks in the logs", tracebacks, "no traceback"),
        check("desk in a terminal", person.problems, f"{sum(person.visits.values())} visits"),
    ]


def recoveries(watch: Watch, trouble: Trouble) -> list[Check]:
    """The engine came back from everything, and knew in time how each order stood."""
    worst = max(trouble.recovered_s, key=lambda name: trouble.recovered_s[name], default="")
    longest = f"{trouble.recovered_s.get(worst, 0):.1f} s after {worst or 'nothing'}"
    return [
        Check("back to LIVE, at worst", longest, "90 s", not trouble.never, tuple(trouble.never)),
        Check(
            "order in doubt, at worst",
            f"{watch.longest_unsettled_s:.1f} s",
            f"{UNSETTLED_BOUND_S:.0f} s",
            watch.longest_unsettled_s <= UNSETTLED_BOUND_S,
            (watch.longest_unsettled,) if watch.longest_unsettled else (),
        ),
    ]


def flatness(sampler: Sampler, warm_at: float) -> list[Check]:
    """Memory and open files of engine and simulator stay where they are once warm."""
    if not IS_MEASURED:
        return [Check("memory and open files", "not measured here", "needs /proc", holds=True)]
    checks = []
    for name, allowed in GROWTH_MB.items():
        series = sampler.series[name].after(warm_at)
        hours = (series.samples[-1].at_s - series.samples[0].at_s) / 3600
        bound = allowed + PER_HOUR_MB[name] * hours
        first, last = series.least_fds
        checks += [
            Check(
                f"RSS growth of the {name}",
                f"{series.grown_mb:+.1f} MB ({series.mb_per_h:+.1f} MB/h)",
                f"{bound:.0f} MB",
                series.grown_mb <= bound,
            ),
            Check(f"open files of the {name}, least", f"{first} -> {last}", f"+{FDS_MORE}", last - first <= FDS_MORE),
        ]
    return checks + _desks_flat(sampler)


def _desks_flat(sampler: Sampler) -> list[Check]:
    """No desk grows while it is open, its first ten seconds aside, in which its screens are loaded."""
    visits = [series for name, series in sampler.series.items() if name.startswith(NAME) and series.samples]
    warm = [series.after(series.samples[0].at_s + DESK_WARM_S) for series in visits]
    long = [series for series in warm if len(series.samples) > 1]
    grown = max((series.samples[-1].rss_mb - series.samples[0].rss_mb for series in long), default=0.0)
    fds = max((series.samples[-1].fds - series.samples[0].fds for series in long), default=0)
    return [
        Check("RSS growth of a desk in a visit", f"{grown:+.1f} MB at most", f"{DESK_MB} MB", grown <= DESK_MB),
        Check("open files of a desk in a visit", f"{fds:+d} at most", f"+{FDS_MORE}", fds <= FDS_MORE),
    ]
