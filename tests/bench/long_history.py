"""An account with a long past: the journal as FKS wrote it, and the state of a simulator that holds the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.clock import NANOS, ManualClock
from fks_engine.config.folders import made
from fks_engine.engine.records import journal_folder
from fks_engine.journal import Journal, recovered
from fks_engine.model import (
    Balance,
    BalancesChanged,
    BalancesTaken,
    Checkpoint,
    JournalOpened,
    Mode,
    Order,
    OrdersPlanned,
    OrdersSent,
    OrderStatus,
    OrderType,
    Side,
    instrument_id,
)
from fks_engine.orders.ids import ClientOrderIds
from fks_engine.orders.ledger import OrderLedger
from fks_engine.portfolio import Portfolio
from fks_engine.topics import Bus
from tests.engine.builders import a_fill, a_report, an_instrument, an_order
from tests.engine.simulator.past import Past
from tests.engine.still_market import StillMarket

if TYPE_CHECKING:
    from fks_engine.config import Folders, Settings
    from fks_engine.model import JournalEntry

COINS: Final = {"BTC": "64000", "ETH": "2600", "SOL": "155", "BNB": "580", "XRP": "0.59"}
OPEN_ORDERS, FILLS, FILLS_AN_ORDER = 1_000, 100_000, 4
AGE_NS: Final = 86_400 * NANOS
"""All of it happened within a day."""
BATCH: Final = 200
"""Orders that are written at once."""
ALMOST_A_SEGMENT: Final = 6_000
"""Reports after which a segment is almost full: the worst moment to die."""
FIRST_TRADE: Final = 1_000_001


class LongHistory:
    """Orders that rest, then orders that were filled, one after the other in several markets."""

    def __init__(self, past: Past, journal: Journal, now_ns: int) -> None:
        self._past = past
        self._journal = journal
        self._clock = ManualClock(now_ns - AGE_NS)
        self._step_ns = AGE_NS // (FILLS + FILLS // 10)
        self._ids = ClientOrderIds(self._clock)
        self._bus, market = Bus(), StillMarket()
        for coin in COINS:
            market.list(an_instrument(f"{coin}/USDT"))
        self._portfolio = Portfolio(market, self._bus, self._clock, "USDT", exchange_name="binance", journal=journal)
        self._ledger = OrderLedger(self._clock, 5_000, lambda *_: None, lambda *_: None, journal.note)
        self._bus.order_reports.tap(self._ledger.take_report)
        self._bus.fills.tap(self._ledger.take_fill)
        self._totals = {"USDT": Decimal(1_000_000), **dict.fromkeys(COINS, Decimal(100))}
        self._locked = Decimal(0)
        self._number = 0
        self._trades = FIRST_TRADE
        self._since_checkpoint = 0
        """Reports since the last checkpoint."""

    def checkpoint(self) -> Checkpoint:
        """The account as it stands."""
        self._since_checkpoint = 0
        return replace(
            self._portfolio.checkpoint(), orders=self._ledger.working(), balances=(self._balances(tuple(self._totals)),)
        )

    async def write(self) -> None:
        """Write all of it to both sides."""
        self._journal.note(self._balances(tuple(self._totals)))
        while self._trades - FIRST_TRADE < FILLS or self._since_checkpoint < ALMOST_A_SEGMENT:
            with self._past.together():
                for _ in range(BATCH):
                    self._one(is_filled=self._number >= OPEN_ORDERS)
            await self._journal.record()
        self._past.end(
            {each.asset: (each.free, each.locked) for each in self._balances(tuple(self._totals)).balances.balances},
            self._number,
            dict.fromkeys((f"{coin}USDT" for coin in COINS), self._trades),
        )

    def _one(self, *, is_filled: bool) -> None:
        """An order, from the intent to where it stands."""
        index = self._number
        self._number += 1
        coin = tuple(COINS)[index % len(COINS)]
        price = Decimal(COINS[coin]) * (1 if is_filled else Decimal("0.5"))
        order = an_order(
            Side.SELL if is_filled and index // len(COINS) % 2 else Side.BUY,
            (Decimal(40) / price).quantize(Decimal("0.0001")) * FILLS_AN_ORDER,
            price,
            client_order_id=self._ids.next(),
            instrument_id=instrument_id("binance", f"{coin}/USDT"),
            status=OrderStatus.INITIALIZED,
            exchange_order_id=None,
            ts_created=self._clock.now_ns(),
        )
        order = self._ledger.begin(order, OrderStatus.SUBMITTED)
        self._keep(OrdersPlanned(ts=self._clock.now_ns(), orders=(order,), origin="ticket"))
        self._keep(OrdersSent(ts=self._clock.now_ns(), client_order_ids=(order.client_order_id,)))
        self._ledger.sent(order.client_order_id)
        order = replace(order, exchange_order_id=str(self._number))
        self._report(order, OrderStatus.ACCEPTED, 0)
        for count in range(1, FILLS_AN_ORDER + 1 if is_filled else 1):
            self._fill(order, coin, count)
        if not is_filled:
            self._locked += order.quantity * price
            self._keep(self._balances(("USDT",)))
        self._past.order(
            self._number,
            order.client_order_id,
            f"{coin}USDT",
            order.side.value.upper(),
            order.quantity,
            price,
            order.ts_created // 1_000_000,
            is_filled=is_filled,
        )

    def _report(self, order: Order, status: OrderStatus, filled: int) -> None:
        now = self._clock.now_ns()
        self._since_checkpoint += 1
        self._bus.order_reports.publish(
            a_report(
                status,
                order.quantity / FILLS_AN_ORDER * filled,
                order=order,
                order_type=OrderType.LIMIT,
                ts_event=now,
                ts_received=now,
            )
        )

    def _fill(self, order: Order, coin: str, count: int) -> None:
        self._clock.advance(self._step_ns / NANOS)
        self._trades += 1
        now, quantity = self._clock.now_ns(), order.quantity / FILLS_AN_ORDER
        assert order.limit_price is not None
        notional = quantity * order.limit_price
        fill = a_fill(
            order.side,
            quantity,
            order.limit_price,
            fee=notional / 1_000,
            trade_id=str(self._trades),
            instrument_id=order.instrument_id,
            client_order_id=order.client_order_id,
            exchange_order_id=order.exchange_order_id,
            ts_event=now // 1_000_000 * 1_000_000,
            ts_received=now,
        )
        self._report(order, OrderStatus.FILLED if count == FILLS_AN_ORDER else OrderStatus.ACCEPTED, count)
        self._bus.fills.publish(fill)
        sign = 1 if order.side is Side.BUY else -1
        self._totals[coin] += sign * quantity
        self._totals["USDT"] -= sign * notional + fill.fee
        self._keep(self._balances((coin, "USDT")))
        trade = (self._trades, fill.price, fill.quantity, fill.fee, now // 1_000_000)
        self._past.fill(self._number, f"{coin}USDT", order.side.value.upper(), *trade)

    def _keep(self, entry: JournalEntry) -> None:
        self._journal.note(entry)

    def _balances(self, assets: tuple[str, ...]) -> BalancesTaken:
        now = self._clock.now_ns()
        balances = tuple(
            Balance(asset, self._totals[asset] - locked, locked)
            for asset in assets
            for locked in (self._locked if asset == "USDT" else Decimal(0),)
        )
        return BalancesTaken(ts=now, balances=BalancesChanged(balances, len(assets) == len(self._totals), now, now))


async def write_long_history(settings: Settings, folders: Folders, owner: str, now_ns: int) -> None:
    """Give the account of this key its past, in the journal and at its simulator."""
    folder = made(journal_folder(settings, folders, owner))
    past = Past(made(folders.of_mode(Mode.SIM) / "simulator"), owner)
    found = recovered(folder)
    journal = Journal(folder, found.segment, found.last, lambda: history.checkpoint())
    history = LongHistory(past, journal, now_ns)
    journal.note(
        JournalOpened(ts=now_ns - AGE_NS, mode=Mode.SIM, exchange="binance", account=folder.name, version="bench")
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(journal.run)
        await history.write()
        tasks.cancel_scope.cancel()
    await journal.close()
    past.close()
