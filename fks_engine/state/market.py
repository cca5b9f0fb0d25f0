"""The newest quote, book, tape, candles and day statistics of every market, and how old they are."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from fks_engine.api import QuoteRow
from fks_engine.ports import ChannelKind, MarketEvent
from fks_engine.state.candles import CandleRings
from fks_engine.state.liveness import Liveness
from fks_engine.state.newest import Newest
from fks_engine.state.tapes import Tapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from fks_engine.clock import Clock
    from fks_engine.model import (
        Candle,
        DayStatistics,
        Instrument,
        InstrumentId,
        Level,
        OrderBook,
        Quote,
        Timeframe,
        Trade,
    )
    from fks_engine.ports import MarketChannel
    from fks_engine.topics import Bus

E = TypeVar("E", bound=MarketEvent)


class LatestMarket:
    """The latest known market; implements the MarketState port. Fed inside publish, so it is never behind the bus.

    A quote is stale when its stream is not connected, or when nothing has proved it current for `stale_after_s`
    (Liveness says what proves it). A book is dropped when its stream is lost and is there again with its new snapshot.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        stale_after_s: float = 5.0,
        trades_stale_after_s: float = 60.0,
        candles_stale_after_s: float = 60.0,
        tape_size: int = 200,
        candle_ring_size: int = 500,
        max_quote_age_s: Callable[[], Decimal | None] = lambda: None,
    ) -> None:
        self._max_quote_age_s = max_quote_age_s
        self._stale_after_s = {
            ChannelKind.QUOTES: stale_after_s,
            ChannelKind.BOOKS: stale_after_s,
            ChannelKind.TRADES: trades_stale_after_s,
            ChannelKind.CANDLES: candles_stale_after_s,
            ChannelKind.STATISTICS: candles_stale_after_s,
        }
        self._liveness = Liveness(clock, stale_after_s)
        self._candles = CandleRings(candle_ring_size)
        self._instruments: Mapping[InstrumentId, Instrument] = {}
        self._quotes: Newest[Quote] = Newest()
        self._books: Newest[OrderBook] = Newest()
        self._tapes = Tapes(tape_size)
        self._statistics: Newest[DayStatistics] = Newest()

    def load(self, instruments: Mapping[InstrumentId, Instrument]) -> None:
        """Take the exchange's list of instruments."""
        self._instruments = MappingProxyType(dict(instruments))

    def attach(self, bus: Bus) -> None:
        """Listen to everything that the market streams publish."""
        bus.quotes.tap(self._keeper(ChannelKind.QUOTES, self._quotes.put))
        bus.books.tap(self._keeper(ChannelKind.BOOKS, self._books.put))
        bus.trades.tap(self._keeper(ChannelKind.TRADES, self._tapes.put))
        bus.candles.tap(self._keeper(ChannelKind.CANDLES, self._candles.put))
        bus.statistics.tap(self._keeper(ChannelKind.STATISTICS, self._statistics.put))

    def mark_disconnected(self, channel: MarketChannel) -> None:
        """What the channel told is no longer current: its quotes are stale, its books and candles are gone."""
        self._liveness.lost(channel)
        self.mark_doubtful(channel)

    def mark_doubtful(self, channel: MarketChannel) -> None:
        """A part of a channel is taken anew on the same connection: as if it were lost, until it tells again."""
        self._liveness.doubted(channel)
        if channel.kind is ChannelKind.BOOKS:
            for instrument_id in channel.instrument_ids:
                self._books.drop(instrument_id)
        elif channel.kind is ChannelKind.CANDLES:
            self._candles.drop(channel)

    @property
    def instruments(self) -> Mapping[InstrumentId, Instrument]:
        """Every listed instrument."""
        return self._instruments

    def instrument(self, instrument_id: InstrumentId) -> Instrument | None:
        """The instrument's rules; None when it is not listed."""
        return self._instruments.get(instrument_id)

    def quote(self, instrument_id: InstrumentId) -> Quote | None:
        """The latest quote, however old."""
        return self._quotes.get(instrument_id)

    def book(self, instrument_id: InstrumentId) -> OrderBook | None:
        """The latest depth, None when not subscribed or not yet whole."""
        return self._books.get(instrument_id)

    def mark(self, instrument_id: InstrumentId) -> Decimal | None:
        """The mid of the latest quote; None where a side has no orders."""
        quote = self._quotes.get(instrument_id)
        return quote.mid if quote is not None and quote.bid and quote.ask else None

    def quote_age_s(self, instrument_id: InstrumentId) -> float | None:
        """Seconds since the quote was last proved current; None before the first."""
        return self._liveness.age_s(ChannelKind.QUOTES, instrument_id)

    def is_stale(self, instrument_id: InstrumentId) -> bool:
        """Whether the quote is too old to trade on, or older than a person's own limit."""
        age_s, most = self.quote_age_s(instrument_id), self._max_quote_age_s()
        is_beyond = most is not None and age_s is not None and age_s > most
        return is_beyond or self.is_channel_stale(ChannelKind.QUOTES, instrument_id)

    def book_age_s(self, instrument_id: InstrumentId) -> float | None:
        """Seconds since the book was last proved current; None before the first."""
        return self._liveness.age_s(ChannelKind.BOOKS, instrument_id)

    def book_stale(self, instrument_id: InstrumentId) -> bool:
        """Whether there is no book, or one too old to trade on."""
        return self._books.get(instrument_id) is None or self.is_channel_stale(ChannelKind.BOOKS, instrument_id)

    def is_channel_stale(self, kind: ChannelKind, instrument_id: InstrumentId) -> bool:
        """Whether what a stream told of an instrument is older than its kind may be, or its connection is lost."""
        age_s = self._liveness.age_s(kind, instrument_id)
        alive = self._liveness.is_alive(kind, instrument_id)
        return age_s is None or not alive or age_s > self._stale_after_s[kind]

    def book_levels(self, instrument_id: InstrumentId, depth: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """The best `depth` bids and asks; empty without a book."""
        book = self._books.get(instrument_id)
        return (book.bids[:depth], book.asks[:depth]) if book is not None else ((), ())

    def tape(self, instrument_id: InstrumentId, limit: int = 50) -> tuple[Trade, ...]:
        """The last trades, newest first."""
        return self._tapes.newest(instrument_id, limit)

    def candle(self, instrument_id: InstrumentId, timeframe: Timeframe) -> Candle | None:
        """The candle that is forming; None where nobody follows candles of this length."""
        return self._candles.forming(instrument_id, timeframe)

    def candles(self, instrument_id: InstrumentId, timeframe: Timeframe) -> tuple[Candle, ...]:
        """The last candles, oldest first, without holes since the stream was last connected."""
        return self._candles.all(instrument_id, timeframe)

    def seed_candles(self, candles: Iterable[Candle]) -> None:
        """Put fetched candles before those that the stream has told."""
        self._candles.seed(candles)

    def statistics(self, instrument_id: InstrumentId) -> DayStatistics | None:
        """The last 24 hours; None before the first."""
        return self._statistics.get(instrument_id)

    def oldest_quote_age_s(self, watchlist: Iterable[InstrumentId]) -> float | None:
        """The age of the oldest quote; None before any came."""
        ages = [age_s for instrument_id in watchlist if (age_s := self.quote_age_s(instrument_id)) is not None]
        return max(ages, default=None)

    def quote_rows(self, watchlist: Sequence[InstrumentId]) -> tuple[QuoteRow, ...]:
        """One row for each instrument, in the order given."""
        return tuple(self._row(instrument_id) for instrument_id in watchlist)

    def _row(self, instrument_id: InstrumentId) -> QuoteRow:
        quote, day = self._quotes.get(instrument_id), self._statistics.get(instrument_id)
        return QuoteRow(
            instrument_id,
            quote.bid if quote and quote.bid else None,
            quote.ask if quote and quote.ask else None,
            quote.bid_size if quote and quote.bid else None,
            quote.ask_size if quote and quote.ask else None,
            _last(self._tapes.last(instrument_id), day),
            day.change if day else None,
            day.quote_volume if day else None,
            self.quote_age_s(instrument_id),
            self.is_stale(instrument_id),
        )

    def _keeper(self, kind: ChannelKind, put: Callable[[E], None]) -> Callable[[E], None]:
        """Puts an event away and notes that its stream is alive."""
        heard = self._liveness.heard

        def keep(event: E) -> None:
            put(event)
            heard(kind, event.instrument_id)

        return keep


def _last(trade: Trade | None, day: DayStatistics | None) -> Decimal | None:
    """The last price traded, by whichever stream told it last."""
    if trade is not None and (day is None or trade.ts_received >= day.ts_received):
        return trade.price
    return day.last if day else None
