"""What an account of the simulator did before it was started: orders and fills, written into its state."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.simulator.account import Balance, Fill, Hold
from fks_engine.simulator.nouns import Order, OrderStatus, OrderType, Side, TimeInForce
from fks_engine.simulator.state import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Past:
    """Writes a state folder that no simulator uses at the time. Fees are taken in USDT."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._store = Store(folder)
        self._owner = owner

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written in the block is one transaction."""
        with self._store.transaction():
            yield

    def order(
        self,
        number: int,
        client_order_id: str,
        symbol: str,
        side: str,
        quantity: Decimal,
        price: Decimal,
        created_ms: int,
        *,
        is_filled: bool,
    ) -> None:
        """A limit order: all of it filled, or a buy that rests untouched."""
        order = Order(
            order_id=number,
            symbol=symbol,
            side=Side(side),
            type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            price=price,
            quantity=quantity,
            created_ms=created_ms,
            owner=self._owner,
            client_order_id=client_order_id,
            filled=quantity if is_filled else Decimal(0),
            quote_filled=quantity * price if is_filled else Decimal(0),
            status=OrderStatus.FILLED if is_filled else OrderStatus.NEW,
            updated_ms=created_ms,
            working_ms=created_ms,
        )
        self._store.save_order(order, None if is_filled else Hold("USDT", quantity * price))

    def fill(
        self,
        order: int,
        symbol: str,
        side: str,
        trade_id: int,
        price: Decimal,
        quantity: Decimal,
        fee: Decimal,
        time_ms: int,
    ) -> None:
        """An execution of an order."""
        fill = Fill(
            owner=self._owner,
            symbol=symbol,
            trade_id=trade_id,
            order_id=order,
            side=Side(side),
            price=price,
            quantity=quantity,
            quote_quantity=price * quantity,
            commission=fee,
            commission_asset="USDT",
            is_maker=True,
            time_ms=time_ms,
        )
        self._store.save_fill(fill)

    def end(
        self, balances: Mapping[str, tuple[Decimal, Decimal]], last_order: int, last_trades: Mapping[str, int]
    ) -> None:
        """What is held now, free and locked by asset, and the numbers that were given out."""
        rows = [(asset, Balance(free, locked)) for asset, (free, locked) in balances.items()]
        with self._store.transaction():
            self._store.save_balances(self._owner, rows)
            self._store.reserve("order", last_order)
            for symbol, trade_id in last_trades.items():
                self._store.reserve(f"trade:{symbol}", trade_id)

    def close(self) -> None:
        """Let a simulator have the folder."""
        self._store.close()
