"""Past fills read market by market from the last known one on, booked, and told of where nobody had heard of them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import DifferenceKind
from fks_engine.clock import NANOS
from fks_engine.model import EXACT, Side, market_of, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.clock import Clock
    from fks_engine.engine.balance_watch import BalanceWatch
    from fks_engine.engine.reconciliation import Reconciliation
    from fks_engine.model import Fill, InstrumentId
    from fks_engine.orders import OrderManager
    from fks_engine.portfolio import Portfolio
    from fks_engine.ports import Exchange

READ_AGAIN_NS: Final = 300 * NANOS
"""How long before the last known fill of a market they are read again: they may have been told out of turn."""
ONE_DAY_NS: Final = 86_400 * NANOS
"""What the exchange tells of a time at most."""
_MARGIN_NS: Final = 7_200 * NANOS
ORDERS_LOOKED_THROUGH: Final = 20_000


class FillReading:
    """Books what the exchange's record of our trades tells."""

    def __init__(
        self,
        exchange: Exchange,
        orders: OrderManager,
        portfolio: Portfolio,
        clock: Clock,
        reconciliation: Reconciliation,
        watch: BalanceWatch,
    ) -> None:
        self._exchange = exchange
        self._orders = orders
        self._portfolio = portfolio
        self._clock = clock
        self._reconciliation = reconciliation
        self._watch = watch
        self.found = 0
        """Fills that nobody had heard of, since the start."""

    async def read(self, market: InstrumentId, since_ts: int | None = None) -> None:
        """Book the fills of a market since a time, or since the last known one. Raises what the exchange raises."""
        fills = await self._fills(market, since_ts)
        self._portfolio.load_fills(fills)
        news = [fill for fill in fills if self._watch.known.take_fill(fill)]
        if news:
            self._tell(market, news)

    async def _fills(self, market: InstrumentId, since_ts: int | None) -> tuple[Fill, ...]:
        """The fills of a market: from a while before the last known one, from its id where that is long ago, or all."""
        last = self._portfolio.last_fill(market)
        if last is None:
            return await self._exchange.fetch_fills(market)
        begin = last.ts_event if since_ts is None else min(last.ts_event, since_ts)
        if self._clock.now_ns() - begin > ONE_DAY_NS - _MARGIN_NS:
            return await self._exchange.fetch_fills(market, from_trade_id=last.trade_id)
        return await self._exchange.fetch_fills(market, begin - READ_AGAIN_NS)

    def _tell(self, market: InstrumentId, news: Sequence[Fill]) -> None:
        """Note fills of which no stream had told us."""
        self.found += len(news)
        pages, _ = self._orders.page(ORDERS_LOOKED_THROUGH, 0)
        ours = {(order.instrument_id, order.exchange_order_id) for order in pages if not order.external}
        strangers = sum((fill.instrument_id, fill.exchange_order_id) not in ours for fill in news)
        change = sum((fill.quantity if fill.side is Side.BUY else -fill.quantity for fill in news), Decimal(0))
        count = "1 fill" if len(news) == 1 else f"{len(news)} fills"
        explanation = "executed while nobody listened; booked now"
        if strangers:
            explanation += f"; {strangers} of orders that were not sent from here (EXTERNAL)"
        sign = "+" if change > 0 else ""
        self._reconciliation.found(
            DifferenceKind.POSITION if strangers else DifferenceKind.FILL,
            market_of(market),
            "not told",
            f"{count}, {sign}{plain(EXACT.plus(change))} in all",
            explanation,
            tuple((fill.instrument_id, fill.trade_id) for fill in news),
        )
