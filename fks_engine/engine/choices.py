"""What the settings choose: how the exchange is reached, the limits, what is streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import NoticeLevel
from fks_engine.exchange import Environment, ExchangeEndpoints, ExchangeOptions
from fks_engine.model import Mode, instrument_id
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.resilience.backoff import Backoff
from fks_engine.risk import RiskLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.config import Settings
    from fks_engine.engine.notices import NoticeLog
    from fks_engine.engine.simulator_process import SimulatorAddress
    from fks_engine.model import Instrument, InstrumentId
    from fks_engine.ports import Exchange

FALLBACK_WATCHLIST: Final = 20
"""How many listed instruments are shown when none of the watchlist is listed."""


def exchange_options(settings: Settings, address: SimulatorAddress | None) -> ExchangeOptions:
    """How the exchange of these settings is reached; `address` is the simulator's in mode sim."""
    chosen = settings.exchange
    key, secret = chosen.api_key, chosen.api_secret
    if chosen.read_only:
        environment, endpoints = Environment.PRODUCTION, None
    elif settings.mode is Mode.SIM and address is not None:
        environment, endpoints = Environment.SIMULATOR, ExchangeEndpoints(address.rest, address.ws, address.ws_api)
    else:
        environment, endpoints = Environment.TESTNET, None
    return ExchangeOptions(
        environment=environment,
        name=chosen.name,
        endpoints=endpoints,
        api_key=address.key if address else (key.get_secret_value() if key else ""),
        api_secret=address.secret if address else (secret.get_secret_value() if secret else ""),
        recv_window_ms=chosen.recv_window_ms,
        rest_timeout_s=chosen.rest_timeout_s,
        read_only=chosen.read_only,
        book_depth=settings.market.book_depth,
        rate_reserve_percent=chosen.rate_reserve_percent,
        book_audit_s=settings.engine.book_audit_s,
    )


def stream_backoff(settings: Settings) -> Backoff:
    """The waits of one stream between two tries."""
    return Backoff(settings.engine.restart_backoff_min_s, settings.engine.restart_backoff_max_s)


def banned_for_s(exchange: Exchange) -> float | None:
    """Seconds for which the exchange takes no request of ours; None while it does."""
    usage = exchange.rate_usage
    return None if usage is None else usage.banned_for_s


def risk_limits(settings: Settings) -> RiskLimits:
    """The gate's limits as the settings name them."""
    risk = settings.risk
    allowed = frozenset(instrument_id(settings.exchange.name, market) for market in risk.instruments)
    return RiskLimits(
        reporting_currency=settings.market.reporting_currency,
        max_order_notional=risk.max_order_notional,
        max_order_quantity=risk.max_order_quantity,
        max_instrument_notional=risk.max_instrument_notional,
        max_exposure=risk.max_exposure,
        max_open_orders=risk.max_open_orders,
        max_orders_per_second=risk.max_orders_per_second,
        max_daily_loss=risk.max_daily_loss,
        max_drawdown_percent=risk.max_drawdown_percent,
        price_band_percent=risk.price_band_percent,
        max_slippage_percent=risk.max_slippage_percent,
        max_data_age_s=risk.max_data_age_s,
        instruments=allowed or None,
    )


def channels(watchlist: tuple[InstrumentId, ...]) -> tuple[MarketChannel, ...]:
    """What the whole watchlist is subscribed to."""
    kinds = (ChannelKind.QUOTES, ChannelKind.TRADES, ChannelKind.BOOKS, ChannelKind.STATISTICS)
    return tuple(MarketChannel(kind, watchlist) for kind in kinds)


def watchlist_of(
    settings: Settings, exchange: str, listed: Mapping[InstrumentId, Instrument], notices: NoticeLog
) -> tuple[InstrumentId, ...]:
    """The watchlist's instruments that are listed; those that are not are told once."""
    wanted = [instrument_id(exchange, market) for market in settings.market.watchlist]
    known = tuple(each for each in wanted if each in listed)
    unknown = [each.partition(":")[2] for each in wanted if each not in listed]
    if unknown:
        text = f"not listed by {exchange}: {', '.join(unknown)}; mend market.watchlist in fks.toml"
        notices.add(NoticeLevel.WARNING, "Unknown market", text)
    return known or tuple(sorted(listed))[:FALLBACK_WATCHLIST]
