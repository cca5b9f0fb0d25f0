"""Pre-trade checks: pure questions with reasons in numbers, limits, the trading state, the preview of an order."""

from fks_engine.risk.checks import CHECKS, first_denial
from fks_engine.risk.equity_trust import EquityTrust
from fks_engine.risk.gate import RiskGate
from fks_engine.risk.limit_book import LimitBook
from fks_engine.risk.limit_rows import LimitRows
from fks_engine.risk.limits import RiskLimits
from fks_engine.risk.loss_watch import LossWatch
from fks_engine.risk.situation import Situation

__all__ = [
    "CHECKS",
    "EquityTrust",
    "LimitBook",
    "LimitRows",
    "LossWatch",
    "RiskGate",
    "RiskLimits",
    "Situation",
    "first_denial",
]
