"""The control port: faults, clock and switches set at run time by tests, and what reached the exchange.

- GET /faults: `{"faults": [{"id", "seen", "applied", "fault": {...}}]}`
- POST /faults with a plan (see fault_plan): 201 `{"ids": [1, 2]}`
- DELETE /faults or /faults/3: `{"removed": 2}`
- GET or POST /clock with `{"offset_ms": -5000, "drift_ppm": 0}`: `{"offset_ms", "drift_ppm", "now_ms"}`
- GET /stats: `{"requests", "orders", "connections", "messages"}`; DELETE /stats counts from zero
- POST /actions with `{"action": "disconnect", "scope": "market"}`: `{"connections": 3}`

Actions: `disconnect` (`scope` market, user, ws-api or all: WebSockets are cut), `refuse` (`duration_s`: the port is
closed and every connection cut), `server_shutdown` (the event goes out and the sockets close), `terminate` (user
streams end), `symbol_status` (`symbol`, `status` TRADING, BREAK or HALT), `trading` (`enabled`: the accounts' right to
trade), `permission` (`symbol`, `enabled`: their right to trade that one).
Whatever is wrong is answered 400 or 404 with `{"error": "..."}`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

import msgspec
import orjson
from aiohttp import web

from fks_engine.simulator.clock import SkewedClock
from fks_engine.simulator.fault_plan import PlanError, read_plan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.doors import Doors

HOST = "127.0.0.1"
MOST_OFFSET_MS = 10**12


class ClockSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How wrong the exchange's clock is."""

    offset_ms: int = 0
    drift_ppm: float = 0.0


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is done at once."""

    action: Literal["disconnect", "refuse", "server_shutdown", "terminate", "symbol_status", "trading", "permission"]
    scope: Literal["all", "market", "user", "ws-api"] = "all"
    duration_s: float = 1.0
    symbol: str | None = None
    status: Literal["TRADING", "BREAK", "HALT"] = "TRADING"
    enabled: bool = True


class Control:
    """Answers the control port."""

    def __init__(self, doors: Doors, conditions: Conditions) -> None:
        self._doors = doors
        self._conditions = conditions

    async def handle(self, request: web.Request) -> web.Response:
        """One request."""
        try:
            answer = await self._answer(request.method, request.path.rstrip("/"), await request.read())
        except (PlanError, msgspec.MsgspecError) as error:
            return _json({"error": str(error)}, 400)
        except LookupError as error:
            return _json({"error": str(error.args[0])}, 404)
        return _json(answer, 201 if "ids" in answer else 200)

    async def _answer(self, method: str, path: str, data: bytes) -> dict[str, object]:
        if method == "GET" and path == "/faults":
            return {"faults": self._faults()}
        if method == "POST" and path == "/faults":
            return {"ids": self._conditions.faults.add(read_plan(data))}
        if method == "DELETE" and path.startswith("/faults"):
            return {"removed": self._remove(path.removeprefix("/faults").lstrip("/"))}
        if method in ("GET", "POST") and path == "/clock":
            return self._clock(None if method == "GET" else msgspec.json.decode(data, type=ClockSetting))
        if method == "GET" and path == "/stats":
            return self._conditions.statistics.body()
        if method == "DELETE" and path == "/stats":
            self._conditions.statistics.reset()
            return {}
        if method == "POST" and path == "/actions":
            return await self._act(msgspec.json.decode(data, type=Action))
        raise LookupError(f"there is no {method} {path}; see fks_engine/simulator/control.py")

    def _faults(self) -> list[dict[str, object]]:
        return [
            {"id": one.number, "seen": one.seen, "applied": one.applied, "fault": msgspec.to_builtins(one.fault)}
            for one in self._conditions.faults.all()
        ]

    def _remove(self, number: str) -> int:
        faults = self._conditions.faults
        if not number:
            count = len(faults.all())
            faults.clear()
            return count
        if not (number.isascii() and number.isdigit() and faults.remove(int(number))):
            raise LookupError(f"there is no fault {number}")
        return 1

    def _clock(self, setting: ClockSetting | None) -> dict[str, object]:
        clock = self._doors.exchange.clock
        if not isinstance(clock, SkewedClock):
            raise PlanError("this exchange's clock cannot be put wrong")
        if setting is not None:
            if abs(setting.offset_ms) > MOST_OFFSET_MS or not abs(setting.drift_ppm) <= 1_000_000:
                raise PlanError(f"'offset_ms' must be within {MOST_OFFSET_MS} and 'drift_ppm' within a million")
            clock.skew(setting.offset_ms, setting.drift_ppm)
        return {"offset_ms": clock.offset_ms, "drift_ppm": clock.drift_ppm, "now_ms": clock.now_ms()}

    async def _act(self, action: Action) -> dict[str, object]:
        doors = self._doors
        if action.action == "disconnect":
            return {"connections": doors.cut(action.scope)}
        if action.action == "server_shutdown":
            return {"connections": doors.shut_down()}
        if action.action == "terminate":
            return {"streams": doors.terminate()}
        if action.action == "refuse":
            if not 0 <= action.duration_s <= 3_600:
                raise PlanError("'duration_s' must be 0 to 3600")
            await doors.refuse(action.duration_s)
            return {"refused_s": action.duration_s}
        return self._switch(action)

    def _switch(self, action: Action) -> dict[str, object]:
        """Turn trading of a symbol or of the accounts on or off."""
        exchange = self._doors.exchange
        if action.action == "trading":
            exchange.set_can_trade(action.enabled)
            return {"enabled": action.enabled}
        symbol = action.symbol or ""
        if symbol not in exchange.markets:
            raise PlanError(f"'symbol' {symbol!r} is not traded here")
        if action.action == "permission":
            for owner in exchange.accounts:
                exchange.set_permitted(owner, symbol, action.enabled)
            return {"symbol": symbol, "enabled": action.enabled}
        exchange.set_status(symbol, action.status)
        return {"symbol": symbol, "status": action.status}


def _json(body: dict[str, object], status: int) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


@asynccontextmanager
async def controlling(doors: Doors, conditions: Conditions, port: int) -> AsyncIterator[str]:
    """Serve the control port on loopback; its address. Raises OSError when the port cannot be taken."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", Control(doors, conditions).handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
