"""The pages that a desk may look up: markets, candles, orders, fills, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import (
    CandlesPage,
    CandlesRequest,
    FillsPage,
    FillsRequest,
    HistoryRequest,
    InstrumentsPage,
    InstrumentsRequest,
    OrderLifeRequest,
    OrdersPage,
    OrdersRequest,
    Refused,
    SettingRow,
    SettingsPage,
)
from fks_engine.config.rows import setting_lines
from fks_engine.errors import FksError
from fks_engine.state.search import matching

if TYPE_CHECKING:
    from fks_engine.api import Page
    from fks_engine.config import Folders, Settings
    from fks_engine.engine.parts import Parts

MAX_CANDLES: Final = 1_500
MAX_ROWS: Final = 1_000
MAX_INSTRUMENTS: Final = 5_000
NO_HISTORY: Final = "read-only: there is no account, so there is no history of its orders"


async def look_up(
    parts: Parts,
    settings: Settings,
    request: InstrumentsRequest | CandlesRequest | OrdersRequest | FillsRequest | HistoryRequest | OrderLifeRequest,
) -> Page:
    """One page; Refused when the exchange cannot be asked."""
    match request:
        case InstrumentsRequest(text=text, limit=limit):
            listed = parts.market.instruments
            found = matching(text, listed, settings.market.reporting_currency)
            chosen = found[: max(0, min(limit, MAX_INSTRUMENTS))]
            return InstrumentsPage(tuple(listed[each] for each in chosen), len(found))
        case OrdersRequest(limit=limit, offset=offset):
            return OrdersPage(*parts.orders.page(_bounded(limit), max(0, offset)))
        case FillsRequest(limit=limit, offset=offset):
            return FillsPage(*parts.portfolio.fills(_bounded(limit), max(0, offset)))
        case CandlesRequest():
            return await _candles(parts, request)
        case HistoryRequest() | OrderLifeRequest():
            history = parts.records.history
            return Refused(NO_HISTORY) if history is None else await history.ask(request)


def settings_page(settings: Settings, folders: Folders) -> SettingsPage:
    """Every setting with its value and where that comes from."""
    rows = tuple(SettingRow(*line) for line in setting_lines(settings))
    return SettingsPage(rows, str(folders.settings_file))


async def _candles(parts: Parts, request: CandlesRequest) -> Page:
    instrument_id, timeframe = request.instrument_id, request.timeframe
    if parts.market.instrument(instrument_id) is None:
        return Refused(f"{instrument_id} is not listed by {parts.exchange.name}")
    limit = max(1, min(request.limit, MAX_CANDLES))
    try:
        candles = await parts.exchange.fetch_candles(instrument_id, timeframe, limit, request.before_ts)
    except FksError as error:
        return Refused(f"no candles of {instrument_id.partition(':')[2]}: {error}")
    if request.before_ts is None:
        parts.market.seed_candles(candles)
    return CandlesPage(instrument_id, timeframe, candles)


def _bounded(limit: int) -> int:
    return max(0, min(limit, MAX_ROWS))
