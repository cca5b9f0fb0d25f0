"""Engine, journal and exchange held against each other, to the last digit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread

from fks_engine.api import Side
from fks_engine.clock import SystemClock
from fks_engine.journal import written
from fks_engine.journal.segment import segments
from fks_engine.model import EXACT, FillTaken, market_of
from fks_engine.orders.ledger import OrderLedger
from fks_engine.orders.replay import replayed
from tests.soak.verdict import STATUSES, Books, Check, agreed, check, symbol_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fks_engine.model import Fill, JournalEntry, Order
    from tests.chaos.exchange import ChaosExchange
    from tests.soak.exchange import ExchangeAccount
    from tests.soak.watch import Watch

KEPT = 10_000
PATIENCE_S = 40.0
"""An order of which it is not known whether it arrived is asked for until then, and a lost fill found."""
MOMENT_S = 2.0


@dataclass(frozen=True)
class Agreement:
    """The three records of one account."""

    watch: Watch
    account: ExchangeAccount
    exchange: ChaosExchange
    journals: Path
    """The folder of the journals of the engine's mode."""
    symbols: Sequence[str]

    async def checks(self) -> list[Check]:
        """Everything that must hold once the engine is reconciled."""
        deadline = anyio.current_time() + PATIENCE_S
        self.watch.orders |= await to_thread.run_sync(forgotten, self.journals)
        held = [
            await ask(Books(self.watch, self.account, self.symbols, _left_s(deadline)))
            for ask in (Books.settled, Books.working, Books.fills, Books.ends, Books.balances)
        ]
        held += [await self.positions(_left_s(deadline)), await self.journal(_left_s(deadline))]
        return [*held, await self.once(), self.reconciled()]

    async def positions(self, patience_s: float) -> Check:
        """Quantity, and what all fills and fees have paid, are what the exchange's trades add up to."""

        async def wrong() -> list[str]:
            theirs = sums(await self.account.trades(self.symbols))
            rows = self.watch.desk.view().account.positions
            ours = {market_of(row.instrument_id).replace("/", ""): row for row in rows}
            found = []
            for symbol, (quantity, cash) in theirs.items():
                row = ours.get(symbol)
                if row is None or row.quantity != quantity:
                    found.append(f"{symbol}: {row and row.quantity} held through fills, by the trades {quantity}")
                elif row.mark is not None and row.total_profit is not None:
                    paid = EXACT.subtract(row.total_profit, EXACT.multiply(row.quantity, row.mark))
                    found += [] if paid == cash else [f"{symbol}: fills paid {paid}, by the trades {cash}"]
            return found

        return check("positions == sums of the trades", await agreed(wrong, patience_s), f"{len(self.symbols)} markets")

    async def journal(self, patience_s: float) -> Check:
        """What a next engine would be told by the journal is what the exchange has."""

        async def wrong() -> list[str]:
            orders, fills = await to_thread.run_sync(told_by, self.journals)
            theirs = await self.account.orders(self.symbols)
            found = _differences(orders, {row["clientOrderId"]: row for row in theirs})
            trades = await self.account.trades(self.symbols)
            ours = {(symbol_of(fill), fill.trade_id): fill for fill in fills}
            times = Counter((symbol_of(fill), fill.trade_id) for fill in fills)
            found += [
                f"fill {key} was booked {count} times in the journal" for key, count in times.items() if count > 1
            ]
            found += [f"fill {key} not known to the journal" for key in trades.keys() - ours.keys()]
            found += [f"fill {key} only in the journal" for key in ours.keys() - trades.keys()]
            found += [
                f"fill {key} differs in the journal"
                for key in ours.keys() & trades.keys()
                if (ours[key].price, ours[key].quantity, ours[key].fee)
                != tuple(Decimal(trades[key][name]) for name in ("price", "qty", "commission"))
            ]
            return found

        return check("journal == exchange", await agreed(wrong, patience_s), "orders and fills")

    async def once(self) -> Check:
        """No order was sent twice, by the exchange's own count, whatever it answered; no fill was booked twice."""
        wrong = [f"{name} was sent {count} times" for name, count in (await self.exchange.sent()).items() if count > 1]
        wrong += [f"{key} was booked 2 times" for key in self.watch.twice]
        return check("everything once", wrong, "requests and fills")

    def reconciled(self) -> Check:
        """The engine found nothing that it could not explain."""
        view = self.watch.desk.view().reconciliation
        found = () if view is None else view.differences
        wrong = [
            f"{each.kind.value} {each.subject}: ours {each.ours}, theirs {each.theirs}; {each.remedy or 'unexplained'}"
            for each in found
            if each.remedy or not each.explanation
        ]
        return check("nothing unexplained", wrong, f"{len(found)} differences that were explained")


def _left_s(deadline: float) -> float:
    """What is left of the patience; a moment at least, in which what is asked one after the other may change."""
    return max(MOMENT_S, deadline - anyio.current_time())


def sums(trades: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, tuple[Decimal, Decimal]]:
    """By symbol, the base units that the trades have left and the quote units that they have brought, after fees."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for (symbol, _), trade in trades.items():
        quantity, cash = found.get(symbol, (Decimal(0), Decimal(0)))
        signed = Decimal(trade["qty"]) if trade["isBuyer"] else -Decimal(trade["qty"])
        fee = Decimal(trade["commission"])
        cash = EXACT.subtract(cash, EXACT.multiply(signed, Decimal(trade["price"])))
        if symbol.startswith(trade["commissionAsset"]):
            signed = EXACT.subtract(signed, fee)
        elif symbol.endswith(trade["commissionAsset"]):
            cash = EXACT.subtract(cash, fee)
        found[symbol] = EXACT.add(quantity, signed), cash
    return found


def told_by(journals: Path) -> tuple[dict[str, Order], list[Fill]]:
    """Orders and fills as the one journal in there tells them. Blocking; raises the JournalError family."""
    entries: list[JournalEntry] = [record.entry for folder in sorted(journals.glob("*")) for record in written(folder)]
    ledger = OrderLedger(SystemClock(), KEPT, lambda before, after: None, lambda order, words: None)
    replayed(ledger, entries)
    fills = [entry.fill for entry in entries if isinstance(entry, FillTaken)]
    return {order.client_order_id: order for order in ledger.page(KEPT, 0)[0]}, fills


def forgotten(journals: Path) -> dict[str, Order]:
    """Orders that were over before the journal's last checkpoint: only the journal tells of them. Blocking."""
    files = [path for folder in sorted(journals.glob("*")) for path in segments(folder)]
    if len(files) < 2:
        return {}
    orders, _ = told_by(journals)
    return {name: order for name, order in orders.items() if order.status.is_terminal}


def _differences(orders: Mapping[str, Order], theirs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What the journal's orders differ in from the exchange's."""
    found = [f"{name} not known to the journal" for name in theirs.keys() - orders.keys()]
    for name in orders.keys() & theirs.keys():
        order, row = orders[name], theirs[name]
        if order.status is not STATUSES.get(row["status"]):
            found.append(f"{name} is {order.status.value} in the journal, there {row['status']}")
        if order.filled_quantity != Decimal(row["executedQty"]):
            found.append(f"{name} filled {order.filled_quantity} in the journal, there {row['executedQty']}")
        if (order.side is Side.BUY) is not (row["side"] == "BUY") or order.quantity != Decimal(row["origQty"]):
            found.append(f"{name} is {order.side.value} {order.quantity} in the journal, there {row['origQty']}")
    return found
