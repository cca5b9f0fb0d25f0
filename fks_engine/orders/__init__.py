"""Order life: ids, ledger, sending and cancelling, the truth about unanswered sends, reconciliation."""

from fks_engine.orders.flatten import Flattener
from fks_engine.orders.halt import Halt
from fks_engine.orders.ids import ClientOrderIds, is_ours
from fks_engine.orders.ledger import OrderLedger
from fks_engine.orders.manager import OrderManager, OrderStatistics
from fks_engine.orders.protection import Protector
from fks_engine.orders.settings import OrderSettings

__all__ = [
    "ClientOrderIds",
    "Flattener",
    "Halt",
    "OrderLedger",
    "OrderManager",
    "OrderSettings",
    "OrderStatistics",
    "Protector",
    "is_ours",
]
