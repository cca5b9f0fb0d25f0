"""A market and an account that stand as a test left them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.model import Balance, Position
from tests.engine.builders import ETH_IN_BTC, a_balance, a_quote, an_instrument

if TYPE_CHECKING:
    from fks_engine.model import Instrument, InstrumentId, OrderBook, Quote


class StillMarket:
    """Implements the MarketState port: BTC/USDT at 60,000, ETH/USDT at 3,000 and ETH/BTC listed without a quote."""

    def __init__(self) -> None:
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.quotes: dict[InstrumentId, Quote] = {}
        self.books: dict[InstrumentId, OrderBook] = {}
        self.stale: set[InstrumentId] = set()
        self.list(an_instrument("BTC/USDT"), a_quote("60000.00", "60000.10"))
        self.list(an_instrument("ETH/USDT"), a_quote("3000.00", "3000.10"))
        self.list(an_instrument("ETH/BTC", id=ETH_IN_BTC, tick_size=Decimal("0.00001"), min_notional=Decimal("0.0001")))

    def list(self, instrument: Instrument, quote: Quote | None = None) -> None:
        """Let an instrument be traded here."""
        self.instruments[instrument.id] = instrument
        if quote is not None:
            self.quotes[instrument.id] = quote

    def show(self, instrument_id: InstrumentId, bid: str | int, ask: str | int) -> None:
        """Move a quote."""
        self.quotes[instrument_id] = a_quote(bid, ask, instrument=instrument_id)

    def instrument(self, instrument_id: InstrumentId) -> Instrument | None:
        return self.instruments.get(instrument_id)

    def quote(self, instrument_id: InstrumentId) -> Quote | None:
        return self.quotes.get(instrument_id)

    def book(self, instrument_id: InstrumentId) -> OrderBook | None:
        return self.books.get(instrument_id)

    def mark(self, instrument_id: InstrumentId) -> Decimal | None:
        quote = self.quotes.get(instrument_id)
        return None if quote is None else quote.mid

    def quote_age_s(self, instrument_id: InstrumentId) -> float | None:
        return 9.5 if instrument_id in self.stale else 0.1

    def is_stale(self, instrument_id: InstrumentId) -> bool:
        return instrument_id in self.stale


class StillAccount:
    """Implements the Account port: 100,000 USDT, 2 BTC, and positions as they were put in."""

    def __init__(self) -> None:
        self.balances = {balance.asset: balance for balance in (a_balance("USDT", 100_000), a_balance("BTC", 2))}
        self.positions: dict[InstrumentId, Position] = {}
        self.at_risk: Decimal | None = Decimal(0)

    def hold(self, asset: str, free: str | int, locked: str | int = 0) -> None:
        """Set a balance."""
        self.balances[asset] = a_balance(asset, free, locked)

    def balance(self, asset: str) -> Balance:
        return self.balances.get(asset) or Balance(asset, Decimal(0), Decimal(0))

    def position(self, instrument_id: InstrumentId) -> Position:
        return self.positions.get(instrument_id) or Position(instrument_id=instrument_id)

    def exposure(self) -> Decimal | None:
        return self.at_risk
