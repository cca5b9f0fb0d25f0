"""Each limit with its use."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import BalanceRow, LimitRow, QuoteRow, SetLimit, empty_account
from fks_engine.clock import ManualClock
from fks_engine.model import LimitName, Order, Side
from fks_engine.risk import EquityTrust, LimitBook, LimitRows, LossWatch
from tests.engine.builders import BTC, ETH, a_balance, an_order
from tests.engine.kept_journal import KeptJournal
from tests.engine.risk.scene import LIMITS
from tests.engine.still_market import StillMarket

pytestmark = pytest.mark.anyio
N = LimitName
ACCOUNT = replace(
    empty_account("USDT"),
    equity=Decimal(160_000),
    balances=(
        BalanceRow(a_balance("USDT", 100_000), Decimal(100_000)),
        BalanceRow(a_balance("BTC", 1), Decimal(60_000)),
    ),
)


async def nothing(reason: str, origin: str) -> None:
    """Halt nothing."""


class Board:
    """The rows of a book of limits."""

    def __init__(self) -> None:
        clock, self.market = ManualClock(), StillMarket()
        self.book = LimitBook(LIMITS, clock, KeptJournal())
        self.losses = LossWatch(
            clock,
            KeptJournal(),
            "USDT",
            EquityTrust(self.market, clock, "binance"),
            account=lambda: ACCOUNT,
            limits=lambda: self.book.limits,
            is_halted=lambda: False,
            halt=nothing,
            notify=lambda *words: None,
        )
        self.rows = LimitRows(
            self.book, self.losses, self.market, exchange="binance", stale_after_s=5, sent_in_second=lambda: 7
        )

    def row(self, name: LimitName, *working: Order) -> LimitRow:
        quotes = tuple(
            QuoteRow(each, None, None, None, None, None, None, None, age, False)
            for each, age in ((BTC, 0.3), (ETH, 2.26))
        )
        return next(row for row in self.rows.rows(working, ACCOUNT, quotes) if row.name is name)


def test_every_limit_has_its_row_in_the_order_of_the_names() -> None:
    board = Board()
    assert tuple(row.name for row in board.rows.rows((), ACCOUNT, ())) == tuple(LimitName)


def test_the_largest_order_uses_the_limit_of_one() -> None:
    orders = (an_order(), an_order(quantity="1", limit_price="3000", instrument_id=ETH, client_order_id="fks-2"))
    row = Board().row(N.MAX_ORDER_NOTIONAL, *orders)
    assert (row.limit, row.setting, row.at_run_time) == (Decimal(25_000), Decimal(25_000), None)
    assert (row.used, row.unit, row.subject) == (Decimal(5_900), "USDT", "BTC/USDT")
    assert Board().row(N.MAX_ORDER_QUANTITY, *orders).used == 1
    assert Board().row(N.MAX_OPEN_ORDERS, *orders).used == 2
    assert Board().row(N.MAX_ORDERS_PER_SECOND).used == 7


def test_what_is_held_and_what_works_use_the_limits_on_the_account() -> None:
    orders = (an_order(), an_order(Side.SELL, "0.5", "61000", client_order_id="fks-2"))
    row = Board().row(N.MAX_INSTRUMENT_NOTIONAL, *orders)
    assert (row.used, row.subject, row.limit) == (Decimal(65_900), "BTC/USDT", None)
    assert Board().row(N.MAX_EXPOSURE, *orders).used == 65_900


async def test_a_breach_shows_and_so_does_what_was_set_at_run_time() -> None:
    board = Board()
    await board.book.set(SetLimit(name=N.MAX_EXPOSURE, value=Decimal(50_000)), board.market.instrument)
    await board.book.set(SetLimit(name=N.INSTRUMENTS, instrument_ids=(ETH, BTC)), board.market.instrument)
    row = board.row(N.MAX_EXPOSURE)
    assert (row.limit, row.setting, row.at_run_time, row.is_breached) == (Decimal(50_000), None, Decimal(50_000), True)
    markets = board.row(N.INSTRUMENTS)
    assert (markets.limit, markets.instrument_ids) == (Decimal(2), (BTC, ETH))


async def test_losses_show_once_equity_is_known() -> None:
    board = Board()
    assert board.row(N.MAX_DAILY_LOSS).used is None
    await board.losses.look()
    assert board.row(N.MAX_DAILY_LOSS).used == 0
    assert board.row(N.MAX_DRAWDOWN_PERCENT).used == 0


def test_the_oldest_quote_uses_the_limit_of_age() -> None:
    row = Board().row(N.MAX_DATA_AGE_S)
    assert (row.limit, row.used, row.subject, row.unit) == (Decimal(5), Decimal("2.3"), "ETH/USDT", "s")
