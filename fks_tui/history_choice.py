"""What the History screen shows: words and filters, and the words for both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from fks_engine.api import HistoryRequest, InstrumentId, OrderStatus, Side, market_of
from fks_tui.order_words import side_words

PAGE: Final = 200
_S = OrderStatus
STATUS_GROUPS: Final[dict[str, tuple[OrderStatus, ...]]] = {
    "any status": (),
    "working": (_S.SUBMITTED, _S.ACCEPTED, _S.PARTIALLY_FILLED, _S.PENDING_CANCEL),
    "filled": (_S.FILLED,),
    "canceled": (_S.CANCELED,),
    "expired": (_S.EXPIRED,),
    "denied or rejected": (_S.DENIED, _S.REJECTED),
    "UNKNOWN": (_S.UNKNOWN,),
}
_SIDES: Final = (None, Side.BUY, Side.SELL)


@dataclass(frozen=True, slots=True)
class HistoryChoice:
    """Words and filters; nothing of them lets everything through."""

    text: str = ""
    instrument_id: InstrumentId | None = None
    side: Side | None = None
    group: str = "any status"

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return self != HistoryChoice()

    def request(self, offset: int = 0, until_ts: int | None = None) -> HistoryRequest:
        """The page at `offset` of the orders that were made until then."""
        return HistoryRequest(
            text=self.text,
            instrument_id=self.instrument_id,
            side=self.side,
            statuses=STATUS_GROUPS[self.group],
            until_ts=until_ts,
            limit=PAGE,
            offset=offset,
        )

    def with_next_side(self) -> HistoryChoice:
        """From both sides to buys to sells."""
        return replace(self, side=_SIDES[(_SIDES.index(self.side) + 1) % len(_SIDES)])

    def with_next_status(self) -> HistoryChoice:
        """Only orders of the next status."""
        groups = list(STATUS_GROUPS)
        return replace(self, group=groups[(groups.index(self.group) + 1) % len(groups)])

    def with_market_of(self, instrument_id: InstrumentId) -> HistoryChoice:
        """Only this market; all of them where one was chosen."""
        return replace(self, instrument_id=None if self.instrument_id else instrument_id)

    def chips(self) -> tuple[tuple[str, bool], ...]:
        """Each filter in words, and whether it narrows."""
        market = "all markets" if self.instrument_id is None else market_of(self.instrument_id)
        side = "both sides" if self.side is None else side_words(self.side)
        words = f"“{self.text}”" if self.text else "no words"
        return (
            (market, self.instrument_id is not None),
            (side, self.side is not None),
            (self.group, bool(STATUS_GROUPS[self.group])),
            (words, bool(self.text)),
        )
