"""Order life: ids, ledger, sending and cancelling, the truth about unanswered sends, reconciliation."""

from fks_engine.orders.flatten import Flattener
from fks_engine.orders.ids import ClientOrderIds, is_ours
from fks_engine.orders.ledger import OrderLedger
from fks_engine.orders.manager import OrderManager, OrderStatistics
from fks_engine.orders.settings import OrderSettings

__all__ = ["ClientOrderIds", "Flattener", "OrderLedger", "OrderManager", "OrderSettings", "OrderStatistics", "is_ours"]
