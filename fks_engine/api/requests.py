"""What a desk may look up page by page, the jobs it may run, and their parts."""

from __future__ import annotations

from dataclasses import dataclass

from fks_engine.api.history import (
    Exported,
    ExportHistory,
    HistoryPage,
    HistoryRequest,
    OrderLifePage,
    OrderLifeRequest,
)
from fks_engine.model import Candle, Fill, Instrument, InstrumentId, Order, Timeframe


@dataclass(frozen=True, slots=True)
class InstrumentsRequest:
    """Instruments that `text` finds, letters in order but not always side by side (`btct` finds BTC/USDT).

    The best matches come first; an empty text finds all, by name.
    """

    text: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class CandlesRequest:
    """The last `limit` candles, or the last ones that open before `before_ts`."""

    instrument_id: InstrumentId
    timeframe: Timeframe
    limit: int = 500
    before_ts: int | None = None


@dataclass(frozen=True, slots=True)
class OrdersRequest:
    """Orders of this session, newest first, working or not."""

    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class FillsRequest:
    """Fills of this session, newest first."""

    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SettingsRequest:
    """Every setting of the engine, with its value and where that comes from."""


Request = (
    InstrumentsRequest
    | CandlesRequest
    | OrdersRequest
    | FillsRequest
    | SettingsRequest
    | HistoryRequest
    | OrderLifeRequest
)


@dataclass(frozen=True, slots=True)
class InstrumentsPage:
    """Instruments, the best match first."""

    items: tuple[Instrument, ...]
    total: int


@dataclass(frozen=True, slots=True)
class CandlesPage:
    """Candles in order of time."""

    instrument_id: InstrumentId
    timeframe: Timeframe
    items: tuple[Candle, ...]


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Orders, newest first."""

    items: tuple[Order, ...]
    total: int


@dataclass(frozen=True, slots=True)
class FillsPage:
    """Fills, newest first."""

    items: tuple[Fill, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The request could not be answered; `message` says why and what to do."""

    message: str


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting."""

    key: str
    """As fks.toml nests it: `risk.max_order_notional`."""
    value: str
    """As one writes it in fks.toml; secrets are masked."""
    default: str
    source: str
    """`default`, a file, the name of a variable, or `command line`."""
    help: str


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Every setting, in the order of the file, and where the file is."""

    items: tuple[SettingRow, ...]
    config_file: str


Page = InstrumentsPage | CandlesPage | OrdersPage | FillsPage | SettingsPage | HistoryPage | OrderLifePage | Refused


@dataclass(frozen=True, slots=True)
class MeasureExchange:
    """Measure the exchange's clock offset and round trip `samples` times."""

    samples: int = 10


Job = MeasureExchange | ExportHistory


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has got."""

    done: int
    total: int
    message: str


@dataclass(frozen=True, slots=True)
class ExchangeMeasured:
    """The outcome of MeasureExchange. Milliseconds; medians over the samples."""

    round_trip_ms: float
    worst_round_trip_ms: float
    clock_offset_ms: float
    samples: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The end of a job that could not be done, and why."""

    message: str


JobPart = Progress | ExchangeMeasured | Exported | Failed


@dataclass(frozen=True, slots=True)
class AnswerText:
    """A piece of an answer, to be shown after the pieces before it."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerUnavailable:
    """There will be no answer, and why."""

    message: str


AnswerPart = AnswerText | AnswerUnavailable
