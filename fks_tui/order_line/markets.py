"""The markets that a line may name: what is known of them, and which one a word means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.api import DeskView, Instrument, InstrumentId, market_of
from fks_tui.order_line.words import Doubt, Slot, quoted

if TYPE_CHECKING:
    from fks_engine.api import Order

_MOST_CHOICES = 4


@dataclass(frozen=True, slots=True)
class Unlooked:
    """A market that is not known yet; the engine is to be asked for `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class Markets:
    """A picture of the desk, and the order rules of the markets that were looked up."""

    view: DeskView
    instruments: Mapping[InstrumentId, Instrument] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    """What the engine was asked for already, in capital letters."""

    @property
    def ids(self) -> tuple[InstrumentId, ...]:
        """Every market that is known by name, those with a quote first."""
        quoted_ones = [row.instrument_id for row in self.view.quotes]
        known = set(quoted_ones)
        return (*quoted_ones, *(each for each in self.instruments if each not in known))

    @property
    def are_known(self) -> bool:
        """Whether the engine knows yet what its exchange lists; it has watchlists from then on."""
        return bool(self.view.watchlists)

    def instrument(self, id: InstrumentId) -> Instrument | Unlooked | None:  # noqa: A002
        """The market's order rules; None where the engine was asked and has none."""
        focus = self.view.focus
        if id in self.instruments:
            return self.instruments[id]
        if focus is not None and focus.instrument.id == id:
            return focus.instrument
        name = market_of(id)
        return None if name.upper() in self.asked else Unlooked(name)

    def free(self, asset: str) -> Decimal | None:
        """What the account has free of an asset; None where no balances are known."""
        rows = self.view.account.balances
        if not rows:
            return None
        return next((row.balance.free for row in rows if row.balance.asset == asset), Decimal(0))

    def find(self, text: str, word: str, quote: str = "") -> InstrumentId | Unlooked | Doubt:
        """The market that `word` of the line `text` names: whole, or by its base asset alone.

        A base asset alone means the market in the reporting currency, or in `quote` where that was said; where there
        is none, and several others, it is a question.
        """
        named = word.upper()
        found = [each for each in self.ids if market_of(each).upper() == named]
        found = found or [each for each in self.ids if market_of(each).upper().replace("/", "") == named]
        if not found:
            found = [each for each in self.ids if market_of(each).upper().partition("/")[0] == named]
        start, end = place(text, word)
        if quote:
            in_quote = [each for each in found if _quote_of(each) == quote.upper()]
            if found and not in_quote and named in self.asked:
                message = f"there is no market of {quoted(named)} in {quote.upper()}"
                return Doubt(message, start, end, Slot.MARKET, self._named(text, start, end, found))
            found = in_quote
        elif len(found) > 1:
            usual = self.view.account.reporting_currency
            found = [each for each in found if _quote_of(each) == usual] or found
        if not found and not self.are_known:
            why = f": {self.view.engine.detail}" if self.view.engine.detail else ""
            return Doubt(f"the exchange's markets are not known yet{why}", start, end, Slot.MARKET, ())
        if not found:
            return Unlooked(word) if named not in self.asked else self._unknown(text, word, start, end)
        if len(found) > 1:
            message = f"{quoted(word)} could be {', '.join(market_of(each) for each in found[:_MOST_CHOICES])}"
            return Doubt(message, start, end, Slot.MARKET, self._named(text, start, end, found))
        return found[0]

    def _unknown(self, text: str, word: str, start: int, end: int) -> Doubt:
        near = fuzzy(word, [market_of(each) for each in self.ids])[:_MOST_CHOICES]
        hint = f"; near it: {', '.join(near)}" if near else ""
        choices = tuple(f"{text[:start]}{each}{text[end:]}" for each in near)
        return Doubt(f"{quoted(word)} is no market of this exchange{hint}", start, end, Slot.MARKET, choices)

    @staticmethod
    def _named(text: str, start: int, end: int, found: list[InstrumentId]) -> tuple[str, ...]:
        return tuple(f"{text[:start]}{market_of(each)}{text[end:]}" for each in found[:_MOST_CHOICES])

    def order(self, text: str, target: str) -> Order | Doubt | None:
        """The working order with that id, whole or a part of it that fits no other; None where none has it."""
        working = self.view.working_orders
        low = target.lower()
        whole = [
            each for each in working if low in {each.client_order_id.lower(), (each.exchange_order_id or "").lower()}
        ]
        found = whole or [each for each in working if len(low) >= 3 and low in each.client_order_id.lower()]
        if len(found) > 1:
            start, end = place(text, target)
            choices = tuple(f"{text[:start]}{each.client_order_id}{text[end:]}" for each in found[:_MOST_CHOICES])
            return Doubt(f"{quoted(target)} is part of {len(found)} order ids", start, end, Slot.TARGET, choices)
        return found[0] if found else None


def _quote_of(id: InstrumentId) -> str:  # noqa: A002
    return market_of(id).upper().partition("/")[2].partition(":")[0]


def place(text: str, word: str) -> tuple[int, int]:
    """Where `word` stands in a line."""
    start = text.lower().rfind(word.lower())
    return (start, start + len(word)) if start >= 0 else (len(text), len(text) + 1)


def fuzzy(text: str, names: list[str]) -> list[str]:
    """Those of `names` that hold the letters of `text` in its order, the closest together first."""
    scored = [(score, index, name) for index, name in enumerate(names) if (score := _spread(text.upper(), name)) >= 0]
    return [name for _, _, name in sorted(scored)]


def _spread(letters: str, name: str) -> int:
    """How far the letters lie apart in `name`, the way to the first one included; -1 where they are not all there."""
    at = -1
    for letter in letters:
        at = name.upper().find(letter, at + 1)
        if at < 0:
            return -1
    return at + 1 - len(letters)
