"""Which exchange servers are spoken to, with which key, and how patiently."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Environment(StrEnum):
    """Whose servers are spoken to."""

    SIMULATOR = "simulator"
    """The simulator's, on this machine; nothing else can be reached."""
    TESTNET = "testnet"
    """Binance's own test network."""
    PRODUCTION = "production"
    """Binance's public production data, without a key; orders are refused."""


@dataclass(frozen=True, slots=True)
class ExchangeEndpoints:
    """Where the simulator listens, as its ready line says it."""

    rest: str
    """`http://host:port`"""
    ws: str
    """`ws://host:port`"""
    ws_api: str
    """`ws://host:port/ws-api/v3`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeOptions:
    """How one exchange account is reached."""

    environment: Environment
    name: str = "binance"
    """ccxt's id of the exchange; any but binance is public data only."""
    endpoints: ExchangeEndpoints | None = None
    """Needed for the simulator, ignored otherwise."""
    api_key: str = field(default="", repr=False)
    api_secret: str = field(default="", repr=False)
    recv_window_ms: int = 5_000
    """How late a signed request may reach the exchange."""
    rest_timeout_s: float = 10.0
    read_only: bool = False
    book_depth: int = 20
    """Levels of each side that a published book has."""
    book_interval_s: float = 0.05
    """The least time between two published books of one instrument; 0 publishes every change."""
    keep_alive_s: float = 10.0
    """A connection that leaves two pings of this spacing unanswered counts as lost."""
    rate_reserve_percent: int = 25
    """The share of the request weight that only orders and cancels may use."""
    book_audit_s: float = 30.0
    """How often the books that people look at are held against a snapshot; the others take turns."""
    silent_after_s: float = 5.0
    """A market without quotes or depth for so long is compared with the exchange's answers; trades get longer."""
    connection_life_s: float = 23.5 * 3_600
    """A connection is made anew after so long, before the exchange ends it at 24 hours."""

    def __post_init__(self) -> None:
        if self.environment is Environment.SIMULATOR and self.endpoints is None:
            raise ValueError("the simulator's endpoints are needed to reach it")

    @property
    def has_key(self) -> bool:
        """Whether requests can be signed."""
        return bool(self.api_key and self.api_secret) and self.environment is not Environment.PRODUCTION

    @property
    def refuses_orders(self) -> bool:
        """Whether orders are refused before they are sent."""
        return self.read_only or not self.has_key
