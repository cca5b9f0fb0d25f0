"""Holdings too small to be sold."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.api import DenialReason
from fks_engine.model import Side
from fks_engine.risk import RiskGate, RiskLimits
from tests.engine.builders import a_submit, an_instrument
from tests.engine.risk.scene import Scene
from tests.engine.still_market import StillAccount, StillMarket


def test_selling_all_of_too_little_is_dust_and_names_the_next_step() -> None:
    scene = Scene()
    scene.account.hold("BTC", "0.0000734")
    denied = scene.denial(a_submit(Side.SELL, "0.00007", None))
    assert denied is not None
    assert denied.reason is DenialReason.DUST
    assert denied.message == (
        "0.00007 BTC is dust: worth 4.2 USDT, the exchange's minimum is 5 USDT; buy 0.00009 BTC or more and sell all, "
        "or leave it"
    )


def test_less_than_the_least_quantity_is_dust_too() -> None:
    scene = Scene()
    scene.market.list(an_instrument(min_quantity=Decimal("0.01")))
    scene.account.hold("BTC", "0.005")
    denied = scene.denial(a_submit(Side.SELL, "0.005", "60000"))
    assert denied is not None
    assert denied.reason is DenialReason.DUST
    assert "minimum is 0.01 BTC" in denied.message


def test_a_part_of_much_is_not_dust_but_too_small() -> None:
    assert Scene().reason(a_submit(Side.SELL, "0.00007", None)) is DenialReason.NOTIONAL_UNDER_MINIMUM


def warnings(held: str, sold: str) -> tuple[str, ...]:
    account = StillAccount()
    account.hold("BTC", held)
    limits = RiskLimits(reporting_currency="USDT")
    gate = RiskGate(limits, StillMarket(), account, connected=lambda: True, read_only=lambda: False)
    return gate.preview(a_submit(Side.SELL, sold, None), ()).warnings


def test_a_sale_that_leaves_dust_is_warned_of() -> None:
    (warning,) = warnings("0.10003", "0.1")
    assert warning.startswith("0.00003 BTC would be left, worth 1.8 USDT")
    assert warning.endswith("sell 0.10003 to leave nothing")
    assert warnings("0.10003", "0.10003") == ()
    assert warnings("0.1000034", "0.1") == ()
    assert warnings("0.2", "0.1") == ()
