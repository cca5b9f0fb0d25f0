"""The parts of a DeskView, taken from the stages: what all desks share, and what one desk follows."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.api import (
    AccountView,
    Connection,
    EngineView,
    FocusView,
    Mode,
    OrderType,
    RateBudgetView,
    Side,
    TradingState,
    empty_account,
)
from fks_engine.ports import ChannelKind
from fks_engine.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.api import (
        Alert,
        Fill,
        InstrumentId,
        Order,
        QuoteRow,
        ReconciliationView,
        RiskView,
        StageStatus,
        Timeframe,
        Watchlist,
    )
    from fks_engine.config import Settings
    from fks_engine.engine.parts import Parts
    from fks_engine.ports import RateUsage
    from fks_engine.risk.loss_watch import LossWatch

RECENT = 50
TAPE = 100
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
_WORST_FIRST = (
    Connection.STOPPING,
    Connection.DISCONNECTED,
    Connection.STARTING,
    Connection.RATE_LIMITED,
    Connection.RECONNECTING,
    Connection.STALE,
    Connection.LIVE,
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What every desk sees alike at one tick."""

    engine: EngineView
    quotes: tuple[QuoteRow, ...]
    working_orders: tuple[Order, ...]
    recent_orders: tuple[Order, ...]
    recent_fills: tuple[Fill, ...]
    account: AccountView
    watchlists: tuple[Watchlist, ...] = ()
    alerts: tuple[Alert, ...] = ()
    reconciliation: ReconciliationView | None = None
    risk: RiskView | None = None


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What the engine knows of itself."""

    started_ts: int
    stopping: bool
    phase: str
    """What the engine is doing before its parts exist."""
    stages: tuple[StageStatus, ...]
    attached_desks: int
    loop_lag_ms: float | None = None


def shared_picture(settings: Settings, facts: EngineFacts, parts: Parts | None) -> Shared:
    """The picture without any desk's own focus."""
    if parts is None:
        empty = empty_account(settings.market.reporting_currency)
        return Shared(_engine_view(settings, facts, None, ()), (), (), (), (), empty)
    quotes = parts.market.quote_rows(parts.watchlist)
    working = parts.orders.working()
    account = _of_day(_with_protection(parts.portfolio.account_view(), working), parts.risk.losses)
    return Shared(
        engine=_engine_view(settings, facts, parts, quotes),
        quotes=quotes,
        working_orders=working,
        recent_orders=parts.orders.recent(RECENT),
        recent_fills=parts.portfolio.fills(RECENT, 0)[0],
        account=account,
        watchlists=parts.lists.all() if parts.streams else (),
        alerts=parts.alerts.all(),
        risk=parts.risk.view(working, account, quotes, parts.halt.view()),
        reconciliation=None if parts.exchange.read_only else parts.account.reconciliation.view(),
    )


def _with_protection(account: AccountView, working: tuple[Order, ...]) -> AccountView:
    """The account with what working stops would sell of each position."""
    stops: dict[InstrumentId, Decimal] = {}
    for order in working:
        if order.order_type in _STOPS and order.side is Side.SELL and order.waits_for is None:
            stops[order.instrument_id] = stops.get(order.instrument_id, Decimal(0)) + order.leaves_quantity
    if not stops:
        return account
    rows = tuple(replace(row, protected_quantity=stops.get(row.instrument_id, Decimal(0))) for row in account.positions)
    return replace(account, positions=rows)


def _of_day(account: AccountView, losses: LossWatch) -> AccountView:
    """The account with the profit that the loss limit counts, which a restart does not begin anew."""
    profit = None if account.equity is None else losses.day_profit(account.equity)
    return account if profit is None else replace(account, day_profit=profit)


def _engine_view(
    settings: Settings, facts: EngineFacts, parts: Parts | None, quotes: tuple[QuoteRow, ...]
) -> EngineView:
    connection, detail = _connection(facts, quotes)
    fault = parts.records.journal.fault if parts else ""
    if connection is Connection.LIVE and fault:
        detail = f"nothing is sent, cancels pass: {fault}"
    streams = parts.streams if parts else None
    return EngineView(
        pid=os.getpid(),
        version=installed_version(),
        mode=settings.mode,
        exchange=exchange_words(settings),
        read_only=parts.exchange.read_only if parts else settings.exchange.read_only,
        started_ts=facts.started_ts,
        trading_state=parts.gate.trading_state if parts else TradingState.ACTIVE,
        trading_state_reason=parts.gate.reason if parts else "",
        connection=connection,
        detail=detail,
        oldest_data_age_s=parts.market.oldest_quote_age_s(parts.watchlist) if parts else None,
        clock_offset_ms=parts.link.offset_ms if parts else None,
        messages_per_s=streams.messages_per_s() if streams else 0.0,
        stages=facts.stages,
        attached_desks=facts.attached_desks,
        order_round_trip_ms=parts.orders.last_round_trip_ms if parts else None,
        budget=_budget(parts.exchange.rate_usage) if parts else None,
        loop_lag_ms=facts.loop_lag_ms,
        max_slippage_percent=(parts.gate.limits if parts else settings.risk).max_slippage_percent,
        orders_known=parts.account.known if parts else False,
        journal_fault=fault,
    )


def _budget(usage: RateUsage | None) -> RateBudgetView | None:
    """The exchange's budget as a desk sees it."""
    if usage is None:
        return None
    return RateBudgetView(
        used=usage.used,
        limit=usage.limit,
        reserved=usage.reserved,
        orders_used=usage.orders_used,
        orders_limit=usage.orders_limit,
        waiting=usage.waiting,
        banned_for_s=usage.banned_for_s,
    )


def exchange_words(settings: Settings) -> str:
    """The exchange as people should read it: a recording is never taken for a market that is there now."""
    simulated = settings.mode is Mode.SIM and not settings.exchange.read_only
    is_replay = simulated and settings.simulator.drive == "replay"
    return f"{settings.exchange.name} REPLAY" if is_replay else settings.exchange.name


def _connection(facts: EngineFacts, quotes: tuple[QuoteRow, ...]) -> tuple[Connection, str]:
    """The worst of what trading needs, and one line that says why."""
    if facts.stopping:
        return Connection.STOPPING, "the engine is stopping"
    worst = worst_of(stage for stage in facts.stages if _is_of_connection(stage))
    if worst is None:
        return Connection.STARTING, facts.phase
    if worst.connection is not Connection.LIVE:
        cause = _cause(worst, facts.stages)
        return worst.connection, f"{cause.name}: {cause.detail}" if cause.detail else cause.name
    if not quotes or all(row.age_s is None for row in quotes):
        return Connection.STARTING, "waiting for the first quotes"
    stale = [row for row in quotes if row.stale]
    if len(stale) * 2 > len(quotes):
        return Connection.STALE, f"{len(stale)} of {len(quotes)} markets are stale"
    return Connection.LIVE, ""


def _cause(worst: StageStatus, stages: Iterable[StageStatus]) -> StageStatus:
    """The stage that says why: the account is not read while its stream is lost, and that one knows the reason."""
    if worst.name != "account sync":
        return worst
    streams = (stage for stage in stages if stage.name == "account" and stage.detail)
    return next((stage for stage in streams if stage.connection is not Connection.LIVE), worst)


def _is_of_connection(stage: StageStatus) -> bool:
    """Whether trading needs the stage to be connected: without its journal the market is as live as ever."""
    is_shut = stage.name == "journal" and stage.connection is Connection.DISCONNECTED
    return not is_shut and not stage.name.startswith(ChannelKind.CANDLES)


def worst_of(stages: Iterable[StageStatus]) -> StageStatus | None:
    """The stage whose state hinders most; the first of them in the engine's order."""
    return min(stages, key=lambda stage: _WORST_FIRST.index(stage.connection), default=None)


def focus_picture(parts: Parts, instrument_id: InstrumentId, timeframe: Timeframe, depth: int) -> FocusView | None:
    """Book, tape and candle of one instrument; None when it is not listed."""
    instrument = parts.market.instrument(instrument_id)
    if instrument is None:
        return None
    bids, asks = parts.market.book_levels(instrument_id, depth)
    book = parts.market.book(instrument_id)
    own = [order for order in parts.orders.working() if order.instrument_id == instrument_id]
    return FocusView(
        instrument=instrument,
        timeframe=timeframe,
        bids=bids,
        asks=asks,
        book_update_id=book.update_id if book else 0,
        book_age_s=parts.market.book_age_s(instrument_id),
        book_stale=parts.market.book_stale(instrument_id),
        trades=parts.market.tape(instrument_id, TAPE),
        candle=parts.market.candle(instrument_id, timeframe),
        own_bids=_by_price(own, Side.BUY),
        own_asks=_by_price(own, Side.SELL),
    )


def _by_price(orders: Iterable[Order], side: Side) -> dict[str, Decimal]:
    """Leaves of our orders of one side, added up by limit price."""
    found: dict[str, Decimal] = {}
    for order in orders:
        if order.side is side and order.limit_price is not None:
            price = str(order.limit_price)
            found[price] = found.get(price, Decimal(0)) + order.leaves_quantity
    return found
