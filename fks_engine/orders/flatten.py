"""Closing a position: its market's orders canceled first, then all that is free sold at market within the cap."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.api import Accepted, DenialReason, Denied, NoticeKind, NoticeLevel, SubmitOrder
from fks_engine.model import EXACT, OrderType, Side, TradingState, market_of, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fks_engine.model import InstrumentId, Order, Position
    from fks_engine.orders.manager import OrderManager
    from fks_engine.orders.wording import Notify
    from fks_engine.ports import Account, Gate, MarketState
    from fks_engine.topics import Bus

MOST_ORDERS: Final = 50
"""So many orders close one position at most; each is as large as the limits allow."""
_SIZED: Final = frozenset({DenialReason.NOTIONAL_OVER_LIMIT, DenialReason.QUANTITY_OVER_MAXIMUM})
"""Denials that a smaller order would not meet."""
_TOO_SMALL: Final = frozenset(
    {DenialReason.DUST, DenialReason.NOTIONAL_UNDER_MINIMUM, DenialReason.QUANTITY_UNDER_MINIMUM}
)


class Flattener:
    """Closes positions, each once at a time, and tells how far it has got. Needs `run`."""

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
        self._market = market
        self._account = account
        self._positions = positions
        self._notify = notify
        self._patience_s = patience_s
        """How long canceled orders, and a sale, may take to be over."""
        self._waiting: deque[InstrumentId] = deque()
        self._closing: set[InstrumentId] = set()
        self._asked = anyio.Event()
        self._moved = anyio.Event()
        for topic in (bus.orders, bus.balances, bus.fills):
            topic.tap(self._wake)

    async def flatten(self, instrument_id: InstrumentId | None = None) -> Accepted | Denied:
        """Begin to close one position, or all. Returns at once, with the orders that are being canceled for it."""
        if self._gate.trading_state is TradingState.HALTED:
            return Denied(
                DenialReason.TRADING_HALTED, "trading is halted; resume it, or reduce only, to close positions"
            )
        chosen = [
            each for each in self._positions() if instrument_id in {None, each.instrument_id} and each.quantity > 0
        ]
        if not chosen:
            what = (
                "no position is open" if instrument_id is None else f"nothing of {market_of(instrument_id)} was bought"
            )
            message = f"{what} is open, so there is nothing to close; holdings without fills are sold with an order"
            return Denied(DenialReason.NO_POSITION_TO_REDUCE, message)
        denials = [self._dust(position) for position in chosen]
        if all(denied is not None for denied in denials):
            return next(denied for denied in denials if denied is not None)
        canceled: list[str] = []
        for position, denied in zip(chosen, denials, strict=True):
            if denied is not None:
                self._tell(NoticeLevel.WARNING, position.instrument_id, denied.message)
            elif position.instrument_id not in self._closing:
                self._closing.add(position.instrument_id)
                canceled += (await self._manager.cancel_all(position.instrument_id)).client_order_ids
                self._waiting.append(position.instrument_id)
        self._asked.set()
        return Accepted(tuple(canceled))

    async def run(self) -> None:
        """Close what was asked for, until cancelled; may be run again after a failure."""
        async with anyio.create_task_group() as tasks:
            while True:
                while self._waiting:
                    tasks.start_soon(self._close, self._waiting.popleft())
                self._asked = anyio.Event()
                await self._asked.wait()

    async def _close(self, instrument_id: InstrumentId) -> None:
        try:
            if not await self._until(lambda: not self._working(instrument_id)):
                left = len(self._working(instrument_id))
                self._tell(NoticeLevel.ERROR, instrument_id, f"not closed: {left} orders are still being canceled")
                return
            await self._sell_all(instrument_id)
        finally:
            self._closing.discard(instrument_id)

    async def _sell_all(self, instrument_id: InstrumentId) -> None:
        """Sell until nothing is left that could be sold; one order, or as many as the limits make of it."""
        await self._until(lambda: self._sellable(instrument_id) >= self._held(instrument_id))
        sold = Decimal(0)
        for _ in range(MOST_ORDERS):
            quantity = self._sellable(instrument_id)
            denied = self._dust_of(instrument_id, quantity) if quantity else None
            if not quantity or denied is not None:
                level = NoticeLevel.SUCCESS if sold else NoticeLevel.WARNING
                rest = f"; {denied.message}" if denied is not None else ""
                self._tell(
                    level, instrument_id, f"{plain(sold)} sold{rest}" if sold else f"nothing could be sold{rest}"
                )
                return
            order = await self._sell(instrument_id, quantity)
            if order is None:
                return
            sold = EXACT.add(sold, order.filled_quantity)
            if order.filled_quantity < order.quantity:
                why = order.reason or order.status.value
                self._tell(NoticeLevel.ERROR, instrument_id, f"{plain(sold)} sold, then it stopped: {why}")
                return

    async def _sell(self, instrument_id: InstrumentId, quantity: Decimal) -> Order | None:
        """Sell once, less where a limit says so, and wait until it is over; None where that could not be done."""
        held_before = self._held(instrument_id)
        answer = await self._manager.submit(_sale(instrument_id, self._allowed(instrument_id, quantity)))
        if isinstance(answer, Denied):
            self._tell(NoticeLevel.ERROR, instrument_id, f"not closed: {answer.message}")
            return None
        order_id = answer.client_order_ids[0]
        if not await self._until(lambda: self._is_over(order_id)):
            self._tell(NoticeLevel.ERROR, instrument_id, "the sale is not over yet; look at its order")
            return None
        order = self._manager.order(order_id)
        if order is not None and order.filled_quantity:
            await self._until(lambda: self._held(instrument_id) <= EXACT.subtract(held_before, order.filled_quantity))
        return order

    def _allowed(self, instrument_id: InstrumentId, quantity: Decimal) -> Decimal:
        """`quantity`, or the largest sale that the limits on one order let pass."""
        denied = self._gate.verdict(_sale(instrument_id, quantity), self._manager.working())
        instrument = self._market.instrument(instrument_id)
        if denied is None or instrument is None or denied.reason not in _SIZED:
            return quantity
        named = [denied.numbers[name] for name in ("limit", "maximum", "quantity") if name in denied.numbers]
        if denied.reason is DenialReason.NOTIONAL_OVER_LIMIT:
            named = [denied.numbers["quantity"]]
        return min(quantity, instrument.quantity_to_step(Decimal(named[0])) or quantity)

    def _is_over(self, order_id: str) -> bool:
        order = self._manager.order(order_id)
        return order is None or order.status.is_terminal

    def _working(self, instrument_id: InstrumentId) -> list[Order]:
        return [order for order in self._manager.working() if order.instrument_id == instrument_id]

    def _held(self, instrument_id: InstrumentId) -> Decimal:
        """What can be sold of the position once nothing locks it."""
        instrument = self._market.instrument(instrument_id)
        if instrument is None:
            return Decimal(0)
        total = self._account.balance(instrument.base).total
        held = max(Decimal(0), min(self._account.position(instrument_id).quantity, total))
        return instrument.quantity_to_step(held)

    def _sellable(self, instrument_id: InstrumentId) -> Decimal:
        """What of it is free."""
        instrument = self._market.instrument(instrument_id)
        if instrument is None:
            return Decimal(0)
        free = instrument.quantity_to_step(self._account.balance(instrument.base).free)
        return min(self._held(instrument_id), free)

    def _dust(self, position: Position) -> Denied | None:
        return self._dust_of(position.instrument_id, self._held(position.instrument_id))

    def _dust_of(self, instrument_id: InstrumentId, quantity: Decimal) -> Denied | None:
        """Why so little cannot be sold; None where it can, or where the gate has to say."""
        if quantity > 0:
            denied = self._gate.verdict(_sale(instrument_id, quantity), ())
            if denied is None or denied.reason not in _TOO_SMALL:
                return None
            return Denied(DenialReason.DUST, denied.message, denied.numbers)
        held = plain(self._account.position(instrument_id).quantity, 18)
        market = market_of(instrument_id)
        message = f"{held} of {market} is less than one step of quantity; leave it, or buy more and sell all"
        return Denied(DenialReason.DUST, message, {"quantity": held})

    async def _until(self, condition: Callable[[], bool]) -> bool:
        """Wait for what orders, fills and balances bring about; False when it did not come in time."""
        with anyio.move_on_after(self._patience_s):
            while not condition():
                await self._moved.wait()
        return condition()

    def _tell(self, level: NoticeLevel, instrument_id: InstrumentId, message: str) -> None:
        self._notify(level, f"Closing {market_of(instrument_id)}", message, NoticeKind.ORDER)

    def _wake(self, item: object) -> None:
        self._moved.set()
        self._moved = anyio.Event()


def _sale(instrument_id: InstrumentId, quantity: Decimal) -> SubmitOrder:
    return SubmitOrder(
        instrument_id=instrument_id,
        side=Side.SELL,
        order_type=OrderType.MARKET,
        quantity=quantity,
        reduce_only=True,
    )
