"""The stages of an engine whose exchange is known, built and introduced to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import anyio

from fks_engine.api import NoticeKind, NoticeLevel
from fks_engine.engine.account import AccountReader, Sources, build_reader
from fks_engine.engine.choices import (
    channels,
    exchange_options,
    risk_limits,
    stream_backoff,
    watchlist_of,
)
from fks_engine.engine.link import ExchangeLink
from fks_engine.engine.listing_doubt import ListingDoubt, markets_held
from fks_engine.engine.memory import Memory, Remembered, memory_file
from fks_engine.engine.reconciliation import Reconciliation
from fks_engine.engine.risk_stages import RiskStages, build_risk
from fks_engine.engine.taking_up import take_up, tell_journal
from fks_engine.engine.watchlists import Watchlists
from fks_engine.exchange import build_exchange
from fks_engine.model import Timeframe, instrument_id, plain
from fks_engine.orders import Flattener, Halt, OrderManager, OrderSettings, Protector
from fks_engine.portfolio import Portfolio
from fks_engine.ports import ChannelKind
from fks_engine.resilience.backoff import Backoff
from fks_engine.risk import LimitBook, RiskGate
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
    from fks_engine.model import Instrument, InstrumentId
    from fks_engine.ports import Exchange, OrderJournal


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
    risk: RiskStages
    protector: Protector
    halt: Halt
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
    limits = LimitBook(risk_limits(settings), clock, records.journal)
    market = _market(ground, limits)
    currency, journal = settings.market.reporting_currency, records.journal
    portfolio = Portfolio(market, bus, clock, currency, exchange_name=exchange.name, journal=journal)
    risk = build_risk(
        ground,
        limits,
        exchange,
        market,
        portfolio,
        journal,
        connected=lambda: parts.connected,
        halt=lambda reason, origin: parts.halt.halt(reason, origin),
    )
    gate = risk.gate
    reconciliation = Reconciliation(clock, journal, notices.add)
    gate.unexplained = lambda: reconciliation.stops
    doubt = ListingDoubt(notices.add)
    link = ExchangeLink(exchange, clock, Backoff(0.5, 5.0), lambda listed: _hear(doubt, parts, ground, kept, listed))
    orders, flattener, protector = _order_stages(
        *(ground, exchange, gate, market, portfolio, link),
        on_untold=lambda words: parts.account_stream.resubscribe(words),
        journal=journal,
        reconciliation=reconciliation,
    )
    account = build_reader(
        Sources(exchange, orders, portfolio, bus, clock, journal),
        reconciliation,
        on_ready=lambda: parts.follow_marks(),
        listed=lambda: market.instruments.keys(),
    )
    stream = AccountStream(
        exchange, bus, clock, stream_backoff(settings), on_resync=account.request, on_lost=account.lost
    )
    memory = Memory(memory_file(settings, ground.folders), notices.add)
    kept = memory.read()
    alerts = _alerts(ground, market, kept.alerts, lambda: parts.remember())
    parts = Parts(
        *(exchange, market, portfolio, gate, orders, flattener, link, account, stream, alerts, memory, records),
        risk=risk,
        protector=protector,
        halt=Halt(
            *(exchange, gate, orders.clearing, flattener, bus, clock, records.journal),
            notify=notices.add,
            on_set=records.set_switch,
            holdings_known=lambda: parts.account.ready,
        ),
    )
    take_up(parts)
    tell_journal(records, notices)
    return parts


def _market(ground: Ground, limits: LimitBook) -> LatestMarket:
    """The latest known market, told by the bus."""
    chosen = ground.settings.market
    market = LatestMarket(
        ground.clock,
        stale_after_s=chosen.stale_after_s,
        trades_stale_after_s=chosen.trades_stale_after_s,
        candles_stale_after_s=chosen.candles_stale_after_s,
        max_quote_age_s=lambda: limits.limits.max_data_age_s,
    )
    market.attach(ground.bus)
    return market


def _hear(
    doubt: ListingDoubt, parts: Parts, ground: Ground, remembered: Remembered, found: Mapping[InstrumentId, Instrument]
) -> None:
    """Take the list of markets. Raises MalformedData where it lacks one of ours and is to be asked for again."""
    first = {instrument_id(parts.exchange.name, market) for market in ground.settings.market.watchlist}
    chosen = {market for each in remembered.watchlists for market in each.instrument_ids}
    working = {order.instrument_id for order in parts.orders.working()}
    doubt.examine(found.keys(), first | chosen, working | markets_held(parts.records.entries))
    _take_instruments(parts, ground, remembered, found)


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


def _alerts(ground: Ground, market: LatestMarket, known: tuple[Alert, ...], changed: Callable[[], None]) -> PriceAlerts:
    """The price alerts, told by the bus, with those that an earlier engine knew."""
    alerts = PriceAlerts(market, ground.clock, fired=lambda alert: _tell_alert(ground.notices, alert), changed=changed)
    alerts.restore(known)
    alerts.attach(ground.bus)
    return alerts


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
    reconciliation: Reconciliation,
) -> tuple[OrderManager, Flattener, Protector]:
    """What sends orders, and what closes positions and restores their stops through it."""
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
        findings=reconciliation,
        settings=OrderSettings(
            recv_window_ms=settings.exchange.recv_window_ms, audit_interval_s=settings.engine.order_audit_s
        ),
    )
    flattener = Flattener(orders, gate, market, portfolio, bus, positions=portfolio.positions, notify=notices.add)
    protector = Protector(
        *(orders, gate, market, portfolio, bus, ground.clock),
        is_closing=flattener.is_closing,
        notify=notices.add,
        audit_s=settings.engine.order_audit_s,
    )
    return orders, flattener, protector


async def close(parts: Parts, deadline_s: float) -> None:
    """Drop every connection and write down what is left, within the deadline, also while being cancelled."""
    with anyio.move_on_after(deadline_s, shield=True):
        await parts.exchange.close()
    with anyio.move_on_after(deadline_s, shield=True):
        await parts.records.close()
