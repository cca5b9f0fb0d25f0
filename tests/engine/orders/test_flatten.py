"""Closing positions: orders first, then all that is free, within the limits, and dust said as dust."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import anyio
import anyio.lowlevel
import pytest

from fks_engine.api import Accepted, DenialReason, Denied, NoticeLevel, SubmitOrder
from fks_engine.errors import AuthenticationFailed, ExchangeUnavailable
from fks_engine.model import Balance, Order, OrderStatus, OrderType, Position, Side, TradingState
from fks_engine.orders import Flattener, OrderManager
from fks_engine.risk import RiskGate, RiskLimits
from fks_engine.topics import Bus
from tests.engine.builders import BTC, ETH, a_balance, a_fill, a_submit, the_balances
from tests.engine.scripted_exchange import ScriptedExchange
from tests.engine.still_market import StillAccount, StillMarket
from tests.engine.virtual_time import VirtualTime, settled

pytestmark = pytest.mark.anyio
S = OrderStatus
A_STOP = a_submit(Side.SELL, "0.5", None, order_type=OrderType.STOP, stop_price=Decimal(58_000))


class Closing:
    """A position in a still market, a real gate, and an exchange that fills every sale at once."""

    def __init__(self, quantity: str = "0.5", limits: RiskLimits | None = None, patience_s: float = 5.0) -> None:
        self.time, self.exchange, self.bus = VirtualTime(), ScriptedExchange(), Bus()
        self.market, self.account = StillMarket(), StillAccount()
        self.notices: list[tuple[object, ...]] = []
        self.hold(quantity)
        self.gate = RiskGate(
            limits or RiskLimits(reporting_currency="USDT", max_slippage_percent=Decimal(1)),
            self.market,
            self.account,
            connected=lambda: True,
            read_only=lambda: False,
        )
        notify = lambda *notice: self.notices.append(notice)  # noqa: E731
        self.manager = OrderManager(
            self.exchange, self.gate, self.market, self.bus, self.time, notify=notify, sleep=self.time.sleep
        )
        self.flattener = Flattener(
            self.manager,
            self.gate,
            self.market,
            self.account,
            self.bus,
            positions=lambda: self.account.positions.values(),
            notify=notify,
            patience_s=patience_s,
        )
        self.fills = Decimal(1)
        """The part of a sale that fills."""
        self.exchange.on_arrival = self._trade

    def hold(self, quantity: str, free: str | None = None, locked: str = "0") -> None:
        self.account.hold("BTC", free or quantity, locked)
        self.account.positions[BTC] = Position(instrument_id=BTC, quantity=Decimal(quantity))

    def _trade(self, order: Order) -> None:
        if order.order_type is not OrderType.MARKET:
            return
        filled = order.quantity * self.fills
        balance = self.account.balance("BTC")
        self.account.balances["BTC"] = Balance("BTC", balance.free - filled, balance.locked)
        left = self.account.position(BTC).quantity - filled
        self.account.positions[BTC] = Position(instrument_id=BTC, quantity=left)
        known = self.exchange.orders[order.client_order_id].exchange_order_id
        if filled:
            self.bus.fills.publish(
                a_fill(
                    Side.SELL, filled, client_order_id=order.client_order_id, exchange_order_id=known, trade_id=known
                )
            )
        status = S.FILLED if self.fills == 1 else S.EXPIRED
        self.bus.order_reports.publish(self.exchange.set_status(order.client_order_id, status, filled))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.manager.run)
            tasks.start_soon(self.flattener.run)
            await settled()
            yield
            tasks.cancel_scope.cancel()

    async def sends(self, command: SubmitOrder) -> str:
        answer = await self.manager.submit(command)
        assert isinstance(answer, Accepted), answer
        await settled()
        return answer.client_order_ids[0]

    async def hears(self, *words: str) -> None:
        """Wait for a notice with all these words, while real time passes."""
        with anyio.fail_after(5):
            while not any(all(word in str(notice[2]) for word in words) for notice in self.notices):
                await anyio.lowlevel.checkpoint()
        await settled()

    def status(self, client_order_id: str) -> OrderStatus:
        order = self.manager.order(client_order_id)
        assert order is not None
        return order.status

    def titles(self) -> list[object]:
        return [notice[1] for notice in self.notices]

    def told(self) -> list[tuple[object, ...]]:
        return [notice[:3] for notice in self.notices if str(notice[1]).startswith("Closing")]


async def test_a_position_is_sold_at_market_within_the_cap() -> None:
    desk = Closing()
    async with desk.running():
        assert await desk.flattener.flatten(BTC) == Accepted(())
        await settled()
        (sale,) = desk.exchange.sent
        assert (sale.side, sale.order_type, sale.quantity, sale.reduce_only) == (
            Side.SELL, OrderType.MARKET, Decimal("0.5"), True,
        )  # fmt: skip
        assert sale.limit_price == Decimal(59_400)
        assert desk.told() == [(NoticeLevel.SUCCESS, "Closing BTC/USDT", "0.5 sold")]


async def test_the_markets_orders_are_canceled_before_anything_is_sold() -> None:
    desk = Closing()
    async with desk.running():
        answer = await desk.manager.submit(a_submit())
        await settled()
        assert await desk.flattener.flatten() == answer
        await settled()
        assert desk.exchange.canceled == list(answer.client_order_ids)  # type: ignore[union-attr]
        assert [order.order_type for order in desk.exchange.sent] == [OrderType.LIMIT, OrderType.MARKET]


async def test_what_locked_orders_held_is_sold_once_it_is_free() -> None:
    desk = Closing()
    desk.hold("0.5", free="0.1", locked="0.4")
    async with desk.running():
        await desk.flattener.flatten(BTC)
        await settled()
        assert desk.exchange.sent == []
        desk.account.hold("BTC", "0.5")
        desk.bus.balances.publish(the_balances(a_balance("BTC", "0.5")))
        await settled()
        assert [order.quantity for order in desk.exchange.sent] == [Decimal("0.5")]


async def test_holdings_that_no_fill_explains_stay() -> None:
    desk = Closing()
    desk.account.hold("BTC", "2")
    async with desk.running():
        await desk.flattener.flatten(BTC)
        await settled()
        assert [order.quantity for order in desk.exchange.sent] == [Decimal("0.5")]


async def test_a_position_beyond_the_limit_on_one_order_is_sold_in_parts() -> None:
    limits = RiskLimits(reporting_currency="USDT", max_order_notional=Decimal(12_000), max_slippage_percent=Decimal(1))
    desk = Closing(limits=limits)
    async with desk.running():
        await desk.flattener.flatten(BTC)
        await settled()
        assert [order.quantity for order in desk.exchange.sent] == [Decimal("0.2"), Decimal("0.2"), Decimal("0.1")]
        assert desk.told()[-1] == (NoticeLevel.SUCCESS, "Closing BTC/USDT", "0.5 sold")


async def test_a_sale_that_did_not_fill_stops_and_says_so() -> None:
    desk = Closing()
    desk.fills = Decimal("0.4")
    async with desk.running():
        await desk.flattener.flatten(BTC)
        await settled()
        assert len(desk.exchange.sent) == 1
        level, _, message = desk.told()[-1]
        assert level is NoticeLevel.ERROR
        assert message == "0.2 sold, then it stopped: the book had no more to give within the cap of 59400"


async def test_what_is_too_small_to_sell_is_dust_with_a_next_step() -> None:
    desk = Closing("0.00007")
    answer = await desk.flattener.flatten(BTC)
    assert isinstance(answer, Denied)
    assert answer.reason is DenialReason.DUST
    assert answer.message.startswith(
        "0.00007 BTC is dust: worth 4.2 USDT, the exchange's minimum is 5 USDT; buy 0.00009 "
    )


async def test_less_than_a_step_is_dust() -> None:
    desk = Closing("0.000004")
    answer = await desk.flattener.flatten(BTC)
    assert isinstance(answer, Denied)
    assert answer.reason is DenialReason.DUST


async def test_closing_all_leaves_the_dust_and_tells_of_it() -> None:
    desk = Closing()
    desk.account.positions[ETH] = Position(instrument_id=ETH, quantity=Decimal("0.001"))
    desk.account.hold("ETH", "0.001")
    async with desk.running():
        assert isinstance(await desk.flattener.flatten(), Accepted)
        await settled()
        assert [order.instrument_id for order in desk.exchange.sent] == [BTC]
        assert {title for _, title, _ in desk.told()} == {"Closing BTC/USDT", "Closing ETH/USDT"}


async def test_nothing_is_closed_where_nothing_is_open_or_all_is_halted() -> None:
    desk = Closing("0")
    answer = await desk.flattener.flatten(BTC)
    assert isinstance(answer, Denied)
    assert answer.reason is DenialReason.NO_POSITION_TO_REDUCE
    assert answer.message.startswith("no position of BTC/USDT is open and no order works there, so there is nothing ")
    answer = await desk.flattener.flatten()
    assert isinstance(answer, Denied)
    assert answer.message.startswith("no position is open, so there is nothing to close")
    desk = Closing()
    desk.gate.set_state(TradingState.HALTED)
    answer = await desk.flattener.flatten(BTC)
    assert isinstance(answer, Denied)
    assert answer.reason is DenialReason.TRADING_HALTED


async def test_a_position_is_closed_while_trading_is_reducing() -> None:
    desk = Closing()
    desk.gate.set_state(TradingState.REDUCING)
    async with desk.running():
        await desk.flattener.flatten(BTC)
        await settled()
        assert desk.account.position(BTC).quantity == 0


async def test_a_flatten_waits_for_its_cancels_however_long_the_exchange_is_away_and_sells_then() -> None:
    desk = Closing(patience_s=0.02)
    async with desk.running():
        await desk.manager.submit(A_STOP)
        await settled()
        desk.exchange.failed_cancels.extend([ExchangeUnavailable("away")] * 3)
        await desk.flattener.flatten(BTC)
        await desk.hears("not sold yet: 1 order is still being canceled", "unless trading is halted")
        assert [order.order_type for order in desk.exchange.sent] == [OrderType.STOP]
        await desk.time.passes(60)
        await desk.hears("0.5 sold")
        assert [order.order_type for order in desk.exchange.sent] == [OrderType.STOP, OrderType.MARKET]
        assert "Unprotected" not in desk.titles()


async def test_a_position_is_closed_once_at_a_time() -> None:
    desk = Closing()
    async with desk.running():
        await desk.manager.submit(a_submit())
        await settled()
        desk.exchange.failed_cancels.append(ExchangeUnavailable("away"))
        await desk.flattener.flatten(BTC)
        await settled()
        assert await desk.flattener.flatten(BTC) == Accepted(())
        assert desk.told()[-1][2] == "it is being closed already"
        await desk.time.passes(60)
        assert desk.told()[-1][2] == "0.5 sold"
        assert len(desk.exchange.sent) == 2


async def test_halting_gives_a_flatten_up_and_the_lost_stop_is_told_to_last() -> None:
    desk = Closing(patience_s=0.02)
    async with desk.running():
        stop, other = await desk.sends(A_STOP), await desk.sends(a_submit())
        desk.exchange.failed_cancels.extend([None, ExchangeUnavailable("away")])
        await desk.flattener.flatten(BTC)
        await settled()
        assert desk.status(stop) is S.CANCELED
        assert desk.status(other) is S.PENDING_CANCEL
        desk.gate.set_state(TradingState.HALTED)
        await desk.hears("not closed: trading was halted before it was sold")
        level, title, message = desk.notices[-1][:3]
        assert (level, title) == (NoticeLevel.ERROR, "Unprotected")
        assert str(message).startswith("0.5 of BTC/USDT is held and nothing protects it: its stop is canceled")
        desk.gate.set_state(TradingState.ACTIVE)
        await desk.time.passes(60)
        assert OrderType.MARKET not in {order.order_type for order in desk.exchange.sent}


async def test_a_cancel_that_is_refused_for_good_gives_the_flatten_up() -> None:
    desk = Closing()
    async with desk.running():
        stop, other = await desk.sends(A_STOP), await desk.sends(a_submit())
        desk.exchange.failed_cancels.extend([None, AuthenticationFailed("Invalid API-key")])
        await desk.flattener.flatten(BTC)
        await settled()
        assert (desk.status(stop), desk.status(other)) == (S.CANCELED, S.ACCEPTED)
        assert desk.told() == [(NoticeLevel.ERROR, "Closing BTC/USDT", "not closed: 1 order could not be canceled")]
        assert desk.titles()[-1] == "Unprotected"
        await desk.flattener.flatten(BTC)
        await settled()
        assert desk.told()[-1][2] == "0.5 sold"


async def test_a_stop_that_could_not_be_canceled_still_protects() -> None:
    desk = Closing()
    async with desk.running():
        await desk.sends(A_STOP)
        desk.exchange.failed_cancels.append(AuthenticationFailed("Invalid API-key"))
        await desk.flattener.flatten(BTC)
        await settled()
        assert desk.told()[-1][2] == "not closed: 1 order could not be canceled"
        assert "Unprotected" not in desk.titles()


async def test_a_sale_that_stopped_half_way_leaves_the_rest_unprotected_and_says_so() -> None:
    desk = Closing()
    desk.fills = Decimal("0.4")
    async with desk.running():
        await desk.sends(A_STOP)
        await desk.flattener.flatten(BTC)
        await settled()
        assert desk.titles()[-2:] == ["Closing BTC/USDT", "Unprotected"]
        assert str(desk.notices[-1][2]).startswith("0.3 of BTC/USDT is held")


async def test_a_sale_waits_for_the_end_of_what_passes_by_itself() -> None:
    desk = Closing(patience_s=0.02)
    async with desk.running():
        await desk.sends(A_STOP)
        desk.market.stale.add(BTC)
        await desk.flattener.flatten(BTC)
        await desk.hears("not sold yet, and sold as soon as it can be: the quote of BTC/USDT")
        desk.market.stale.clear()
        await desk.hears("0.5 sold")
        assert "Unprotected" not in desk.titles()


async def test_a_sale_that_never_arrived_is_tried_again_a_few_times() -> None:
    desk = Closing(patience_s=0.01)
    async with desk.running():
        desk.exchange.failed_sends.extend([ExchangeUnavailable("away")] * 2)
        await desk.flattener.flatten(BTC)
        await desk.hears("0.5 sold")
        desk.hold("0.5")
        await desk.sends(A_STOP)
        desk.exchange.failed_sends.extend([ExchangeUnavailable("away")] * 9)
        await desk.flattener.flatten(BTC)
        await desk.hears("0 sold, then it stopped: not sent: the exchange cannot be reached")
        assert len(desk.exchange.failed_sends) == 5
        assert desk.titles()[-1] == "Unprotected"


async def test_a_flatten_goes_on_after_its_stage_was_ended_and_begun_again() -> None:
    desk = Closing()
    async with desk.running():
        await desk.sends(a_submit())
        desk.exchange.failed_cancels.append(ExchangeUnavailable("away"))
        await desk.flattener.flatten(BTC)
        await settled()
    assert desk.told() == []
    async with desk.running():
        await desk.time.passes(60)
        assert desk.told()[-1][2] == "0.5 sold"


async def test_without_a_position_the_orders_of_the_market_are_canceled_and_that_is_said() -> None:
    desk = Closing("0")
    async with desk.running():
        mine, other = await desk.sends(a_submit()), await desk.sends(a_submit(instrument_id=ETH, limit_price="2900"))
        assert await desk.flattener.flatten(BTC) == Accepted((mine,))
        await settled()
        assert (desk.status(mine), desk.status(other)) == (S.CANCELED, S.ACCEPTED)
        message = "1 order is canceled and nothing is sold: no position of BTC/USDT is open"
        assert desk.told() == [(NoticeLevel.INFO, "Closing BTC/USDT", message)]


async def test_orders_beside_dust_are_canceled_and_the_dust_is_said() -> None:
    desk = Closing("0.00007")
    async with desk.running():
        mine = await desk.sends(a_submit())
        assert await desk.flattener.flatten(BTC) == Accepted((mine,))
        assert "1 order is canceled and nothing is sold: 0.00007 BTC is dust" in str(desk.told()[-1][2])


async def test_a_short_position_is_never_bought_back() -> None:
    desk = Closing("0")
    desk.account.positions[BTC] = Position(instrument_id=BTC, quantity=Decimal("-0.01"))
    for market in (BTC, None):
        answer = await desk.flattener.flatten(market)
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.NO_POSITION_TO_REDUCE
        assert "more was sold than was bought through FKS" in answer.message
        assert "BTC/USDT" in answer.message
        assert "on spot there is nothing to buy back" in answer.message
    async with desk.running():
        mine = await desk.sends(a_submit())
        assert await desk.flattener.flatten(BTC) == Accepted((mine,))
        await settled()
        assert "nothing to buy back" in str(desk.told()[-1][2])
        assert len(desk.exchange.sent) == 1
