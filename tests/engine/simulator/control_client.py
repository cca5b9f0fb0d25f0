"""A typed client of the simulator's control port: faults, clock, actions and what reached the exchange."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence


class ControlRefused(Exception):
    """The control port said no; the text is its reason."""


@dataclass(frozen=True)
class OrderCount:
    """What became of one client order id."""

    received: int
    """Requests that passed the signature check and reached the order handler."""
    accepted: int
    canceled: int
    """Cancels by that original id that were carried out."""
    swallowed: int
    """Requests lost before execution."""
    refused: tuple[int, ...]
    """The codes of the refusals, in order; -2010 for a duplicate."""


NEVER = OrderCount(0, 0, 0, 0, ())


@dataclass(frozen=True)
class Stats:
    """What reached the exchange since the start or the last reset."""

    requests: Mapping[str, Mapping[str, int]]
    """By "POST order" or ws-api method: `requests`, `unanswered`, and one count by HTTP status or error code."""
    orders: Mapping[str, OrderCount]
    connections: Mapping[str, Mapping[str, int]]
    """By "market", "ws-api": `open` and `opened`."""
    messages: Mapping[str, int]
    """Messages out by scope: market, user, ws-api."""

    def order(self, client_order_id: str) -> OrderCount:
        """The count of one client order id."""
        return self.orders.get(client_order_id, NEVER)

    def requested(self, name: str) -> int:
        """How often that endpoint was called."""
        return self.requests.get(name, {}).get("requests", 0)


@dataclass(frozen=True)
class FaultState:
    """A fault in force."""

    id: int
    seen: int
    applied: int
    fault: Mapping[str, Any]


class ControlClient:
    """One control port; every call raises ControlRefused for a 4xx answer."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    @classmethod
    @asynccontextmanager
    async def connect(cls, base: str) -> AsyncIterator[Self]:
        """A client with a session of its own."""
        async with aiohttp.ClientSession() as session:
            yield cls(session, base)

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        async with self._session.request(method, self._base + path, json=body) as response:
            answer = await response.json()
            if response.status >= 400:
                raise ControlRefused(answer["error"])
            return answer

    async def add(self, scope: str, kind: str, *, seed: int = 1, **fields: Any) -> int:
        """Put one fault into force; its id. Fields as in fks_engine/simulator/fault_plan.py."""
        (number,) = await self.plan([{"scope": scope, "kind": kind, **fields}], seed)
        return number

    async def plan(self, faults: Sequence[Mapping[str, Any]], seed: int = 1) -> list[int]:
        """Put a plan into force; the ids of its faults."""
        answer: dict[str, list[int]] = await self._call("POST", "/faults", {"seed": seed, "faults": list(faults)})
        return answer["ids"]

    async def faults(self) -> list[FaultState]:
        """The faults in force."""
        answer = await self._call("GET", "/faults")
        return [FaultState(one["id"], one["seen"], one["applied"], one["fault"]) for one in answer["faults"]]

    async def remove(self, number: int) -> None:
        """End one fault."""
        await self._call("DELETE", f"/faults/{number}")

    async def clear(self) -> None:
        """End all faults."""
        await self._call("DELETE", "/faults")

    @asynccontextmanager
    async def fault(self, scope: str, kind: str, **fields: Any) -> AsyncIterator[int]:
        """One fault for the length of the block."""
        number = await self.add(scope, kind, **fields)
        try:
            yield number
        finally:
            if any(one.id == number for one in await self.faults()):
                await self.remove(number)

    async def clock(self, offset_ms: int = 0, drift_ppm: float = 0.0) -> int:
        """Put the exchange's clock wrong (zero: right again); what it shows then, in milliseconds."""
        answer = await self._call("POST", "/clock", {"offset_ms": offset_ms, "drift_ppm": drift_ppm})
        now_ms: int = answer["now_ms"]
        return now_ms

    async def act(self, action: str, **fields: Any) -> Mapping[str, Any]:
        """Do something at once: see fks_engine/simulator/control.py."""
        answer: dict[str, Any] = await self._call("POST", "/actions", {"action": action, **fields})
        return answer

    async def disconnect(self, scope: str = "all") -> int:
        """Cut the WebSockets of a scope (market, user, ws-api, all); how many."""
        return int((await self.act("disconnect", scope=scope))["connections"])

    async def stats(self) -> Stats:
        """What reached the exchange."""
        body = await self._call("GET", "/stats")
        orders = {
            name: OrderCount(**(count | {"refused": tuple(count["refused"])})) for name, count in body["orders"].items()
        }
        return Stats(body["requests"], orders, body["connections"], body["messages"])

    async def reset_stats(self) -> None:
        """Count from zero."""
        await self._call("DELETE", "/stats")
