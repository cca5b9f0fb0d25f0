"""The sales of a halt against the limits: they make them smaller, and keep none back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import DenialReason, Denied
from fks_engine.model import OrderType, Side, TradingState
from fks_engine.ports import HaltSale
from fks_engine.risk import RiskGate, RiskLimits
from tests.engine.builders import BTC, a_book, a_quote, an_order
from tests.engine.still_market import StillAccount, StillMarket

NO_LIMITS = RiskLimits(reporting_currency="USDT")
SALE = HaltSale(
    instrument_id=BTC, side=Side.SELL, order_type=OrderType.MARKET, quantity=Decimal(1), reduce_only=True, origin="halt"
)


class Halted:
    """A gate that is shut for all but a halt's sale of one bitcoin."""

    def __init__(self, limits: RiskLimits) -> None:
        self.market, self.account = StillMarket(), StillAccount()
        self.account.hold("BTC", 1)
        self.gate = RiskGate(limits, self.market, self.account, connected=lambda: True, read_only=lambda: False)
        self.gate.set_state(TradingState.HALTED)
        self.gate.lets_halt_sell = True

    def denied(self, sale: HaltSale = SALE) -> Denied | None:
        return self.gate.verdict(sale, [an_order(client_order_id=f"web-{number}") for number in range(3)])


@pytest.mark.parametrize(
    "limits",
    [
        replace(NO_LIMITS, max_open_orders=1),
        replace(NO_LIMITS, max_orders_per_second=1),
        replace(NO_LIMITS, max_exposure=Decimal(1)),
        replace(NO_LIMITS, max_instrument_notional=Decimal(1)),
        replace(NO_LIMITS, max_data_age_s=Decimal("0.01")),
        replace(NO_LIMITS, instruments=frozenset()),
        replace(NO_LIMITS, price_band_percent=Decimal("0.0001")),
        replace(NO_LIMITS, reporting_currency="XAU", max_order_notional=Decimal(10)),
    ],
    ids=lambda limits: ",".join(
        name for name in RiskLimits.__dataclass_fields__ if getattr(limits, name) != getattr(NO_LIMITS, name)
    ),
)
def test_no_limit_of_the_person_keeps_back_what_a_halt_sells(limits: RiskLimits) -> None:
    desk = Halted(limits)
    desk.market.books[BTC] = a_book(bids=(("30000.00", "0.1"), ("20000.00", "3")), asks=(("30000.01", "3"),))
    assert desk.denied() is None


@pytest.mark.parametrize(
    "limits",
    [replace(NO_LIMITS, max_order_notional=Decimal(9_000)), replace(NO_LIMITS, max_order_quantity=Decimal("0.3"))],
)
def test_limits_on_one_order_make_it_several(limits: RiskLimits) -> None:
    desk = Halted(limits)
    denied = desk.denied()
    assert denied is not None
    assert denied.reason in {DenialReason.NOTIONAL_OVER_LIMIT, DenialReason.QUANTITY_OVER_MAXIMUM}
    assert desk.denied(replace(SALE, quantity=Decimal("0.1"))) is None


def test_without_a_cap_the_band_bounds_the_price_of_a_halts_sale() -> None:
    desk = Halted(replace(NO_LIMITS, price_band_percent=Decimal(5)))
    desk.market.quotes[BTC] = a_quote("30000.00", "30000.01")
    assert desk.gate.cap_price(SALE) == Decimal("28500.00")
    desk.gate.set_limits(replace(NO_LIMITS, price_band_percent=Decimal(5), max_slippage_percent=Decimal(1)))
    assert desk.gate.cap_price(SALE) == Decimal("29700.00")
