"""Selling all of a position at market: one order, or as many as the limits and the exchange make of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import DenialReason, Denied, NoticeLevel, SubmitOrder
from fks_engine.model import EXACT, OrderStatus, OrderType, Side, market_of, plain
from fks_engine.orders.wording import KEPT_BACK

if TYPE_CHECKING:
    from fks_engine.model import InstrumentId, Order
    from fks_engine.orders.manager import OrderManager
    from fks_engine.orders.patience import Patience
    from fks_engine.orders.wording import TellOfMarket
    from fks_engine.ports import Account, Gate, MarketState

MOST_ORDERS: Final = 50
"""So many orders close one position at most; each is as large as the limits allow."""
MOST_REFUSALS: Final = 3
"""So many sales that never reached the book are tried again."""
_SIZED: Final = frozenset({DenialReason.NOTIONAL_OVER_LIMIT, DenialReason.QUANTITY_OVER_MAXIMUM})
"""Denials that a smaller order would not meet."""
_TOO_SMALL: Final = frozenset(
    {DenialReason.DUST, DenialReason.NOTIONAL_UNDER_MINIMUM, DenialReason.QUANTITY_UNDER_MINIMUM}
)
_PASSES: Final = frozenset(
    {DenialReason.NOT_CONNECTED, DenialReason.RATE_LIMITED, DenialReason.MARKET_STALE, DenialReason.NO_MARKET}
)
"""Denials that pass by themselves: the sale waits for their end."""


class Seller:
    """Sells what is held of positions, and says how much, and what is too little to be sold."""

    def __init__(
        self,
        manager: OrderManager,
        gate: Gate,
        market: MarketState,
        account: Account,
        patience: Patience,
        tell: TellOfMarket,
        sale: type[SubmitOrder] = SubmitOrder,
    ) -> None:
        """`sale` is the kind of command by which it sells."""
        self._kind = sale
        self._manager = manager
        self._gate = gate
        self._market = market
        self._account = account
        self._patience = patience
        self._tell = tell

    async def sell_all(self, instrument_id: InstrumentId) -> None:
        """Sell until nothing is left that could be sold, and tell what came of it."""
        await self._until_it_may_pass(instrument_id)
        await self._patience.until(lambda: self._sellable(instrument_id) >= self.held(instrument_id))
        sold, refusals = Decimal(0), 0
        for _ in range(MOST_ORDERS):
            await self._until_it_may_pass(instrument_id)
            quantity = self._sellable(instrument_id)
            denied = self._dust_of(instrument_id, quantity) if quantity else None
            if not quantity or denied is not None:
                self._tell_of_the_end(instrument_id, sold, denied)
                return
            order = await self._sell(instrument_id, quantity)
            if order is None:
                return
            sold = EXACT.add(sold, order.filled_quantity)
            if order.filled_quantity >= order.quantity:
                continue
            why = order.reason or order.status.value
            if not _never_worked(order) or refusals == MOST_REFUSALS:
                self._tell(NoticeLevel.ERROR, instrument_id, f"{plain(sold)} sold, then it stopped: {why}")
                return
            refusals += 1
            self._tell(NoticeLevel.WARNING, instrument_id, f"not sold yet, and tried again: {why}")
            await self._patience.pause()
        message = f"{plain(sold)} sold in {MOST_ORDERS} orders, and more is left; close it once more"
        self._tell(NoticeLevel.WARNING, instrument_id, message)

    def held(self, instrument_id: InstrumentId) -> Decimal:
        """What can be sold of the position once nothing locks it."""
        instrument = self._market.instrument(instrument_id)
        if instrument is None:
            return Decimal(0)
        total = self._account.balance(instrument.base).total
        held = max(Decimal(0), min(self._account.position(instrument_id).quantity, total))
        return instrument.quantity_to_step(held)

    def dust(self, instrument_id: InstrumentId) -> Denied | None:
        """Why what is held is too little to be sold; None where it can be, or where the gate has to say."""
        return self._dust_of(instrument_id, self.held(instrument_id))

    async def _until_it_may_pass(self, instrument_id: InstrumentId) -> None:
        """Wait while the gate refuses for a reason that passes: no connection, a ban, no fresh quote."""

        def denied() -> Denied | None:
            quantity = self.held(instrument_id)
            sale = self._sale(instrument_id, quantity)
            found = self._gate.verdict(sale, self._manager.working()) if quantity else None
            return found if found is not None and found.reason in _PASSES else None

        def tell() -> None:
            found = denied()
            if found is not None:
                message = f"not sold yet, and sold as soon as it can be: {found.message}"
                self._tell(NoticeLevel.WARNING, instrument_id, message)

        await self._patience.as_long_as_it_takes(lambda: denied() is None, tell)

    async def _sell(self, instrument_id: InstrumentId, quantity: Decimal) -> Order | None:
        """Sell once, less where a limit says so, and wait until it is over; None where that could not be done."""
        held_before = self.held(instrument_id)
        answer = await self._manager.submit(self._sale(instrument_id, self._allowed(instrument_id, quantity)))
        if isinstance(answer, Denied):
            self._tell(NoticeLevel.ERROR, instrument_id, f"not closed: {answer.message}")
            return None
        order_id = answer.client_order_ids[0]
        await self._patience.as_long_as_it_takes(
            lambda: self._is_over(order_id),
            lambda: self._tell(NoticeLevel.WARNING, instrument_id, "the sale is not over yet; look at its order"),
        )
        order = self._manager.order(order_id)
        if order is not None and order.filled_quantity:
            left = EXACT.subtract(held_before, order.filled_quantity)
            await self._patience.until(lambda: self.held(instrument_id) <= left)
        return order

    def _tell_of_the_end(self, instrument_id: InstrumentId, sold: Decimal, denied: Denied | None) -> None:
        """Say what was sold once nothing more can be."""
        level = NoticeLevel.SUCCESS if sold else NoticeLevel.WARNING
        message = f"{plain(sold)} sold" if sold else "nothing could be sold"
        if denied is not None:
            message = f"{message}; {denied.message}"
        elif not sold and not self.held(instrument_id):
            level, message = NoticeLevel.INFO, "nothing was left to sell"
        self._tell(level, instrument_id, message)

    def _allowed(self, instrument_id: InstrumentId, quantity: Decimal) -> Decimal:
        """`quantity`, or the largest sale that the limits on one order let pass."""
        denied = self._gate.verdict(self._sale(instrument_id, quantity), self._manager.working())
        instrument = self._market.instrument(instrument_id)
        if denied is None or instrument is None or denied.reason not in _SIZED:
            return quantity
        named = [denied.numbers[name] for name in ("limit", "maximum", "quantity") if name in denied.numbers]
        if denied.reason is DenialReason.NOTIONAL_OVER_LIMIT:
            named = [denied.numbers["quantity"]]
        return min(quantity, instrument.quantity_to_step(Decimal(named[0])) or quantity)

    def _sale(self, instrument_id: InstrumentId, quantity: Decimal) -> SubmitOrder:
        return self._kind(
            instrument_id=instrument_id,
            side=Side.SELL,
            order_type=OrderType.MARKET,
            quantity=quantity,
            reduce_only=True,
            origin="closing" if self._kind is SubmitOrder else "halt",
        )

    def _is_over(self, order_id: str) -> bool:
        order = self._manager.order(order_id)
        return order is None or order.status.is_terminal

    def _sellable(self, instrument_id: InstrumentId) -> Decimal:
        """What is held and free."""
        instrument = self._market.instrument(instrument_id)
        if instrument is None:
            return Decimal(0)
        free = instrument.quantity_to_step(self._account.balance(instrument.base).free)
        return min(self.held(instrument_id), free)

    def _dust_of(self, instrument_id: InstrumentId, quantity: Decimal) -> Denied | None:
        """Why so little cannot be sold; None where it can, or where the gate has to say."""
        if quantity > 0:
            denied = self._gate.verdict(self._sale(instrument_id, quantity), ())
            if denied is None or denied.reason not in _TOO_SMALL:
                return None
            return Denied(DenialReason.DUST, denied.message, denied.numbers)
        held = plain(self._account.position(instrument_id).quantity, 18)
        market = market_of(instrument_id)
        message = f"{held} of {market} is less than one step of quantity; leave it, or buy more and sell all"
        return Denied(DenialReason.DUST, message, {"quantity": held})


def _never_worked(order: Order) -> bool:
    """Whether the sale came to nothing before it could trade: refused, or kept back at the last moment."""
    return not order.filled_quantity and (order.status is OrderStatus.REJECTED or order.reason.startswith(KEPT_BACK))
