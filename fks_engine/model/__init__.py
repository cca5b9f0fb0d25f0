"""The nouns of trading: instruments, markets, orders, fills, positions."""

from fks_engine.model.account import Balance, BalancesChanged
from fks_engine.model.decimals import EXACT, plain
from fks_engine.model.fill import Fill
from fks_engine.model.instrument import Instrument, InstrumentId, instrument_id, market_of
from fks_engine.model.journal import (
    BalancesTaken,
    CancelAsked,
    CheckMade,
    Checkpoint,
    DifferenceNoted,
    EquityMarked,
    FillTaken,
    JournalEntry,
    JournalOpened,
    LimitSet,
    OrderMoved,
    OrdersPlanned,
    OrdersSent,
    ReportTaken,
    ToleratedLoss,
    TradingStateSet,
)
from fks_engine.model.limits import (
    LimitName,
)
from fks_engine.model.market import Candle, DayStatistics, Level, OrderBook, Quote, Timeframe, Trade
from fks_engine.model.modes import Mode, TradingState
from fks_engine.model.order import (
    TRANSITIONS,
    Order,
    OrderReport,
    OrderStatus,
    exchange_id_in,
    external_id,
)
from fks_engine.model.order_types import OrderType, Side, TimeInForce
from fks_engine.model.position import Position, PositionSide
from fks_engine.model.valuation import Marks, rate, route

__all__ = [
    "EXACT",
    "TRANSITIONS",
    "Balance",
    "BalancesChanged",
    "BalancesTaken",
    "CancelAsked",
    "Candle",
    "CheckMade",
    "Checkpoint",
    "DayStatistics",
    "DifferenceNoted",
    "EquityMarked",
    "Fill",
    "FillTaken",
    "Instrument",
    "InstrumentId",
    "JournalEntry",
    "JournalOpened",
    "Level",
    "LimitName",
    "LimitSet",
    "Marks",
    "Mode",
    "Order",
    "OrderBook",
    "OrderMoved",
    "OrderReport",
    "OrderStatus",
    "OrderType",
    "OrdersPlanned",
    "OrdersSent",
    "Position",
    "PositionSide",
    "Quote",
    "ReportTaken",
    "Side",
    "TimeInForce",
    "Timeframe",
    "ToleratedLoss",
    "Trade",
    "TradingState",
    "TradingStateSet",
    "exchange_id_in",
    "external_id",
    "instrument_id",
    "market_of",
    "plain",
    "rate",
    "route",
]
