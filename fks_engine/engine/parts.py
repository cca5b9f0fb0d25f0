"""The stages of an engine whose exchange is known, built and introduced to each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import anyio

from fks_engine.api import NoticeKind, NoticeLevel
from fks_engine.engine.account import AccountReader
from fks_engine.engine.link import ExchangeLink
from fks_engine.engine.memory import Memory, Remembered, memory_file
from fks_engine.engine.watchlists import Watchlists
from fks_engine.exchange import Environment, ExchangeEndpoints, ExchangeOptions, build_exchange
from fks_engine.model import BalancesTaken, Checkpoint, Mode, Timeframe, TradingStateSet, instrument_id, plain
from fks_engine.orders import Flattener, OrderManager, OrderSettings
from fks_engine.portfolio import Portfolio
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.resilience.backoff import Backoff
from fks_engine.risk import RiskGate, RiskLimits
from fks_engine.state import LatestMarket
from fks_engine.state.alerts import PriceAlerts, alert_words
from fks_engine.streams import AccountStream, MarketStreams
from fks_engine.topics import Bus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fks_engine.api import Alert
    from fks_engine.clock import Clock
    from fks_engine.config import Folders, Settings
    from fks_engine.engine.notices import NoticeLog
    from fks_engine.engine.records import Records
    from fks_engine.engine.simulator_process import SimulatorAddress
    from fks_engine.model import Instrument, InstrumentId, JournalEntry
    from fks_engine.ports import Exchange, OrderJournal

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
    flattener: Flattener
    link: ExchangeLink
    account: AccountReader
    account_stream: AccountStream
    alerts: PriceAlerts
    memory: Memory
    records: Records
    lists: Watchlists = field(default_factory=lambda: Watchlists((), (), (), lambda: None))
    streams: MarketStreams | None = None
    """None until the instruments are known."""
    priced: set[InstrumentId] = field(default_factory=set)
    """Instruments outside the watchlist that are followed because something held is priced by them."""

    @property
    def watchlist(self) -> tuple[InstrumentId, ...]:
        """Every market of every watchlist."""
        return self.lists.markets() if self.streams is not None else ()

    def remember(self) -> None:
        """Stream what is watched now, and keep the choice for the next engine."""
        if self.streams is not None:
            self.streams.watch(self.watched() & self.market.instruments.keys())
            self.memory.write(Remembered(watchlists=self.lists.all(), alerts=self.alerts.all()))

    def watched(self) -> set[InstrumentId]:
        """The markets of the watchlists and of the alerts that wait."""
        return {*self.lists.markets(), *self.alerts.markets()}

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


class Ground(Protocol):
    """What the stages stand on."""

    settings: Settings
    folders: Folders
    bus: Bus
    clock: Clock
    notices: NoticeLog


def build_parts(ground: Ground, address: SimulatorAddress | None, records: Records) -> Parts:
    """Build every stage, and let the orders stand as the journal tells. Nothing runs and nothing is connected yet."""
    settings, bus, clock, notices = ground.settings, ground.bus, ground.clock, ground.notices
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
    portfolio = Portfolio(
        market,
        bus,
        clock,
        settings.market.reporting_currency,
        exchange_name=exchange.name,
        journal=records.journal,
    )
    gate = RiskGate(
        risk_limits(settings),
        market,
        portfolio,
        connected=lambda: parts.connected,
        read_only=lambda: exchange.read_only,
        banned_for_s=lambda: banned_for_s(exchange),
        journal_fault=lambda: records.journal.fault,
    )
    link = ExchangeLink(
        exchange, clock, Backoff(0.5, 5.0), lambda found: _take_instruments(parts, ground, remembered, found)
    )
    orders, flattener = _order_stages(
        ground,
        exchange,
        gate,
        market,
        portfolio,
        link,
        lambda words: parts.account_stream.resubscribe(words),
        records.journal,
    )
    account = AccountReader(exchange, orders, portfolio, bus, clock, Backoff(0.5, 10.0), lambda: parts.follow_marks())
    stream = AccountStream(
        exchange, bus, clock, stream_backoff(settings), on_resync=account.request, on_lost=account.lost
    )
    memory = Memory(memory_file(settings, ground.folders), notices.add)
    remembered = memory.read()
    alerts = PriceAlerts(
        market, clock, fired=lambda alert: _tell_alert(notices, alert), changed=lambda: parts.remember()
    )
    alerts.restore(remembered.alerts)
    alerts.attach(bus)
    parts = Parts(exchange, market, portfolio, gate, orders, flattener, link, account, stream, alerts, memory, records)
    _take_up(parts, bus, clock)
    _tell_journal(records, notices)
    return parts


def _tell_journal(records: Records, notices: NoticeLog) -> None:
    """Say what is not as it should be with the journal."""
    if records.journal.fault:
        notices.add(NoticeLevel.ERROR, "Journal", f"{records.journal.fault}; nothing is sent until it is mended")
    if records.cut:
        words = f"{records.cut} bytes were half written when the engine died; they were cut off and kept beside it"
        notices.add(NoticeLevel.WARNING, "Journal", words)


def _take_up(parts: Parts, bus: Bus, clock: Clock) -> None:
    """Let orders and switch stand as the journal left them, and keep what happens from here on."""
    records = parts.records
    parts.orders.restore(records.entries)
    for entry in records.entries:
        records.switch = switch_in(entry) or records.switch
    if records.switch is not None:
        parts.gate.set_state(records.switch.state, records.switch.reason)
    bus.balances.tap(lambda balances: records.journal.note(BalancesTaken(ts=clock.now_ns(), balances=balances)))

    def checkpoint() -> Checkpoint:
        working, canceled = parts.orders.checkpoint()
        return replace(parts.portfolio.checkpoint(), orders=working, cancels=canceled, state=records.switch)

    records.checkpoint = checkpoint


def _take_instruments(
    parts: Parts, ground: Ground, remembered: Remembered, instruments: Mapping[InstrumentId, Instrument]
) -> None:
    """Let the stages know what is listed, and choose what is streamed."""
    settings, market = ground.settings, parts.market
    market.load(instruments)
    parts.portfolio.restore(parts.records.entries)
    parts.records.entries = ()  # they have been told
    first = watchlist_of(settings, parts.exchange.name, instruments, ground.notices)
    parts.lists = Watchlists(remembered.watchlists, first, instruments.keys(), parts.remember)
    parts.streams = MarketStreams(
        parts.exchange,
        channels(parts.lists.markets()),
        ground.bus,
        ground.clock,
        lambda: stream_backoff(settings),
        stale_after_s={
            ChannelKind.TRADES: settings.market.trades_stale_after_s,
            ChannelKind.CANDLES: settings.market.candles_stale_after_s,
        },
        on_lost=market.mark_disconnected,
        on_doubt=market.mark_doubtful,
        heal=market.seed_candles,
    )
    parts.streams.watch(parts.alerts.markets() & instruments.keys())


def _tell_alert(notices: NoticeLog, alert: Alert) -> None:
    """Say that an alert's condition holds now."""
    now = "" if alert.fired_price is None else f", now {plain(alert.fired_price)}"
    notices.add(NoticeLevel.WARNING, "Alert", f"{alert_words(alert)}{now}", NoticeKind.ALERT)


def _order_stages(
    ground: Ground,
    exchange: Exchange,
    gate: RiskGate,
    market: LatestMarket,
    portfolio: Portfolio,
    link: ExchangeLink,
    on_untold: Callable[[str], None],
    journal: OrderJournal,
) -> tuple[OrderManager, Flattener]:
    """What sends orders, and what closes positions through it."""
    settings, bus, notices = ground.settings, ground.bus, ground.notices
    orders = OrderManager(
        exchange,
        gate,
        market,
        bus,
        ground.clock,
        notify=notices.add,
        on_untold=on_untold,
        server_offset_ns=link.offset_ns,
        journal=journal,
        settings=OrderSettings(
            recv_window_ms=settings.exchange.recv_window_ms, audit_interval_s=settings.engine.order_audit_s
        ),
    )
    flattener = Flattener(orders, gate, market, portfolio, bus, positions=portfolio.positions, notify=notices.add)
    return orders, flattener


def switch_in(entry: JournalEntry) -> TradingStateSet | None:
    """How an entry says that the gate was set; None where it tells nothing of it."""
    if isinstance(entry, Checkpoint):
        return entry.state
    return entry if isinstance(entry, TradingStateSet) else None


def stream_backoff(settings: Settings) -> Backoff:
    """The waits of one stream between two tries."""
    return Backoff(settings.engine.restart_backoff_min_s, settings.engine.restart_backoff_max_s)


def banned_for_s(exchange: Exchange) -> float | None:
    """Seconds for which the exchange takes no request of ours; None while it does."""
    usage = exchange.rate_usage
    return None if usage is None else usage.banned_for_s


def risk_limits(settings: Settings) -> RiskLimits:
    """The gate's limits as the settings name them."""
    return RiskLimits(
        reporting_currency=settings.market.reporting_currency,
        max_order_notional=settings.risk.max_order_notional,
        max_order_quantity=settings.risk.max_order_quantity,
        max_open_orders=settings.risk.max_open_orders,
        price_band_percent=settings.risk.price_band_percent,
        max_slippage_percent=settings.risk.max_slippage_percent,
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
    """Drop every connection and write down what is left, within the deadline, also while being cancelled."""
    with anyio.move_on_after(deadline_s, shield=True):
        await parts.exchange.close()
    with anyio.move_on_after(deadline_s, shield=True):
        await parts.records.close()
