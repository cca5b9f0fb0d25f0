"""What the exchange allows each address, account and connection: Binance's numbers unless an option lowers them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, fields, replace
from typing import Any

from fks_engine.simulator import errors

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
TEN_SECONDS_MS = 10 * SECOND_MS
FIVE_MINUTES_MS = 5 * MINUTE_MS
DAY_MS = 24 * 60 * MINUTE_MS
BAN_MEMORY_MS = DAY_MS
"""A ban within this time of the last one is twice as long."""


class LimitError(ValueError):
    """A limit that does not exist or cannot have that value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one exchange; the times are seconds."""

    weight: int = 6_000
    """Request weight an address may use in a minute."""
    orders_10s: int = 100
    """Orders an account may place in ten seconds."""
    orders_day: int = 200_000
    """Orders an account may place in a day (UTC)."""
    raw_requests: int = 61_000
    """Requests an address may send in five minutes."""
    ban_after: int = 10
    """Requests refused with 429 in one minute that bring a ban."""
    ban: float = 120.0
    """The first ban; each further one of a day is twice as long."""
    longest_ban: float = 259_200.0
    """Three days."""
    ping: float = 20.0
    """Between the pings of a WebSocket."""
    pong: float = 60.0
    """How long a pong may take."""
    life: float = 86_400.0
    """How long a WebSocket lives."""
    messages: int = 5
    """Frames a client may send on a stream socket in a second, pings and pongs included."""
    streams: int = 1_024
    """Streams of one socket."""
    connections: int = 300
    """WebSockets an address may open in five minutes."""
    listen_key: float = 3_600.0
    """How long a listen key lives without being kept alive."""

    def rate_limits(self) -> list[dict[str, Any]]:
        """As exchangeInfo lists them."""
        return [
            rate_limit("REQUEST_WEIGHT", "MINUTE", 1, self.weight),
            rate_limit("ORDERS", "SECOND", 10, self.orders_10s),
            rate_limit("ORDERS", "DAY", 1, self.orders_day),
            rate_limit("RAW_REQUESTS", "MINUTE", 5, self.raw_requests),
        ]


def rate_limit(kind: str, interval: str, number: int, limit: int, count: int | None = None) -> dict[str, Any]:
    """One rate limit as the exchange writes it, with what is used of it when that is known."""
    entry = {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}
    return entry if count is None else entry | {"count": count}


def read_limits(text: str) -> Limits:
    """Limits from `weight=100,ping=0.5`; `off` lifts them all. Raises LimitError naming what is wrong."""
    if text == "off":
        return OFF

    known = {field.name: field.type for field in fields(Limits)}
    changed: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        name = name.strip().replace("-", "_")
        if name not in known:
            raise LimitError(f"{name!r} is no limit; there are {', '.join(known)}")
        try:
            number = float(value) if known[name] == "float" else int(value)
        except ValueError:
            raise LimitError(f"{part!r} needs a number") from None
        if not (math.isfinite(number) and 0 < number < 1e12):
            raise LimitError(f"{part!r} must be above zero")
        changed[name] = number
    return replace(BINANCE, **changed)


BINANCE = Limits()
"""What Binance has today."""
_ENDLESS = 10**9
OFF = Limits(
    weight=_ENDLESS,
    orders_10s=_ENDLESS,
    orders_day=_ENDLESS,
    raw_requests=_ENDLESS,
    messages=_ENDLESS,
    connections=_ENDLESS,
)
"""No limit but those of a socket's own life."""


class Window:
    """What was used in the current interval; intervals begin at whole multiples of their length."""

    __slots__ = ("_length_ms", "_number", "used")

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._number = -1
        self.used = 0

    def add(self, amount: int, now_ms: int) -> int:
        """Count; the total of the interval."""
        number = now_ms // self._length_ms
        if number != self._number:
            self._number, self.used = number, 0
        self.used += amount
        return self.used

    def left_s(self, now_ms: int) -> int:
        """Whole seconds until the interval ends, at least one."""
        return max(1, math.ceil((self._length_ms - now_ms % self._length_ms) / SECOND_MS))


class Recent:
    """How often something happened within a span that moves along."""

    __slots__ = ("_span", "_times")

    def __init__(self, span: float) -> None:
        self._span = span
        self._times: deque[float] = deque()

    def add(self, now: float) -> int:
        """Count one; how many there were in the span."""
        times = self._times
        times.append(now)
        while times[0] <= now - self._span:
            times.popleft()
        return len(times)


class Address:
    """What one address used, and its bans."""

    def __init__(self) -> None:
        self.weight = Window(MINUTE_MS)
        self.requests = Window(FIVE_MINUTES_MS)
        self.refused = Window(MINUTE_MS)
        self.connections = Recent(FIVE_MINUTES_MS)
        self.banned_until_ms = 0
        self.ban_s = 0.0


class Orders:
    """How many orders one account placed."""

    def __init__(self) -> None:
        self.ten_seconds = Window(TEN_SECONDS_MS)
        self.day = Window(DAY_MS)


class Limiter:
    """Counts what addresses and accounts do and refuses what is too much."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._addresses: dict[str, Address] = {}
        self._orders: dict[str, Orders] = {}

    def address(self, name: str) -> Address:
        """The counters of an address."""
        return self._addresses.setdefault(name, Address())

    def orders(self, owner: str) -> Orders:
        """The counters of an account."""
        return self._orders.setdefault(owner, Orders())

    def request(self, name: str, weight: int, now_ms: int) -> int:
        """Count a request; the minute's weight. Raises ApiError -1003 with 429, or 418 during a ban."""
        address = self.address(name)
        self.refuse_banned(name, now_ms)
        used = address.weight.add(weight, now_ms)
        requests = address.requests.add(1, now_ms)
        if used > self.limits.weight:
            self._refuse(address, name, now_ms)
            raise errors.too_much_weight(self.limits.weight, address.weight.left_s(now_ms))
        if requests > self.limits.raw_requests:
            self._refuse(address, name, now_ms)
            raise errors.too_many_requests(self.limits.raw_requests, address.requests.left_s(now_ms))
        return used

    def _refuse(self, address: Address, name: str, now_ms: int) -> None:
        """One more refusal; too many of them are a ban."""
        address.refused.add(1, now_ms)
        if address.refused.used >= self.limits.ban_after:
            address.refused.used = 0
            again = now_ms - address.banned_until_ms < BAN_MEMORY_MS and address.ban_s
            address.ban_s = min(address.ban_s * 2 if again else self.limits.ban, self.limits.longest_ban)
            address.banned_until_ms = now_ms + int(address.ban_s * SECOND_MS)
            self.refuse_banned(name, now_ms)

    def refuse_banned(self, name: str, now_ms: int) -> None:
        """Raise ApiError -1003 with 418 while the address is banned."""
        until_ms = self.address(name).banned_until_ms
        if now_ms < until_ms:
            raise errors.banned(name, until_ms, math.ceil((until_ms - now_ms) / SECOND_MS))

    def order(self, owner: str, now_ms: int) -> tuple[int, int]:
        """Count an order; those of the last ten seconds and of the day. Raises ApiError -1015."""
        orders = self.orders(owner)
        short, day = orders.ten_seconds.add(1, now_ms), orders.day.add(1, now_ms)
        if short > self.limits.orders_10s:
            raise errors.too_many_orders(self.limits.orders_10s, "10 SECOND")
        if day > self.limits.orders_day:
            raise errors.too_many_orders(self.limits.orders_day, "1 DAY")
        return short, day

    def connect(self, name: str, now_ms: int) -> None:
        """Count a WebSocket; raises ApiError -1003 when the address opened too many."""
        self.refuse_banned(name, now_ms)
        if self.address(name).connections.add(now_ms) > self.limits.connections:
            raise errors.too_many_connections(self.limits.connections)

    def counts(self, name: str, owner: str | None, now_ms: int) -> list[dict[str, Any]]:
        """What an answer of the WebSocket API says is used: the order counts first when the request was an order."""
        limits = self.limits
        entries = []
        if owner is not None:
            orders = self.orders(owner)
            short, day = orders.ten_seconds.add(0, now_ms), orders.day.add(0, now_ms)
            entries.append(rate_limit("ORDERS", "SECOND", 10, limits.orders_10s, short))
            entries.append(rate_limit("ORDERS", "DAY", 1, limits.orders_day, day))
        used = self.address(name).weight.add(0, now_ms)
        entries.append(rate_limit("REQUEST_WEIGHT", "MINUTE", 1, limits.weight, used))
        return entries
