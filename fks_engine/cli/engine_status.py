"""`fks engine status`: how the engine stands, for people and for scripts."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

import anyio

from fks_engine.cli.engine_process import running
from fks_engine.clock import NANOS

if TYPE_CHECKING:
    from fks_engine.api import DeskView
    from fks_engine.config import Folders

NOT_RUNNING = 1


def run(folders: Folders, *, as_json: bool) -> int:
    """Print how the engine stands; the code is 1 where none runs."""
    view = anyio.run(running, folders, 2)  # the first may have been made before this desk was counted
    if view is None:
        print(json.dumps({"running": False, "socket": str(folders.socket)}) if as_json else "no engine runs")
        return NOT_RUNNING
    # Decimals as text: a number of JSON may lose digits on its way.
    print(json.dumps(_record(view, folders), indent=2, default=str) if as_json else "\n".join(_lines(view)))
    return 0


def _record(view: DeskView, folders: Folders) -> dict[str, Any]:
    return {
        "running": True,
        "socket": str(folders.socket),
        **dataclasses.asdict(view.engine),
        "uptime_s": round(_uptime_s(view), 1),
        "working_orders": len(view.working_orders) if view.engine.orders_known else None,
        "open_positions": sum(1 for row in view.account.positions if row.quantity)
        if view.engine.orders_known
        else None,
        "equity": None if view.account.equity is None else str(view.account.equity),
        "reporting_currency": view.account.reporting_currency,
    }


def _lines(view: DeskView) -> list[str]:
    engine = view.engine
    other_desks = max(0, engine.attached_desks - 1)  # this command is one
    rows = [
        ("engine", f"pid {engine.pid}, fks {engine.version}, up {_span(_uptime_s(view))}"),
        ("desks", f"{other_desks} attached"),
        ("mode", f"{'read-only' if engine.read_only else engine.mode.value} on {engine.exchange}"),
        ("connection", f"{engine.connection.value}{': ' + engine.detail if engine.detail else ''}"),
        ("trading", f"{engine.trading_state.value} {engine.trading_state_reason}".strip()),
        ("orders", _orders(view)),
    ]
    if engine.loop_lag_ms is not None:
        rows.append(("loop lag", f"{engine.loop_lag_ms:.1f} ms at the 99th percentile of the last minute"))
    rows += [
        (f"  {stage.name}", f"{stage.connection.value}{': ' + stage.detail if stage.detail else ''}".strip())
        for stage in engine.stages
    ]
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {text}" for name, text in rows]


def _orders(view: DeskView) -> str:
    if view.engine.read_only:
        return "none: it only looks"
    return f"{len(view.working_orders)} working" if view.engine.orders_known else "not read yet"


def _uptime_s(view: DeskView) -> float:
    return max(0.0, (time.time_ns() - view.engine.started_ts) / NANOS)


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
