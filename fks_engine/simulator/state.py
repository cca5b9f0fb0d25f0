"""The exchange's memory in SQLite: orders, fills, balances, sequences and prices, durable before any answer."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.simulator.account import Account, Balance, Fill, Hold
from fks_engine.simulator.nouns import Order, OrderStatus, OrderType, Side, TimeInForce
from fks_engine.simulator.order_lists import Contingency, OrderList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    order_id INTEGER PRIMARY KEY, owner TEXT, symbol TEXT, client_order_id TEXT, side TEXT, type TEXT,
    time_in_force TEXT, price TEXT, quantity TEXT, quote_quantity TEXT, filled TEXT, quote_filled TEXT, status TEXT,
    created_ms INTEGER, updated_ms INTEGER, working_ms INTEGER, hold_asset TEXT, hold_amount TEXT,
    stop_price TEXT NOT NULL DEFAULT '0', list_id INTEGER NOT NULL DEFAULT -1);
CREATE INDEX IF NOT EXISTS orders_by_client ON orders (owner, symbol, client_order_id);
CREATE INDEX IF NOT EXISTS orders_by_symbol ON orders (owner, symbol, order_id);
CREATE INDEX IF NOT EXISTS orders_by_list ON orders (list_id) WHERE list_id >= 0;
CREATE TABLE IF NOT EXISTS order_lists (
    list_id INTEGER PRIMARY KEY, owner TEXT, symbol TEXT, client_id TEXT, contingency TEXT, updated_ms INTEGER,
    is_done INTEGER);
CREATE TABLE IF NOT EXISTS fills (
    owner TEXT, symbol TEXT, trade_id INTEGER, order_id INTEGER, side TEXT, price TEXT, quantity TEXT,
    quote_quantity TEXT, commission TEXT, commission_asset TEXT, is_maker INTEGER, time_ms INTEGER,
    PRIMARY KEY (owner, symbol, trade_id, order_id));
CREATE INDEX IF NOT EXISTS fills_by_order ON fills (order_id);
CREATE TABLE IF NOT EXISTS balances (owner TEXT, asset TEXT, free TEXT, locked TEXT, PRIMARY KEY (owner, asset));
CREATE TABLE IF NOT EXISTS sequences (name TEXT PRIMARY KEY, reserved INTEGER);
CREATE TABLE IF NOT EXISTS prices (symbol TEXT PRIMARY KEY, price TEXT);
"""
_VERSION = 1
"""Of the schema; 0 is the one without stop prices and order lists."""
_UPGRADE = """
ALTER TABLE orders ADD COLUMN stop_price TEXT NOT NULL DEFAULT '0';
ALTER TABLE orders ADD COLUMN list_id INTEGER NOT NULL DEFAULT -1;
"""
_ORDER_COLUMNS = (
    "order_id, owner, symbol, client_order_id, side, type, time_in_force, price, quantity, quote_quantity, filled,"
    " quote_filled, status, created_ms, updated_ms, working_ms, stop_price, list_id"
)
_FILL_COLUMNS = (
    "owner, symbol, trade_id, order_id, side, price, quantity, quote_quantity, commission, commission_asset, is_maker,"
    " time_ms, (SELECT list_id FROM orders WHERE orders.order_id = fills.order_id)"
)
_LIST_COLUMNS = "list_id, owner, symbol, client_id, contingency, updated_ms, is_done"
_OPEN = tuple(status.value for status in OrderStatus if status.is_open)
_SAVE_ORDER = (
    f"INSERT OR REPLACE INTO orders ({_ORDER_COLUMNS}, hold_asset, hold_amount)"
    f" VALUES ({','.join('?' * (_ORDER_COLUMNS.count(',') + 3))})"
)
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
        except (OSError, sqlite3.Error) as error:
            raise _unusable(folder, error) from error

        try:
            self._prepare(folder)
        except sqlite3.Error as error:
            self._db.close()
            raise _unusable(folder, error) from error
        except StateError:
            self._db.close()
            raise
        self._sequences: list[StoredSequence] = []

    def _prepare(self, folder: Path | None) -> None:
        """Take the database for this process alone and bring it to today's schema; a newer one is refused."""
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise StateError(
                f"the state folder {folder} was written by a newer simulator (schema {version}, this one knows"
                f" {_VERSION}): use that one, or another folder"
            )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        is_old = version == 0 and self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'orders'").fetchone()
        self._db.executescript(f"BEGIN; {_UPGRADE if is_old else ''} PRAGMA user_version = {_VERSION}; COMMIT;")
        self._db.executescript(_SCHEMA)

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
            order.working_ms, str(order.stop_price), order.list_id, hold.asset if hold else None,
            str(hold.amount) if hold else None,
        )  # fmt: skip
        self._db.execute(_SAVE_ORDER, values)

    def save_list(self, order_list: OrderList) -> None:
        """Write an order list as it stands; its orders are written by themselves."""
        values = (
            order_list.list_id, order_list.owner, order_list.symbol, order_list.client_id,
            order_list.contingency.value, order_list.updated_ms, int(order_list.is_done),
        )  # fmt: skip
        self._db.execute(f"INSERT OR REPLACE INTO order_lists ({_LIST_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)

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
            " WHERE owner = ? AND status IN (?, ?, ?) ORDER BY order_id"
        )
        shared: dict[int, Hold] = {}
        for row in self._db.execute(query, (owner, *_OPEN)):
            order, hold = _order(row[:-2]), Hold(row[-2], Decimal(row[-1])) if row[-2] else None
            if hold is not None and order.list_id >= 0:
                hold = shared.setdefault(order.list_id, hold)
            account.keep(order, hold)
        lists = self._db.execute(f"SELECT {_LIST_COLUMNS} FROM order_lists WHERE owner = ? AND NOT is_done", (owner,))
        account.lists = {row[0]: self._list(row, account.open) for row in lists.fetchall()}
        return account

    def _list(self, row: tuple[object, ...], known: Mapping[int, Order]) -> OrderList:
        list_id, owner, symbol, client_id, contingency, updated_ms, is_done = row
        assert isinstance(list_id, int)
        assert isinstance(updated_ms, int)
        rows = self._db.execute(f"SELECT {_ORDER_COLUMNS} FROM orders WHERE list_id = ? ORDER BY order_id", (list_id,))
        orders = [known.get(row[0]) or _order(row) for row in rows]
        return OrderList(
            list_id, str(owner), str(symbol), str(client_id), Contingency(str(contingency)), orders, updated_ms,
            bool(is_done),
        )  # fmt: skip

    def order_list(self, owner: str, list_id: int | None, client_id: str | None) -> OrderList | None:
        """The order list of that id, or the newest of that client id."""
        where, value = ("list_id", list_id) if list_id is not None else ("client_id", client_id)
        query = f"SELECT {_LIST_COLUMNS} FROM order_lists WHERE owner = ? AND {where} = ? ORDER BY list_id DESC LIMIT 1"
        row = self._db.execute(query, (owner, value)).fetchone()
        return self._list(row, {}) if row else None

    def order_lists(
        self, owner: str, from_id: int | None, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[OrderList]:
        """Order lists oldest first: the first `limit` from an id or a time on, else the newest `limit`."""
        newest = from_id is None and start_ms is None
        query = (
            f"SELECT {_LIST_COLUMNS} FROM order_lists WHERE owner = ? AND list_id >= ? AND updated_ms BETWEEN ? AND ?"
            f" ORDER BY list_id {'DESC' if newest else 'ASC'} LIMIT ?"
        )
        bounds = (from_id or 0, start_ms or 0, _LAST if end_ms is None else end_ms)
        found = [self._list(row, {}) for row in self._db.execute(query, (owner, *bounds, limit)).fetchall()]
        return found[::-1] if newest else found

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


def _unusable(folder: Path | None, error: Exception) -> StateError:
    return StateError(f"the state folder {folder} cannot be used: {error}")


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
     created, updated, working, stop_price, list_id) = row  # fmt: skip
    assert isinstance(order_id, int)
    assert isinstance(created, int)
    assert isinstance(updated, int)
    assert isinstance(working, int)
    assert isinstance(list_id, int)
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
        stop_price=Decimal(str(stop_price)),
        list_id=list_id,
    )


def _fill(row: tuple[object, ...]) -> Fill:
    (owner, symbol, trade_id, order_id, side, price, quantity, quote, commission, asset, is_maker, time_ms,
     list_id) = row  # fmt: skip
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
        list_id=list_id if isinstance(list_id, int) else -1,
    )
