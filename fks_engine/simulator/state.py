"""The exchange's memory in SQLite: orders, fills, balances, sequences and prices, durable before any answer."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.simulator.account import Account, Balance, Fill, Hold
from fks_engine.simulator.nouns import Order, OrderStatus, OrderType, Side, TimeInForce

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    order_id INTEGER PRIMARY KEY, owner TEXT, symbol TEXT, client_order_id TEXT, side TEXT, type TEXT,
    time_in_force TEXT, price TEXT, quantity TEXT, quote_quantity TEXT, filled TEXT, quote_filled TEXT, status TEXT,
    created_ms INTEGER, updated_ms INTEGER, working_ms INTEGER, hold_asset TEXT, hold_amount TEXT);
CREATE INDEX IF NOT EXISTS orders_by_client ON orders (owner, symbol, client_order_id);
CREATE INDEX IF NOT EXISTS orders_by_symbol ON orders (owner, symbol, order_id);
CREATE TABLE IF NOT EXISTS fills (
    owner TEXT, symbol TEXT, trade_id INTEGER, order_id INTEGER, side TEXT, price TEXT, quantity TEXT,
    quote_quantity TEXT, commission TEXT, commission_asset TEXT, is_maker INTEGER, time_ms INTEGER,
    PRIMARY KEY (owner, symbol, trade_id, order_id));
CREATE INDEX IF NOT EXISTS fills_by_order ON fills (order_id);
CREATE TABLE IF NOT EXISTS balances (owner TEXT, asset TEXT, free TEXT, locked TEXT, PRIMARY KEY (owner, asset));
CREATE TABLE IF NOT EXISTS sequences (name TEXT PRIMARY KEY, reserved INTEGER);
CREATE TABLE IF NOT EXISTS prices (symbol TEXT PRIMARY KEY, price TEXT);
"""
_ORDER_COLUMNS = (
    "order_id, owner, symbol, client_order_id, side, type, time_in_force, price, quantity, quote_quantity, filled,"
    " quote_filled, status, created_ms, updated_ms, working_ms"
)
_FILL_COLUMNS = (
    "owner, symbol, trade_id, order_id, side, price, quantity, quote_quantity, commission, commission_asset, is_maker,"
    " time_ms"
)
_OPEN = (OrderStatus.NEW.value, OrderStatus.PARTIALLY_FILLED.value)
_LAST = 2**63 - 1
_BLOCK = 100_000
"""How many numbers a sequence reserves at once; a crash skips at most that many."""


class StateError(Exception):
    """A state folder that cannot be used; the text says why."""


class Store:
    """The database of one exchange; without a folder it lives in memory."""

    def __init__(self, folder: Path | None) -> None:
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            name = ":memory:" if folder is None else str(folder / "exchange.sqlite")
            self._db = sqlite3.connect(name, isolation_level=None, timeout=1.0)
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"the state folder {folder} cannot be used: {error}") from error
        self._sequences: list[StoredSequence] = []

    def close(self) -> None:
        """Write where the sequences stand and close the database."""
        with self.transaction():
            for sequence in self._sequences:
                self.reserve(sequence.name, sequence.last())
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside becomes durable together when the block ends."""
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def save_order(self, order: Order, hold: Hold | None) -> None:
        """Write an order as it stands."""
        values = (
            order.order_id, order.owner, order.symbol, order.client_order_id, order.side.value, order.type.value,
            order.time_in_force.value, str(order.price), str(order.quantity), str(order.quote_quantity),
            str(order.filled), str(order.quote_filled), order.status.value, order.created_ms, order.updated_ms,
            order.working_ms, hold.asset if hold else None, str(hold.amount) if hold else None,
        )  # fmt: skip
        self._db.execute(f"INSERT OR REPLACE INTO orders VALUES ({','.join('?' * len(values))})", values)

    def save_fill(self, fill: Fill) -> None:
        """Write a fill."""
        values = (
            fill.owner, fill.symbol, fill.trade_id, fill.order_id, fill.side.value, str(fill.price),
            str(fill.quantity), str(fill.quote_quantity), str(fill.commission), fill.commission_asset,
            int(fill.is_maker), fill.time_ms,
        )  # fmt: skip
        self._db.execute(f"INSERT INTO fills VALUES ({','.join('?' * len(values))})", values)

    def save_balances(self, owner: str, balances: Iterable[tuple[str, Balance]]) -> None:
        """Write balances."""
        rows = [(owner, asset, str(balance.free), str(balance.locked)) for asset, balance in balances]
        self._db.executemany("INSERT OR REPLACE INTO balances VALUES (?, ?, ?, ?)", rows)

    def load_account(self, owner: str) -> Account | None:
        """The account as it was last written, with its open orders; None when it never was."""
        rows = self._db.execute("SELECT asset, free, locked FROM balances WHERE owner = ?", (owner,)).fetchall()
        if not rows:
            return None

        account = Account(owner)
        account.balances = {asset: Balance(Decimal(free), Decimal(locked)) for asset, free, locked in rows}
        query = (
            f"SELECT {_ORDER_COLUMNS}, hold_asset, hold_amount FROM orders"
            " WHERE owner = ? AND status IN (?, ?) ORDER BY order_id"
        )
        for row in self._db.execute(query, (owner, *_OPEN)):
            account.adopt(_order(row[:-2]), Hold(row[-2], Decimal(row[-1])))
        return account

    def order(self, owner: str, symbol: str, order_id: int | None, client_order_id: str | None) -> Order | None:
        """The order of that id, or the newest of that client order id."""
        where, value = ("order_id", order_id) if order_id is not None else ("client_order_id", client_order_id)
        query = (
            f"SELECT {_ORDER_COLUMNS} FROM orders WHERE owner = ? AND symbol = ? AND {where} = ?"
            " ORDER BY order_id DESC LIMIT 1"
        )
        row = self._db.execute(query, (owner, symbol, value)).fetchone()
        return _order(row) if row else None

    def orders(
        self, owner: str, symbol: str, from_id: int | None, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Order]:
        """Orders oldest first: the first `limit` from an id or a time on, else the newest `limit`."""
        newest = from_id is None and start_ms is None
        query = (
            f"SELECT {_ORDER_COLUMNS} FROM orders WHERE owner = ? AND symbol = ? AND order_id >= ?"
            f" AND created_ms BETWEEN ? AND ? ORDER BY order_id {'DESC' if newest else 'ASC'} LIMIT ?"
        )
        bounds = (from_id or 0, start_ms or 0, _LAST if end_ms is None else end_ms)
        found = [_order(row) for row in self._db.execute(query, (owner, symbol, *bounds, limit))]
        return found[::-1] if newest else found

    def fills(
        self,
        owner: str,
        symbol: str,
        *,
        order_id: int | None = None,
        from_id: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int,
    ) -> list[Fill]:
        """Fills oldest first: the first `limit` from a trade id or a time on, else the newest `limit`."""
        newest = from_id is None and start_ms is None
        direction = "DESC" if newest else "ASC"
        query = (
            f"SELECT {_FILL_COLUMNS} FROM fills WHERE owner = ? AND symbol = ? AND trade_id >= ?"
            f" AND time_ms BETWEEN ? AND ? AND (? IS NULL OR order_id = ?)"
            f" ORDER BY time_ms {direction}, trade_id {direction} LIMIT ?"
        )
        bounds = (from_id or 0, start_ms or 0, _LAST if end_ms is None else end_ms, order_id, order_id)
        found = [_fill(row) for row in self._db.execute(query, (owner, symbol, *bounds, limit))]
        return found[::-1] if newest else found

    def save_prices(self, prices: Mapping[str, Decimal]) -> None:
        """Write where the symbols stand."""
        rows = [(symbol, str(price)) for symbol, price in prices.items()]
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO prices VALUES (?, ?)", rows)

    def prices(self) -> dict[str, str]:
        """Where the symbols last stood."""
        return dict(self._db.execute("SELECT symbol, price FROM prices"))

    def sequence(self, name: str, first: int) -> StoredSequence:
        """The sequence of that name; it begins at `first` if it never ran."""
        row = self._db.execute("SELECT reserved FROM sequences WHERE name = ?", (name,)).fetchone()
        sequence = StoredSequence(self, name, row[0] if row else first - 1)
        self._sequences.append(sequence)
        return sequence

    def reserve(self, name: str, up_to: int) -> None:
        """Promise that no number up to that one is given again."""
        self._db.execute("INSERT OR REPLACE INTO sequences VALUES (?, ?)", (name, up_to))


class StoredSequence:
    """Numbers that never come twice; blocks of them are reserved in the store."""

    __slots__ = ("_last", "_reserved", "_store", "name")

    def __init__(self, store: Store, name: str, last: int) -> None:
        self.name = name
        self._store = store
        self._last = self._reserved = last

    def next(self) -> int:
        """The next number."""
        self._last += 1
        if self._last > self._reserved:
            self._reserved = self._last + _BLOCK
            self._store.reserve(self.name, self._reserved)
        return self._last

    def last(self) -> int:
        """The last number given."""
        return self._last


def _order(row: tuple[object, ...]) -> Order:
    (order_id, owner, symbol, client_id, side, kind, duration, price, quantity, quote, filled, quote_filled, status,
     created, updated, working) = row  # fmt: skip
    assert isinstance(order_id, int)
    assert isinstance(created, int)
    assert isinstance(updated, int)
    assert isinstance(working, int)
    return Order(
        order_id=order_id,
        symbol=str(symbol),
        side=Side(str(side)),
        type=OrderType(str(kind)),
        time_in_force=TimeInForce(str(duration)),
        price=Decimal(str(price)),
        quantity=Decimal(str(quantity)),
        created_ms=created,
        owner=str(owner),
        client_order_id=str(client_id),
        quote_quantity=Decimal(str(quote)),
        filled=Decimal(str(filled)),
        quote_filled=Decimal(str(quote_filled)),
        status=OrderStatus(str(status)),
        updated_ms=updated,
        working_ms=working,
    )


def _fill(row: tuple[object, ...]) -> Fill:
    (owner, symbol, trade_id, order_id, side, price, quantity, quote, commission, asset, is_maker, time_ms) = row
    assert isinstance(trade_id, int)
    assert isinstance(order_id, int)
    assert isinstance(time_ms, int)
    return Fill(
        owner=str(owner),
        symbol=str(symbol),
        trade_id=trade_id,
        order_id=order_id,
        side=Side(str(side)),
        price=Decimal(str(price)),
        quantity=Decimal(str(quantity)),
        quote_quantity=Decimal(str(quote)),
        commission=Decimal(str(commission)),
        commission_asset=str(asset),
        is_maker=bool(is_maker),
        time_ms=time_ms,
    )
