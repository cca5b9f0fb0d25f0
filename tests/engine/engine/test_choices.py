"""What the settings choose of the limits."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.config import RiskSettings, Settings
from fks_engine.engine.choices import risk_limits
from fks_engine.model import LimitName
from tests.engine.builders import BTC, ETH


def test_every_setting_of_a_limit_is_held() -> None:
    values = {
        "max_order_notional": Decimal(1),
        "max_order_quantity": Decimal(2),
        "max_instrument_notional": Decimal(3),
        "max_exposure": Decimal(4),
        "max_open_orders": 5,
        "max_orders_per_second": 6,
        "max_daily_loss": Decimal(7),
        "max_drawdown_percent": Decimal(8),
        "price_band_percent": Decimal(9),
        "max_slippage_percent": Decimal(10),
        "max_data_age_s": Decimal(11),
        "instruments": ("BTC/USDT", "ETH/USDT"),
    }
    assert values.keys() == {name.value for name in LimitName} == RiskSettings.model_fields.keys()
    limits = risk_limits(Settings(risk=RiskSettings.model_validate(values)))
    held = {name.value: getattr(limits, name) for name in LimitName}
    assert held == values | {"instruments": frozenset({BTC, ETH})}


def test_no_allowed_markets_are_all_of_them() -> None:
    assert risk_limits(Settings()).instruments is None
