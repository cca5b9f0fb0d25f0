"""Public market data of any exchange that ccxt.pro knows, without a key; nothing can be sent."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

import anyio
import ccxt
import ccxt.pro

from fks_engine.clock import NANOS
from fks_engine.errors import AuthenticationFailed, InvalidRequest, MalformedData
from fks_engine.exchange import public_parsing as parsing
from fks_engine.exchange.error_map import FRAME_FAULTS, reaching, translated
from fks_engine.exchange.faults import FaultCounter
from fks_engine.exchange.names import check_exchange_name
from fks_engine.exchange.public_streams import watch
from fks_engine.ports import undoubted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from fks_engine.clock import Clock
    from fks_engine.model import (
        BalancesChanged,
        Candle,
        Fill,
        Instrument,
        InstrumentId,
        Order,
        OrderReport,
        Timeframe,
    )
    from fks_engine.ports import AccountSink, DoubtSink, MarketChannel, MarketSink, RateUsage

CLOSE_TIMEOUT_S: Final = 5.0
_CACHED: Final = 200
"""Rows of each of ccxt's caches; the engine keeps its own."""


class PublicExchange:
    """One exchange's public data through ccxt.pro's unified calls; implements the Exchange port, read-only."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        on_fault: Callable[[str], None],
        *,
        book_depth: int = 20,
        timeout_s: float = 10.0,
        client_config: Mapping[str, Any] | None = None,
    ) -> None:
        """Raises ConfigError for an exchange that ccxt.pro does not know. `client_config` is ccxt's, for tests."""
        check_exchange_name(name)
        limits = {"tradesLimit": _CACHED, "OHLCVLimit": _CACHED, "ordersLimit": _CACHED, "defaultType": "spot"}
        config: dict[str, Any] = {"timeout": int(timeout_s * 1000), "number": str, "newUpdates": True}
        self._client = getattr(ccxt.pro, name)(
            ccxt.Exchange.deep_extend(config, {"options": limits}, dict(client_config or {}))
        )
        self._name = name
        self._clock = clock
        self._on_fault = on_fault
        self._depth = book_depth
        self._instruments: dict[InstrumentId, Instrument] = {}

    @property
    def name(self) -> str:
        """ccxt's id of the exchange."""
        return self._name

    @property
    def read_only(self) -> bool:
        """Always: there is no key."""
        return True

    @property
    def rate_usage(self) -> RateUsage | None:
        """None: ccxt paces the requests by the exchange's documented rate."""
        return None

    def correct_clock(self, offset_ns: int) -> None:
        """Nothing is signed, so nothing needs the exchange's clock."""

    async def open(self) -> Mapping[InstrumentId, Instrument]:
        """Load every spot market that trades.

        Raises ExchangeUnavailable, saying what was tried; MalformedData where no market is in the list.
        """
        faults = FaultCounter("list of markets", self._clock, self._on_fault)
        with reaching(self._name):
            listed = await self._client.load_markets(True)
        if not listed:
            raise MalformedData("the list of markets came without any market; it is asked for again")
        for market in listed.values():
            if not market.get("spot") or market.get("active") is False:
                continue
            try:
                row = parsing.instrument(self._name, market, self._client.precisionMode)
            except FRAME_FAULTS as error:
                faults.add(f"{market.get('symbol')}: {error!r}")
                continue
            self._instruments[row.id] = row
        return dict(self._instruments)

    async def close(self) -> None:
        """Drop every connection; never raises."""
        quiet = suppress(*FRAME_FAULTS, OSError, RuntimeError)
        with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_TIMEOUT_S), quiet:
            await self._client.close()

    async def fetch_server_time(self) -> int:
        """The exchange's clock; where it tells none, the time of the answer to some question."""
        with translated():
            if self._client.has.get("fetchTime"):
                return int(await self._client.fetch_time()) * 1_000_000
            symbol = self._rules(next(iter(self._instruments))).market
            stamp = (await self._client.fetch_ticker(symbol)).get("timestamp")
            return int(stamp) * 1_000_000 if stamp else self._clock.now_ns()

    async def fetch_candles(
        self, instrument_id: InstrumentId, timeframe: Timeframe, limit: int, before_ts: int | None = None
    ) -> tuple[Candle, ...]:
        """The last candles, as many as the exchange gives at once."""
        rules = self._rules(instrument_id)
        if timeframe.value not in (self._client.timeframes or {}):
            raise InvalidRequest(f"{self._name} has no candles of {timeframe.value}")
        since = None if before_ts is None else (before_ts - limit * timeframe.seconds * NANOS) // 1_000_000
        with translated():
            rows = await self._client.fetch_ohlcv(rules.market, timeframe.value, since, limit)
            now = self._clock.now_ns()
            found = [parsing.candle(row, rules, timeframe, row is rows[-1], now) for row in rows]
        return tuple(each for each in found if before_ts is None or each.ts_open < before_ts)[-limit:]

    def look_at(self, instrument_ids: Collection[InstrumentId]) -> None:
        """No book is audited here, so none comes first."""

    def hold_orders(self, why: str) -> None:
        """No order ever leaves here."""

    async def stream_market(self, channel: MarketChannel, sink: MarketSink, doubt: DoubtSink = undoubted) -> None:
        """Hand every event to `sink` until a connection is lost: raises ExchangeUnavailable."""
        rules = [self._rules(instrument_id) for instrument_id in channel.instrument_ids]
        faults = FaultCounter(channel.kind.value, self._clock, self._on_fault)
        await watch(self._client, channel, rules, sink, self._clock, faults, self._depth)

    async def fetch_balances(self) -> BalancesChanged:
        """Raises AuthenticationFailed, as all below: there is no account."""
        self._refuse()

    async def fetch_order(self, instrument_id: InstrumentId, client_order_id: str) -> OrderReport:
        """Raises AuthenticationFailed."""
        self._refuse()

    async def fetch_open_orders(self, instrument_id: InstrumentId | None = None) -> tuple[OrderReport, ...]:
        """Raises AuthenticationFailed."""
        self._refuse()

    async def fetch_fills(
        self, instrument_id: InstrumentId, since_ts: int | None = None, from_trade_id: str | None = None
    ) -> tuple[Fill, ...]:
        """Raises AuthenticationFailed."""
        self._refuse()

    async def submit_order(self, order: Order) -> OrderReport:
        """Raises AuthenticationFailed."""
        self._refuse()

    async def submit_list(self, orders: Sequence[Order]) -> tuple[OrderReport, ...]:
        """Raises AuthenticationFailed."""
        self._refuse()

    async def replace_order(self, old: Order, new: Order) -> tuple[OrderReport, OrderReport]:
        """Raises AuthenticationFailed."""
        self._refuse()

    async def cancel_order(self, order: Order) -> OrderReport:
        """Raises AuthenticationFailed."""
        self._refuse()

    async def stream_account(self, sink: AccountSink, ready: Callable[[], None]) -> None:
        """Raises AuthenticationFailed."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise AuthenticationFailed(f"{self._name} is looked at without a key: it has no account here, and no orders")

    def _rules(self, instrument_id: InstrumentId) -> Instrument:
        found = self._instruments.get(instrument_id)
        if found is None:
            raise InvalidRequest(f"{self._name} does not list {instrument_id}")
        return found
