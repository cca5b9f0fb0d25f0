"""The stages of an engine whose exchange is known, built and introduced to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import NoticeLevel
from fks_engine.engine.account import AccountReader
from fks_engine.engine.link import ExchangeLink
from fks_engine.exchange import Environment, ExchangeEndpoints, ExchangeOptions, build_exchange
from fks_engine.model import Mode, Timeframe, TradingState, instrument_id
from fks_engine.orders import OrderManager, OrderSettings
from fks_engine.portfolio import Portfolio
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.resilience.backoff import Backoff
from fks_engine.risk import RiskGate, RiskLimits
from fks_engine.state import LatestMarket
from fks_engine.streams import AccountStream, MarketStreams
from fks_engine.topics import Bus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.clock import Clock
    from fks_engine.config import Settings
    from fks_engine.engine.notices import NoticeLog
    from fks_engine.engine.simulator_process import SimulatorAddress
    from fks_engine.model import Instrument, InstrumentId
    from fks_engine.ports import Exchange

FALLBACK_WATCHLIST = 20
"""How many listed instruments are shown when none of the watchlist is listed."""


@dataclass(slots=True)
class Parts:
    """Everything between the exchange and the door."""

    exchange: Exchange
    market: LatestMarket
    portfolio: Portfolio
    gate: RiskGate
    orders: OrderManager
    link: ExchangeLink
    account: AccountReader
    account_stream: AccountStream
    watchlist: tuple[InstrumentId, ...] = ()
    streams: MarketStreams | None = None
    """None until the instruments are known."""
    priced: set[InstrumentId] = field(default_factory=set)
    """Instruments outside the watchlist that are followed because something held is priced by them."""

    @property
    def connected(self) -> bool:
        """Whether an order could reach the exchange and its answer us."""
        return self.link.up and self.account_stream.subscribed and self.account.ready

    def follow_marks(self) -> None:
        """Subscribe to what prices the assets that are held."""
        assert self.streams is not None
        needed = self.portfolio.needed_marks() & self.market.instruments.keys()
        for instrument in sorted(needed - set(self.watchlist) - self.priced):
            self.streams.follow(instrument, Timeframe.M1)
            self.priced.add(instrument)


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
        endpoints=endpoints,
        api_key=address.key if address else (key.get_secret_value() if key else ""),
        api_secret=address.secret if address else (secret.get_secret_value() if secret else ""),
        recv_window_ms=chosen.recv_window_ms,
        rest_timeout_s=chosen.rest_timeout_s,
        read_only=chosen.read_only,
        book_depth=settings.market.book_depth,
    )


def build_parts(
    settings: Settings, bus: Bus, clock: Clock, notices: NoticeLog, address: SimulatorAddress | None
) -> Parts:
    """Build every stage. Nothing runs and nothing is connected yet."""
    parts: Parts  # the stages below see each other through it once they run
    exchange = build_exchange(
        exchange_options(settings, address), clock, lambda fault: notices.add(NoticeLevel.WARNING, "Bad data", fault)
    )
    market = LatestMarket(
        clock,
        stale_after_s=settings.market.stale_after_s,
        trades_stale_after_s=settings.market.trades_stale_after_s,
        candles_stale_after_s=settings.market.candles_stale_after_s,
    )
    market.attach(bus)
    portfolio = Portfolio(market, bus, clock, settings.market.reporting_currency, exchange_name=exchange.name)
    gate = RiskGate(
        risk_limits(settings),
        market,
        portfolio,
        connected=lambda: parts.connected,
        read_only=lambda: exchange.read_only,
        state=TradingState.ACTIVE,
    )
    link = ExchangeLink(exchange, clock, Backoff(0.5, 5.0), lambda found: parts_opened(parts, found))
    orders = OrderManager(
        exchange,
        gate,
        bus,
        clock,
        notify=notices.add,
        server_offset_ns=link.offset_ns,
        settings=OrderSettings(recv_window_ms=settings.exchange.recv_window_ms),
    )
    account = AccountReader(exchange, orders, portfolio, bus, Backoff(0.5, 10.0), lambda: parts.follow_marks())
    stream = AccountStream(
        exchange, bus, clock, stream_backoff(settings), on_resync=account.request, on_lost=account.lost
    )
    parts = Parts(exchange, market, portfolio, gate, orders, link, account, stream)

    def parts_opened(parts: Parts, instruments: Mapping[InstrumentId, Instrument]) -> None:
        parts.market.load(instruments)
        parts.watchlist = watchlist_of(settings, exchange.name, instruments, notices)
        parts.streams = MarketStreams(
            exchange,
            channels(parts.watchlist),
            bus,
            clock,
            lambda: stream_backoff(settings),
            stale_after_s={
                ChannelKind.TRADES: settings.market.trades_stale_after_s,
                ChannelKind.CANDLES: settings.market.candles_stale_after_s,
            },
            on_lost=market.mark_disconnected,
        )

    return parts


def stream_backoff(settings: Settings) -> Backoff:
    """The waits of one stream between two tries."""
    return Backoff(settings.engine.restart_backoff_min_s, settings.engine.restart_backoff_max_s)


def risk_limits(settings: Settings) -> RiskLimits:
    """The gate's limits as the settings name them."""
    return RiskLimits(
        reporting_currency=settings.market.reporting_currency,
        max_order_notional=settings.risk.max_order_notional,
        max_order_quantity=settings.risk.max_order_quantity,
        max_open_orders=settings.risk.max_open_orders,
        price_band_percent=settings.risk.price_band_percent,
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


async def close(parts: Parts, deadline_s: float) -> None:
    """Drop every connection, within the deadline, also while being cancelled."""
    with anyio.move_on_after(deadline_s, shield=True):
        await parts.exchange.close()
