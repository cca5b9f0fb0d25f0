"""Closing a position: its market's orders canceled first, then all that is free sold at market within the cap."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import Accepted, DenialReason, Denied, NoticeKind, NoticeLevel
from fks_engine.model import TradingState, market_of
from fks_engine.orders.patience import Patience
from fks_engine.orders.selling import Seller
from fks_engine.orders.unprotected import unprotected
from fks_engine.ports import HaltSale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fks_engine.model import InstrumentId, Order, Position
    from fks_engine.orders.manager import OrderManager
    from fks_engine.orders.wording import Notify
    from fks_engine.ports import Account, Gate, MarketState
    from fks_engine.topics import Bus

_NOT_BOUGHT_BACK = (
    "more was sold than was bought through FKS, out of what the account held anyway; on spot there is nothing to buy "
    "back"
)


@dataclass(frozen=True, slots=True)
class _Closing:
    """A position that is being closed, and the orders that worked in its market when that began."""

    instrument_id: InstrumentId
    orders: tuple[Order, ...]


class Flattener:
    """Closes positions, each once at a time, and tells how far it has got. Needs `run`.

    It waits for its cancels for as long as they are wanted, then sells. Halting trading gives it up.
    """

    def __init__(
        self,
        manager: OrderManager,
        gate: Gate,
        market: MarketState,
        account: Account,
        bus: Bus,
        *,
        positions: Callable[[], Iterable[Position]],
        notify: Notify,
        patience_s: float = 10.0,
    ) -> None:
        self._manager = manager
        self._gate = gate
        self._account = account
        self._positions = positions
        self._notify = notify
        self._patience = Patience(bus, patience_s)
        self._seller = Seller(manager, gate, market, account, self._patience, self._tell)
        self._halt_seller = Seller(manager, gate, market, account, self._patience, self._tell, HaltSale)
        self._waiting: deque[_Closing] = deque()
        self._closing: set[InstrumentId] = set()
        self._asked = anyio.Event()

    async def flatten(self, instrument_id: InstrumentId | None = None) -> Accepted | Denied:
        """Begin to close one position, or all. Returns at once, with the orders that are being canceled for it."""
        if self._gate.trading_state is TradingState.HALTED:
            return Denied(
                DenialReason.TRADING_HALTED, "trading is halted; resume it, or reduce only, to close positions"
            )
        if instrument_id is not None:
            return await self._flatten(instrument_id)
        chosen = [each.instrument_id for each in self._positions() if each.quantity > 0]
        if not chosen:
            return self._nothing_open()
        denials = [self._seller.dust(each) for each in chosen]
        if all(denied is not None for denied in denials):
            return next(denied for denied in denials if denied is not None)
        canceled: list[str] = []
        for each, denied in zip(chosen, denials, strict=True):
            if denied is not None:
                self._tell(NoticeLevel.WARNING, each, denied.message)
            else:
                canceled += await self._begin(each)
        return Accepted(tuple(canceled))

    def left_to_sell(self) -> tuple[InstrumentId, ...]:
        """The markets of open positions of which something can be sold."""
        held = [each.instrument_id for each in self._positions() if each.quantity > 0]
        return tuple(each for each in held if self._halt_seller.dust(each) is None)

    async def sell_for_halt(self, instrument_id: InstrumentId) -> None:
        """Sell a position of which no order of ours works any more, under a halt for whose sales the gate is open."""
        await self._halt_seller.sell_all(instrument_id)

    def is_closing(self, instrument_id: InstrumentId) -> bool:
        """Whether a position is being closed now."""
        return instrument_id in self._closing

    async def run(self) -> None:
        """Close what was asked for, until cancelled; may be run again after a failure, and goes on then."""
        async with anyio.create_task_group() as tasks:
            while True:
                while self._waiting:
                    tasks.start_soon(self._close, self._waiting.popleft())
                self._asked = anyio.Event()
                await self._asked.wait()

    async def _flatten(self, instrument_id: InstrumentId) -> Accepted | Denied:
        """Begin to close one position; where nothing can be sold, cancel the orders of its market and say why."""
        quantity = self._account.position(instrument_id).quantity
        denied = self._seller.dust(instrument_id) if quantity > 0 else None
        if instrument_id in self._closing or (quantity > 0 and denied is None):
            return Accepted(tuple(await self._begin(instrument_id)))
        market = market_of(instrument_id)
        why = denied.message if denied is not None else f"no position of {market} is open"
        if quantity < 0:
            why = f"{why}: {_NOT_BOUGHT_BACK}"
        count = len(self._working(instrument_id))
        if count:
            self._tell(NoticeLevel.INFO, instrument_id, f"{_orders(count)} canceled and nothing is sold: {why}")
            return await self._manager.cancel_all(instrument_id)
        if denied is not None:
            return denied
        if quantity == 0:
            why = f"{why} and no order works there, so there is nothing to close; sell other holdings with an order"
        return Denied(DenialReason.NO_POSITION_TO_REDUCE, why)

    def _nothing_open(self) -> Denied:
        """That there is no position to close."""
        message = "no position is open, so there is nothing to close; sell other holdings with an order"
        short = [market_of(each.instrument_id) for each in self._positions() if each.quantity < 0]
        if short:
            message = f"no position is open that could be sold; of {', '.join(short)} {_NOT_BOUGHT_BACK}"
        return Denied(DenialReason.NO_POSITION_TO_REDUCE, message)

    async def _begin(self, instrument_id: InstrumentId) -> tuple[str, ...]:
        """Cancel the orders of the market and queue the sale, unless that is under way."""
        if instrument_id in self._closing:
            self._tell(NoticeLevel.INFO, instrument_id, "it is being closed already")
            return ()
        closing = _Closing(instrument_id, tuple(self._working(instrument_id)))
        self._closing.add(instrument_id)
        answer = await self._manager.cancel_all(instrument_id)
        self._waiting.append(closing)
        self._asked.set()
        return answer.client_order_ids

    async def _close(self, closing: _Closing) -> None:
        try:
            if await self._is_canceled(closing):
                await self._seller.sell_all(closing.instrument_id)
        except anyio.get_cancelled_exc_class():
            self._waiting.append(closing)
            raise
        finally:
            if closing not in self._waiting:
                self._end(closing)

    def _end(self, closing: _Closing) -> None:
        """Let the position be closed anew, and warn where a stop was canceled for a sale that came to nothing."""
        self._closing.discard(closing.instrument_id)
        if self._seller.dust(closing.instrument_id) is not None:
            return
        held = self._seller.held(closing.instrument_id)
        warning = unprotected(closing.instrument_id, held, closing.orders, self._manager.order)
        if warning is not None:
            self._notify(*warning)

    async def _is_canceled(self, closing: _Closing) -> bool:
        """Wait for the cancels, however long the exchange is away; False where they were refused, or trading halted."""
        instrument_id = closing.instrument_id
        ids = [order.client_order_id for order in closing.orders]

        def canceling() -> list[str]:
            return [each for each in ids if self._manager.is_canceling(each)]

        def tell() -> None:
            message = f"not sold yet: {_orders(len(canceling()))} still being canceled; it is sold once that is done"
            self._tell(NoticeLevel.WARNING, instrument_id, f"{message}, unless trading is halted")

        await self._patience.as_long_as_it_takes(
            lambda: not canceling() or self._gate.trading_state is TradingState.HALTED, tell
        )
        left = sum(each.client_order_id in ids for each in self._working(instrument_id))
        if self._gate.trading_state is TradingState.HALTED:
            self._tell(NoticeLevel.ERROR, instrument_id, "not closed: trading was halted before it was sold")
        elif left:
            rest = "1 order could" if left == 1 else f"{left} orders could"
            self._tell(NoticeLevel.ERROR, instrument_id, f"not closed: {rest} not be canceled")
        else:
            return True
        return False

    def _working(self, instrument_id: InstrumentId) -> list[Order]:
        return [order for order in self._manager.working() if order.instrument_id == instrument_id]

    def _tell(self, level: NoticeLevel, instrument_id: InstrumentId, message: str) -> None:
        self._notify(level, f"Closing {market_of(instrument_id)}", message, NoticeKind.ORDER)


def _orders(count: int) -> str:
    return "1 order is" if count == 1 else f"{count} orders are"
